"""What a platform's programmer is handed runs as it stands: clients, conformance check, and the guide's example."""

import asyncio
import json
import os
import re
import sys
from datetime import datetime
from pathlib import Path
from shutil import which
from typing import Any, get_args

import pytest
from sqlalchemy import select

from libs.common.clock import CHINA
from libs.common.http.auth import Role
from libs.common.testing.doors import House, actor
from services.trigger.api import messages as api
from services.trigger.app import SERVICE
from services.trigger.domain import answer, message
from services.trigger.domain.signature import canonical_string, sign
from services.trigger.store.tables import signals
from tests.conftest import ROOT, MakeHouse
from tests.trigger.knocking import message as said
from tests.trigger.knocking import order, register
from tests.trigger.serving import free_port, served

CLIENTS = ROOT / "docs" / "clients"
GUIDE = (ROOT / "docs" / "hotline.md").read_text("utf-8")
OPEN311 = (ROOT / "docs" / "open311.md").read_text("utf-8")
ISOLATED = [sys.executable, "-I"]  # the standard library and nothing else


async def run(*command: str, env: dict[str, str], stdin: str = "") -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        *command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        env={"PATH": os.environ["PATH"], "PYTHONIOENCODING": "utf-8", **env},
    )  # fmt: skip
    out, _ = await process.communicate(stdin.encode())
    assert process.returncode is not None
    return process.returncode, out.decode()


async def known(house: House) -> dict[str, Any]:
    async with house.database.transaction() as tx:
        return {row["order_id"]: dict(row) for row in await tx.all(select(signals))}


async def test_the_python_client_sends_and_receives(make_house: MakeHouse, tmp_path: Path) -> None:
    house, port = await make_house(SERVICE), free_port()
    platform = await register(house, callback=f"http://127.0.0.1:{port}/answers?of=ly")
    async with served(house) as url:
        env = {"SUNLOT_URL": url, "SUNLOT_PLATFORM": platform.code, "SUNLOT_KEY": platform.keys[1]}
        client = [*ISOLATED, str(CLIENTS / "hotline.py")]
        listening = await asyncio.create_subprocess_exec(
            *client, "listen", "--port", str(port), stdout=asyncio.subprocess.PIPE,
            env={"PATH": os.environ["PATH"], "PYTHONIOENCODING": "utf-8", **env},
        )  # fmt: skip
        try:
            code, out = await run(*client, "order", "-", env=env, stdin=json.dumps(order("A-001")))
            assert (code, out[:3]) == (0, "201"), out
            file = tmp_path / "message.json"
            file.write_text(json.dumps(said("urge", "M-1")), "utf-8")
            code, out = await run(*client, "message", "A-001", str(file), env=env)
            assert (code, out[:3]) == (0, "201"), out
            assert listening.stdout is not None
            got = json.loads(await asyncio.wait_for(listening.stdout.readline(), 20))
        finally:
            listening.terminate()
            await listening.wait()
        code, out = await run(*client, "order", "-", env=env | {"SUNLOT_KEY": "x"}, stdin=json.dumps(order("A-002")))
        assert (code, out[:3]) == (1, "401")
    assert (got["order_id"], got["stage"]) == ("A-001", "accepted")
    assert (await known(house))["A-001"]["urge_count"] == 1
    code, out = await run(*client, "order", "-", env=env, stdin="{}")
    assert code == 2
    assert "没有连通" in out


