"""A ceremony that names a recorded round of the real chain: who reveals, what the loop does, what is shown."""

from datetime import datetime, timedelta
from typing import Any

import httpx

from deploy.standins.drand import Relay
from services.draw.loops import take_round
from tests.draw.beacons import before
from tests.draw.conftest import LEAD, SECTION, City

MINUTES = 10


class Clock:
    """The time that the service reads; a recorded round lies ahead of it until it is moved."""

    def __init__(self) -> None:
        self.moment = before(MINUTES * 60)

    def now(self) -> datetime:
        """What everybody is told."""
        return self.moment


class Ceremony:
    """A draw that names the recorded round, and what the loop does once."""

    def __init__(self, city: City, time: Clock, relay: Relay, draw_id: str) -> None:
        self.city, self.time, self.relay, self.draw_id = city, time, relay, draw_id

    async def reveal(self, *parties: str) -> None:
        """Parties reveal what they promised."""
        for party, who in (("lead", LEAD), ("section", SECTION)):
            if party in parties:
                await self.city.post(who, f"/draws/{self.draw_id}/reveals", {"reveal": self.city.secrets[party]})

    async def look(self) -> bool:
        """One look of the loop."""
        async with httpx.AsyncClient(timeout=5) as client:
            return await take_round(self.city.settings, self.city.house.database, client)

    async def wait(self, seconds: float) -> None:
        """Time passes."""
        self.time.moment += timedelta(seconds=seconds)

    async def state(self) -> dict[str, Any]:
        """The draw as the public sees it."""
        found: dict[str, Any] = (await self.city.get(f"/public/draws/{self.draw_id}.json")).json()
        return found

    async def page(self) -> str:
        """The draw's page inside."""
        return (await self.city.get(f"/draw/draws/{self.draw_id}", LEAD)).text

    async def paste(self, text: str, *, expect: int = 201) -> Any:
        """Somebody hands the round over."""
        return await self.city.post(SECTION, f"/draws/{self.draw_id}/beacon", {"round_json": text}, expect=expect)

    async def seeds(self) -> int:
        """How many seeds were announced."""
        return len(await self.city.house.said("draw.seed_fixed"))
