"""Clerks' files: read as they come, judged cell by cell, taken in once, and nothing of them left lying about."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Text, cast, func, select, update

from libs.common import clock
from libs.common.http.auth import Role
from libs.common.sheets import read_sheet
from libs.common.testing.doors import actor, another
from services.trigger.app import SERVICE
from services.trigger.loops import uploads as loop
from services.trigger.store import uploads as store
from services.trigger.store.channel_tables import upload_mappings, upload_texts, uploads
from services.trigger.store.tables import signal_fields, signals
from services.trigger.usecases.upload_file import take_rows
from tests.conftest import MakeHouse
from tests.trigger.channels.files import HEADERS, LEAD, csv, hand_in, row, taken, vault_of, xlsx
from tests.trigger.knocking import order, register, subject, tell_subjects

EXCEL_EPOCH_DAYS = 25_569  # days from 30 December 1899 to 1970


@pytest.mark.article(2)
async def test_an_export_becomes_signals_like_signed_orders(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    await register(house)
    known = subject(1)
    await tell_subjects(house, known)
    async with house.client(LEAD) as client:
        looked = (await hand_in(client, xlsx(row(1, 被反映单位=known.name), row(2)))).json()
        assert looked["expected"] == {"new": 2, "known": 0, "faulty": 0, "doubtful": 0}
        async with house.database.transaction() as tx:
            assert await tx.scalar(select(func.count()).select_from(signals)) == 0
        done = await taken(house, looked["upload_id"])
        listed = (await client.get("/trigger/api/v1/signals?came_by=upload&sort=order_id")).json()["items"]
    assert (done["state"], done["new"], done["known"], done["faulty"]) == ("done", 2, 0, 0)
    assert [one["state"] for one in listed] == ["matched", "waiting"]
    assert listed[0]["source"] == "投诉举报"
    async with house.database.transaction() as tx:
        assert await tx.scalar(select(func.count(signals.c.correlation_id.distinct()))) == 2  # each its own matter
        sealed = await tx.all(select(signal_fields.c.field).distinct().order_by(signal_fields.c.field))
        assert await tx.scalar(select(func.count()).select_from(upload_texts)) == 0
    assert [one["field"] for one in sealed] == ["content", "reporter_name", "reporter_phone"]


async def test_an_order_that_came_signed_is_known_and_left_alone(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    platform = await register(house)
    await platform.send(order("GD-00001"))
    file = csv(row(1), row(2), row(2))
    async with house.client(LEAD) as client:
        looked = (await hand_in(client, file)).json()
    assert looked["expected"] == {"new": 1, "known": 2, "faulty": 0, "doubtful": 0}
    done = await taken(house, looked["upload_id"])
    assert (done["new"], done["known"], done["faulty"]) == (1, 2, 0)
    async with house.client(LEAD) as client:
        again = await hand_in(client, file)
    assert again.json()["upload_id"] == looked["upload_id"]
    assert again.json()["state"] == "done"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gbk"])
async def test_a_csv_of_a_chinese_spreadsheet_is_read(make_house: MakeHouse, encoding: str) -> None:
    house = await make_house(SERVICE)
    await register(house)
    async with house.client(LEAD) as client:
        looked = (await hand_in(client, csv(*(row(n) for n in range(30)), encoding=encoding), name="a.csv")).json()
    assert looked["expected"]["new"] == 30


async def test_every_fault_names_its_cell_and_repeats_nothing_and_the_counts_add_up(
    make_house: MakeHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = await make_house(SERVICE)
    monkeypatch.setattr(store, "PORTION", 3)
    await register(house)
    rows = [
        row(1), row(2, 受理时间="canary-time"), row(3, 诉求内容=""), row(4, 工单类型="canary-kind"),
        row(5, 工单类型="咨询"),
        row(6, 工单编号="9.0E+18"), row(7, 工单编号=20261122000000123.0), row(8, 工单编号="编号canary"), row(9),
    ]  # fmt: skip
    async with house.client(LEAD) as client:
        answer = await hand_in(client, xlsx(*rows))
        looked = answer.json()
        assert "canary" not in answer.text
        assert looked["expected"] == {"new": 2, "known": 0, "faulty": 7, "doubtful": 0}
        assert {(one["row"], one["column"]) for one in looked["told"]} == {
            (3, "受理时间"), (4, "反映内容"), (5, "工单类型"), (6, "工单类型"), (7, "工单编号"),
            (8, "工单编号"), (9, "工单编号"),
        }  # fmt: skip
        before = read_sheet((await client.get(f"/trigger/api/v1/uploads/{looked['upload_id']}/errors")).content)
        done = await taken(house, looked["upload_id"])
        after = read_sheet((await client.get(f"/trigger/api/v1/uploads/{looked['upload_id']}/errors")).content)
    assert done["done"] == done["total"] == done["new"] + done["known"] + done["faulty"] == 9
    assert before == after
    assert list(after[0]) == ["行号", *HEADERS, "问题"]
    assert [line[0] for line in after[1:]] == [3, 4, 5, 6, 7, 8, 9]
    assert "受理时间：" in str(after[1][-1])
    assert after[1][2] == "canary-time"


async def test_what_a_spreadsheet_has_broken_is_told_and_never_matched_by(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    await register(house)
    known = subject(1)
    await tell_subjects(house, known)
    moment = clock.now() - timedelta(days=2)
    serial = moment.timestamp() / 86_400 + EXCEL_EPOCH_DAYS + 8 / 24
    rows = [
        row(1, 被反映单位=known.name, 统一社会信用代码="9.14103E+17", 联系电话=13800001111.0, 受理时间=serial),
        row(2, 被反映单位="", 统一社会信用代码=914103001234567890.0, 联系电话="1.38E+10"),
        row(3, 被反映单位="#N/A"),
    ]
    async with house.client(LEAD) as client:
        looked = (await hand_in(client, xlsx(*rows))).json()
        assert looked["expected"] == {"new": 3, "known": 0, "faulty": 0, "doubtful": 3}
        assert [(one["row"], one["column"]) for one in looked["told"]] == [
            (2, "统一社会信用代码"), (3, "统一社会信用代码"), (3, "联系电话"), (4, "被反映单位"),
        ]  # fmt: skip
        done = await taken(house, looked["upload_id"])
        listed = (await client.get("/trigger/api/v1/signals?sort=order_id")).json()["items"]
        opened = await client.post(
            f"/trigger/signals/{listed[0]['signal_id']}/open", data={"csrf": LEAD.csrf, "purpose": "核对电话号码"}
        )
    assert done["doubtful"] == 3
    assert [(one["state"], one["employer_name"]) for one in listed] == [
        ("matched", known.name), ("waiting", ""), ("waiting", ""),
    ]  # fmt: skip
    assert abs(datetime.fromisoformat(listed[0]["accepted_at"]) - moment) < timedelta(seconds=2)
    assert "13800001111" in opened.text


async def test_a_kill_on_the_way_loses_no_row_and_makes_none_twice(
    make_house: MakeHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = await make_house(SERVICE)
    await register(house)
    vault = vault_of(house)
    async with house.client(LEAD) as client:
        looked = (await hand_in(client, csv(*(row(n) for n in range(8)), row(9, 诉求内容="")))).json()
        upload = looked["upload_id"]
        await client.post(f"/trigger/api/v1/uploads/{upload}/confirm")
    begun: list[tuple[int, int]] = []

    class Killed(BaseException):
        """As a kill ends the process."""

    async def dying(tx: Any, claimed: Any, place: int, lines: Any, *more: Any) -> int:
        taken = await take_rows(tx, claimed, place, lines, *more)
        begun.append((place, taken))
        if len(begun) == 2:
            raise Killed  # after the work of the rows, before their commit
        return taken

    monkeypatch.setattr(loop, "take_rows", dying)
    monkeypatch.setattr(loop, "TOGETHER", 3)
    with pytest.raises(Killed):
        await loop.take_next(house.database, vault, asyncio.Event())
    assert not await loop.take_next(house.database, vault, asyncio.Event())  # claimed for a minute
    async with house.database.transaction() as tx:
        assert await tx.scalar(select(uploads.c.done)) == 3
        await tx.execute(update(uploads).values(claimed_until=clock.now() - timedelta(seconds=1)))
    assert await loop.take_next(house.database, vault, asyncio.Event())
    assert begun == [(0, 3), (3, 3), (3, 3), (6, 3)]
    async with house.client(LEAD) as client:
        done = (await client.get(f"/trigger/api/v1/uploads/{upload}")).json()
    assert (done["state"], done["done"], done["new"], done["known"], done["faulty"]) == ("done", 9, 8, 0, 1)
    async with house.database.transaction() as tx:
        assert await tx.scalar(select(func.count()).select_from(signals)) == 8


async def test_a_row_that_no_database_takes_costs_its_neighbours_nothing(
    make_house: MakeHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = await make_house(SERVICE)
    await register(house)
    async with house.client(LEAD) as client:
        upload = (await hand_in(client, csv(*(row(n) for n in range(6))))).json()["upload_id"]

    async def taking(tx: Any, claimed: Any, place: int, lines: Any, *more: Any) -> int:
        if any(line.number == 4 for line in lines):
            await tx.execute(select(cast("\x00", Text)))
        return await take_rows(tx, claimed, place, lines, *more)

    monkeypatch.setattr(loop, "take_rows", taking)
    done = await taken(house, upload)
    assert (done["state"], done["new"], done["faulty"]) == ("done", 5, 1)


async def test_a_long_file_keeps_no_short_one_waiting(make_house: MakeHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    house = await make_house(SERVICE)
    await register(house)
    monkeypatch.setattr(loop, "TURN", 2)
    async with house.client(LEAD) as client:
        files = [csv(*(row(n) for n in range(5))), csv(row(10))]
        at = [f"/trigger/api/v1/uploads/{(await hand_in(client, file)).json()['upload_id']}" for file in files]
        for one in at:
            await client.post(f"{one}/confirm")
        seen = []
        while await loop.take_next(house.database, vault_of(house), asyncio.Event()):
            seen.append([(await client.get(one)).json()["done"] for one in at])
        assert seen == [[2, 0], [2, 1], [4, 1], [5, 1]]
        assert [(await client.get(one)).json()["state"] for one in at] == ["done", "done"]


async def test_a_mapping_is_edited_once_and_remembered_without_its_headers(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    await register(house)
    headers = tuple("当事人说的话" if header == "诉求内容" else header for header in HEADERS)
    async with house.client(LEAD) as client:
        looked = (await hand_in(client, csv(row(1), headers=headers))).json()
        address = f"/trigger/uploads/{looked['upload_id']}"
        refused = await client.post(f"{address}/confirm", data={"csrf": LEAD.csrf})
        assert refused.status_code == 422
        assert "反映内容" in refused.text
        page = (await client.get(address)).text
        assert "当事人说的话" in page
        assert "还没有列对应“反映内容”" in page
        assert "不导入</span>" not in page  # said once, not of every row
        named = {f"c{n}": "" for n in range(len(headers))} | {"c0": "order_id", "c1": "accepted_at", "c5": "content"}
        twice = await client.post(f"{address}/columns", data={"csrf": LEAD.csrf, **named, "c6": "content"})
        assert twice.status_code == 422
        assert 'href="#f-c6"' in twice.text
        assert (await client.post(f"{address}/columns", data={"csrf": LEAD.csrf, **named})).status_code == 303
        tried_out = (await hand_in(client, csv(row(3), headers=headers))).json()
        assert tried_out["expected"]["new"] == 0  # remembered when the file is confirmed, not before
        assert (await client.post(f"{address}/confirm", data={"csrf": LEAD.csrf})).status_code == 303
        next_one = (await hand_in(client, csv(row(2), headers=headers))).json()
        page = (await client.get(f"/trigger/uploads/{next_one['upload_id']}")).text
    assert next_one["expected"]["new"] == 1
    # Nobody takes another one's choice for the header's own.
    assert page.count("人工设定，与自动识别的不同") == len(headers) - 2
    async with house.database.transaction() as tx:
        rows = await tx.all(select(upload_mappings))
    assert {one["field"] for one in rows} == {"content", ""}
    assert "当事人说的话" not in str(rows)


async def test_what_a_file_says_is_sealed_for_the_uploader_and_gone_after_a_day(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    await register(house)
    other = another(LEAD, "somebody-else")
    async with house.client(LEAD) as client:
        looked = (await hand_in(client, csv(row(1, 诉求人="金丝雀"), row(2, 诉求内容="")), name="金丝雀.csv")).json()
        own = await client.get(f"/trigger/uploads/{looked['upload_id']}")
        assert "金丝雀" in own.text
    async with house.client(other) as client:
        address = f"/trigger/uploads/{looked['upload_id']}"
        assert "金丝雀" not in (await client.get(address)).text
        assert (await client.get(f"{address}/errors")).status_code == 403
        assert (await client.post(f"{address}/confirm", data={"csrf": other.csrf})).status_code == 403
    async with house.database.transaction() as tx:
        stored = str([*await tx.all(select(uploads)), *await tx.all(select(upload_texts))])
        assert "金丝雀" not in stored
        assert "金丝雀".encode().hex() not in stored
        await tx.execute(update(uploads).values(erase_at=clock.now() - timedelta(seconds=1)))
    await loop.forget(house.database)
    async with house.database.transaction() as tx:
        assert await tx.scalar(select(func.count()).select_from(upload_texts)) == 0
        assert await tx.scalar(select(uploads.c.state)) == "expired"
    async with house.client(LEAD) as client:
        gone = await client.get(f"/trigger/api/v1/uploads/{looked['upload_id']}/errors")
        assert gone.status_code == 409
        assert (await client.post(f"/trigger/api/v1/uploads/{looked['upload_id']}/confirm")).status_code == 409


async def test_a_countys_clerk_enters_his_county_alone(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    await register(house)
    async with house.client(actor(Role.UNIT, "410311")) as client:
        looked = (await hand_in(client, csv(row(1), row(2, 所属区县="嵩县"), row(3, 所属区县="")))).json()
        await client.post(f"/trigger/api/v1/uploads/{looked['upload_id']}/confirm")
    assert looked["expected"] == {"new": 2, "known": 0, "faulty": 1, "doubtful": 0}
    async with house.client(actor(Role.UNIT, "410325")) as client:  # the city sends one export to all counties
        own = (await hand_in(client, csv(row(1), row(2, 所属区县="嵩县"), row(3, 所属区县="")))).json()
    assert own["upload_id"] != looked["upload_id"]
    assert own["expected"] == {"new": 2, "known": 0, "faulty": 1, "doubtful": 0}
    async with house.client(actor(Role.AUDITOR)) as client:
        assert (await hand_in(client, csv(row(1)))).status_code == 403
    async with house.client(actor(Role.UNIT, "410325")) as client:
        assert (await client.get(f"/trigger/uploads/{looked['upload_id']}")).status_code == 404


async def test_what_is_no_table_is_refused_beside_its_field(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    await register(house)
    async with house.client(LEAD) as client:
        for content in (b"", b"PK\x03\x04 no workbook", ",".join(HEADERS).encode()):
            form = {"csrf": LEAD.csrf, "kind": "complaint", "platform": "ly-12345"}
            answer = await client.post("/trigger/uploads", data=form, files={"file": ("a.csv", content)})
            assert answer.status_code == 422
            assert 'href="#f-file"' in answer.text
        answer = await client.post("/trigger/uploads", data={"csrf": LEAD.csrf, "kind": "complaint"})
        assert 'href="#f-file"' in answer.text
        assert 'href="#f-platform"' in answer.text
        form = {"csrf": LEAD.csrf, "kind": "monitoring", "platform": "ly-12345"}
        answer = await client.post("/trigger/uploads", data=form, files={"file": ("a.csv", csv(row(1)))})
        assert 'href="#f-platform"' in answer.text


async def test_two_people_with_the_same_orders_at_once_make_each_order_once(
    make_house: MakeHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = await make_house(SERVICE)
    platform = await register(house)
    monkeypatch.setattr(loop, "TOGETHER", 20)
    rows, other = [row(n, 被反映单位=subject(1).name) for n in range(60)], another(LEAD, "somebody-else")
    await tell_subjects(house, subject(1))
    at = []
    for who, file in ((LEAD, csv(*rows)), (other, csv(*rows[30:], *rows[:30])), (other, csv(*reversed(rows)))):
        async with house.client(who) as client:
            one = f"/trigger/api/v1/uploads/{(await hand_in(client, file)).json()['upload_id']}"
            first, second = await asyncio.gather(client.post(f"{one}/confirm"), client.post(f"{one}/confirm"))
            assert (first.status_code, second.status_code) == (200, 200)
            at.append(one)

    async def work() -> None:
        while await loop.take_next(house.database, vault_of(house), asyncio.Event()):
            pass

    await asyncio.gather(work(), work(), work(), *(platform.send(order(f"GD-{n:05d}")) for n in range(0, 60, 7)))
    async with house.client(LEAD) as client:
        told = [(await client.get(one)).json() for one in at]
    async with house.database.transaction() as tx:
        assert await tx.scalar(select(func.count()).select_from(signals)) == 60
    assert [(one["state"], one["done"], one["new"] + one["known"], one["faulty"]) for one in told] == [
        ("done", 60, 60, 0)
    ] * 3
    assert 60 - len(range(0, 60, 7)) <= sum(one["new"] for one in told) <= 60
