"""Where an informant's words must not stand: everything on disk, every message, every page, in any writing."""

import base64
import io
import re
import zipfile
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import text

from deploy.local.stack import SERVICES, database_url
from deploy.local.story.doors import Door, Refused
from deploy.local.story.scene import Scene
from libs.common.db.database import Database, create_engine

SONG = "kanarienvogel"  # in every protected field of what the tests send themselves
# What every order of the demo says in its protected fields, field by field.
DEMO = (
    "（演示数据第",
    "演示路 ",
    "演示街道",
    "来电人0",
    "演示证件0",
    "演示卡号0",
    "演示附件0",
    "attachments.invalid/demo-",
)
WORDS = (SONG, *DEMO)
MOST_PAGES = 400
_LINK = re.compile(r'href="(/[^"#]*)"')
_NO_PAGES = re.compile(r"/static/|/logout|format=|sort=|per_page=|/verify")


def writings(word: str) -> Iterator[bytes]:
    """The word as UTF-8, GBK, hexadecimal (as COPY writes bytes), JSON escapes, in an address, and in base64."""
    plain = word.encode()
    yield from (plain, word.encode("gbk"), plain.hex().encode(), quote(word).encode())
    yield "".join(sign if ord(sign) < 128 else f"\\u{ord(sign):04x}" for sign in word).encode()
    for before in range(3):  # wherever it begins within three bytes
        whole = base64.b64encode(b"\0" * before + plain + b"\0" * 3)
        yield whole[4 if before else 0 : (before + len(plain)) // 3 * 4]


PATTERN = re.compile(b"|".join(re.escape(one) for word in WORDS for one in set(writings(word))))
ON_DISK = re.compile(b"|".join(re.escape(word.encode()) for word in WORDS))


@dataclass
class Search:
    """What was looked through, how much of it, and where a word was found."""

    looked: dict[str, int] = field(default_factory=dict)
    found: list[str] = field(default_factory=list)

    def look(self, kind: str, where: str, data: bytes, pattern: re.Pattern[bytes] = PATTERN) -> None:
        """Look through `data`; what is found is named with a few bytes around it."""
        self.looked[kind] = self.looked.get(kind, 0) + len(data)
        if hit := pattern.search(data):
            self.found.append(f"{kind} {where}: {data[max(0, hit.start() - 40) : hit.end() + 20]!r}")

    async def databases(self, postgres_url: str) -> None:
        """Every table of the five databases, as COPY writes it."""
        for service in SERVICES:
            database = Database(create_engine(database_url(postgres_url, service), service="test", pool_size=1))
            try:
                async for name, data in _tables(database):
                    self.look("databases", f"{service}.{name}", data)
            finally:
                await database.close()

    def disk(self, home: Path, besides: Iterable[str]) -> None:
        """Every file below `home`: logs, the servers' data, journals and logs; `besides` names files of outsiders."""
        for file in sorted(home.rglob("*")):
            if file.is_file() and not file.is_symlink() and "packages" not in file.parts and file.name not in besides:
                pattern = PATTERN if file.suffix in {".log", ".json"} else ON_DISK
                self.look("disk", file.relative_to(home).as_posix(), file.read_bytes(), pattern)

    async def pages(self, kind: str, visitor: Door, *starts: str) -> None:
        """Every page that links lead to, and what programs get at the same addresses."""
        waiting, seen = list(starts), set(starts)
        while waiting and len(seen) < MOST_PAGES:
            path = waiting.pop(0)
            for form in (path, f"{path}.json") if path.startswith("/public") and "." not in path else (path,):
                try:
                    page = await visitor.text(form)
                except Refused:
                    continue
                self.look(kind, form, page.encode())
                for link in _LINK.findall(page.replace("&amp;", "&")):
                    if link not in seen and not _NO_PAGES.search(link):
                        seen.add(link)
                        waiting.append(link)


async def exports(search: Search, visitor: Door, *paths: str) -> None:
    """What lists give away as a workbook, unpacked."""
    for path in paths:
        with zipfile.ZipFile(io.BytesIO(await visitor.content(f"{path}?format=xlsx"))) as book:
            for name in book.namelist():
                search.look("exports", f"{path} {name}", book.read(name))


async def _tables(database: Database) -> AsyncIterator[tuple[str, bytes]]:
    async with database.engine.connect() as connection:
        names = (
            await connection.execute(text("select tablename from pg_tables where schemaname = 'public'"))
        ).scalars()
        raw = (await connection.get_raw_connection()).driver_connection
        assert raw is not None
        for name in sorted(names):
            out = io.BytesIO()
            await raw.copy_from_table(name, output=out)
            yield name, out.getvalue()


async def numbers(search: Search, scene: Scene, addresses: Iterable[str]) -> None:
    """What every service tells of itself at /metrics."""
    for address in addresses:
        search.look("metrics", address, (await scene.outside.get(f"{address}/metrics")).content)
