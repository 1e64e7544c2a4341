"""Who sends by Open311: the api_key is `platform.key`, checked and counted before anything is asked of the database."""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from fastapi import Request

from libs.common.db import Transaction
from services.trigger.api.open311.reading import Sent
from services.trigger.domain.errors import WrongApiKey
from services.trigger.store import platforms
from services.trigger.store.platforms import Platform

_LONGEST_KEY: Final = 200  # characters


@dataclass(frozen=True, slots=True)
class Client:
    """A platform that may use Open311 and has requests left."""

    platform: str
    key_number: int

    async def admit(self, tx: Transaction) -> Platform:
        """The platform as it now is; raises WrongApiKey for a revoked key."""
        platform = await platforms.with_key(tx, self.platform, self.key_number)
        if platform is None or not platform.open311:
            raise WrongApiKey
        return platform


async def client_of(request: Request, sent: Sent) -> Client:
    """Whose api_key this is. Raises WrongApiKey, TooOften."""
    given = sent.get("api_key")
    if not given or len(given) > _LONGEST_KEY:
        raise WrongApiKey
    code, _, key = given.partition(".")

    def fits(keys: Sequence[str]) -> int | None:
        same = [hmac.compare_digest(key.encode(), known.encode()) for known in keys or [""]]
        return same.index(True) if keys and any(same) else None

    found = await request.app.state.keyring.find(code, fits)
    if found is None or not found[0].open311:
        raise WrongApiKey
    platform, used = found
    request.app.state.throttle.take(platform.code, platform.rate, platform.burst)
    return Client(platform.code, used.number)
