"""The lead section publishes the list of items; only a published item may be executed (细则第二条)."""

from collections.abc import Sequence
from datetime import datetime

from libs.common.clock import china_date
from libs.common.db.transaction import Transaction
from libs.common.http.auth import Actor
from services.registry.domain.errors import ItemNotFound, NothingToPublish, PublishedByImporter
from services.registry.store import items
from services.registry.usecases.announce import announce_items


async def publish_items(tx: Transaction, codes: Sequence[str], actor: Actor, now: datetime) -> int:
    """Publish these drafts (none named: every draft); how many. Raises what stands in the way."""
    known = await items.load_items(tx)
    if unknown := [code for code in codes if code not in known]:
        raise ItemNotFound(f"清单中没有事项 {'、'.join(unknown[:5])}，请核对事项编号。")
    drafts = [
        one for code, one in known.items() if one.published_version != one.version and (not codes or code in codes)
    ]
    if not drafts:
        raise NothingToPublish
    if any(one.changed_by == actor.account_id for one in drafts):
        raise PublishedByImporter
    today = china_date(now)
    await items.mark_published(tx, [one.item.code for one in drafts], actor.account_id, now, today)
    announce_items(tx, drafts, today, now)
    return len(drafts)
