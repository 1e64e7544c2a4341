"""What whoever watches the story sees: which step runs, what it has brought, and where it hangs if it does."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")

LOOK = 0.2  # seconds between looks


class Hung(Exception):
    """What a step waits for did not come in time; the sentence says which step and what."""


class NotAsPromised(Exception):
    """A step brought something else than it should have."""


class Progress:
    """Numbered steps with lines below them."""

    def __init__(self, steps: int) -> None:
        self._steps, self._number = steps, 0
        self._title, self._began = "", time.monotonic()

    def step(self, title: str) -> None:
        """The next step begins."""
        self._number += 1
        self._title, self._began = title, time.monotonic()
        print(f"[{self._number}/{self._steps}] {title}", flush=True)

    def note(self, text: str) -> None:
        """Something that the step has brought."""
        print(f"      {text}", flush=True)

    def verified(self, text: str) -> None:
        """The step is over and was checked."""
        print(f"      ✓ {text}（{time.monotonic() - self._began:.1f} 秒）", flush=True)

    def must(self, holds: object, what: str) -> None:
        """Raise NotAsPromised naming the step unless `holds`."""
        if not holds:
            raise NotAsPromised(f"第 {self._number} 步“{self._title}”未通过核对：{what}")

    async def until(self, what: str, look: Callable[[], Awaitable[T | None]], *, seconds: float = 60) -> T:
        """The first true answer of `look`; raises Hung after `seconds`."""
        limit = time.monotonic() + seconds
        while not (seen := await look()):
            if time.monotonic() > limit:
                raise Hung(
                    f"第 {self._number} 步“{self._title}”在 {seconds:.0f} 秒内没有等到：{what}（最后看到 {seen!r}）。"
                    "请查看 .local 下各服务的日志。"
                )
            await asyncio.sleep(LOOK)
        return seen
