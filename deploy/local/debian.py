"""Debian's own RabbitMQ and Erlang packages, fetched by apt and unpacked below .local/."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from deploy.local.machine import CannotStart, say

RABBITMQ = "rabbitmq-server"


def unpack_rabbitmq(place: Path) -> Path:
    """Folder below `place` that looks like `/`, with RabbitMQ and Erlang; fetched on first use (35 MB)."""
    root = place / RABBITMQ
    if (root / ".complete").exists():
        return root
    for program in ("apt-get", "apt-cache", "dpkg"):
        if shutil.which(program) is None:
            raise CannotStart(
                zh=f"本机没有 {program}，无法自动下载",
                en=f"No {program} here, so it can't be fetched for you",
            )
    shutil.rmtree(root, ignore_errors=True)
    archives = place / "archives"
    shutil.rmtree(archives, ignore_errors=True)
    archives.mkdir(parents=True)
    say("      RabbitMQ is not installed: fetching Debian's packages, 35 MB (正在下载消息队列软件包)")
    # The machine's package lists may be missing (containers) or name versions that are gone.
    if not _download(archives, []):
        own = _own_lists(place / "apt")
        say("      refreshing the package lists (正在更新软件包列表)")
        _run(["apt-get", *own, "-qq", "update"], archives)
        if not _download(archives, own):
            raise CannotStart(
                zh="软件包下载失败，请检查网络后重试",
                en="The packages could not be fetched: check the network",
            )
    say("      unpacking RabbitMQ (正在解压)")
    for archive in sorted(archives.glob("*.deb")):
        _run(["dpkg", "-x", str(archive), str(root)], archives)
    _move_erlang(root / "usr/lib/erlang")
    shutil.rmtree(archives)
    shutil.rmtree(place / "apt", ignore_errors=True)
    (root / ".complete").touch()
    return root


def _own_lists(folder: Path) -> list[str]:
    """apt's options for lists and cache of our own, which need no root."""
    (folder / "lists/partial").mkdir(parents=True, exist_ok=True)
    (folder / "cache/archives/partial").mkdir(parents=True, exist_ok=True)
    return ["-o", f"Dir::State::Lists={folder / 'lists'}", "-o", f"Dir::Cache={folder / 'cache'}",
            "-o", "APT::Sandbox::User="]  # fmt: skip


def _download(archives: Path, options: list[str]) -> bool:
    """Fetch RabbitMQ and the Erlang packages it depends on; apt checks their signatures."""
    only_needed = [f"--no-{kind}" for kind in ("recommends", "suggests", "conflicts", "breaks", "replaces", "enhances")]
    query = ["apt-cache", *options, "depends", "--recurse", *only_needed, RABBITMQ]
    listed = subprocess.run(query, capture_output=True, text=True, check=False)
    erlang = sorted(set(re.findall(r"^erlang-[a-z0-9-]+$", listed.stdout, re.MULTILINE)))
    if listed.returncode != 0 or not erlang:
        return False
    command = ["apt-get", *options, "-o", "APT::Sandbox::User=", "-qq", "download", RABBITMQ, *erlang]
    return subprocess.run(command, cwd=archives, capture_output=True, env=_plain(), check=False).returncode == 0


def _move_erlang(home: Path) -> None:
    """Tell Erlang's start script where it is now: Debian's names /usr/lib/erlang."""
    script = home / "bin" / "erl"
    script.write_text(script.read_text().replace("ROOTDIR=/usr/lib/erlang", f'ROOTDIR="{home}"'))


def _run(command: list[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env=_plain(), check=False)
    if done.returncode != 0:
        raise CannotStart(zh=f"命令执行失败：{command[0]}", en=f"{command[0]} failed", detail=done.stderr)


def _plain() -> dict[str, str]:
    return os.environ | {"LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"}
