"""The bare way out of PostgreSQL, beside which freezing is measured: COPY … TO, and nothing done with the bytes."""

import asyncio
import shutil

import asyncpg

from deploy.local.machine import ROOT
from deploy.local.postgres import find_binaries
from tests.benchmarks.measure import Line, Measured, Watch, best_of, watched
from tests.benchmarks.pools import make_pool, plain_url

QUERY = (
    "select uscc, county, industry, scale, enterprise_type, credit_class, case when live then '1' else '0' end "
    'from subjects order by uscc collate "C"'
)


def _through_asyncpg(watch: Watch, url: str) -> int:
    """Bytes that came."""
    came = 0

    async def swallow(data: bytes) -> None:
        nonlocal came
        came += len(data)

    async def copy() -> None:
        connection = await asyncpg.connect(url)
        with watch:
            await connection.copy_from_query(QUERY, output=swallow)
        await connection.close()

    asyncio.run(copy())
    return came


def _through_psql(watch: Watch, psql: str, url: str) -> int:
    return watched(watch, [psql, url, "-c", f"copy ({QUERY}) to stdout"])


def bare_copy(url: str) -> Measured:
    """The same rows, columns and order, to nowhere: the quicker of two."""
    return best_of(2, _through_asyncpg, url)


def _psql() -> str | None:
    if found := shutil.which("psql"):
        return found
    beside = find_binaries(ROOT / ".local" / "test" / "postgres").folder / "psql"
    return str(beside) if beside.exists() else None


def lines(server_url: str, rows: int) -> list[Line]:
    """Making the firms, and COPY through this program's driver and through psql."""
    database, seconds = make_pool(server_url, rows)
    url = plain_url(server_url, database)
    bare = bare_copy(url)
    found = [
        Line("生成名录 firms made by SQL", rows, seconds or None, note="" if seconds else "已有 kept", compared=False),
        Line("COPY … TO（asyncpg）", rows, bare.seconds, bare.peak_mib, base=True,
             note=f"{bare.value / rows:.1f} 字节/行 bytes a row"),
    ]  # fmt: skip
    if psql := _psql():
        plain = best_of(2, _through_psql, psql, url)
        found.append(Line("COPY … TO（psql）", rows, plain.seconds, plain.peak_mib))
    return found
