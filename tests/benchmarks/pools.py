"""Synthetic firms in a PostgreSQL database of their own: a million in seconds, none of them real."""

import asyncio
from collections.abc import Iterable
from typing import Any

import asyncpg
from sqlalchemy import Boolean, Column, Integer, String, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from libs.common.testing.databases import template_of
from services.draw.app import SERVICE
from services.draw.store.tables import subjects

PREFIX = "bench_draw_"
FIRMS_A_COUNTY = 1_500  # but never more counties than a province and its neighbours have
MOST_COUNTIES = 600
OFFICERS_A_COUNTY = 15
PORTION = 1_000_000

# A multiplicative hash (Knuth), another factor for each column: looks like chance and is the same everywhere.
_MARK = "(i * (2654435761 + {salt} * 1193046) % 4294967296 / 65536)"  # 0 … 65535


def _weighted(salt: int, **weights: int) -> str:
    """SQL for one of the names, as often as its weight says."""
    whole, at, cases = sum(weights.values()), 0, ""
    for name, weight in weights.items():
        at += weight
        cases += f" when {_MARK.format(salt=salt)} < {at * 65536 // whole} then '{name.strip('_')}'"
    return f"case{cases} end"


def counties_of(rows: int) -> int:
    """How many counties a pool of so many firms has."""
    return min(MOST_COUNTIES, max(3, rows // FIRMS_A_COUNTY))


def county_code(place: int) -> str:
    """The code of the county number `place`, from 0."""
    return str(410301 + place)


def _expressions(rows: int) -> dict[str, str]:
    """SQL for every column of a firm number i; codes ascend, as a sorted list would be kept."""
    code = "'91410300' || lpad(i::text, 9, '0') || substr('0123456789ABCDEFGHJKLMNPQRTUWXY', (i % 31)::int + 1, 1)"
    return {
        "uscc": code,
        "version": "1",
        "name": "'企业' || i",
        "kind": "'企业'",
        "enterprise_type": "'1100'",
        "county": f"(410301 + (i * 7919) % {counties_of(rows)})::text",
        "industry": _weighted(1, C3011=30, F5211=25, E4710=15, H6210=10, I6510=10, O8010=10),
        "scale": _weighted(2, 大=1, 中=4, 小=35, 微=60),
        "live": f"{_MARK.format(salt=3)} >= 1311",  # 2 in 100 are not
        "credit_class": _weighted(4, A=20, B=50, C=8, D=2, U=20),
        "last_inspected_on": f"case when {_MARK.format(salt=5)} < 5243 then current_date - 30 end",  # 8 in 100
    }


def _nothing(column: "Column[Any]") -> str:
    """SQL for a column that decides nothing here."""
    if column.nullable:
        return "null"
    kinds = {Boolean: "false", Integer: "0", JSONB: "'[]'::jsonb", Text: "''", String: "''"}
    return next(sql for kind, sql in kinds.items() if isinstance(column.type, kind))


def filling(table: Table, rows: int) -> str:
    """The statement that makes the firms from $1 to $2."""
    known = _expressions(rows)
    columns = [column for column in table.columns if column.name in known or column.server_default is None]
    values = [known.get(column.name) or _nothing(column) for column in columns]
    return (
        f"insert into {table.name} ({', '.join(column.name for column in columns)}) "  # noqa: S608 - our own names
        f"select {', '.join(values)} from generate_series($1::bigint, $2::bigint) i"
    )


def plain_url(server_url: str, database: str) -> str:
    """The address of a database on the server, as asyncpg and psql take it."""
    return server_url.rpartition("/")[0] + f"/{database}"


def database_name(rows: int, server_url: str) -> str:
    """The name of the database of so many firms; other migrations, another name."""
    return f"{PREFIX}{rows}_{template_of(SERVICE, server_url).rpartition('_')[2]}"


def make_pool(server_url: str, rows: int) -> tuple[str, float]:
    """Make a database with so many firms, unless it is there, and return its name and the seconds it took."""
    name, template = database_name(rows, server_url), template_of(SERVICE, server_url)
    return name, asyncio.run(_make(server_url, name, template, rows))


async def _make(server_url: str, name: str, template: str, rows: int) -> float:
    admin = await asyncpg.connect(plain_url(server_url, "postgres"))
    try:
        if await admin.fetchval("select 1 from pg_database where datname = $1", name):
            if await _complete(server_url, name, rows):
                return 0.0
            await admin.execute(f'drop database "{name}" with (force)')
        await admin.execute(f'create database "{name}" template "{template}"')
    finally:
        await admin.close()
    connection = await asyncpg.connect(plain_url(server_url, name))
    try:
        began = asyncio.get_running_loop().time()
        await connection.execute(f"alter table {subjects.name} set unlogged")
        for start in range(1, rows + 1, PORTION):
            await connection.execute(filling(subjects, rows), start, min(start + PORTION - 1, rows))
        await connection.execute(f"vacuum (analyze) {subjects.name}")
        await connection.execute("checkpoint")
        return asyncio.get_running_loop().time() - began
    finally:
        await connection.close()


async def _complete(server_url: str, name: str, rows: int) -> bool:
    connection = await asyncpg.connect(plain_url(server_url, name))
    try:
        return bool(await connection.fetchval(f"select count(*) = $1 from {subjects.name}", rows))  # noqa: S608
    finally:
        await connection.close()


def drop_pools(server_url: str, sizes: Iterable[int]) -> None:
    """Remove the databases of these sizes, of earlier migrations too."""

    async def drop() -> None:
        admin = await asyncpg.connect(plain_url(server_url, "postgres"))
        try:
            known = "select datname from pg_database where starts_with(datname, $1)"
            for row in [row for rows in sizes for row in await admin.fetch(known, f"{PREFIX}{rows}_")]:
                await admin.execute(f'drop database "{row["datname"]}" with (force)')
        finally:
            await admin.close()

    asyncio.run(drop())
