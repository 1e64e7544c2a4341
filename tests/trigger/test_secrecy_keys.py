"""A field key is changed: everything is re-encrypted, and the old key can be thrown away."""

import asyncio
import base64
import json
import os
import subprocess
import sys
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from libs.common.http.auth import Role
from libs.common.testing.doors import House, actor
from libs.common.testing.waiting import eventually
from services.trigger.app import SERVICE
from services.trigger.loops import rotate
from services.trigger.loops.push_due import push_to
from services.trigger.loops.rotate import print_fingerprint_key, rotate_fields
from services.trigger.store.sealed import SEALED, standing
from services.trigger.store.vault import Vault
from services.trigger.usecases.rotate_fields import rotate_portion
from tests.conftest import ROOT, MakeHouse
from tests.trigger.knocking import Platform, order, register
from tests.trigger.secrets_of import CANARIES, ask, whispered


def key(number: int) -> str:
    return base64.b64encode(bytes([number]) * 32).decode()


OLD = {"test": base64.b64encode(bytes(range(32))).decode()}
BOTH = OLD | {"new": key(7)}


def told(house: House, keys: dict[str, str]) -> Any:
    """The house's settings with other keys."""
    return house.settings.model_copy(update={"field_keys": SecretStr(json.dumps(keys))})


async def furnished(make_house: MakeHouse) -> tuple[House, Platform, str]:
    house = await make_house(SERVICE)
    platform = await register(house)
    signal = (await platform.send(whispered("C-001"))).json()["signal_id"]
    assert (await platform.send(whispered("C-001", urge_count=2))).status_code == 200
    return house, platform, signal


async def under(house: House) -> dict[str, int]:
    async with house.database.transaction() as tx:
        found = await standing(tx)
    counted: dict[str, int] = {}
    for _, name, number in found:
        counted[name] = counted.get(name, 0) + number
    return counted


async def test_after_rotation_the_old_key_opens_nothing_and_is_not_needed(
    make_house: MakeHouse, capsys: pytest.CaptureFixture[str]
) -> None:
    house, platform, signal = await furnished(make_house)
    second = whispered("C-002")
    assert (await platform.send(second)).status_code == 201
    before = await under(house)
    assert await rotate_fields(told(house, BOTH), house.database) == 0
    said = capsys.readouterr().out
    assert "密钥 test：0 项，可以移除" in said
    assert await under(house) == {"new": before["test"]}
    assert all(word not in said for word in CANARIES.values())

    assert await print_fingerprint_key(told(house, BOTH), house.database) == 0
    entry = json.loads(capsys.readouterr().out)
    house.settings = told(house, {"new": BOTH["new"], **entry})
    assert (await platform.send(whispered("C-003"))).status_code == 201, "the platform's key opens too"
    lead = actor(Role.LEAD)
    async with house.client(lead) as client:
        opened = await client.post(
            f"/trigger/signals/{signal}/open", data={"csrf": lead.csrf, "purpose": "核实单位名称"}
        )
    assert all(word in opened.text for word in CANARIES.values())
    hashes = await ask(house, "select distinct complainant from signals")
    assert len(hashes) == 1, "one person stays one person although the first key has gone"
    assert (await platform.send(second)).status_code == 200
    again = await ask(house, "select count(*) as n from signal_messages")
    assert again[0]["n"] == 1, "what was sent before is known again"


async def test_a_rotation_that_was_killed_goes_on_and_one_too_many_does_no_harm(make_house: MakeHouse) -> None:
    house, _, _ = await furnished(make_house)
    before = await under(house)
    vault = Vault.from_setting(told(house, BOTH).field_keys)
    async with house.database.transaction() as tx:
        portion = await rotate_portion(tx, SEALED[1], vault, None, 3)
    assert (portion.done, portion.broken) == (3, 0)
    assert await under(house) == {"new": 3, "test": before["test"] - 3}
    for _ in range(2):
        assert await rotate_fields(told(house, BOTH), house.database, limit=2) == 0
        assert await under(house) == {"new": before["test"]}


