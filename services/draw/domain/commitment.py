"""The commitment: everything that decides a draw except the seed, fixed and logged before any seed exists."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from libs.common.canonical import canonical, sha256_hex
from libs.common.errors import Invalid, OutOfOrder
from services.draw.domain.beacon import beacon_from
from services.draw.domain.cells import CellsInvalid, CellsMasked, check_cells
from services.draw.domain.eligibility import ExcludedReason
from services.draw.domain.fresh import Replaces, draw_id_of, replaces_from, ticket_label
from services.draw.domain.pool import COLUMNS, PAGE_ROWS, Freezing, is_plain
from services.draw.domain.rule import Filter, Quota, Ratio, parse_filter
from services.draw.domain.seed import FORMAT, Party, SeedSources

MIN_OFFICERS = 2  # 细则第十条: 检查人员不得少于两人
TYPE = f"{FORMAT}/commit"
RANDOM = "deal/1"  # 随机选派
DIRECT = "direct"  # 直接选派 (细则第二条)


class CommitmentInvalid(Invalid):
    """The parts of a commitment contradict one another or the notice."""


class AttemptNotExplained(CommitmentInvalid):
    """A redraw says what it replaces and why; a first draw replaces nothing."""

    detail = "重新抽取必须写明替代的上一次抽取和理由，第一次抽取不得写。"


class TimesOutOfOrder(CommitmentInvalid):
    """The pool's time, the deadline for reveals and the deadline of the result must follow one another."""

    detail = "时间次序不对：名录时点应早于揭示截止，揭示截止应早于出结果期限。"


class BeaconAtWrongTime(CommitmentInvalid):
    """The round comes before the reveals are closed, or after the result must stand."""

    detail = "信标轮次的时间应不早于揭示截止、早于出结果期限，请重新选择轮次。"


class QuotasWrong(CommitmentInvalid):
    """The numbers to draw don't follow from the ratios."""

    detail = "各分类的抽取户数与比例方案不一致，请重新计算（细则第六条）。"


class PoolCountsWrong(CommitmentInvalid):
    """Subjects that may and may not be drawn don't add up to the pool."""

    detail = "可抽取户数加排除户数应等于名录户数，请重新冻结名录。"


class TextNotPlain(CommitmentInvalid):
    """A text is empty or has characters that could be read in two ways."""

    detail = "机关名称、方案、版本和理由不能为空，也不能含控制字符或反斜杠。"


class CommitmentHasMore(CommitmentInvalid):
    """A stored commitment has content that the format does not know."""

    detail = "承诺文件含有规定以外的内容，不能使用。"


class TimeWithoutZone(CommitmentInvalid):
    """A time without a zone names no moment."""

    detail = "时间缺少时区，请注明时区。"


class PoolEmpty(OutOfOrder):
    """No subject is left that could be drawn."""

    detail = "待抽名录中没有可抽取的检查对象，请核对抽取条件（细则第八条）和排除规则后重新冻结。"


class Profile(StrEnum):
    """What the public pool shows."""

    OPEN = "open"
    MASKED = "masked"


@dataclass(frozen=True, slots=True)
class PoolSummary:
    """The frozen pool: root (hexadecimal), sizes, the time of its data, and who may not be drawn and why."""

    root: str
    rows: int
    pages: int
    as_of: datetime
    excluded: tuple[tuple[str, int], ...]

    @staticmethod
    def of(frozen: Freezing, as_of: datetime, excluded: Mapping[ExcludedReason, int]) -> "PoolSummary":
        """Sum up a frozen pool. Raises CommitmentInvalid when the reasons don't add up."""
        if sum(excluded.values()) != frozen.ineligible:
            raise CommitmentInvalid(
                f"排除原因合计 {sum(excluded.values())} 户，名录中不可抽取 {frozen.ineligible} 户，应相等。"
            )
        counts = tuple((str(reason), excluded.get(reason, 0)) for reason in sorted(ExcludedReason))
        return PoolSummary(frozen.root, frozen.rows, len(frozen.leaves), as_of, counts)

    def document(self) -> dict[str, object]:
        """The pool as in the commitment."""
        return {
            "root": self.root,
            "rows": self.rows,
            "pages": self.pages,
            "page_rows": PAGE_ROWS,
            "columns": COLUMNS,
            "as_of": utc_text(self.as_of),
            "excluded": self.excluded,
        }


