"""One draw from the frozen pool to the certificate, by the service itself, each step in a process of its own."""

import asyncio
import hashlib
import json
import secrets
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

from libs.common.db.database import Database, create_engine
from libs.common.testing.databases import asyncpg_url
from libs.common.testing.doors import House
from services.draw.app import SERVICE
from services.draw.domain.commitment import Profile
from services.draw.domain.draw_state import DrawState
from services.draw.loops import across_cores
from services.draw.settings import DrawSettings
from services.draw.store.draws import load_draw
from services.draw.usecases.draw_subjects import select_subjects
from services.registry.events.published import ItemsPublished, OfficersChanged
from services.trigger.events.published import Condition
from tests.benchmarks.measure import Watch
from tests.benchmarks.pools import OFFICERS_A_COUNTY, counties_of, county_code
from tests.conftest import settings_of
from tests.draw.conftest import LEAD, SECTION, City, fired, item, officer

T = TypeVar("T")

OFFICER_CAP = 200
CITY_COUNTY = "410300"
PARTIES = ((LEAD, "lead"), (SECTION, "section"))


@asynccontextmanager
async def city(server_url: str, database: str, profile: Profile = Profile.OPEN) -> AsyncIterator[City]:
    """The service's doors on the benchmark's database."""
    url = asyncpg_url(server_url, database)
    settings = settings_of(SERVICE, url, "amqp://nobody@127.0.0.1/")
    assert isinstance(settings, DrawSettings)
    own = settings.model_copy(update={"draw_profile": profile, "officer_cap": OFFICER_CAP})
    engine = Database(create_engine(url, service=SERVICE.name, pool_size=5))
    try:
        yield City(House(SERVICE, engine, own))
    finally:
        await engine.close()


def _run(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    return asyncio.run(work())


async def _must_be(doors: City, draw_id: str, state: DrawState) -> None:
    async with doors.house.database.transaction() as tx:
        record = await load_draw(tx, draw_id)
    assert record.draw.state is state, f"{record.draw.state.value}: {record.problem}"


def prepare(_watch: Watch, server_url: str, database: str, rows: int) -> None:
    """Tell the service its officers and its item."""

    async def work() -> None:
        async with city(server_url, database) as doors:
            for place in range(counties_of(rows)):
                code = county_code(place)
                numbers = range(place * OFFICERS_A_COUNTY, (place + 1) * OFFICERS_A_COUNTY)
                states = [officer(number, officer_id=f"Z{number:06d}", county=code) for number in numbers]
                await doors.house.hear(OfficersChanged(officers=states), aggregate=f"officers/{code}", county=code)
            await doors.house.hear(ItemsPublished(items=[item()]), aggregate="items/1")

    _run(work)


def freeze(watch: Watch, server_url: str, database: str, profile: Profile, trigger: str) -> str:
    """Freeze the pool of a new task and return the draw's id."""

    async def work() -> str:
        async with city(server_url, database, profile) as doors:
            event = fired(trigger_id=trigger, county=CITY_COUNTY, filter=[Condition(col="county", prefix=["41"])])
            await doors.house.hear(event, aggregate=f"trigger/{trigger}", county=CITY_COUNTY)
            plans = (await doors.get("/draw/api/v1/plans", LEAD)).json()["rows"]
            plan_id = next(plan["plan_id"] for plan in plans if plan["state"] == "proposed")
            task_id = (await doors.post(LEAD, f"/plans/{plan_id}/approve"))["task_id"]
            with watch:
                draw_id = await doors.freeze(task_id)
            await _must_be(doors, draw_id, DrawState.FROZEN)
            return draw_id

    return _run(work)


def commit(watch: Watch, server_url: str, database: str, draw_id: str) -> dict[str, str]:
    """Take both promises, then rehearse and commit; returns the parties' secrets."""

    async def work() -> dict[str, str]:
        async with city(server_url, database) as doors:
            for who, party in PARTIES:
                secret = secrets.token_bytes(32)
                doors.secrets[party] = secret.hex()
                promise = hashlib.sha256(f"sunlot-draw/1 party {party} ".encode() + secret).hexdigest()
                await doors.post(who, f"/draws/{draw_id}/promises", {"commit": promise})
            with watch:
                await doors.commit(draw_id)
            await _must_be(doors, draw_id, DrawState.COMMITTED)
            return doors.secrets

    return _run(work)


def seed(_watch: Watch, server_url: str, database: str, draw_id: str, reveals: dict[str, str]) -> None:
    """Hear the log's receipt, reveal, and throw dice."""

    async def work() -> None:
        async with city(server_url, database) as doors:
            await doors.log_receipt(draw_id)
            for who, party in PARTIES:
                await doors.post(who, f"/draws/{draw_id}/reveals", {"reveal": reveals[party]})
            await doors.post(LEAD, f"/draws/{draw_id}/dice", {"digits": "314159"})
            await doors.post(SECTION, f"/draws/{draw_id}/dice/confirm", {"digits": "314159"})

    _run(work)


def select(watch: Watch, server_url: str, database: str, draw_id: str) -> int:
    """Tickets and selection alone, from the stored pool; returns how many are drawn."""

    async def work() -> int:
        async with city(server_url, database) as doors, doors.house.database.transaction() as tx:
            own = (await load_draw(tx, draw_id)).draw
            assert own.commitment is not None
            assert own.seed is not None
            with watch:
                return len((await select_subjects(tx, own, own.commitment, own.seed, across_cores)).selected)

    return _run(work)


def draw(watch: Watch, server_url: str, database: str, draw_id: str) -> None:
    """What the service does by itself once a seed is fixed: from the stored pool to the certificate."""

    async def work() -> None:
        async with city(server_url, database) as doors:
            with watch:
                await doors.finish()
            await _must_be(doors, draw_id, DrawState.DRAWN)

    _run(work)


def download(_watch: Watch, server_url: str, database: str, draw_id: str, folder: Path) -> dict[str, Any]:
    """Fetch the public files of the draw, and return the certificate without its long lists."""

    folder.mkdir(parents=True, exist_ok=True)

    async def work() -> dict[str, Any]:
        async with city(server_url, database) as doors:
            names = ["certificate.json", "pool.tsv", "officers.json"]
            for name in names:
                answer = await doors.get(f"/public/draws/{draw_id}/{name}")
                answer.raise_for_status()
                (folder / name).write_bytes(answer.content)
                if name == "certificate.json":
                    document: dict[str, Any] = json.loads(answer.content)
                    lists = [document["selected"], document["assignments"]]
                    names += [each["file"] for each in lists if isinstance(each, dict)]  # too long for the document
        return {"strata": document["commit"]["strata"], "key": document["keys"]["subject"],
                "drawn": sum(k for _, _, k in document["commit"]["strata"])}  # fmt: skip

    return _run(work)
