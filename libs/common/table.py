"""A table as it was read from a file, before anybody knows what its columns are."""

from dataclasses import dataclass
from datetime import date
from typing import Final, TypeAlias

Cell: TypeAlias = "str | int | float | bool | date | None"

HEADER_WITHIN: Final = 10  # titles may stand above the header
LOST: Final = "\ufffd"  # stands for bytes that are no character


@dataclass(frozen=True, slots=True)
class Sheet:
    """The rows of a sheet from its first row on, its name, and how many sheets show anything at all."""

    rows: list[list[Cell]]
    name: str = ""
    of: int = 1


def plain_header(header: str) -> str:
    """A header without what varies: spaces, stars, colons, and what stands in brackets."""
    words = "".join(header.replace("\ufeff", "").split())
    return words.strip("*＊:：").partition("（")[0].partition("(")[0]  # noqa: RUF001 - as Chinese forms write them