@pytest.mark.skipif(not (which("curl") and which("openssl")), reason="the shell client needs curl and openssl")
async def test_the_shell_client_sends(make_house: MakeHouse, tmp_path: Path) -> None:
    house = await make_house(SERVICE)
    platform = await register(house)
    async with served(house) as url:
        env = {"SUNLOT_URL": url, "SUNLOT_PLATFORM": platform.code, "SUNLOT_KEY": platform.keys[0]}
        file = tmp_path / "工单.json"
        file.write_text(json.dumps(order("A-001"), ensure_ascii=False), "utf-8")
        code, out = await run("sh", str(CLIENTS / "hotline.sh"), "order", str(file), env=env)
        assert code == 0, out
        assert out.endswith(" 201\n")
        assert json.loads(out.rpartition(" ")[0])["status"] == "waiting"
        file.write_text(json.dumps(said("withdraw", "M-1")), "utf-8")
        code, out = await run("sh", str(CLIENTS / "hotline.sh"), "message", "A-001", str(file), env=env)
        assert out.endswith(" 201\n")
        code, out = await run("sh", str(CLIENTS / "hotline.sh"), "order", str(file), env=env | {"SUNLOT_KEY": "x"})
        assert (code, out.endswith(" 401\n")) == (1, True)
    assert (await known(house))["A-001"]["state"] == "withdrawn"


