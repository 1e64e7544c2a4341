"""What survives when a process dies in the middle of a step."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from libs.common import clock
from libs.common.db.database import Database
from services.inspection.usecases.complete_inspection import complete_inspection
from tests.inspection.story import API, CASE, LEADER, Story


async def complete_and_lose_the_connection(database: Database) -> None:
    async with database.transaction() as tx:
        await complete_inspection(tx, CASE, LEADER, clock.now())
        await tx.write_outbox()
        pid = await tx.scalar(text("select pg_backend_pid()"))
        async with database.engine.connect() as other:
            await other.execute(text("select pg_terminate_backend(:pid)"), {"pid": pid})
        await tx.scalar(text("select 1"))


async def complete_and_fail(database: Database) -> None:
    async with database.transaction() as tx:
        await complete_inspection(tx, CASE, LEADER, clock.now())
        raise RuntimeError


async def test_a_connection_killed_before_the_commit_leaves_the_state_before(story: Story) -> None:
    await story.filled()
    with pytest.raises(DBAPIError):
        await complete_and_lose_the_connection(story.house.database)
    assert (await story.get(LEADER, API)).json()["state"] == "ready"
    assert await story.house.said("inspection.inspection_completed") == []
    assert (await story.post(LEADER, f"{API}/complete")).status_code == 200
    assert len(await story.house.said("inspection.inspection_completed")) == 1


async def test_a_step_that_fails_late_says_nothing(story: Story) -> None:
    await story.filled()
    with pytest.raises(RuntimeError):
        await complete_and_fail(story.house.database)
    assert (await story.get(LEADER, API)).json()["record"] is None
    assert await story.house.said("inspection.inspection_completed") == []
