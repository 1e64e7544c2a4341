"""The platforms and their keys as of at most a second ago, so that a flood costs no query a request."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from libs.common.db.database import Database
from libs.common.errors import TooOften
from services.trigger.api.throttle import Throttle
from services.trigger.store import platforms
from services.trigger.store.platforms import Platform
from services.trigger.store.vault import Vault
from services.trigger.usecases.manage_platforms import every_opened_key

FRESH: Final = 1.0  # seconds
# When no key fits, one may have been issued a moment ago: then the keys are read again, but by a flood of wrong
# signatures not more often than so many times a second.
_LOOKS, _LOOKS_AT_ONCE = 10, 20


@dataclass(frozen=True, slots=True)
class Key:
    """A key of a platform, opened."""

    number: int
    key: str


@dataclass(frozen=True, slots=True)
class Known:
    """A platform with its valid keys, newest first."""

    platform: Platform
    keys: Sequence[Key]


Fits = Callable[[Sequence[str]], int | None]  # which of the keys made the signature, if one did


class Keyring:
    """Finds the key that was used. What it says decides who is refused; who is let in is read in the transaction."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault
        self._known: dict[str, Known] = {}
        self._read_at = -FRESH
        self._looks = Throttle()
        self._reading = asyncio.Lock()

    async def find(self, code: str, fits: Fits) -> tuple[Platform, Key] | None:
        """The platform and the key of it that fits; an unknown platform is asked for in the same way, with no keys."""
        asked = time.monotonic()
        if asked - self._read_at >= FRESH:
            await self._read(asked)
        found = self._look(code, fits)
        if found is None and self._may_look_again():
            await self._read(asked)
            found = self._look(code, fits)
        return found

    def _look(self, code: str, fits: Fits) -> tuple[Platform, Key] | None:
        known = self._known.get(code)
        place = fits([each.key for each in known.keys] if known else [])
        return (known.platform, known.keys[place]) if known is not None and place is not None else None

    def _may_look_again(self) -> bool:
        try:
            self._looks.take("wrong signatures", _LOOKS, _LOOKS_AT_ONCE)
        except TooOften:
            return False
        return True

    async def _read(self, asked: float) -> None:
        """Read everything, once for all who asked meanwhile."""
        async with self._reading:
            if self._read_at > asked:
                return
            began = time.monotonic()
            async with self._database.transaction() as tx:
                opened = await every_opened_key(tx, self._vault)
                self._known = {
                    one.code: Known(one, [Key(number, key) for number, key in opened.get(one.code, [])])
                    for one in await platforms.every(tx)
                }
            self._read_at = began
