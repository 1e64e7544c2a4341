"""A million stored signals: how soon a rule fires after a signal, and how long a back-test of all of them takes."""

import asyncio
import time
from datetime import timedelta

import asyncpg
from sqlalchemy import select, text

from libs.common import clock
from libs.common.db.database import Database, create_engine
from libs.common.http.auth import Role
from libs.common.ids import new_id
from libs.common.testing.databases import template_of
from libs.common.testing.doors import actor
from services.trigger.app import SERVICE
from services.trigger.domain.rule_reader import read_rule
from services.trigger.domain.signal import Signal
from services.trigger.loops.trying import run_next
from services.trigger.store import rules, signals
from services.trigger.store.tables import back_tests
from services.trigger.store.tables import signals as stored
from services.trigger.usecases.back_test import ask_back_test
from services.trigger.usecases.fire_rules import fire_rules
from tests.benchmarks.measure import Line, Watch, apart
from tests.benchmarks.pools import plain_url

PREFIX = "bench_trigger_"
DAYS = 730
ARRIVALS = 500
FIRMS = 60_000
RULE, VERSION = "wages-county-industry", 1

# Two years of complaints, everywhere alike but for a busy winter; every third is about wages.
_FILL = """
insert into signals (signal_id, platform, order_id, source, channel, kind, category, category_path, urgency,
    supervised, county, employer_name, employer_uscc, employer_key, accepted_at, received_at, due, due_provisional,
    state, uscc, industry, score, reasons, decided_at, content_mark, correlation_id, complainant, flags, attributes)
select md5(i::text)::uuid::text, 'ly-12345', 'B-' || i, '投诉举报', '市民热线', '投诉举报',
    (array['工资支付和最低工资标准', '社会保险', '劳动合同及招用工管理'])[1 + i % 3], '["工资"]', '', i % 50 = 0,
    (410302 + (i * 7919) % 15)::text, '', '', '',
    $2::timestamptz - (i * 1.0 / $1) * interval '1 day' * $3, $2, current_date, false, 'matched',
    '9141' || lpad(((i * 104729) % $4)::text, 14, '0'),
    (array['C', 'E', 'F', 'H', 'I', 'L', 'M', 'O', 'P', 'Q', 'R', 'G', 'K', 'N', 'S', 'A', 'B', 'D', 'J', 'T'])
        [1 + (i * 31) % 20] || '1000',
    100, '[]', $2, '', 'bench', md5((i % 400000)::text),
    case when i % 90 = 0 then '["极端行为"]'::jsonb else '[]'::jsonb end, '{"scale": "小", "headcount": 20}'
from generate_series(1, $1::bigint) i
"""

# What one would write without a rule engine: for each wage complaint, how many of its group were in the window.
_WINDOW = """
select count(*) from (
  select count(*) over (partition by county, left(industry, 1) order by accepted_at
                        range between interval '30 days' preceding and current row) as number
  from signals where state = 'matched' and kind = '投诉举报' and category = '工资支付和最低工资标准') counted
where number >= 3
"""


def fill(watch: Watch, server: str, name: str, rows: int) -> None:
    """Make the database with so many signals."""

    async def work() -> None:
        admin = await asyncpg.connect(plain_url(server, "postgres"))
        await admin.execute(f"create database {name} template {template}")
        await admin.close()
        connection = await asyncpg.connect(plain_url(server, name))
        await connection.execute(_FILL, rows, clock.now(), float(DAYS), FIRMS, timeout=900)
        await connection.execute("analyze signals")
        await connection.close()

    template = template_of(SERVICE, server)
    with watch:
        asyncio.run(work())


def _database(server: str, name: str) -> Database:
    url = plain_url(server, name).replace("postgresql://", "postgresql+asyncpg://")
    return Database(create_engine(url, service="trigger"))


def sql_window(watch: Watch, server: str, name: str) -> int:
    """The plain query, over all signals."""

    async def work() -> int:
        connection = await asyncpg.connect(plain_url(server, name))
        with watch:
            found: int = await connection.fetchval(_WINDOW, timeout=900)
        await connection.close()
        return found

    return asyncio.run(work())


def back_test(watch: Watch, server: str, name: str, document: dict[str, object] | None = None) -> tuple[int, int]:
    """A back-test from being asked for to its saved result: signals counted, firings."""

    async def work() -> tuple[int, int]:
        database = _database(server, name)
        version = VERSION
        async with database.transaction() as tx:
            if document is not None:
                rule = read_rule(document)
                version = rule.version
                if await rules.load(tx, RULE, version) is None:
                    await rules.add(tx, rule, "bench", clock.now())
            await ask_back_test(tx, RULE, version, actor(Role.LEAD), clock.now())
        with watch:
            assert await run_next(database)
        async with database.transaction() as tx:
            row = await tx.first(select(back_tests).order_by(back_tests.c.asked_at.desc()))
        await database.close()
        assert row is not None
        assert row["state"] == "done", row["state"]
        return row["summary"]["signals"], row["summary"]["would"]

    return asyncio.run(work())


