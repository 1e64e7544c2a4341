"""Freezing, committing and drawing happen in the background: seen on the page, killed without harm, tried again."""

import asyncio
import json
import os
import signal
import sys
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import func, select

from libs.common.clock import now
from libs.common.testing.waiting import eventually
from services.draw.domain.draw_state import DrawState
from services.draw.loops import Noticeboard, commit_one, draw_one, freeze_one
from services.draw.store.draws import claim_seeded
from services.draw.store.pool_tables import draw_progress, pool_sheets
from services.draw.usecases.commit_draw import commit_next
from services.registry.events.published import SubjectsChanged
from tests.draw.conftest import COUNTY, LEAD, City, subject
from tests.draw.worker import MIDDLE

ROOT = Path(__file__).resolve().parents[2]


async def open_task(city: City) -> str:
    plan_id = await city.plan()
    task_id: str = (await city.post(LEAD, f"/plans/{plan_id}/approve"))["task_id"]
    return task_id


async def state_of(city: City, draw_id: str) -> tuple[str, str | None]:
    draw = (await city.get(f"/draw/api/v1/draws/{draw_id}", LEAD)).json()
    return draw["state"], draw["problem"]


async def sheets(city: City) -> int:
    async with city.house.database.transaction() as tx:
        return int(await tx.scalar(select(func.count()).select_from(pool_sheets)))


async def killed_in_the_middle(city: City, step: DrawState) -> None:
    """Let a process of its own take the step, and kill it (-9) when it is half done."""
    url = city.house.database.engine.url.render_as_string(hide_password=False)
    worker = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.draw.worker", url, step.value, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert worker.stdout is not None
    assert (await asyncio.wait_for(worker.stdout.readline(), 60)).decode().strip() == MIDDLE
    os.kill(worker.pid, signal.SIGKILL)
    await worker.wait()


@pytest.mark.article(7)
async def test_freezing_is_asked_for_at_once_and_the_page_shows_how_far_it_is(city: City) -> None:
    task_id = await open_task(city)
    async with city.house.client(LEAD) as client:
        answer = await client.post(f"/draw/tasks/{task_id}/freeze", data={"csrf": LEAD.csrf})
    draw_id = answer.headers["location"].rpartition("/")[2]
    assert await state_of(city, draw_id) == ("freezing", None)
    page = (await city.get(f"/draw/draws/{draw_id}", LEAD)).text
    assert "正在冻结名录" in page
    assert 'hx-trigger="every 2s"' in page
    refused = await city.post(LEAD, f"/draws/{draw_id}/promises", {"commit": "ab" * 32}, expect=409)
    assert refused["type"] == "urn:sunlot:problem:pool-not-frozen"
    await Noticeboard(city.house.database)(draw_id, DrawState.FREEZING, 200, 300)
    page = (await city.get(f"/draw/draws/{draw_id}", LEAD)).text
    assert "已处理 200 户，约 300 户" in page
    assert await freeze_one(city.settings, city.house.database) == draw_id
    assert (await state_of(city, draw_id))[0] == "frozen"
    assert "300" in (await city.get(f"/draw/draws/{draw_id}", LEAD)).text


@pytest.mark.article(8)
async def test_a_row_that_can_not_be_frozen_is_named_and_the_same_attempt_is_tried_again(city: City) -> None:
    task_id = await open_task(city)
    bad = subject(7, version=2, enterprise_type="有限\\责任公司")
    await city.house.hear(SubjectsChanged(subjects=[bad]), aggregate=f"subjects/{COUNTY}", county=COUNTY)
    draw_id = await city.freeze(task_id)
    state, problem = await state_of(city, draw_id)
    assert state == "freezing"
    assert problem is not None
    assert "名录第 8 行" in problem
    assert bad.uscc in problem
    assert "企业类型含有" in problem
    assert await sheets(city) == 0
    assert await freeze_one(city.settings, city.house.database) is None  # not again and again by itself
    page = (await city.get(f"/draw/draws/{draw_id}", LEAD)).text
    assert bad.uscc in page
    assert "重新开始冻结" in page
    mended = subject(7, version=3)
    await city.house.hear(SubjectsChanged(subjects=[mended]), aggregate=f"subjects/{COUNTY}", county=COUNTY)
    assert await city.freeze(task_id) == draw_id
    assert await state_of(city, draw_id) == ("frozen", None)


