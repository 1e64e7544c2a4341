"""Items of the list, in and out."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from sqlalchemy import RowMapping, func, or_, select, update

from libs.common.db.transaction import Transaction
from libs.common.web.tables import ListQuery
from services.registry.domain.check_points import CheckPoint
from services.registry.domain.item import Item, KnownItem
from services.registry.store.bulk import upsert_rows
from services.registry.store.tables import items

_PLAIN = ("code", "category", "name", "subject_kinds", "level", "authority", "legal_basis", "section")


def known_item(row: RowMapping) -> KnownItem:
    """An item as a row holds one."""
    return KnownItem(
        Item(
            **{name: row[name] for name in _PLAIN},
            methods=tuple(row["methods"]),
            check_points=tuple(
                CheckPoint(point["text"], point["method"], tuple(point["materials"])) for point in row["check_points"]
            ),
            valid_from=row["valid_from"],
            valid_to=row["valid_to"],
        ),
        row["version"],
        row["position"],
        row["category_number"],
        row["published_version"],
        row["changed_by"],
    )


async def load_items(tx: Transaction) -> dict[str, KnownItem]:
    """Every item by code, in the order of the list, locked against change."""
    rows = await tx.all(select(items).order_by(items.c.position, items.c.code).with_for_update())
    return {row["code"]: known_item(row) for row in rows}


async def find_item(tx: Transaction, code: str) -> RowMapping | None:
    """One item as it stands, or None."""
    return await tx.first(select(items).where(items.c.code == code))


async def save_items(tx: Transaction, known: Iterable[KnownItem], now: datetime) -> None:
    """Write new and changed items; what is published stays noted."""
    rows: list[dict[str, Any]] = [
        {
            **{name: getattr(one.item, name) for name in _PLAIN},
            "version": one.version,
            "position": one.position,
            "category_number": one.category_number,
            "methods": list(one.item.methods),
            "check_points": [asdict(point) | {"materials": list(point.materials)} for point in one.item.check_points],
            "valid_from": one.item.valid_from,
            "valid_to": one.item.valid_to,
            "published_version": one.published_version,
            "published_by": "",
            "changed_at": now,
            "changed_by": one.changed_by,
        }
        for one in known
    ]
    await upsert_rows(tx, items, rows, keep={"published_by"})


async def mark_published(tx: Transaction, codes: Sequence[str], who: str, now: datetime, today: date) -> None:
    """The present versions of these items are the published ones, valid from `today` unless the list says when."""
    await tx.execute(
        update(items)
        .where(items.c.code.in_(codes))
        .values(published_version=items.c.version, published_at=now, published_by=who,
                valid_from=func.coalesce(items.c.valid_from, today))
    )  # fmt: skip


async def list_items(tx: Transaction, query: ListQuery, *, every: bool = False) -> tuple[Sequence[RowMapping], int]:
    """One page (or all) of the items and their number."""
    where: list[Any] = []
    if text := query.value("q"):
        where.append(or_(*(items.c[name].contains(text, autoescape=True) for name in ("name", "code", "legal_basis"))))
    where.extend(items.c[name] == value for name in ("category", "level") if (value := query.value(name)))
    if state := query.value("state"):
        published = items.c.published_version == items.c.version
        where.append(published if state == "published" else ~published)
    order = items.c[query.sort or "position"]
    statement = select(items, (items.c.published_version == items.c.version).label("published")).where(*where)
    statement = statement.order_by(order.desc() if query.descending else order, items.c.position, items.c.code)
    if not every:
        statement = statement.limit(query.limit).offset(query.offset)
    total = await tx.scalar(select(func.count()).select_from(items).where(*where))
    return await tx.all(statement), int(total)


async def categories(tx: Transaction) -> list[str]:
    """The categories in the order of the list."""
    statement = select(items.c.category).group_by(items.c.category).order_by(func.min(items.c.position))
    return [row["category"] for row in await tx.all(statement)]
