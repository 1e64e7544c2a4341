"""Call a platform's callback, signed with its newest key; and try it out with a test answer that nobody stores."""

import asyncio
import json
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import httpx

from libs.common.db import Transaction
from libs.common.ids import new_id
from services.trigger.domain.answer import PROBE, probe_text
from services.trigger.domain.callback import REFUSED
from services.trigger.domain.errors import NoCallback
from services.trigger.domain.signature import sign
from services.trigger.store import platforms
from services.trigger.store.vault import Vault
from services.trigger.usecases.call_out import AddressRefused
from services.trigger.usecases.manage_platforms import opened_keys

FAILURES: Final = (httpx.HTTPError, httpx.InvalidURL, UnicodeError, TimeoutError)  # UnicodeError: names that are none
SHOWN: Final = 200  # characters of what a platform answers to a test


@dataclass(frozen=True, slots=True)
class Target:
    """Where a platform is called, and the key that signs; empty when there is none."""

    platform: str
    url: str
    key: str


@dataclass(frozen=True, slots=True)
class Reply:
    """What a platform answered: its status, and as many of its first bytes as were asked for."""

    status: int
    beginning: bytes

    @property
    def good(self) -> bool:
        """Whether the platform has taken it."""
        return 200 <= self.status < 300


@dataclass(frozen=True, slots=True)
class Probed:
    """What came of a test answer: an HTTP status, or what went wrong; how long it took; the beginning of the reply."""

    status: int | None
    error: str
    body: str
    milliseconds: int = 0

    @property
    def good(self) -> bool:
        """Whether the platform has taken it."""
        return self.status is not None and 200 <= self.status < 300


async def target_of(tx: Transaction, code: str, vault: Vault) -> Target:
    """The platform's callback and newest key."""
    platform = await platforms.load(tx, code)
    keys = await opened_keys(tx, code, vault)
    return Target(code, platform.callback_url, keys[0]) if platform and keys else Target(code, "", "")


async def post_signed(
    client: httpx.AsyncClient, target: Target, content: dict[str, Any], correlation: str, now: datetime, read: int = 0
) -> Reply:
    """Send one answer, signed as of `now`, and read no more than `read` bytes of the reply; raises FAILURES.

    All of it takes no longer than the client waits for any part of it: a reply may come byte by byte, and never end.
    """
    body = json.dumps(content, ensure_ascii=False).encode()
    headers = {"x-request-id": correlation, "accept-encoding": "identity", **signed_headers(target, body, now)}
    beginning = b""
    async with (
        asyncio.timeout(client.timeout.read),
        client.stream("POST", target.url, content=body, headers=headers) as reply,
    ):
        if read:
            async for part in reply.aiter_raw():
                beginning += part[: read - len(beginning)]
                if len(beginning) >= read:
                    break
        return Reply(reply.status_code, beginning)


def failure_in_words(error: Exception) -> str:
    """Why a platform could not be called, without its address and without its own words."""
    return REFUSED if isinstance(error, AddressRefused) else type(error).__name__


def signed_headers(target: Target, body: bytes, now: datetime) -> dict[str, str]:
    """The headers of a request to a platform, made now."""
    path = httpx.URL(target.url).raw_path.decode()  # as it is sent
    timestamp, nonce = str(int(now.timestamp())), secrets.token_hex(16)
    return {
        "content-type": "application/json",
        "x-sunlot-platform": target.platform,
        "x-sunlot-timestamp": timestamp,
        "x-sunlot-nonce": nonce,
        "x-sunlot-signature": sign(target.key, "POST", path, timestamp, nonce, body),
    }


async def probe(client: httpx.AsyncClient, target: Target, now: datetime) -> Probed:
    """Send a test answer outside of any transaction; raises NoCallback."""
    if not target.url:
        raise NoCallback
    number = str(new_id())
    content = {
        "answer_id": number, "order_id": "SUNLOT-TEST", "signal_id": number, "sequence": 1, "stage": PROBE, "round": 0,
        "text": probe_text(), "at": now.isoformat(),
    }  # fmt: skip
    try:
        reply = await post_signed(client, target, content, number, now, read=SHOWN * 4)
    except FAILURES as error:
        return Probed(None, failure_in_words(error), "")
    return Probed(reply.status, "", reply.beginning.decode("utf-8", "replace")[:SHOWN])