async def test_a_pool_without_anybody_who_may_be_drawn_is_not_frozen(city: City) -> None:
    task_id = await open_task(city)
    dead = [subject(number, version=2, live=False) for number in range(300)]
    await city.house.hear(SubjectsChanged(subjects=dead), aggregate=f"subjects/{COUNTY}", county=COUNTY)
    draw_id = await city.freeze(task_id)
    state, problem = await state_of(city, draw_id)
    assert state == "freezing"
    assert "没有可抽取的检查对象" in str(problem)


async def test_an_attempt_that_is_given_up_while_it_freezes_is_not_frozen(city: City) -> None:
    task_id = await open_task(city)
    draw_id = (await city.post(LEAD, f"/tasks/{task_id}/freeze"))["draw_id"]
    await city.post(LEAD, f"/draws/{draw_id}/abort", {"reason": "条件选错"})
    assert await freeze_one(city.settings, city.house.database) is None
    assert await city.freeze(task_id, "更正条件后重新冻结") == f"{task_id}-2"


@pytest.mark.article(5)
async def test_a_worker_that_is_killed_while_it_freezes_leaves_nothing_and_another_begins_anew(city: City) -> None:
    task_id = await open_task(city)
    draw_id = (await city.post(LEAD, f"/tasks/{task_id}/freeze"))["draw_id"]
    await killed_in_the_middle(city, DrawState.FREEZING)
    assert await state_of(city, draw_id) == ("freezing", None)
    assert await sheets(city) == 0
    done = await eventually(lambda: freeze_one(city.settings, city.house.database), "the dead worker's lock is free")
    assert done == draw_id
    assert (await state_of(city, draw_id))[0] == "frozen"
    assert await sheets(city) == 1


@pytest.mark.article(5)
async def test_the_time_to_reveal_begins_with_the_commitment_and_not_with_its_trial_draws(city: City) -> None:
    draw_id = await city.promised()
    await city.post(LEAD, f"/draws/{draw_id}/commit")
    ticks = count()
    begun = now().replace(microsecond=0)

    def clock() -> datetime:
        return begun + timedelta(minutes=10 * next(ticks))  # each look finds ten minutes gone

    async with city.house.database.transaction() as tx:
        assert await commit_next(tx, city.settings, clock) == draw_id
    [(_, payload)] = await city.house.said("draw.draw_committed")
    commitment = json.loads(json.loads(payload)["commit"])
    deadline = datetime.fromisoformat(commitment["seed_plan"]["reveal_deadline"])
    assert deadline - begun == timedelta(hours=city.settings.reveal_hours, minutes=10)


@pytest.mark.article(5, 10)
async def test_a_worker_that_is_killed_while_it_rehearses_has_committed_nothing(city: City) -> None:
    draw_id = await city.promised()
    await city.post(LEAD, f"/draws/{draw_id}/commit")
    assert "正在预演" in (await city.get(f"/draw/draws/{draw_id}", LEAD)).text
    await killed_in_the_middle(city, DrawState.COMMITTING)
    assert await state_of(city, draw_id) == ("committing", None)
    assert await city.house.said("draw.draw_committed") == []
    assert await eventually(lambda: commit_one(city.settings, city.house.database), "the lock is free") == draw_id
    assert await state_of(city, draw_id) == ("committed", None)
    assert len(await city.house.said("draw.draw_committed")) == 1


