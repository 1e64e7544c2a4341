"""The certificate (抽取凭证): all that anybody needs to repeat a draw, and the hash of its result."""

import json
from dataclasses import dataclass
from typing import Any

from libs.common.canonical import canonical, digest, sha256_hex
from services.draw.domain.commitment import DIRECT, Commitment, Profile
from services.draw.domain.deal import Deal
from services.draw.domain.direct import DirectChoice
from services.draw.domain.long_lists import ASSIGNMENTS, LONG, SELECTED, LongList, long_list
from services.draw.domain.lottery import Selection
from services.draw.domain.receipt import LogReceipt
from services.draw.domain.seed import FORMAT, key

MASKED_STRATUM = "*"


@dataclass(frozen=True, slots=True)
class Certificate:
    """A finished draw; `document` is certificate.json."""

    commitment: Commitment
    seed: bytes  # the bytes of seed.txt
    selection: Selection
    deal: Deal
    receipt: LogReceipt
    direct: DirectChoice | None = None
    beacon_signature: str | None = None  # hexadecimal, when the commitment names a beacon
    long: int = LONG  # drawn subjects above which the lists are files

    def __post_init__(self) -> None:
        if (self.direct is not None) != (self.commitment.officers.method == DIRECT):
            msg = "a direct choice belongs to a commitment with method `direct`, and to no other"
            raise ValueError(msg)
        if (self.beacon_signature is not None) != (self.commitment.sources.beacon is not None):
            msg = "a signature belongs to a commitment that names a beacon, and to no other"
            raise ValueError(msg)

    @property
    def _masked(self) -> bool:
        return self.commitment.profile is Profile.MASKED

    @property
    def _key_labels(self) -> tuple[str, ...]:
        return ("officer", *(("systematic",) if self.commitment.over_cells else ()))

    def selected(self) -> list[list[str]]:
        """Return [id, stratum, ticket] by (ticket, id); the masked profile hides the stratum."""
        masked = self._masked  # asked for once, not once a row
        return [
            [drawn.id, MASKED_STRATUM if masked else drawn.stratum, drawn.ticket] for drawn in self.selection.selected
        ]

    def assignments(self) -> list[list[object]]:
        """Return [id, [officer, …]] by (ticket, id), officers by seat."""
        return [[subject, list(team)] for subject, team in self.deal.assignments]

    @property
    def result_sha256(self) -> str:
        """The hash of canonical [selected, assignments], as they stand in the certificate."""
        return digest(self._lists())

    def files(self) -> tuple[LongList, ...]:
        """The lists that stand beside the certificate because they are long: both, or none."""
        if len(self.selection.selected) <= self.long:
            return ()
        teams = ((subject, *team) for subject, team in self.deal.assignments)
        return long_list(SELECTED, self.selected()), long_list(ASSIGNMENTS, teams)

    def _lists(self) -> list[object]:
        return [file.document() for file in self.files()] or [self.selected(), self.assignments()]

    def document(self) -> dict[str, Any]:
        """The certificate as JSON values."""
        strata = [
            {
                "stratum": result.stratum,
                "n": result.n,
                "k": result.k,
                "threshold": result.threshold,
                # A reserve list by stratum would tell the class of firms that were not even drawn.
                "reserve": [] if self._masked else [list(pair) for pair in result.reserve],
            }
            for result in self.selection.strata
        ]
        selected, assignments = lists = self._lists()
        return {
            "type": f"{FORMAT}/certificate",
            "commit": self.commitment.document(),
            "commit_sha256": self.commitment.sha256,
            "seed": {"txt": self.seed.decode(), "sha256": sha256_hex(self.seed), "beacon": self._beacon()},
            "keys": {"subject": key(self.commitment.ticket_label, self.seed)}
            | {label: key(label, self.seed) for label in self._key_labels},
            "strata": strata,
            "selected": selected,
            "assignments": assignments,
            "escalated": [[taken.step, taken.subject_id, taken.seat] for taken in self.deal.escalated],
            "direct": self.direct and self.direct.document(),
            "replacements": [],
            "log": self.receipt.document(),
            "result_sha256": digest(lists),
        }

    def _beacon(self) -> dict[str, str] | None:
        return None if self.beacon_signature is None else {"signature": self.beacon_signature}

    @property
    def bytes(self) -> bytes:
        """The bytes of certificate.json."""
        return canonical(self.document())


def with_result_log(certificate: bytes, receipt: LogReceipt) -> bytes:
    """The certificate of a sealed draw with the log's receipt for its result, taken before it is published."""
    return canonical({**json.loads(certificate), "result_log": receipt.document()})
