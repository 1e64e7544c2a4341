"""The intake for platforms under load: beside a bare insert, at a steady rate, and in a flood from somebody else."""

import asyncio
import base64
import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from itertools import combinations, islice
from multiprocessing import get_context
from typing import Any

import asyncpg
import psutil

from deploy.local.machine import ROOT
from libs.common import clock
from libs.common.db.database import Database, create_engine
from libs.common.http.auth import Role
from libs.common.ids import new_id
from libs.common.reference import COUNTIES
from libs.common.testing.databases import template_of
from libs.common.testing.doors import PUBLIC_KEY, actor, json_key
from services.trigger.app import SERVICE
from services.trigger.domain.matching import keys_for
from services.trigger.domain.signature import sign
from services.trigger.store import subjects
from services.trigger.store.vault import Vault
from services.trigger.usecases.manage_platforms import RegisterPlatform, register_platform
from tests.benchmarks import load
from tests.benchmarks.load import Answered
from tests.benchmarks.measure import Failed, Line, resident
from tests.benchmarks.pools import plain_url

FIRMS = 20_000
CONNECTIONS = (32, 128)  # of the load, when it goes as fast as answers come: the more, the more come together
POOL = 20  # connections to the database, for both
WARM = 300  # orders before the watch runs
TURNS = 5
STEADY, QUIET, FLOOD = 200, 50, 2_000  # orders a second
FIELD_KEY = bytes(range(32))
CATEGORIES = (("劳动关系", "拖欠工资"), ("社会保险", "未缴社保"), ("劳动关系", "劳动合同"), ("工时", "加班"))
WORDS = "自三月起未足额支付劳动报酬，多次协商无果，请依法处理。"


# Signs of different sound: names that sound alike are as rare among these firms as among real ones.
_SIGNS = "安邦宝昌成达德东恩发丰福广国海豪恒宏华辉吉佳建金康乐利隆美明诺鹏启庆瑞盛顺泰腾天旺祥鑫雅益永远正中百超春"
_NAMES = list(islice(combinations(_SIGNS, 3), FIRMS))


def _firm(number: int) -> tuple[str, str, str]:
    """Code, name and county of a firm."""
    county = COUNTIES[number % len(COUNTIES)].adcode
    return f"91410300MA{number:08d}", f"洛阳{''.join(_NAMES[number])}信息技术有限公司", county


def _order(number: int) -> bytes:
    """Of ten, seven name their firm, one its code, two nobody."""
    code, name, county = _firm(number * 7919 % FIRMS)
    kind = number % 10
    return json.dumps(
        {
            "order_id": f"B-{number}",
            "channel": "市民热线",
            "accepted_at": (clock.now() - timedelta(minutes=number % 3000)).isoformat(),
            "kind": "投诉举报",
            "categories": ["劳动和社会保障", *CATEGORIES[number % len(CATEGORIES)]],
            "content": f"第 {number} 件。" + WORDS * 6,
            "address": f"洛阳市某路 {number % 900} 号",
            "street": "某街道",
            "county": county,
            "employer_name": name if kind < 7 else "",
            "employer_uscc": code if kind == 7 else "",
            "reporter": {"name": "来电人", "phone": f"138{number % 10**8:08d}", "id_number": f"4103{number:014d}"},
        },
        ensure_ascii=False,
    ).encode()


@dataclass(frozen=True)
class Orders:
    """Requests made while they are sent: so many orders from a number on; signed by a platform, or bare."""

    first: int
    count: int
    platform: str = ""
    key: str = ""

    def __iter__(self) -> Iterator[bytes]:
        for number in range(self.first, self.first + self.count):
            body = _order(number)
            yield _signed(self.platform, self.key, body) if self.platform else _request("/orders", "", body)


def _signed(platform: str, key: str, body: bytes) -> bytes:
    target, moment, nonce = f"/trigger/api/v1/platforms/{platform}/orders", str(int(time.time())), new_id().hex
    signature = sign(key, "POST", target, moment, nonce, body)
    headers = f"X-Sunlot-Timestamp: {moment}\r\nX-Sunlot-Nonce: {nonce}\r\nX-Sunlot-Signature: {signature}\r\n"
    return _request(target, headers, body)


