"""Waiting for what must come: looked at again and again until a deadline, never a pause that hopes to be enough."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")


class DidNotCome(AssertionError):
    """What was waited for did not come in time."""


async def eventually(look: Callable[[], Awaitable[T]], what: str, *, seconds: float = 20) -> T:
    """The first true answer of `look`; raises DidNotCome with the last one after `seconds`."""
    loop = asyncio.get_running_loop()
    limit = loop.time() + seconds
    while not (seen := await look()):
        if loop.time() > limit:
            raise DidNotCome(f"{what}: not within {seconds} s, last seen: {seen!r}")
        await asyncio.sleep(0.02)
    return seen