@pytest.mark.skipif(not which("curl"), reason="the guide's commands need curl")
async def test_the_commands_of_the_guide_to_open311_do_as_they_stand(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    async with house.client(actor(Role.ADMIN)) as client:
        body = {"code": "fms", "name": "随手拍", "open311": True, "kinds": ["投诉举报"]}
        keys = (await client.post("/trigger/api/v1/platforms", json=body)).json()["keys"]
    _, report, ask = re.findall(r"^```sh\n(.*?)^```$", OPEN311, flags=re.DOTALL | re.MULTILINE)
    async with served(house) as url:
        env = {"SUNLOT_URL": url, "SUNLOT_API_KEY": f"fms.{keys[0]}"}
        code, out = await run("sh", "-ec", report, env=env)
        request_id = json.loads(out)[0]["service_request_id"]
        asked, told = await run("sh", "-ec", ask, env=env)
    assert (code, asked) == (0, 0)
    assert told.count(request_id) == 2  # as a request, and in its first answer


async def test_the_conformance_check_passes_and_leaves_nothing_open(make_house: MakeHouse) -> None:
    house, port = await make_house(SERVICE), free_port()
    platform = await register(house, callback=f"http://127.0.0.1:{port}/answers")
    async with served(house) as url:
        env = {"SUNLOT_URL": url, "SUNLOT_PLATFORM": platform.code, "SUNLOT_KEY": " ".join(reversed(platform.keys))}
        check = [sys.executable, str(CLIENTS / "conformance.py"), "--port", str(port), "--wait", "20"]
        code, out = await run(*check, env=env)
        assert (code, out.splitlines()[-1]) == (0, "全部通过"), out
        assert "不通过" not in out
        assert out.count("通过  ") == 13
        wrong = await run(*check[:-1], "0.2", env=env | {"SUNLOT_KEY": "wrong"})
    assert wrong[0] == 1
    assert "不通过  合格的工单被收下（201）：得到 401" in wrong[1]
    assert {row["state"] for row in (await known(house)).values()} == {"withdrawn"}


def example() -> dict[str, str]:
    """The worked example, as the guide prints it."""
    blocks = dict(re.findall(r"^### (例：.+?)$.*?^```[a-z]*\n(.*?)\n```$", GUIDE, flags=re.DOTALL | re.MULTILINE))
    return {name.removeprefix("例："): text for name, text in blocks.items()}


def test_the_guides_example_is_right_to_the_byte() -> None:
    given = example()
    body = given["正文"].encode()
    text = given["签名串"]
    _, method, target, timestamp, nonce, _ = text.split("\n")
    assert canonical_string(method, target, timestamp, nonce, body) == text.encode()
    assert sign(given["密钥"], method, target, timestamp, nonce, body) == given["签名"]


async def test_the_guides_example_is_what_both_clients_sign_and_the_service_takes(
    make_house: MakeHouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = example()
    _, _, target, timestamp, nonce, _ = given["签名串"].split("\n")
    file = tmp_path / "order.json"
    file.write_text(given["正文"], "utf-8")
    env = {"SUNLOT_URL": "http://127.0.0.1:9", "SUNLOT_PLATFORM": "ly-12345", "SUNLOT_KEY": given["密钥"]}
    env |= {"SUNLOT_SIGN_ONLY": "1", "SUNLOT_TIMESTAMP": timestamp, "SUNLOT_NONCE": nonce}
    assert await run("sh", str(CLIENTS / "hotline.sh"), "order", str(file), env=env) == (0, given["签名"] + "\n")
    python = (
        "import sys; sys.path.insert(0, sys.argv[1]); from hotline import signature; "
        "print(signature(sys.argv[2], 'POST', sys.argv[3], sys.argv[4], sys.argv[5], open(sys.argv[6], 'rb').read()))"
    )
    arguments = (str(CLIENTS), given["密钥"], target, timestamp, nonce, str(file))
    assert await run(*ISOLATED, "-c", python, *arguments, env={}) == (0, given["签名"] + "\n")

    house = await make_house(SERVICE)
    moment = datetime.fromtimestamp(int(timestamp), CHINA)
    monkeypatch.setattr("services.trigger.usecases.manage_platforms.secrets.token_urlsafe", lambda _: given["密钥"])
    monkeypatch.setattr("services.trigger.api.signed.now", lambda: moment)
    await register(house)
    headers = {"x-sunlot-timestamp": timestamp, "x-sunlot-nonce": nonce, "x-sunlot-signature": given["签名"]}
    async with house.client() as client:
        reply = await client.post(target, content=given["正文"].encode(), headers=headers)
    assert reply.status_code == 201, reply.text


def test_the_guide_names_every_field_kind_result_and_stage() -> None:
    fields = api.OrderMessage.model_json_schema()["properties"]
    schema = json.loads(json.dumps(fields))
    words = [*fields, *message.KINDS, *message.RESULTS, *message.REASONS, *answer.STAGES]
    assert [word for word in words if f"`{word}`" not in GUIDE] == []
    assert schema["kind"]["enum"] == list(message.KINDS)
    assert get_args(api.Result) == tuple(message.RESULTS)
    assert get_args(api.Reason) == tuple(message.REASONS)


async def test_a_test_answer_shows_what_the_callback_said(make_house: MakeHouse) -> None:
    house, port = await make_house(SERVICE), free_port()
    await register(house, callback=f"http://127.0.0.1:{port}/answers")
    admin = actor(Role.ADMIN)

    async def reply(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(re.findall(rb"content-length: (\d+)", head.lower())[0])
        await reader.readexactly(length)
        text = "收到" + "长" * 300
        writer.write(f"HTTP/1.1 418 X\r\ncontent-length: {len(text.encode())}\r\n\r\n{text}".encode())
        await writer.drain()
        writer.close()

    async with house.client(admin) as client:
        address = "/trigger/api/v1/platforms/ly-12345/test-answer"
        gone = (await client.post(address)).json()
        assert gone["status"] is None
        assert gone["error"] == "ConnectError"
        async with await asyncio.start_server(reply, "127.0.0.1", port):
            got = (await client.post(address)).json()
            page = await client.post("/trigger/platforms/ly-12345/test-answer", data={"csrf": admin.csrf})
        assert (got["status"], got["body"]) == (418, "收到" + "长" * 198)
        assert "未送达" in page.text
        assert "418" in page.text
    async with house.client(actor(Role.LEAD)) as client:
        assert (await client.post(address)).status_code == 403


async def test_every_reference_of_the_document_leads_somewhere(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    async with house.client() as client:
        document = (await client.get("/trigger/api/openapi.json")).json()
    known = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
    assert set(re.findall(r'"\$ref": "([^"]+)"', json.dumps(document))) <= known
    for path in ("orders", "orders/{order_id}/messages"):
        told = document["paths"][f"/trigger/api/v1/platforms/{{platform}}/{path}"]["post"]
        assert told["requestBody"]["content"]["application/json"]["schema"]["examples"]
        assert {"200", "201", "401", "413", "422", "429"} <= set(told["responses"])
        assert all(parameter["description"] for parameter in told["parameters"])
