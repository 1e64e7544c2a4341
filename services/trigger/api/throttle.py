"""How many requests a platform may still send: so many a second, and so many at once, in this process."""

import math
from dataclasses import dataclass

from throttled import MemoryStore, RateLimiterRegistry, RateLimiterType, per_sec
from throttled.rate_limiter import BaseRateLimiter

from libs.common.errors import TooOften
from libs.common.http.problems import limit_headers

_MOST_KEYS = 10_000  # platforms; what is refused for its signature is never counted


@dataclass(frozen=True, slots=True)
class Left:
    """What a platform may still send, told with every answer."""

    burst: int
    remaining: int
    reset: int  # seconds until all of the burst may be sent again

    def headers(self) -> dict[str, str]:
        """As headers of an answer."""
        return limit_headers(self.burst, self.remaining, self.reset)


class Throttle:
    """Counts by name; the names of one rate and burst share a limiter, and a changed rate keeps what was counted."""

    def __init__(self) -> None:
        self._store = MemoryStore(options={"MAX_SIZE": _MOST_KEYS})
        self._limiters: dict[tuple[int, int], BaseRateLimiter] = {}

    def take(self, name: str, rate: int, burst: int) -> Left:
        """Count one request of `name`, at most `rate` a second and `burst` at once; raises TooOften."""
        result = self._limiter(rate, burst).limit(name)
        state = result.state
        if result.limited:
            raise TooOften(burst, max(1, math.ceil(state.retry_after)))
        return Left(burst, state.remaining, math.ceil(state.reset_after))

    def _limiter(self, rate: int, burst: int) -> BaseRateLimiter:
        limiter = self._limiters.get((rate, burst))
        if limiter is None:
            kind = RateLimiterRegistry.get(RateLimiterType.GCRA.value)
            limiter = self._limiters[rate, burst] = kind(per_sec(rate, burst), self._store)
        return limiter
