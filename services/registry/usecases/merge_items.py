"""The rows of a list of items are put into the registry as drafts; another person publishes them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from libs.common.db.transaction import Transaction
from services.registry.domain.importing import Merge
from services.registry.domain.item import Item, KnownItem
from services.registry.store import items


async def merge_items(tx: Transaction, rows: Sequence[Item], who: str, now: datetime, *, write: bool) -> Merge:
    """Compare, and with `write` take over; an item without a code keeps the one it has, or gets the next."""
    known = await items.load_items(tx)
    by_name = {(one.item.category, one.item.name): one.item.code for one in known.values()}
    numbers = {one.item.category: one.category_number for one in known.values()}
    taken = {*known, *(row.code for row in rows)}
    merge, changed, following = Merge(), list[KnownItem](), 0
    for position, row in enumerate(rows, start=1):
        code = row.code or by_name.get((row.category, row.name), "")
        while not code:
            following += 1
            code = f"HRSS-{following:03d}" if f"HRSS-{following:03d}" not in taken else ""
        taken.add(code)
        number = numbers.setdefault(row.category, max(numbers.values(), default=0) + 1)
        old, item = known.get(code), _completed(row.with_code(code), known)
        same = old is not None and old.item == item
        merge.count(old is not None, same)
        if not same:
            changed.append(_next(item, old, position, number, who))
    if write:
        await items.save_items(tx, changed, now)
    return merge


def _completed(item: Item, known: Mapping[str, KnownItem]) -> Item:
    # A list that names no first day does not take away the one that publication has set.
    old = known.get(item.code)
    return replace(item, valid_from=old.item.valid_from) if old and item.valid_from is None else item


def _next(item: Item, old: KnownItem | None, position: int, number: int, who: str) -> KnownItem:
    if old is None:
        return KnownItem(item, 1, position, number, 0, who)
    return KnownItem(item, old.version + 1, position, number, old.published_version, who)