def _request(target: str, headers: str, body: bytes) -> bytes:
    head = f"POST {target} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n{headers}"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


async def _fill(url: str) -> dict[str, str]:
    """Firms and two platforms; a key of each."""
    database = Database(create_engine(url.replace("postgresql://", "postgresql+asyncpg://"), service="trigger"))
    vault = Vault({"bench": FIELD_KEY})
    keys = {}
    async with database.transaction() as tx:
        for start in range(0, FIRMS, 1_000):
            rows = []
            for number in range(start, min(start + 1_000, FIRMS)):
                code, name, county = _firm(number)
                rows.append(
                    {"uscc": code, "version": 1, "name": name, **keys_for(name), "county": county,
                     "industry": "CEFHILMOPQ"[number % 10] + "1000", "live": True, "scale": "小", "credit_class": "B",
                     "enterprise_type": "有限责任公司", "headcount": 20, "insured_headcount": 18}
                )  # fmt: skip
            await subjects.keep(tx, rows)
        for code, rate in (("steady", 10_000), ("noisy", 50)):
            kinds, callback = ["投诉举报"], "http://127.0.0.1:9/"
            command = RegisterPlatform(code, code, kinds[0], kinds, callback, rate=rate, burst=rate)
            keys[code] = (await register_platform(tx, command, vault, actor(Role.ADMIN), clock.now()))[0]
    await database.close()
    return keys


