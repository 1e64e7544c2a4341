"""What a user is told when the database is away or busy: to try again, and never that the program is broken."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from fastapi import APIRouter
from sqlalchemy import text

from libs.common.db.database import Database, create_engine
from libs.common.db.failures import is_away, was_in_the_way
from libs.common.http.app import Db, create_app
from libs.common.http.auth import anyone
from libs.common.testing.doors import House
from tests.common.messaging.probe.service import FOLDER, SERVICE
from tests.common.messaging.proxy import Line
from tests.conftest import MakeHouse

router = APIRouter(dependencies=[anyone()])


@router.post("/probe/api/v1/lock")
async def lock(database: Db) -> None:
    """Waits a moment for a lock."""
    async with database.transaction() as tx:
        await tx.execute(text("set local lock_timeout = '50ms'"))
        await tx.execute(text("select pg_advisory_xact_lock(1)"))


@router.post("/probe/api/v1/bug")
async def bug(database: Db) -> None:
    """Says something that no database understands."""
    async with database.transaction() as tx:
        await tx.execute(text("selekt"))


@pytest.fixture
async def house(make_house: MakeHouse) -> House:
    return await make_house(SERVICE)


@asynccontextmanager
async def _client(house: House, database: Database) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(FOLDER, "探针", house.settings, database, router)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://sunlot.test") as client:
        yield client


async def test_who_meets_a_lock_is_asked_to_try_again(house: House) -> None:
    async with house.database.transaction() as holder, _client(house, house.database) as client:
        await holder.execute(text("select pg_advisory_xact_lock(1)"))
        answer = await client.post("/probe/api/v1/lock")
    assert answer.status_code == 503
    assert "稍后重试" in answer.json()["detail"]


async def test_without_a_database_everybody_is_asked_to_try_again_and_then_served(house: House) -> None:
    line = Line(house.settings.database_url)
    await line.mend()
    behind = Database(create_engine(line.url, service="probe", pool_size=1))
    async with _client(house, behind) as client:
        assert (await client.post("/probe/api/v1/lock")).status_code == 200
        await line.cut()
        assert (await client.post("/probe/api/v1/lock")).status_code == 503
        await line.mend()
        assert (await client.post("/probe/api/v1/lock")).status_code == 200
    await behind.close()
    await line.cut()


async def test_a_bug_is_still_a_bug_and_the_connection_is_not_used_again(house: House) -> None:
    async with _client(house, house.database) as client:
        answer = await client.post("/probe/api/v1/bug")
    assert answer.status_code == 500
    assert answer.headers["connection"] == "close"


async def test_a_database_that_is_starting_is_away_and_no_bug() -> None:
    async def starting(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """A PostgreSQL that is recovering: no TLS, then SQLSTATE 57P03 to whoever asks."""
        await reader.readexactly(8)
        writer.write(b"N")
        await reader.read(1024)
        fields = b"SFATAL\0VFATAL\0C57P03\0Mthe database system is starting up\0\0"
        writer.write(b"E" + (len(fields) + 4).to_bytes(4, "big") + fields)
        writer.close()

    async with await asyncio.start_server(starting, "127.0.0.1") as server:
        port = server.sockets[0].getsockname()[1]
        engine = create_engine(f"postgresql+asyncpg://nobody@127.0.0.1:{port}/none", service="probe")
        with pytest.raises(Exception) as caught:  # noqa: PT011 - which one it is, is the driver's business
            async with engine.connect():
                pass
        await engine.dispose()
    assert is_away(caught.value)
    assert not was_in_the_way(caught.value)
