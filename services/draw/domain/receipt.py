"""The public log's receipt: the proof that the commitment was logged before anything was revealed."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from libs.common import merkle
from libs.common.errors import Invalid

COMMIT: Final = "draw-commit"
RESULT: Final = "draw-result"
_NAMES = {COMMIT: "commit_sha256", RESULT: "result_sha256"}


class ReceiptInvalid(Invalid):
    """The receipt does not prove that this commitment was logged."""


@dataclass(frozen=True, slots=True)
class LogReceipt:
    """Inclusion of a leaf at `index` in the log of `tree_size` entries; hashes in hexadecimal.

    `entry` is the exact text that was logged, with which anybody sees that the leaf is this commitment, or result.
    `checkpoint` is the signed note, for those who hold the log's public key.
    """

    reference: str
    index: int
    leaf_hash: str
    tree_size: int
    root_hash: str
    inclusion: tuple[str, ...]
    checkpoint: str
    entry: str

    def check(self, draw_id: str, kind: str, sha256: str) -> None:
        """Refuse a receipt for anything but this `draw-commit` or `draw-result`, or one that proves nothing.

        Raises ReceiptInvalid.
        """
        if self.reference != draw_id:
            raise ReceiptInvalid(f"公开日志的回执属于 {self.reference}，不是抽取 {draw_id}，请等待正确的回执。")
        if not self._binds(draw_id, kind, sha256):
            what = "承诺" if kind == COMMIT else "结果"
            raise ReceiptInvalid(f"公开日志第 {self.index} 条不是本次{what} {sha256[:12]}…，请核对公开日志。")
        if not self._included():
            raise ReceiptInvalid(f"公开日志第 {self.index} 条的包含证明不成立，请核对公开日志。")

    def _binds(self, draw_id: str, kind: str, sha256: str) -> bool:
        if merkle.leaf_hash(self.entry.encode()).hex() != self.leaf_hash:
            return False
        try:
            told = json.loads(self.entry)
            named = told["data"][_NAMES[kind]]
        except (ValueError, KeyError, TypeError, RecursionError):
            return False
        return (told.get("kind"), told.get("reference"), named) == (kind, draw_id, sha256)

    def _included(self) -> bool:
        try:
            leaf, root = bytes.fromhex(self.leaf_hash), bytes.fromhex(self.root_hash)
            path = [bytes.fromhex(node) for node in self.inclusion]
        except ValueError:
            return False
        return merkle.verify_inclusion(leaf, self.index, self.tree_size, path, root)

    def document(self) -> dict[str, object]:
        """The receipt as on the certificate."""
        return asdict(self)


def receipt_from(document: Mapping[str, Any]) -> LogReceipt:
    """Read back a receipt. Raises ReceiptInvalid."""
    try:
        return LogReceipt(**{**document, "inclusion": tuple(document["inclusion"])})
    except (KeyError, TypeError) as error:
        raise ReceiptInvalid(f"公开日志回执的格式不正确：{error}。") from error
