"""The versioned ratio policy: which share of each credit class a draw takes."""

from collections.abc import Mapping
from dataclasses import dataclass

from services.draw.domain.rule import CEIL, Quota, Ratio

# Seen in practice (Henan 2021); unclassified subjects are drawn as class B. Not law.
DEFAULT_RATIOS: Mapping[str, Ratio] = {
    "A": Ratio(1, 100),
    "B": Ratio(2, 100),
    "C": Ratio(10, 100),
    "D": Ratio(30, 100),
    "U": Ratio(2, 100),
}


@dataclass(frozen=True, slots=True)
class RatioPolicy:
    """A named version of the ratios; a draw's commitment cites the version and repeats the numbers."""

    version: str
    quota: Quota

    def with_ratio(self, version: str, ratio: Mapping[str, Ratio]) -> "RatioPolicy":
        """Return the next version with some ratios replaced; nothing else changes."""
        quota = Quota({**self.quota.ratio, **ratio}, self.quota.minimum, self.quota.rounding)
        return RatioPolicy(version, quota)


DEFAULT_POLICY = RatioPolicy("default/1", Quota(DEFAULT_RATIOS, minimum=1, rounding=CEIL))
