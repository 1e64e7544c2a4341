"""Entries of the public log: exact bytes that anybody can hash again."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from libs.common.canonical import canonical, sha256_hex
from services.publicity.domain.errors import CommitmentNotItsHash

TYPE = "sunlot-log/1"


class Kind(StrEnum):
    """What an entry records."""

    DRAW_COMMIT = "draw-commit"
    DRAW_SEED = "draw-seed"
    DRAW_RESULT = "draw-result"
    DRAW_ABORT = "draw-abort"
    DRAW_AMENDMENT = "draw-amendment"
    DRAW_OPENED = "draw-opened"
    PUBLICATION = "publication"
    CORRECTION = "correction"
    MIRROR_RECEIPT = "mirror-receipt"

    @property
    def chinese(self) -> str:
        """The word on the pages."""
        return _WORDS[self]


_WORDS = {
    Kind.DRAW_COMMIT: "抽取承诺",
    Kind.DRAW_SEED: "抽取种子",
    Kind.DRAW_RESULT: "抽取结果",
    Kind.DRAW_ABORT: "抽取中止",
    Kind.DRAW_AMENDMENT: "抽取凭证修订",
    Kind.DRAW_OPENED: "抽取开封",
    Kind.PUBLICATION: "结果公示",
    Kind.CORRECTION: "公示更正",
    Kind.MIRROR_RECEIPT: "报送回执",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry; (kind, reference) stands in the log once."""

    kind: Kind
    reference: str
    at: datetime
    data: Mapping[str, Any]

    def encoded(self) -> bytes:
        """The canonical JSON that is hashed as a leaf; the time in whole seconds, UTC."""
        return canonical(
            {
                "type": TYPE,
                "kind": self.kind.value,
                "reference": self.reference,
                "at": utc_text(self.at),
                "data": self.data,
            }
        )


@dataclass(frozen=True, slots=True)
class Logged:
    """An entry as it stands in the log, with the proof under the checkpoint that its appending made."""

    index: int
    kind: Kind
    reference: str
    entry: bytes
    leaf_hash: bytes
    size: int
    root: bytes
    checkpoint: str
    inclusion: tuple[bytes, ...]
    at: datetime

    @property
    def entry_sha256(self) -> str:
        """SHA-256 of the entry's bytes, in hexadecimal."""
        return sha256_hex(self.entry)


def utc_text(moment: datetime) -> str:
    """An aware time as 2026-11-22T08:00:00Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def check_commitment(commit: str, commit_sha256: str) -> None:
    """Raise CommitmentNotItsHash unless the text has the hash that it came with: the log states no falsehood."""
    if sha256_hex(commit.encode()) != commit_sha256:
        raise CommitmentNotItsHash


def commits_to_seal(encoded: bytes) -> bool:
    """Whether the logged commitment in an entry keeps its draw's list inside until the seal is opened."""
    commitment = json.loads(json.loads(encoded)["data"]["commit"])
    return commitment.get("seed_plan", {}).get("seal") is True
