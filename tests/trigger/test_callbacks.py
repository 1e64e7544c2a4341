"""A callback that hangs, never ends, leads inside or is no address at all harms nobody, and tells nothing."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpx
import pytest
from sqlalchemy import func, select, update

from libs.common.http.auth import Role
from libs.common.messaging.rabbit import wait_for_stop
from libs.common.testing.doors import House, actor
from services.trigger.app import SERVICE
from services.trigger.domain.callback import REFUSED, is_address, may_be_called, read_networks
from services.trigger.loops.push_due import push_to
from services.trigger.settings import TriggerSettings
from services.trigger.store.tables import answers, platforms
from services.trigger.store.vault import Vault
from services.trigger.usecases.call_out import CallOut
from tests.conftest import MakeHouse
from tests.trigger.knocking import Platform, order, register

Talk = Callable[[asyncio.StreamWriter], Awaitable[None]]
PATIENCE = 0.5  # seconds that we wait for an answer here
WRONG = (
    *("http://[::1]:99999/", "http://[::1", "http://a:b/", "http://:pw@a.example/", "http://u:pw@a.example/"),
    *("http://@a.example/", "ftp://a.example/", "//a.example/", "http:///x", "http://a b/", "http://a.example/\x00"),
    *("http://a.example/\u2028", "http://热线.example/", "http://a.example/答复", "http://a.example/#part", ""),
)


@pytest.mark.parametrize("url", WRONG)
def test_what_is_no_plain_address_is_none(url: str) -> None:
    assert not is_address(url)


def test_plain_addresses_are_taken() -> None:
    for url in ("https://12345.example.gov.cn/answers?of=ly", "http://10.2.3.4:8080", "http://[2001:db8::1]:80/a%20b"):
        assert is_address(url)


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.8.8.8", "0.0.0.0", "10.0.0.1", "172.16.0.9", "192.168.1.1", "100.64.0.1"),  # noqa: S104
        *("169.254.169.254", "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fc00::1", "ff02::1"),
        *("::ffff:127.0.0.1", "::ffff:169.254.169.254", "2002:7f00:1::", "64:ff9b::7f00:1"),
    ],
)
def test_nothing_inside_is_called_unless_it_is_named(address: str) -> None:
    assert not may_be_called(address, ())
    assert not may_be_called(address, read_networks("10.20.0.0/16, 10.30.1.5/32"))


def test_public_addresses_and_named_networks_are_called() -> None:
    assert may_be_called("8.8.8.8", ())
    assert may_be_called("2606:4700:4700::1111", ())
    assert may_be_called("10.20.3.4", read_networks("10.20.0.0/16, fd00::/8"))
    assert may_be_called("fd00::3", read_networks("10.20.0.0/16, fd00::/8"))
    with pytest.raises(ValueError, match="SUNLOT_CALLBACK_NETWORKS"):
        TriggerSettings.networks_as_such("10.20.0.0/33")


@asynccontextmanager
async def talking(talk: Talk) -> AsyncIterator[tuple[int, list[str]]]:
    """A platform at a port that reads each request and answers as `talk` does; with the first lines of requests."""
    asked: list[str] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        asked.append(head.partition("\r\n")[0])
        await reader.readexactly(int(re.findall(r"content-length: (\d+)", head.lower())[0]))
        try:
            await talk(writer)
            await writer.drain()
        except ConnectionError:
            pass  # they have gone
        finally:
            writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1], asked


async def endless(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
    while True:
        writer.write(b"10000\r\n" + b"x" * 0x10000 + b"\r\n")
        await writer.drain()


async def byte_by_byte(writer: asyncio.StreamWriter) -> None:
    for byte in b"HTTP/1.1 200 OK\r\n" + b"x-a: " + b"a" * 10_000:
        writer.write(bytes([byte]))
        await writer.drain()
        await wait_for_stop(asyncio.Event(), PATIENCE / 10)  # slower than anybody waits, yet never silent


async def head_without_end(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        writer.write(b"x-a: " + b"a" * 1_000 + b"\r\n")
        await writer.drain()


async def no_text(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/plain; charset=hex\r\ncontent-length: 3\r\n\r\n\xff\xfe\x00")


async def inside(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 307 X\r\nlocation: http://169.254.169.254/latest/\r\ncontent-length: 0\r\n\r\n")


async def no_http(writer: asyncio.StreamWriter) -> None:
    writer.write(b"SSH-2.0-OpenSSH_9.2\r\n")


REPLIES = {
    endless: "", byte_by_byte: "TimeoutError", head_without_end: "RemoteProtocolError", no_text: "",
    inside: "HTTP 307", no_http: "RemoteProtocolError",
}  # fmt: skip


async def called(house: House, platform: Platform) -> str:
    """Push what is due as the loop does; the first answer's error."""
    assert isinstance(house.settings, TriggerSettings)
    networks = read_networks(house.settings.callback_networks)
    async with httpx.AsyncClient(transport=CallOut(networks), timeout=PATIENCE) as client:
        await push_to(house.database, client, Vault.from_setting(house.settings.field_keys), platform.code)
    async with house.database.transaction() as tx:
        return str(await tx.scalar(select(answers.c.last_error).order_by(answers.c.sequence)))