@contextmanager
def _running(port: int, command: Sequence[str], environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """A server in a process of its own, from when it answers."""
    process = subprocess.Popen(
        [sys.executable, *command], cwd=ROOT, env=os.environ | environment, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        until = time.monotonic() + 60
        while not _answers(port):
            with suppress(subprocess.TimeoutExpired):
                process.wait(0.05)
            if process.poll() is not None or time.monotonic() > until:
                raise Failed(f"{command[-1]} does not answer")
        yield process
    finally:
        process.kill()
        process.wait()


def _answers(port: int) -> bool:
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5)
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def _database(server: str) -> Iterator[str]:
    """A fresh database of the service; its address."""
    name, template = f"bench_intake_{new_id().hex}", template_of(SERVICE, server)

    async def run(statement: str) -> None:
        admin = await asyncpg.connect(plain_url(server, "postgres"))
        await admin.execute(statement)
        await admin.close()

    asyncio.run(run(f"create database {name} template {template}"))
    try:
        yield plain_url(server, name)
    finally:
        asyncio.run(run(f"drop database if exists {name} with (force)"))


def _serve(url: str, port: int) -> Any:
    environment = {
        "SUNLOT_DATABASE_URL": url.replace("postgresql://", "postgresql+asyncpg://"),
        "SUNLOT_AMQP_URL": "amqp://nobody@127.0.0.1/",
        "SUNLOT_SESSION_PUBLIC_KEY": json_key(PUBLIC_KEY),
        "SUNLOT_FIELD_KEYS": json.dumps({"bench": base64.b64encode(FIELD_KEY).decode()}),
        "SUNLOT_PORT": str(port),
        "SUNLOT_POOL_SIZE": str(POOL // 2),  # as many again may overflow
    }
    return _running(port, ["-m", "services.trigger", "serve"], environment)


def _bare(url: str, port: int) -> Any:
    return _running(port, ["-m", "tests.benchmarks.bare", str(port)], {"BARE_URL": url, "BARE_POOL": str(POOL)})


@dataclass
class Side:
    """A server under as many orders as it answers: what came back, and the processor time that it took itself."""

    port: int
    platform: str
    key: str
    process: psutil.Process
    sent: int = 0
    seconds: float = 0.0
    busy: float = 0.0

    def take(self, others: ProcessPoolExecutor, count: int, connections: int) -> None:
        """Send `count` more."""
        before = sum(self.process.cpu_times()[:2])
        orders = Orders(self.sent, count, self.platform, self.key)
        answered = others.submit(load.in_turn, self.port, orders, connections).result()
        if set(answered.statuses) != {201}:
            raise Failed(f"unexpected answers: {dict(answered.statuses)}")
        self.sent += count
        self.seconds += answered.seconds
        self.busy += sum(self.process.cpu_times()[:2]) - before

    def forget(self) -> None:
        """What was sent so far was to warm it up."""
        self.seconds = self.busy = 0.0


def lines(server: str, orders: int, seconds: int) -> list[Line]:
    """`orders` as fast as they go, then `seconds` at a steady rate, then as long in a flood."""
    with ExitStack() as stack:
        url = stack.enter_context(_database(server))
        others = stack.enter_context(ProcessPoolExecutor(2, get_context("spawn")))
        keys = asyncio.run(_fill(url))
        bare = Side(port := _free_port(), "", "", psutil.Process(stack.enter_context(_bare(url, port)).pid))
        serving = stack.enter_context(_serve(url, port := _free_port()))
        ours = Side(port, "steady", keys["steady"], psutil.Process(serving.pid))
        compared: list[Line] = []
        for connections in CONNECTIONS:
            turn = orders * connections // CONNECTIONS[0] // TURNS
            for side in (bare, ours):
                side.take(others, min(WARM, orders), connections)
                side.forget()
            for _ in range(TURNS):  # in turns, so that whatever else the machine does is shared
                bare.take(others, turn, connections)
                ours.take(others, turn, connections)
            compared += _compared(bare, ours, turn * TURNS, connections, resident(serving.pid))
        at = ours.sent
        steady = others.submit(
            load.in_time, port, Orders(at, STEADY * seconds, "steady", keys["steady"]), STEADY
        ).result()
        at += STEADY * seconds
        quiet = others.submit(load.in_time, port, Orders(at, QUIET * seconds, "steady", keys["steady"]), QUIET)
        at += QUIET * seconds
        flood = others.submit(load.in_time, port, Orders(at, FLOOD * seconds, "noisy", keys["noisy"]), FLOOD).result()
        return [*compared, *_in_time(steady, quiet.result(), flood)]


def _compared(bare: Side, ours: Side, orders: int, connections: int, mib: float) -> list[Line]:
    def note(side: Side) -> str:
        return f"{orders / side.seconds:,.0f} 件/秒 a second，进程 {side.busy / orders * 1000:.1f} ms/件 of processor"

    among = f"，{connections} 个连接 connections"
    share = f"{note(ours)}；为单纯插入的 {bare.seconds / ours.seconds:.0%} of the bare rate"
    return [
        Line(f"FastAPI + asyncpg，只插入 bare insert{among}", orders, bare.seconds, base=True, note=note(bare)),
        Line(f"收单 intake{among}", orders, ours.seconds, mib, goals=(("×", "≤", 2.0),), note=share),
    ]


def _in_time(steady: Answered, quiet: Answered, flood: Answered) -> list[Line]:
    offered = f"每秒送出 {len(flood.took) / flood.seconds:,.0f} 件 offered a second"
    refused = f"429 {flood.statuses[429]:,} 件 refused，201 {flood.statuses[201]:,} 件 taken"
    return [
        _p99(f"每秒 {STEADY} 件时的 p99 at {STEADY}/s", steady),
        _p99(f"另一平台每秒 {FLOOD} 件时，每秒 {QUIET} 件的 p99 at {QUIET}/s in another's flood", quiet),
        Line("其时超限平台的 p99 the flood itself", len(flood.took), flood.percentile(0.99), compared=False,
             note=f"{offered}，{refused}"),
    ]  # fmt: skip


def _p99(what: str, seen: Answered) -> Line:
    lost = sum(seen.statuses.values()) - seen.statuses[201]
    middle, last = (f"{moment * 1000:.0f} ms" for moment in (seen.percentile(0.5), max(seen.took)))
    note = f"中位 median {middle}，最慢 max {last}，未收下 not taken {lost}"
    return Line(what, len(seen.took), seen.percentile(0.99), compared=False, goals=(("s", "<", 0.1),), note=note)
