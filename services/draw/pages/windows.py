"""A list of any length for an export, some thousands of rows at a time."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

from sqlalchemy import RowMapping, Select

from libs.common.db.database import Database
from libs.common.web import ListQuery
from libs.common.web.export import in_windows
from services.draw.store.lists import window_of


def exported(database: Database, statement: Select[Any], query: ListQuery) -> AsyncIterator[RowMapping]:
    """Every row of `statement` in the order of the page; need not fit into memory."""

    async def window(limit: int, offset: int) -> Sequence[RowMapping]:
        async with database.transaction() as tx:
            return await window_of(tx, statement, query, limit, offset)

    return in_windows(window)