@pytest.mark.article(5)
async def test_a_worker_that_is_killed_while_it_draws_leaves_the_one_seed_and_no_half_result(city: City) -> None:
    draw_id = await city.seeded()
    before = (await city.get(f"/public/draws/{draw_id}.json")).json()
    await killed_in_the_middle(city, DrawState.SEEDED)
    assert (await city.get(f"/public/draws/{draw_id}.json")).json() == before
    assert await eventually(lambda: draw_one(city.settings, city.house.database), "the lock is free") == draw_id
    after = (await city.get(f"/public/draws/{draw_id}.json")).json()
    assert after["seed_txt"] == before["seed_txt"]
    assert len(await city.house.said("draw.seed_fixed")) == len(await city.house.said("draw.subjects_drawn")) == 1


async def test_two_workers_at_once_do_each_step_once(city: City) -> None:
    task_id = await open_task(city)
    draw_id = (await city.post(LEAD, f"/tasks/{task_id}/freeze"))["draw_id"]
    work = (freeze_one(city.settings, city.house.database) for _ in range(3))
    assert sorted(await asyncio.gather(*work), key=str) == [draw_id, None, None]
    assert await sheets(city) == 1


@pytest.mark.article(5)
async def test_a_masked_pool_is_served_as_it_was_frozen_and_one_frozen_earlier_is_masked_again(city: City) -> None:
    draw_id = await city.committed()
    async with city.house.database.transaction() as tx:
        [kept] = await tx.all(select(pool_sheets.c.published, pool_sheets.c.rows))
    served = await city.get(f"/public/draws/{draw_id}/pool.tsv")
    assert served.content == kept["published"] != kept["rows"]
    async with city.house.database.transaction() as tx:
        await tx.execute(pool_sheets.update().values(published=None))
    assert (await city.get(f"/public/draws/{draw_id}/pool.tsv")).content == served.content


async def test_progress_is_told_to_people_and_decides_nothing(city: City) -> None:
    draw_id = await city.committed()
    async with city.house.database.transaction() as tx:
        await tx.execute(draw_progress.delete())
    assert (await city.get(f"/draw/draws/{draw_id}", LEAD)).status_code == 200


async def test_a_pool_of_several_sheets_is_worked_on_by_several_processes_with_the_same_result(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.draw.loops.MANY", 1)
    draw_id = await city.drawn()
    pages = (await city.get(f"/public/draws/{draw_id}/certificate.json")).json()
    assert sum(part["k"] for part in pages["strata"]) == len(pages["selected"]) == 29


@pytest.mark.article(5)
async def test_a_long_result_is_served_as_files_beside_its_certificate(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.draw.usecases.draw_subjects.LONG", 10)
    draw_id = await city.drawn()
    certificate = (await city.get(f"/public/draws/{draw_id}/certificate.json")).json()
    selected = (await city.get(f"/public/draws/{draw_id}/selected.tsv")).text.splitlines()
    assignments = (await city.get(f"/public/draws/{draw_id}/assignments.tsv")).text.splitlines()
    assert certificate["selected"]["rows"] == len(selected) == len(assignments) == 29
    uscc, *team = assignments[7].split("\t")
    proof = (await city.get(f"/public/draws/{draw_id}/proof/{uscc}.json")).json()
    assert proof["officers"] == team
    for address in (f"/draw/draws/{draw_id}", f"/public/draws/{draw_id}"):
        page = (await city.get(address, LEAD)).text
        assert uscc in page
    assert (await city.post(LEAD, f"/draws/{draw_id}/dispatch"))["cases"] == 29


async def test_a_short_result_has_no_files(city: City) -> None:
    draw_id = await city.drawn()
    assert (await city.get(f"/public/draws/{draw_id}/selected.tsv")).status_code == 404


async def test_the_database_does_not_take_a_step_that_reckons_for_minutes_for_dead(city: City) -> None:
    draw_id = await city.seeded()
    patience = select(func.current_setting("idle_in_transaction_session_timeout"))
    async with city.house.database.transaction() as tx:
        assert await tx.scalar(patience) == "1min"
        claimed = await claim_seeded(tx)
        assert claimed is not None
        assert claimed.draw.draw_id == draw_id
        assert await tx.scalar(patience) == "0"
    async with city.house.database.transaction() as tx:
        assert await tx.scalar(patience) == "1min"