async def test_of_two_rotations_at_once_the_later_waits_and_says_what_is_true_in_the_end(
    make_house: MakeHouse, capsys: pytest.CaptureFixture[str]
) -> None:
    house, _, _ = await furnished(make_house)
    settings = told(house, BOTH)
    vault = Vault.from_setting(settings.field_keys)
    waiting = "select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"

    async def told_to_wait() -> bool:
        return "另一个 rotate-fields 正在运行" in capsys.readouterr().out

    async def meets_a_lock() -> bool:
        return bool(await ask(house, waiting))

    async with house.database.transaction() as tx:
        async with rotate.alone(house.database):
            later = asyncio.create_task(rotate_fields(settings, house.database, limit=2))
            await eventually(told_to_wait, "the later one waits")
            assert set(await under(house)) == {"test"}
            assert (await rotate_portion(tx, SEALED[1], vault, None, 2)).done == 2
        await eventually(meets_a_lock, "rows that somebody has in hand")
    assert await later == 0
    assert set(await under(house)) == {"new"}
    assert "密钥 test：0 项，可以移除" in capsys.readouterr().out


async def test_what_does_not_open_is_left_and_told(make_house: MakeHouse, capsys: pytest.CaptureFixture[str]) -> None:
    house, _, signal = await furnished(make_house)
    moved = (
        "update signal_fields a set sealed = b.sealed from signal_fields b where a.signal_id = :s"
        " and b.signal_id = :s and a.field = 'address' and b.field = 'content'"
    )
    await ask(house, moved, s=signal)
    assert await rotate_fields(told(house, BOTH), house.database) == 1
    assert (await under(house))["test"] == 1
    assert "1 项打不开" in capsys.readouterr().out
    assert await rotate_fields(told(house, {"new": BOTH["new"]}), house.database) == 1
    assert "设置中没有这把密钥" in capsys.readouterr().out


async def test_an_operator_rotates_at_the_command_line(make_house: MakeHouse) -> None:
    house, _, _ = await furnished(make_house)
    environment = {
        "SUNLOT_DATABASE_URL": house.settings.database_url,
        "SUNLOT_AMQP_URL": "amqp://nowhere.invalid",
        "SUNLOT_SESSION_PUBLIC_KEY": house.settings.session_public_key,
        "SUNLOT_FIELD_KEYS": json.dumps(BOTH),
    }
    command = [sys.executable, "-m", "services.trigger", "rotate-fields"]
    done = await asyncio.to_thread(
        subprocess.run, command, cwd=ROOT, env=os.environ | environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "密钥 test：0 项，可以移除" in done.stdout
    assert set(await under(house)) == {"new"}


async def test_a_field_key_taken_out_too_early_stops_only_the_platform_whose_key_stood_under_it(
    make_house: MakeHouse,
) -> None:
    house = await make_house(SERVICE)
    early = await register(house)
    assert (await early.send(order("A-001"))).status_code == 201
    house.settings = told(house, {"new": BOTH["new"]})
    body = {"code": "ly-12333", "name": "另一平台", "kinds": ["投诉举报"], "callback_url": "http://127.0.0.1:9/"}
    async with house.client(actor(Role.ADMIN)) as client:
        keys = (await client.post("/trigger/api/v1/platforms", json=body)).json()["keys"]
        tried = await client.post(f"/trigger/api/v1/platforms/{early.code}/test-answer")
    assert tried.status_code == 409
    assert (await Platform(house, keys, "ly-12333").send(order("B-001"))).status_code == 201
    assert (await early.send(order("A-002"))).status_code == 401
    async with httpx.AsyncClient() as client:
        vault = Vault.from_setting(house.settings.field_keys)  # type: ignore[attr-defined]
        assert await push_to(house.database, client, vault, early.code) == 1
    assert (await ask(house, "select last_error from answers where order_id = 'A-001'"))[0]["last_error"]


def test_a_fingerprint_key_encrypts_nothing() -> None:
    vault = Vault({"a": bytes(32), "fingerprint": bytes(range(32))})
    assert vault.key_ids == ["a"]
    assert vault.seal("s", "f", "words").key_id == "a"
    other = Vault({"b": bytes([1]) * 32, "fingerprint": bytes(range(32))})
    assert other.person("reporter_phone 1") == vault.person("reporter_phone 1")
    assert other.marked(vault.mark(b"x"), b"x")
