"""Matching, measured: precision and recall on labelled reports, and how soon a clerk sees what is alike."""

import asyncio
import json
import time
from collections import Counter
from pathlib import Path
from typing import Final

import asyncpg

from libs.common.db.database import Database, create_engine
from libs.common.ids import new_id
from libs.common.testing.databases import template_of
from services.trigger.app import SERVICE
from services.trigger.domain.matching import decide, keys_for, keys_of
from services.trigger.store import subjects
from services.trigger.usecases.find_subjects import likely, search
from tests.benchmarks.measure import Line, Watch, apart
from tests.benchmarks.pools import plain_url
from tests.trigger.matching.labelled import Case, Firm, cases, firms

DOCUMENT: Final = Path(__file__).parents[2] / "docs" / "matching.md"
BEGIN: Final = "<!-- measured -->"
FIRMS, REPORTS, LOOKS = 20_000, 6_000, 600
MILLION: Final = 1_000_000
SECONDS: Final = 0.050  # for 99 of 100 looks of a clerk

# Each firm again in other counties, until there are so many.
_AGAIN: Final = """
insert into subjects (uscc, version, name, name_key, county, industry, live, scale, credit_class, enterprise_type,
    headcount, insured_headcount, address, sound_key, grams, keyed)
select left(uscc, 10) || lpad((substr(uscc, 11)::bigint + again * 100000)::text, 8, '0'), version, name, name_key,
    (410302 + (county::int + again * 7) % 28)::text, industry, live, scale, credit_class, enterprise_type,
    headcount, insured_headcount, address, sound_key, grams, keyed
from subjects, generate_series(1, $1::int - 1) again
"""


def _database(server: str, name: str) -> Database:
    url = plain_url(server, name).replace("postgresql://", "postgresql+asyncpg://")
    return Database(create_engine(url, service="trigger"))


async def _fill(server: str, name: str, registered: list[Firm], times: int) -> None:
    database = _database(server, name)
    none = {"version": 1, "scale": "", "enterprise_type": "", "headcount": 0, "insured_headcount": 0}
    for start in range(0, len(registered), 1_000):
        rows = [
            {
                **none, **keys_for(one.known.name), "credit_class": "B", "address": one.known.address,
                **{field: getattr(one.known, field) for field in ("uscc", "name", "county", "industry", "live")},
            }
            for one in registered[start : start + 1_000]
        ]  # fmt: skip
        async with database.transaction() as tx:
            await subjects.keep(tx, rows)
    await database.close()
    connection = await asyncpg.connect(plain_url(server, name))
    await connection.execute(_AGAIN, times, timeout=1800)
    await connection.execute("vacuum analyze subjects")
    await connection.close()


async def _looks(database: Database, reports: list[Case]) -> dict[str, float]:
    """The 50th and 99th of a hundred looks: candidates of a report, subjects by a word, and the intake's own query."""
    taken: dict[str, list[float]] = {"candidates": [], "search": [], "keys": []}
    for case in reports:
        async with database.transaction() as tx:
            begun = time.perf_counter()
            await likely(tx, case.reported)
            looked = time.perf_counter()
            await search(tx, case.reported.name[2:6], case.reported.county)
            found = time.perf_counter()
            await subjects.found_by(tx, [keys_of(case.reported)])
            done = time.perf_counter()
        for kind, seconds in zip(taken, (looked - begun, found - looked, done - found), strict=True):
            taken[kind].append(seconds)
    return {
        f"{kind} {share}": sorted(each)[len(each) * share // 100] for kind, each in taken.items() for share in (50, 99)
    }


async def _score(database: Database, reports: list[Case]) -> dict[str, dict[str, int]]:
    total, right, wrong, shown = Counter[str](), Counter[str](), Counter[str](), Counter[str]()
    async with database.transaction() as tx:
        for case in reports:
            total[case.way] += 1
            [found] = await subjects.found_by(tx, [keys_of(case.reported)])
            match = decide(case.reported, found)
            if match is None and case.reported.address:
                match = decide(case.reported, [one.subject for one in await likely(tx, case.reported)])
            if match:
                (right if match.subject.uscc == case.meant else wrong)[case.way] += 1
            elif case.meant:
                shown[case.way] += case.meant in [one.subject.uscc for one in (await likely(tx, case.reported))[:3]]
    return {"total": total, "right": right, "wrong": wrong, "shown": shown}


def measure(watch: Watch, server: str, rows: int, *, labelled: bool) -> str:
    """What `_looks` and, if `labelled`, `_score` found, as JSON, on a database of so many subjects."""
    every = firms(FIRMS + FIRMS // 10)
    registered, others = every[:FIRMS], every[FIRMS:]
    name = f"bench_trigger_{new_id().hex[-12:]}"
    template = template_of(SERVICE, server)

    async def work() -> str:
        admin = await asyncpg.connect(plain_url(server, "postgres"))
        await admin.execute(f"create database {name} template {template}")
        try:
            await _fill(server, name, registered, rows // FIRMS)
            database = _database(server, name)
            reports = list(cases(registered, others, REPORTS if labelled else LOOKS))
            await _looks(database, reports[:50])
            found: dict[str, object] = {"looks": await _looks(database, reports[:LOOKS])}
            if labelled:
                found["score"] = await _score(database, reports)
            await database.close()
            return json.dumps(found)
        finally:
            await admin.execute(f"drop database if exists {name} with (force)")
            await admin.close()

    with watch:
        return asyncio.run(work())


def table(score: dict[str, dict[str, int]]) -> str:
    """The table of docs/matching.md."""
    total, right, wrong, shown = (score[name] for name in ("total", "right", "wrong", "shown"))
    lines = [
        "| 工单所填 | 件数 | 自动匹配正确 | 自动匹配错误 | 其余中前三名候选即是 |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    for way, number in total.items():
        left = number - right.get(way, 0) - wrong.get(way, 0)
        seen = f"{shown[way] / left:.1%}" if left and way in shown else "—"
        meant = right.get(way, 0) + shown.get(way, 0)  # of some ways nobody in the register is meant
        share = f"{right.get(way, 0) / number:.1%}" if meant else "—"
        lines.append(f"| {way} | {number} | {share} | {wrong.get(way, 0)} | {seen} |")
    good, bad = sum(right.values()), sum(wrong.values())
    counted = f"名录 {FIRMS:,} 户，工单 {sum(total.values()):,} 件，自动匹配 {good + bad:,} 件"
    lines += ["", f"{counted}，**准确率 {good / (good + bad):.2%}**。"]
    return "\n".join(lines)


def lines(server: str, many: int = MILLION) -> list[Line]:
    """Measure, write the table of the document, and give the lines of the report."""
    small = json.loads(apart(measure, server, FIRMS, labelled=True).value)
    large = json.loads(apart(measure, server, many, labelled=False).value)
    head = DOCUMENT.read_text("utf-8").partition(BEGIN)[0]
    DOCUMENT.write_text(f"{head}{BEGIN}\n{table(small['score'])}\n", "utf-8")
    names = {
        "candidates": "相近对象 alike",
        "search": "按字词检索 by a word",
        "keys": "收单时按键查找 keys at the intake",
    }
    return [
        Line(f"{names[kind]}，p{share}", rows, found["looks"][f"{kind} {share}"],
             goals=(("s", "≤", SECONDS),) if share == 99 else (), compared=False)
        for rows, found in ((FIRMS, small), (many, large))
        for kind in names
        for share in (50, 99)
    ]  # fmt: skip
