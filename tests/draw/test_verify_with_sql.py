"""Three verifiers without common code agree: the service, verify.py, and PostgreSQL with the SQL of the document."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.draw.domain.lottery import ticket
from services.draw.public import verify
from tests.conftest import ROOT
from tests.draw.domain.samples import Drawn, roster, rows, whole_draw
from tests.draw.manipulations import MANIPULATIONS, forge
from tests.draw.published import arguments_of

DOCUMENT = (ROOT / "docs" / "verify-with-sql.md").read_text("utf-8")
WHOLE, ONE = re.findall(r"```sql\n(.*?)```", DOCUMENT, re.DOTALL)
[TABLE] = re.findall(r"^create temporary table .*;$", DOCUMENT, re.MULTILINE)


class Auditor:
    """A session of PostgreSQL into which pools are read, on a loop of its own."""

    def __init__(self, url: str) -> None:
        self.loop = asyncio.new_event_loop()
        self.session: Any = self.loop.run_until_complete(asyncpg.connect(url))
        self.loop.run_until_complete(self.session.execute(TABLE))

    def differences(self, certificate: dict[str, Any], pool: bytes) -> list[tuple[str, str]]:
        """What the documented statement finds: (missing or extra, id)."""

        async def pieces() -> AsyncIterator[bytes]:
            yield pool

        async def ask() -> Any:
            await self.session.execute("truncate pool")
            await self.session.copy_to_table("pool", source=pieces())
            return await self.session.fetch(WHOLE.replace(":'cert'", "$1"), json.dumps(certificate))

        return [(row["what"], row["id"]) for row in self.loop.run_until_complete(ask())]

    def ticket(self, key: str, identity: str) -> str:
        """The documented ticket of one firm."""
        statement = ONE.replace(":'key'", "$1::text").replace(":'id'", "$2::text")
        found: str = self.loop.run_until_complete(self.session.fetchval(statement, key, identity))
        return found

    def close(self) -> None:
        self.loop.run_until_complete(self.session.close())
        self.loop.close()


@pytest.fixture(scope="module")
def auditor(postgres_url: str) -> Iterator[Auditor]:
    one = Auditor(postgres_url)
    yield one
    one.close()


@pytest.fixture(scope="module")
def honest() -> Drawn:
    return whole_draw(rows(700))


@pytest.mark.article(5, 6)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(1, 600), st.text("0123456789", min_size=6, max_size=12))
def test_service_verifier_and_sql_agree(auditor: Auditor, tmp_path: Path, count: int, dice: str) -> None:
    pool = rows(count + 1)
    drawn = whole_draw(pool, roster(pool), dice=dice)
    assert verify.main(arguments_of(tmp_path, drawn)) == 0
    assert auditor.differences(drawn.certificate.document(), drawn.pool) == []


@given(st.text("0123456789abcdef", min_size=32, max_size=32), st.from_regex(r"[0-9A-Z]{8,22}", fullmatch=True))
def test_postgresql_makes_the_same_tickets(auditor: Auditor, key: str, identity: str) -> None:
    assert auditor.ticket(key, identity) == ticket(key, identity)


OF_THE_LIST = {
    "replaced_subject",
    "replaced_subject_with_its_ticket",
    "dropped_subject",
    "added_subject",
    "ghost_subject",
    "slot_moved_between_strata",
    "other_dice",
    "protected_firm",
}


@pytest.mark.article(5)
@pytest.mark.parametrize("name", sorted(OF_THE_LIST))
def test_sql_finds_every_manipulation_of_the_list(auditor: Auditor, honest: Drawn, name: str) -> None:
    [(manipulate, check)] = [each for each in MANIPULATIONS if each[0].__name__ == name]
    certificate, officers = json.loads(honest.certificate.bytes), json.loads(honest.officers)
    pool = forge(manipulate, check, certificate, honest.pool, officers)
    assert auditor.differences(certificate, pool) != []