@pytest.mark.parametrize(("talk", "error"), REPLIES.items(), ids=[talk.__name__ for talk in REPLIES])
async def test_whatever_a_platform_replies_it_is_over_in_time(make_house: MakeHouse, talk: Talk, error: str) -> None:
    house = await make_house(SERVICE)
    house.settings = house.settings.model_copy(update={"answer_timeout": PATIENCE})
    async with talking(talk) as (port, asked), asyncio.timeout(10):
        platform = await register(house, callback=f"http://127.0.0.1:{port}/answers")
        await platform.send(order("A-001"))
        assert await called(house, platform) == error
        async with house.client(actor(Role.ADMIN)) as client:
            tried = await client.post(f"/trigger/api/v1/platforms/{platform.code}/test-answer")
            assert tried.status_code == 200
            assert len(tried.json()["body"]) <= 200
    assert set(asked) == {"POST /answers HTTP/1.1"}
    assert len(asked) == 2


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "2130706433"])
async def test_nothing_inside_is_called_by_any_name(make_house: MakeHouse, host: str) -> None:
    house = await make_house(SERVICE)
    house.settings = house.settings.model_copy(update={"callback_networks": "10.20.0.0/16"})
    async with talking(no_text) as (port, asked):
        platform = await register(house, callback=f"http://{host}:{port}/answers")
        await platform.send(order("A-001"))
        assert await called(house, platform) == REFUSED
        async with house.client(actor(Role.ADMIN)) as client:
            tried = await client.post(f"/trigger/api/v1/platforms/{platform.code}/test-answer")
            assert tried.json()["error"] == REFUSED
    assert asked == []


async def test_an_address_that_cannot_be_called_ends_no_program(
    make_house: MakeHouse, caplog: pytest.LogCaptureFixture
) -> None:
    """What was registered before addresses were looked at so closely; its secrets stay out of what is logged."""
    house = await make_house(SERVICE)
    platform = await register(house)
    for number, host in enumerate(("127.0.0.1:99999", "xn--a.invalid", "a b", "\ud7ff")):
        await platform.send(order(f"A-{number:03d}"))
        async with house.database.transaction() as tx:
            await tx.execute(update(platforms).values(callback_url=f"http://canary:canary@{host}/?token=canary"))
            await tx.execute(update(answers).values(next_attempt_at=func.now()))
        assert await called(house, platform) in {"ConnectError", "InvalidURL", "InvalidCodepoint"}, host
    assert "answer not delivered" in caplog.text
    assert "canary" not in caplog.text
