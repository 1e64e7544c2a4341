"""The public log's receipt: the proof that an entry was logged before anything that followed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from libs.common import merkle
from libs.common.errors import Invalid


class ReceiptInvalid(Invalid):
    """The receipt does not prove that this commitment was logged."""


@dataclass(frozen=True, slots=True)
class LogReceipt:
    """Inclusion of an entry (its exact text) at `index` in the log of `size` entries; hashes in hexadecimal.

    `checkpoint` is the signed note over size and root, for those who hold the log's public key.
    """

    origin: str
    index: int
    size: int
    root: str
    path: tuple[str, ...]
    entry: str
    checkpoint: str

    def check(self, commit_sha256: str) -> None:
        """Refuse a receipt for something else or with a broken proof. Raises ReceiptInvalid."""
        if commit_sha256 not in self.entry:
            raise ReceiptInvalid(f"公开日志的回执不是本次承诺 {commit_sha256[:12]}… 的回执，请等待正确的回执。")
        leaf = merkle.leaf_hash(self.entry.encode())
        path, root = [bytes.fromhex(node) for node in self.path], bytes.fromhex(self.root)
        if not merkle.verify_inclusion(leaf, self.index, self.size, path, root):
            raise ReceiptInvalid(f"公开日志第 {self.index} 条的包含证明不成立，请核对公开日志。")

    def document(self) -> dict[str, object]:
        """The receipt as on the certificate."""
        return {
            "origin": self.origin,
            "index": self.index,
            "size": self.size,
            "root": self.root,
            "path": self.path,
            "entry": self.entry,
            "checkpoint": self.checkpoint,
        }


def receipt_from(document: Mapping[str, Any]) -> LogReceipt:
    """Read back a receipt. Raises ReceiptInvalid."""
    try:
        return LogReceipt(**{**document, "path": tuple(document["path"])})
    except (KeyError, TypeError) as error:
        raise ReceiptInvalid(f"公开日志回执的格式不正确：{error}。") from error
