"""Publications of any number for an export, some thousands at a time."""

from collections.abc import AsyncIterator

from libs.common.db.database import Database
from libs.common.web import ListQuery
from libs.common.web.export import in_windows
from services.publicity.domain.publication import Publication
from services.publicity.store.publication_lists import Search, list_publications


def every_publication(database: Database, search: Search, query: ListQuery) -> AsyncIterator[Publication]:
    """All that the search finds, in the order of the list, for an export."""

    async def window(limit: int, offset: int) -> list[Publication]:
        async with database.transaction() as tx:
            found, _ = await list_publications(
                tx, search, sort=query.sort, descending=query.descending, limit=limit, offset=offset
            )
        return found

    return in_windows(window)
