"""Editions of a certificate: the same document with what happened later, chained by the hash of the one before."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from libs.common.canonical import canonical, sha256_hex
from services.draw.domain.replacement import Entry, Taken, teams_from
from services.draw.domain.roster import Roster
from services.draw.domain.standing import Start


def edition_of(document: Mapping[str, Any]) -> int:
    """Return which edition a certificate is, from 1."""
    number: int = document.get("edition", 1)
    return number


def next_edition(newest: bytes, entries: Sequence[Entry]) -> bytes:
    """Return the bytes of the edition after `newest`, with more replacements and nothing else changed."""
    document = json.loads(newest)
    return canonical(
        {
            **document,
            "edition": edition_of(document) + 1,
            "previous_sha256": sha256_hex(newest),
            "replacements": [*document["replacements"], *(entry.document() for entry in entries)],
        }
    )


def start_of(
    document: Mapping[str, Any],
    selected: Sequence[Sequence[str]],
    assignments: Sequence[Sequence[Any]],
    roster: Roster,
) -> Start:
    """Return what the draw itself gave; `selected` and `assignments` are the certificate's lists, wherever they lie."""
    return Start(
        selected=tuple(Taken(*one) for one in selected),
        teams=dict(teams_from(assignments)),
        roster=roster,
        key=document["keys"]["officer"],
        seats=document["commit"]["officers"]["seats"],
        steps_taken=len(document["escalated"]),
    )
