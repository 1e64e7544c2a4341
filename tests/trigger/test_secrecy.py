"""An informant's words through the whole service: they stand nowhere in the clear."""

import io
import json
import logging

import pytest
from cryptography.exceptions import InvalidTag
from pydantic import SecretStr
from sqlalchemy import text

from libs.common.errors import SunlotError
from libs.common.http.auth import Role
from libs.common.telemetry.logs import configure_logs
from libs.common.testing.doors import House, actor
from services.trigger.app import SERVICE
from services.trigger.store.vault import BrokenKeys, Sealed, Vault
from tests.conftest import MakeHouse
from tests.trigger.knocking import LUOLONG, register, subject, tell_subjects
from tests.trigger.secrets_of import CANARIES, PAPERS, whispered


async def dump(house: House) -> bytes:
    """Every table as COPY writes it."""
    out = io.BytesIO()
    async with house.database.engine.connect() as connection:
        names = (
            await connection.execute(text("select tablename from pg_tables where schemaname = 'public'"))
        ).scalars()
        raw = (await connection.get_raw_connection()).driver_connection
        assert raw is not None
        for name in sorted(names):
            await raw.copy_from_table(name, output=out)
    return out.getvalue()


def clear(data: bytes) -> list[str]:
    """The canaries that `data` shows, also as the hexadecimal in which COPY writes bytes."""
    found = [word for word in (*CANARIES.values(), "canary", "112.987654") if word.encode() in data]
    return found + [word for word in CANARIES.values() if word.encode().hex().encode() in data]


@pytest.mark.article(2)
async def test_what_an_informant_says_stands_nowhere_in_the_clear(
    make_house: MakeHouse, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (list(logging.getLogger().handlers), logging.getLogger().level)
    configure_logs("trigger", "debug")
    logging.getLogger("sqlalchemy").setLevel(logging.WARNING)
    try:
        house = await make_house(SERVICE)
        platform = await register(house)
        await tell_subjects(house, subject(1))
        seen = [await platform.send(whispered("C-001")), await platform.send(whispered("C-001", urge_count=2))]
        seen.append(await platform.send(whispered("C-002", accepted_at="canary")))
        seen.append(await platform.send(whispered("C-003", kind="canary-kind")))
        seen.append(await platform.send(whispered("C-004"), key="wrong"))
        seen.append(await platform.send(b"canary{"))
        signal = seen[0].json()["signal_id"]
        async with house.client(actor(Role.LEAD)) as client:
            one = f"signals/{signal}"
            paths = [f"api/v1/{path}" for path in ("signals", one, "answers", "triggers", f"{one}/candidates")]
            paths += ["", "signals", one, f"{one}/match", "answers", "todo", "signals?format=csv"]
            seen += [await client.get(f"/trigger/{path}") for path in paths]
            seen.append(await client.get("/metrics"))
        # a bug in the middle of it must not write the order into the log either
        for bug in ("add constraint never check (number > 1000) not valid", "rename to gone"):
            async with house.database.engine.begin() as connection:
                await connection.execute(text(f"alter table signal_history {bug}"))
            broken = await platform.send(whispered("C-005"))
            assert broken.status_code == 500
            seen.append(broken)
        log = capsys.readouterr()
    finally:
        logging.getLogger().handlers[:] = before[0]
        logging.getLogger().setLevel(before[1])
    assert [answer.status_code for answer in seen[:6]] == [201, 200, 422, 422, 401, 422]
    assert {answer.status_code for answer in seen[6:-2]} == {200}
    for answer in seen:
        assert clear(answer.content) == [], answer.request.url
    assert log.err.count("unhandled error") == 2
    assert "Failing row" not in log.err, "PostgreSQL's detail repeats whole rows"
    assert clear((log.out + log.err).encode()) == []
    everything = await dump(house)
    assert signal.encode() in everything
    assert clear(everything) == []
    for _, payload in await house.said():
        assert clear(payload.encode()) == []


async def test_only_who_says_what_for_reads_it_and_that_is_recorded(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    platform = await register(house)
    await tell_subjects(house, subject(1))
    signal = (await platform.send(whispered("C-001"))).json()["signal_id"]
    unit = actor(Role.UNIT, LUOLONG)
    async with house.client(unit) as client:
        refused = await client.post(f"/trigger/signals/{signal}/open", data={"csrf": unit.csrf, "purpose": " "})
        assert refused.status_code == 422
        assert CANARIES["content"] not in refused.text
        opened = await client.post(
            f"/trigger/signals/{signal}/open", data={"csrf": unit.csrf, "purpose": "核实单位名称"}
        )
        assert all(word in opened.text for word in CANARIES.values() if word not in PAPERS)
        after = await client.get(f"/trigger/signals/{signal}")
        assert "核实单位名称" in after.text
        assert CANARIES["content"] not in after.text
    for role in (Role.AUDITOR, Role.SECTION, Role.OFFICER, Role.ADMIN):
        other = actor(role)
        async with house.client(other) as client:
            answer = await client.post(
                f"/trigger/signals/{signal}/open", data={"csrf": other.csrf, "purpose": "核实单位名称"}
            )
            assert answer.status_code == 403
    async with house.client(actor(Role.UNIT, "410323")) as client:
        answer = await client.post(
            f"/trigger/signals/{signal}/open", data={"csrf": "c" * 32, "purpose": "核实单位名称"}
        )
        assert answer.status_code == 404


def test_a_sealed_field_opens_only_in_its_place() -> None:
    vault = Vault({"a": bytes(32)})
    sealed = vault.seal("s1", "content", "words")
    assert vault.open("s1", "content", sealed) == "words"
    for owner, name in (("s2", "content"), ("s1", "address")):
        with pytest.raises(InvalidTag):
            vault.open(owner, name, sealed)
    assert vault.seal("s1", "content", "words").data != sealed.data


def test_a_new_key_encrypts_and_the_old_one_still_opens() -> None:
    old = Vault({"a": bytes(32)})
    both = Vault({"a": bytes(32), "b": bytes(range(32))})
    assert both.open("s", "f", old.seal("s", "f", "words")) == "words"
    assert both.seal("s", "f", "words").key_id == "b"
    assert both.marked(old.mark(b"x"), b"x")
    with pytest.raises(KeyError):
        old.open("s", "f", Sealed("b", b""))


@pytest.mark.parametrize("setting", ["", "{}", "[]", '{"a": "short"}', '{"a": 1}', '{"a": "####"}'])
def test_broken_keys_are_refused_without_repeating_them(setting: str) -> None:
    with pytest.raises(BrokenKeys) as refusal:
        Vault.from_setting(SecretStr(setting))
    assert not setting or setting == "{}" or setting not in str(refusal.value)
    assert not isinstance(refusal.value, SunlotError)


async def test_a_platforms_key_is_shown_once_and_kept_encrypted(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    platform = await register(house)
    everything = await dump(house)
    for key in platform.keys:
        assert key.encode() not in everything
        assert key.encode().hex().encode() not in everything
    async with house.client(actor(Role.ADMIN)) as client:
        listed = await client.get("/trigger/api/v1/platforms")
        page = await client.get("/trigger/platforms")
    assert all(key not in listed.text + page.text for key in platform.keys)
    assert json.loads(listed.text)[0]["keys"][0]["revoked_at"] is None
