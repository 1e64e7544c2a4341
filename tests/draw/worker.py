"""A process that does one long step of a draw and stops in its middle, to be killed there."""

import asyncio
import sys

from libs.common.clock import now
from libs.common.db.database import Database, create_engine
from services.draw.app import SERVICE
from services.draw.domain.draw_state import DrawState
from services.draw.settings import DrawSettings
from services.draw.usecases import dispatch_list
from services.draw.usecases.commit_draw import commit_next
from services.draw.usecases.draw_subjects import draw_next
from services.draw.usecases.freeze_pool import freeze_next
from tests.conftest import settings_of

MIDDLE = "in the middle"
A_FEW = 10  # cases in a batch


async def stop_in_the_middle(_draw_id: str, _step: DrawState, done: int, _total: int) -> None:
    """Say that something is done and not all of it, and go no further."""
    if done:
        sys.stdout.write(MIDDLE + "\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


async def main(url: str, step: str) -> None:
    """Take the step in one transaction, as the loop does."""
    settings = settings_of(SERVICE, url, "amqp://nobody@127.0.0.1/")
    assert isinstance(settings, DrawSettings)
    database = Database(create_engine(url, service="draw", pool_size=3))
    async with database.transaction() as tx:
        if step == DrawState.FREEZING:
            await freeze_next(tx, database.transaction, settings, now(), tell=stop_in_the_middle)
        elif step == DrawState.COMMITTING:
            await commit_next(tx, settings, now, stop_in_the_middle)
        elif step == DrawState.DISPATCHING:
            dispatch_list.BATCH = A_FEW
            await dispatch_list.dispatch_next(tx, database.transaction, settings, now, stop_in_the_middle)
        else:
            await draw_next(tx, now(), tell=stop_in_the_middle)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
