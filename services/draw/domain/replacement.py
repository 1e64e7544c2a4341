"""What happened to a drawn list afterwards: voids, reserves, fresh draws and replaced officers, as on a certificate."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple, TypeAlias

from libs.common.errors import Invalid, NotFound, OutOfOrder

_HEX64 = re.compile(r"[0-9a-f]{64}")


class ReplacementInvalid(Invalid):
    """An entry does not follow from the ones before it."""


class VoidNeedsEvidence(ReplacementInvalid):
    """A void is only believed with a document."""

    detail = "作废必须附证明材料（至少一份），系统登记其摘要，请上传后再提交。"


class SubjectNotDrawn(NotFound):
    """The certificate has no such subject, or it is void or dealt with in a fresh draw."""

    detail = "这一户不在本次抽取的现行名单中（未抽中、已作废，或属于另一次补抽），请核对统一社会信用代码。"


class VoidNotOpen(OutOfOrder):
    """The void does not exist or something replaces it already."""

    detail = "这一户没有作废，或已经补抽，不能再补。"


class ReserveNotOffered(OutOfOrder):
    """With cells there is no next one in line."""

    detail = "本次抽取按分格等距进行，没有候补次序，请改用重新抽取补足（不作候补递补）。"


class NobodyLeftToDraw(OutOfOrder):
    """The stratum has no eligible subject that was not drawn."""

    detail = "该分类可抽取的检查对象已全部抽中，没有可以补抽的户。"


class VoidReason(StrEnum):
    """The closed list; not found at its address and refusal are results of an inspection, not voids."""

    DEREGISTERED = "deregistered"
    DUPLICATE = "duplicate"
    WRONG_JURISDICTION = "wrong_jurisdiction"
    COURT_ORDER = "court_order"

    @property
    def label(self) -> str:
        """The reason for people."""
        return _VOID_LABELS[self]


_VOID_LABELS = {
    VoidReason.DEREGISTERED: "名录时点前已注销",
    VoidReason.DUPLICATE: "与另一检查对象重复",
    VoidReason.WRONG_JURISDICTION: "不属于本机关管辖",
    VoidReason.COURT_ORDER: "法院裁定",
}


class SwapReason(StrEnum):
    """Why one officer is exchanged for another."""

    RECUSAL_REQUESTED = "recusal_requested"
    NOT_AVAILABLE = "not_available"

    @property
    def label(self) -> str:
        """The reason for people."""
        return "回避" if self is SwapReason.RECUSAL_REQUESTED else "不能履行职责"


class Taken(NamedTuple):
    """A subject taken in place of a void one; the stratum is `*` in the masked profile."""

    id: str
    stratum: str
    ticket: str


@dataclass(frozen=True, slots=True)
class Void:
    """A drawn subject that must not be inspected, with the SHA-256 of the documents that say so."""

    n: int
    at: str
    subject: str
    reason: VoidReason
    evidence: tuple[str, ...]

    def __post_init__(self) -> None:
        if not self.evidence or not all(_HEX64.fullmatch(one) for one in self.evidence):
            raise VoidNeedsEvidence

    @property
    def subjects(self) -> tuple[str, ...]:
        """The firms that it is about."""
        return (self.subject,)

    def document(self) -> dict[str, Any]:
        """The entry as on the certificate."""
        return _head(self.n, self.at, "void") | {
            "subject": self.subject,
            "reason": self.reason.value,
            "evidence": list(self.evidence),
        }


@dataclass(frozen=True, slots=True)
class Reserve:
    """The next ticket of a void subject's stratum, and its team."""

    n: int
    at: str
    void: int
    taken: Taken
    officers: tuple[str, ...]

    @property
    def subjects(self) -> tuple[str, ...]:
        """The firms that it is about."""
        return (self.taken.id,)

    def document(self) -> dict[str, Any]:
        """The entry as on the certificate."""
        return _head(self.n, self.at, "reserve") | {
            "for": self.void,
            "taken": list(self.taken),
            "officers": list(self.officers),
        }


@dataclass(frozen=True, slots=True)
class Fresh:
    """What a draw of its own took in place of void subjects."""

    n: int
    at: str
    voids: tuple[int, ...]
    draw_id: str
    certificate_sha256: str
    taken: tuple[Taken, ...]
    teams: tuple[tuple[str, tuple[str, ...]], ...]

    @property
    def subjects(self) -> tuple[str, ...]:
        """The firms that it is about."""
        return tuple(one.id for one in self.taken)

    def document(self) -> dict[str, Any]:
        """The entry as on the certificate."""
        return _head(self.n, self.at, "fresh") | {
            "for": list(self.voids),
            "draw_id": self.draw_id,
            "certificate_sha256": self.certificate_sha256,
            "taken": [list(one) for one in self.taken],
            "teams": [[subject, list(team)] for subject, team in self.teams],
        }


@dataclass(frozen=True, slots=True)
class Swap:
    """One seat (from 1) of a subject's team that passes from one officer to another."""

    n: int
    at: str
    subject: str
    seat: int
    out: str
    into: str
    reason: SwapReason

    @property
    def subjects(self) -> tuple[str, ...]:
        """The firms that it is about."""
        return (self.subject,)

    def document(self) -> dict[str, Any]:
        """The entry as on the certificate."""
        return _head(self.n, self.at, "officer") | {
            "subject": self.subject,
            "seat": self.seat,
            "out": self.out,
            "in": self.into,
            "reason": self.reason.value,
        }


Entry: TypeAlias = Void | Reserve | Fresh | Swap


def _head(n: int, at: str, kind: str) -> dict[str, Any]:
    return {"n": n, "at": at, "kind": kind}


def entry_from(document: Mapping[str, Any]) -> Entry:
    """Read an entry of a certificate. Raises ReplacementInvalid."""
    try:
        entry = _READERS[document["kind"]](document)
    except (KeyError, TypeError, ValueError) as error:
        raise ReplacementInvalid(f"凭证中的变更记录格式不正确：{error}。") from error
    if entry.document() != dict(document):
        raise ReplacementInvalid(f"凭证中的第 {entry.n} 条变更记录含有规定以外的内容。")
    return entry


def _void(row: Mapping[str, Any]) -> Entry:
    return Void(row["n"], row["at"], row["subject"], VoidReason(row["reason"]), tuple(row["evidence"]))


def _reserve(row: Mapping[str, Any]) -> Entry:
    return Reserve(row["n"], row["at"], row["for"], Taken(*row["taken"]), tuple(row["officers"]))


def _fresh(row: Mapping[str, Any]) -> Entry:
    return Fresh(
        row["n"],
        row["at"],
        tuple(row["for"]),
        row["draw_id"],
        row["certificate_sha256"],
        tuple(Taken(*one) for one in row["taken"]),
        teams_from(row["teams"]),
    )


def _swap(row: Mapping[str, Any]) -> Entry:
    return Swap(row["n"], row["at"], row["subject"], row["seat"], row["out"], row["in"], SwapReason(row["reason"]))


_READERS = {"void": _void, "reserve": _reserve, "fresh": _fresh, "officer": _swap}


def teams_from(rows: Sequence[Sequence[Any]]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Read [id, [officer, …]] pairs as they stand in a certificate."""
    return tuple((subject, tuple(team)) for subject, team in rows)
