"""Where sheets are worked on: beside the event loop of this process, or wherever the caller knows better."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Protocol, TypeVar

from services.draw.domain.draw_state import DrawState

T = TypeVar("T")
R = TypeVar("R")

Tell = Callable[[str, DrawState, int, int], Awaitable[None]]  # draw id, step, how much is done, of how much


class Spread(Protocol):
    """Applies `work` to each sheet and gives the results in their order; never holds more than a few sheets."""

    def __call__(self, work: Callable[[T], R], sheets: AsyncIterator[T]) -> AsyncIterator[R]:
        """Begin when the first result is asked for."""


async def in_this_process(work: Callable[[T], R], sheets: AsyncIterator[T]) -> AsyncIterator[R]:
    """One sheet after the other, in a thread."""
    async for sheet in sheets:
        yield await asyncio.to_thread(work, sheet)


async def silently(_draw_id: str, _step: DrawState, _done: int, _total: int) -> None:
    """For whoever wants no progress."""