def arrivals(watch: Watch, server: str, name: str) -> tuple[float, float]:
    """Signals that were just matched, one after another; the slowest of a hundred and the slowest of all, in s."""

    async def work() -> tuple[float, float]:
        database = _database(server, name)
        async with database.transaction() as tx:
            await tx.execute(text("truncate rule_facts, rule_firings, triggers, trigger_signals"))
            rows = await tx.all(select(stored.c.signal_id).where(stored.c.order_id == "B-3"))
            pattern = await signals.load(tx, rows[0]["signal_id"])
        assert pattern is not None
        took = [await _arrive(database, pattern, number) for number in range(ARRIVALS + 1)]
        await database.close()
        took = sorted(took[1:])  # the first counts the version's window, once
        return took[len(took) * 99 // 100], took[-1]

    with watch:
        return asyncio.run(work())


async def _arrive(database: Database, pattern: Signal, number: int) -> float:
    signal_id, letter = f"new-{number:06d}", "CEFHILMOPQ"[number % 10]
    late = timedelta(days=(number % 40) * 0.7)
    async with database.transaction() as tx:
        await tx.execute(
            text(
                "insert into signals select (jsonb_populate_record(s, jsonb_build_object('signal_id', :id, 'order_id',"
                " :id, 'accepted_at', cast(:at as timestamptz), 'industry', :industry))).* from signals s"
                " where signal_id = :pattern"
            ).bindparams(id=signal_id, at=clock.now() - late, industry=f"{letter}1000", pattern=pattern.signal_id)
        )
    began = time.perf_counter()
    async with database.transaction() as tx:
        signal = await signals.load(tx, signal_id)
        assert signal is not None
        await fire_rules(tx, [signal], clock.now())
    return time.perf_counter() - began


def lines(server: str, rows: int = 1_000_000) -> list[Line]:
    """A million signals of two years in 15 counties and 20 industries."""
    name = PREFIX + new_id().hex
    try:
        apart(fill, server, name, rows)
        return _measured(server, name, rows)
    finally:
        asyncio.run(_drop(server, name))


async def _drop(server: str, name: str) -> None:
    admin = await asyncpg.connect(plain_url(server, "postgres"))
    await admin.execute(f"drop database if exists {name} with (force)")
    await admin.close()


def _measured(server: str, name: str, rows: int) -> list[Line]:
    plain = apart(sql_window, server, name)
    document = {
        "id": RULE, "version": 2, "name": "全部类别，按人和情节", "article": "细则第二条", "source": "投诉举报",
        "when": {
            "kinds": ["投诉举报"], "categories": ["工资支付和最低工资标准", "社会保险", "劳动合同及招用工管理"],
            "group_by": ["county", "industry_letter"], "at_least": 60, "distinct": "complainant", "window_days": 14,
            "cool_down_days": 30, "points": {"at_least": 50, "flags": {"极端行为": 5}, "half_life_days": 7},
        },
        "effect": {"mode": "directed_draw", "item_categories": ["社会保险"], "urgent": False, "finish_within_days": 60},
    }  # fmt: skip
    shipped = apart(back_test, server, name)
    everything = apart(back_test, server, name, document)
    speed = apart(arrivals, server, name)
    whole = (("s", "≤", 60.0),) if rows >= 1_000_000 else ()
    return [
        Line("一条 SQL 窗口查询 a plain SQL window query", rows, plain.seconds, base=True,
             note=f"{plain.value:,} 个时刻达到 3 件 moments with three"),
        Line("回测随系统发布的规则 back-test, shipped rule", rows, shipped.seconds, shipped.peak_mib, goals=whole,
             note="计入 {:,} 件，触发 {:,} 次 counted, fired".format(*shipped.value)),
        Line("回测计入全部线索、按人和减半分值 back-test, all signals, people and fading points", rows,
             everything.seconds, everything.peak_mib, goals=whole, compared=False,
             note="计入 {:,} 件，触发 {:,} 次 counted, fired".format(*everything.value)),
        Line("一件线索到触发写好 a signal to its trigger, p99", rows, speed.value[0], goals=(("s", "<", 1.0),),
             compared=False, note=f"{ARRIVALS} 件，半数以上迟到；最慢 {speed.value[1]:.3f} s"),
    ]  # fmt: skip