@dataclass(frozen=True, slots=True)
class OfficersSummary:
    """The committed officers: root of officers.json without recusals, how many, seats a subject, method."""

    root: str
    count: int
    recusals_root: str
    seats: int = MIN_OFFICERS
    method: str = RANDOM

    def __post_init__(self) -> None:
        if self.seats < MIN_OFFICERS:
            raise CommitmentInvalid(f"每户检查人员不得少于 {MIN_OFFICERS} 人（细则第十条），请改正每户人数。")
        if self.method not in {RANDOM, DIRECT}:
            raise CommitmentInvalid(f"选派方式“{self.method}”无效：只能随机抽取或直接选派（细则第二条）。")


@dataclass(frozen=True, slots=True)
class Supersedes:
    """The earlier attempt that this one replaces, and why; its commitment if it got so far."""

    draw_id: str
    commit_sha256: str | None
    reason: str

    def document(self) -> dict[str, object]:
        """The earlier attempt as in the commitment."""
        return {"draw_id": self.draw_id, "commit_sha256": self.commit_sha256, "reason": self.reason}


@dataclass(frozen=True, slots=True)
class Commitment:
    """Everything that decides the draw except the seed; `document` is what gets hashed and logged."""

    draw_id: str
    task: str
    attempt: int
    authority: str
    policy: str
    pool: PoolSummary
    filter: Filter
    quota: Quota
    strata: tuple[tuple[str, int, int], ...]  # (stratum, eligible n, drawn k)
    officers: OfficersSummary
    sources: SeedSources
    reveal_deadline: datetime
    result_deadline: datetime
    code_version: str
    profile: Profile = Profile.MASKED
    supersedes: Supersedes | None = None
    replaces: Replaces | None = None  # a fresh draw
    cells: tuple[str, ...] = ()  # spread evenly over these; empty: the tickets alone decide

    def __post_init__(self) -> None:
        expected = draw_id_of(self.task, self.attempt, self.replaces)
        if self.draw_id != expected:
            raise CommitmentInvalid(f"抽取编号 {self.draw_id} 应为任务编号加次数（{expected}）。")
        if (self.attempt > 1) != (self.supersedes is not None):
            raise AttemptNotExplained
        if not self.pool.as_of < self.reveal_deadline < self.result_deadline:
            raise TimesOutOfOrder
        beacon = self.sources.beacon
        if beacon and not self.reveal_deadline <= beacon.due < self.result_deadline:
            raise BeaconAtWrongTime
        if not self._quotas_hold():
            raise QuotasWrong
        gone = len(self.replaces.without) if self.replaces else 0
        if sum(n for _, n, _ in self.strata) + sum(n for _, n in self.pool.excluded) + gone != self.pool.rows:
            raise PoolCountsWrong
        if not any(k for _, _, k in self.strata):
            raise PoolEmpty
        self._must_spread_openly()
        for text in (
            self.authority,
            self.policy,
            self.code_version,
            self.supersedes and self.supersedes.reason,
        ):
            if text is not None and not (text and is_plain(text)):
                raise TextNotPlain

    def _quotas_hold(self) -> bool:
        if self.replaces is None:
            return self.strata == self.quota.strata({name: n for name, n, _ in self.strata})
        # As many as were voided, stratum by stratum; the ratio was kept when the parent drew.
        wanted = sum(k for _, _, k in self.strata)
        return all(0 <= k <= n for _, n, k in self.strata) and wanted <= len(self.replaces.n)

    def _must_spread_openly(self) -> None:
        if check_cells(self.cells) != self.cells:
            raise CellsInvalid
        if self.cells and self.profile is Profile.MASKED:
            raise CellsMasked

    def document(self) -> dict[str, Any]:
        """The commitment as JSON values, ready for canonical encoding."""
        return {
            "type": TYPE,
            "profile": str(self.profile),
            "draw_id": self.draw_id,
            "attempt": self.attempt,
            "supersedes": self.supersedes and self.supersedes.document(),
            "authority": self.authority,
            "task": self.task,
            "policy": self.policy,
            "pool": self.pool.document(),
            "rule": {
                "filter": [condition.document() for condition in self.filter],
                "strata": {
                    "by": "class",
                    "ratio": {name: [ratio.num, ratio.den] for name, ratio in self.quota.ratio.items()},
                    "min": self.quota.minimum,
                    "rounding": self.quota.rounding,
                    **({"cells": self.cells} if self.cells else {}),
                },
            },
            "strata": self.strata,
            "officers": {
                "root": self.officers.root,
                "count": self.officers.count,
                "seats": self.officers.seats,
                "method": self.officers.method,
            },
            "recusals_root": self.officers.recusals_root,
            "seed_plan": {
                "parties": [[party.name, party.commit] for party in self.sources.parties],
                "beacon": self.sources.beacon and self.sources.beacon.document(),
                "dice": self.sources.dice,
                "reveal_deadline": utc_text(self.reveal_deadline),
                **({"seal": True} if self.sources.sealed else {}),
            },
            "result_deadline": utc_text(self.result_deadline),
            "code": {"name": "sunlot-draw", "version": self.code_version},
            **({"replaces": self.replaces.document()} if self.replaces else {}),
        }

    @property
    def ticket_label(self) -> str:
        """The label of the key with which tickets are made."""
        return ticket_label(self.replaces)

    @property
    def over_cells(self) -> bool:
        """Whether cells decide who is drawn; in a fresh draw the tickets alone do."""
        return bool(self.cells) and self.replaces is None

    @property
    def bytes(self) -> bytes:
        """The canonical JSON that is logged."""
        return canonical(self.document())

    @property
    def sha256(self) -> str:
        """`commit_sha256`: the hash of the canonical JSON, in hexadecimal."""
        return sha256_hex(self.bytes)


