"""Starts everything on this machine and plays the main job from the complaint to the public, mirrored result.

    python -m deploy.local.demo            the pages stay up until Ctrl-C
    python -m deploy.local.demo --once     ends when every step has been verified; else ends with 1

A second start finds what is there, does not play the story again, and verifies it once more.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import socket
import sys
import time

import httpx

from deploy.local.machine import ROOT, CannotStart, say
from deploy.local.processes import Processes
from deploy.local.servers import ensure_servers
from deploy.local.story.doors import Refused
from deploy.local.story.progress import Hung, NotAsPromised, Progress
from deploy.local.story.story import STEPS, look_again, play
from deploy.local.story.table import show_accounts, show_addresses, show_table
from deploy.local.theatre import Theatre

HOME = ROOT / ".local" / "demo"
PORT = 8000


def main() -> int:
    """Play once; stay up unless told otherwise."""
    parser = argparse.ArgumentParser(prog="python -m deploy.local.demo", description=__doc__)
    parser.add_argument("--once", action="store_true", help="end when every step has been verified")
    once = parser.parse_args().once
    # A request to end, however it comes, takes the way of Ctrl-C: everything that was started is ended.
    # Started in the background, a program is told to ignore Ctrl-C; this one shall not.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    try:
        return _run(once=once)
    except KeyboardInterrupt:
        return 130 if once else 0
    except (Hung, NotAsPromised, Refused, CannotStart, httpx.HTTPError, RuntimeError) as reason:
        say(f"\n  ✗ {reason}")
        say(f"  日志（logs）：{HOME / 'log'}")
        return 1


def _run(*, once: bool) -> int:
    began = time.monotonic()
    say("启动 PostgreSQL 和 RabbitMQ（本目录私有，数据在 .local/）")
    servers = ensure_servers(ROOT)
    try:
        Processes(HOME).end_leftovers()  # of a run that was killed, which may still hold the port
        theatre = Theatre(servers, HOME, gateway_port=_port())
        try:
            say("升级五个数据库，启动五个服务、网关和国家平台替身")
            theatre.start()
            asyncio.run(_play(theatre))
            say(f"  全部步骤已核对，用时 {time.monotonic() - began:.0f} 秒（every step was verified）")
            if not once:
                say("  按 Ctrl-C 结束（Ctrl-C to end）")
                theatre.stack.processes.watch()
                signal.pause()
        finally:
            say("\n  正在结束……（ending）")
            theatre.stop()
    finally:
        servers.stop()
    return 0


async def _play(theatre: Theatre) -> None:
    async with theatre.scene(Progress(STEPS)) as scene:
        if scene.memory.get("finished"):
            scene.show = Progress(1)
            counts = await look_again(scene)
        else:
            counts = await play(scene)
        show_table(counts)
        show_addresses(scene)
        show_accounts(scene)


def _port() -> int | None:
    """The gateway's usual port if it is free, else any."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", PORT))
        except OSError:
            say(f"  端口 {PORT} 已被占用，改用其他端口（port {PORT} is taken, taking another）")
            return None
    return PORT


if __name__ == "__main__":
    sys.exit(main())
