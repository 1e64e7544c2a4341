"""Other ways to draw k of N, for comparison: SQL's, a plain loop's, and another project's sampler."""

import asyncio
import hashlib
import importlib
import itertools
import sys
from collections.abc import Iterator
from pathlib import Path

import asyncpg

from deploy.local.machine import ROOT
from services.draw.domain.lottery import select
from services.draw.domain.pool import PoolRow
from tests.benchmarks.measure import Line, Measured, Watch, best_of
from tests.benchmarks.pools import plain_url

INSTALLED = ROOT / ".local" / "bench" / "peers"  # by deploy/local/bench.sh, from requirements-bench.lock
MOST_OBJECTS = 1_000_000  # an object a row: beyond this only the memory would be measured
SQL = {
    "SQL: ORDER BY random() LIMIT k": "select id from pool where eligible = '1' order by random() limit {k}",
    "SQL: ORDER BY sha256() LIMIT k": (
        "select id from pool where eligible = '1' order by sha256(convert_to('{key}|' || id, 'UTF8')), id limit {k}"
    ),
    "SQL: sha256() 只算不排 tickets only": (
        "select count(sha256(convert_to('{key}|' || id, 'UTF8'))) from pool where eligible = '1'"
    ),
}
NOTES = {
    "SQL: ORDER BY random() LIMIT k": "谁也无法重复 nobody can repeat it",
    "SQL: ORDER BY sha256() LIMIT k": "不分层 no strata",
}


def _in_sql(watch: Watch, url: str, statement: str) -> int:
    async def run() -> int:
        connection = await asyncpg.connect(url, server_settings={"work_mem": "256MB"})
        with watch:
            found = await connection.fetch(statement)
        await connection.close()
        return len(found)

    return asyncio.run(run())


def narrow_table(url: str, pool: Path) -> None:
    """Put the drawn pool into a table of its own, so that SQL reads no column that it does not need."""

    async def run() -> None:
        connection = await asyncpg.connect(url)
        await connection.execute(
            'drop table if exists pool; create unlogged table pool (id text collate "C", county text, industry text, '
            "size text, type text, class text, eligible text)"
        )
        await connection.copy_to_table("pool", source=pool, format="text")
        await connection.execute("analyze pool")
        await connection.close()

    asyncio.run(run())


def _eligible_codes(pool: Path) -> Iterator[str]:
    with pool.open(encoding="utf-8") as file:
        for line in file:
            if line.endswith("1\n"):
                yield line[: line.index("\t")]


def _loop(watch: Watch, pool: Path, key: str) -> bytes:
    """A ticket for each firm, one after the other: what every program in plain Python has to do at least."""
    least, prefix, sha256 = b"\xff" * 32, f"{key}|".encode(), hashlib.sha256
    with watch:
        for code in _eligible_codes(pool):
            digest = sha256(prefix + code.encode()).digest()
            least = min(digest, least)
    return least


def _oracle(watch: Watch, pool: Path, strata: list[tuple[str, int, int]], key: str) -> int:
    with watch, pool.open(encoding="utf-8") as file:
        return len(select((PoolRow(*line[:-1].split("\t")) for line in file), strata, key).selected)


def _consistent_sampler(watch: Watch, pool: Path, k: int, key: str) -> int:
    sys.path.insert(0, str(INSTALLED))
    sampler = importlib.import_module("consistent_sampler").sampler
    codes = list(_eligible_codes(pool))
    with watch:
        return len(list(itertools.islice(sampler(codes, seed=key, output="id"), k)))


def lines(server_url: str, database: str, pool: Path, rows: int, strata: list[tuple[str, int, int]],
          key: str, times: int) -> list[Line]:  # fmt: skip
    """Each of the other ways over the pool in the file, in which `eligible` is readable."""
    url, k = plain_url(server_url, database), sum(quota for _, _, quota in strata)
    narrow_table(url, pool)
    loop = best_of(times, _loop, pool, key)
    found = [_line("Python hashlib 循环：只算不排 loop, tickets only", rows, loop)]
    for what, statement in SQL.items():
        seconds = best_of(times, _in_sql, url, statement.format(k=k, key=key)).seconds
        found.append(Line(what, rows, seconds, note=NOTES.get(what, "")))  # its memory is the server's
    if rows > MOST_OBJECTS:
        return found
    found.append(
        _line("lottery.select（逐行对象，标准答案 the oracle）", rows, best_of(times, _oracle, pool, strata, key))
    )
    if (INSTALLED / "consistent_sampler").exists():
        found.append(_line("consistent_sampler 1.0.10 (MIT)", rows, best_of(times, _consistent_sampler, pool, k, key),
                           "不分层 no strata"))  # fmt: skip
    else:
        found.append(Line("consistent_sampler", rows, None, note="未安装 not installed"))
    return found


def _line(what: str, rows: int, measured: Measured, note: str = "") -> Line:
    return Line(what, rows, measured.seconds, measured.peak_mib, note=note)