def commitment_from(document: Mapping[str, Any]) -> Commitment:
    """Read back a commitment that was written by `Commitment.document`. Raises CommitmentInvalid."""
    try:
        commitment = _read(document)
    except (KeyError, TypeError, ValueError) as error:
        raise CommitmentInvalid(f"承诺文件的格式不正确：{error}。") from error
    if canonical(document) != commitment.bytes:
        raise CommitmentHasMore
    return commitment


def _read(document: Mapping[str, Any]) -> Commitment:
    pool, officers, plan = document["pool"], document["officers"], document["seed_plan"]
    strata, earlier, beacon = document["rule"]["strata"], document["supersedes"], plan["beacon"]
    return Commitment(
        draw_id=document["draw_id"],
        task=document["task"],
        attempt=document["attempt"],
        authority=document["authority"],
        policy=document["policy"],
        pool=PoolSummary(pool["root"], pool["rows"], pool["pages"], parse_utc(pool["as_of"]), _pairs(pool["excluded"])),
        filter=parse_filter(document["rule"]["filter"]),
        quota=Quota(
            {name: Ratio(*ratio) for name, ratio in strata["ratio"].items()},
            strata["min"],
            strata["rounding"],
        ),
        strata=tuple((name, n, k) for name, n, k in document["strata"]),
        officers=OfficersSummary(
            officers["root"],
            officers["count"],
            document["recusals_root"],
            officers["seats"],
            officers["method"],
        ),
        sources=SeedSources(
            tuple(Party(name, commit) for name, commit in plan["parties"]),
            plan["dice"],
            beacon and beacon_from(beacon),
            plan.get("seal", False),
        ),
        reveal_deadline=parse_utc(plan["reveal_deadline"]),
        result_deadline=parse_utc(document["result_deadline"]),
        code_version=document["code"]["version"],
        profile=Profile(document["profile"]),
        supersedes=earlier and Supersedes(**earlier),
        replaces=replaces_from(document["replaces"]) if "replaces" in document else None,
        cells=tuple(strata.get("cells", ())),
    )


def _pairs(rows: Sequence[Sequence[Any]]) -> tuple[tuple[str, int], ...]:
    return tuple((name, count) for name, count in rows)


def utc_text(moment: datetime) -> str:
    """Return an aware time as `2026-11-22T08:00:00Z`, whole seconds. Raises TimeWithoutZone."""
    if moment.tzinfo is None:
        raise TimeWithoutZone
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parse_utc(text: str) -> datetime:
    """Read a time written by `utc_text`. Raises ValueError."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
