"""A fresh draw: a ceremony of its own that makes up for void subjects of an earlier draw, over the same pool."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from libs.common.errors import Invalid


class ReplacesInvalid(Invalid):
    """What a fresh draw makes up for is not said in order."""

    detail = "补抽应写明原抽取、所补的作废（从小到大）和不再参加抽取的户（按代码排列、不重复）。"


@dataclass(frozen=True, slots=True)
class Replaces:
    """The parent's newest edition, the voids (numbers of its entries), and everybody it has ever drawn or taken."""

    draw_id: str
    certificate_sha256: str
    n: tuple[int, ...]
    without: tuple[str, ...]

    def __post_init__(self) -> None:
        for ordered in (self.n, self.without):
            if not ordered or list(ordered) != sorted(set(ordered)):  # type: ignore[type-var]
                raise ReplacesInvalid

    def document(self) -> dict[str, Any]:
        """The key `replaces` of a commitment."""
        return {
            "draw_id": self.draw_id,
            "certificate_sha256": self.certificate_sha256,
            "n": list(self.n),
            "without": list(self.without),
        }


def replaces_from(document: Mapping[str, Any]) -> Replaces:
    """Read back the key `replaces`. Raises ReplacesInvalid."""
    try:
        return Replaces(
            document["draw_id"], document["certificate_sha256"], tuple(document["n"]), tuple(document["without"])
        )
    except (KeyError, TypeError) as error:
        raise ReplacesInvalid from error


def draw_id_of(task_id: str, attempt: int, replaces: Replaces | None) -> str:
    """Return a draw's id: the task's and the attempt; of a fresh draw the parent's and the first void."""
    if replaces is None:
        return f"{task_id}-{attempt}"
    first = f"{replaces.draw_id}-r{replaces.n[0]}"
    return first if attempt == 1 else f"{first}-{attempt}"


def ticket_label(replaces: Replaces | None) -> str:
    """Return the label of the key with which tickets are made."""
    return "subject" if replaces is None else f"replace/{replaces.n[0]}"
