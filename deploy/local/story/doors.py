"""The doors of the system as a program outside knocks at them: by HTTP at the gateway, as somebody or as nobody."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import Any

import httpx

PATIENCE = 60.0  # seconds that a service may be away, as when it is killed and started again
PAUSE = 0.3
AWAY = frozenset({502, 503, 504})


@dataclass(frozen=True)
class Account:
    """Somebody who signs in."""

    username: str
    password: str


class Refused(Exception):
    """A door said no: status, and the problem document that says why."""

    def __init__(self, request: str, status: int, problem: Any) -> None:
        self.status, self.problem = status, problem
        detail = problem.get("detail", "") if isinstance(problem, dict) else str(problem)[:300]
        errors = problem.get("errors", [])[:5] if isinstance(problem, dict) else []
        super().__init__(f"{request} → {status} {detail} {errors or ''}".rstrip())


class Door:
    """One visitor. Waits for a service that is away; a step whose answer was lost may then be refused as taken."""

    def __init__(self, client: httpx.AsyncClient, account: Account | None = None) -> None:
        self._client, self.account = client, account
        self._token = ""

    async def get(self, path: str, **params: Any) -> Any:
        """JSON at `path`."""
        return (await self.send("GET", path, params=params)).json()

    async def text(self, path: str) -> str:
        """Text at `path`, as a browser or curl gets it."""
        return (await self.send("GET", path)).text

    async def content(self, path: str) -> bytes:
        """Bytes at `path`."""
        return (await self.send("GET", path)).content

    async def post(self, path: str, body: Any = None, **more: Any) -> Any:
        """The answer to a POST; None when there is nothing to say."""
        answer = await self.send("POST", path, json=body, **more)
        return answer.json() if answer.content else None

    async def put(self, path: str, body: Any) -> Any:
        """The answer to a PUT."""
        answer = await self.send("PUT", path, json=body)
        return answer.json() if answer.content else None

    async def upload(self, path: str, name: str, content: bytes, **fields: str) -> Any:
        """The answer to a file that is sent as a form would send it."""
        files = {"file": (name, content)}
        return (await self.send("POST", path, files=files, data=fields)).json()

    async def send(self, method: str, path: str, **more: Any) -> httpx.Response:
        """The answer; raises Refused for 4xx and 5xx, and the last failure when nobody answers for PATIENCE."""
        limit, lost = time.monotonic() + PATIENCE, False
        while True:
            try:
                answer = await self._once(method, path, more)
            except httpx.TransportError:
                if time.monotonic() > limit:
                    raise
                lost = True
            else:
                if answer.status_code not in AWAY or time.monotonic() > limit:
                    return self._judged(method, path, answer, lost=lost)
                lost = True
            await asyncio.sleep(PAUSE)

    async def _once(self, method: str, path: str, more: dict[str, Any]) -> httpx.Response:
        if self.account is not None and not self._token:
            await self._sign_in(self.account)
        headers = {"authorization": f"Bearer {self._token}"} if self._token else {}
        answer = await self._client.request(method, path, headers=headers, **more)
        if answer.status_code == 401 and self._token:
            self._token = ""  # the hour is over
            return await self._once(method, path, more)
        return answer

    async def _sign_in(self, account: Account) -> None:
        credentials = {"username": account.username, "password": account.password}
        answer = await self._client.post("/registry/api/v1/sessions", json=credentials)
        if answer.status_code in AWAY:
            raise httpx.ConnectError("registry is away")
        self._token = self._judged("POST", "/registry/api/v1/sessions", answer, lost=False).json()["token"]

    def _judged(self, method: str, path: str, answer: httpx.Response, *, lost: bool) -> httpx.Response:
        if answer.is_success or (lost and answer.status_code == 409):
            return answer
        said = answer.json() if "json" in answer.headers.get("content-type", "") else answer.text
        raise Refused(f"{method} {path}", answer.status_code, said)
