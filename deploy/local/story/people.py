"""The accounts of the story: random passwords, kept in a file that only its owner may read."""

from __future__ import annotations

import asyncio
import json
import secrets
from dataclasses import asdict
from pathlib import Path

import httpx

from deploy.demo_data.generate import DemoAccount
from deploy.local.story.doors import Account, Door

AT_ONCE = 4  # sign-ups at the same time: each costs the server a memory-hard hash


class People:
    """Who takes part; an account is made when its person first has something to do."""

    def __init__(self, file: Path, client: httpx.AsyncClient, admin_password: str, cast: list[DemoAccount]) -> None:
        self._file, self._client, self._admin_password = file, client, admin_password
        self._cast = {one.username: one for one in cast}
        self._passwords: dict[str, str] = {}
        if file.exists():
            self._passwords = {one["username"]: one["password"] for one in json.loads(file.read_text("utf-8"))}
        self._doors: dict[str, Door] = {}
        self._gate = asyncio.Semaphore(AT_ONCE)
        self.admin = Door(client, Account("admin", admin_password))
        self.public = Door(client)

    def __getitem__(self, username: str) -> Door:
        """The visitor of that name, who has joined."""
        return self._doors[username]

    def everybody(self) -> list[tuple[str, str, str]]:
        """(account, password, what it is) of everybody with an account, the administrator first."""
        known = [
            (name, word, f"{self._cast[name].name} {self._cast[name].role}") for name, word in self._passwords.items()
        ]
        return [("admin", self._admin_password, "系统管理员 admin"), *known]

    async def join(self, *usernames: str) -> None:
        """Make the accounts that are not there yet; a password stays what it was."""
        for username in usernames:
            self._passwords.setdefault(username, secrets.token_urlsafe(15))
        self._keep()  # before they are used: a password that nobody knows can't be had again
        await asyncio.gather(*(self._join(username) for username in usernames if username not in self._doors))

    async def _join(self, username: str) -> None:
        account = Account(username, self._passwords[username])
        async with self._gate:
            await self.admin.post(
                "/registry/api/v1/accounts", asdict(self._cast[username]) | {"password": account.password}
            )
        self._doors[username] = Door(self._client, account)

    def _keep(self) -> None:
        self._file.touch(mode=0o600)
        known = [
            {"username": name, "password": word, "name": self._cast[name].name, "role": self._cast[name].role}
            for name, word in self._passwords.items()
        ]
        self._file.write_text(json.dumps(known, ensure_ascii=False, indent=1), "utf-8")
