"""Items, plans and tasks as others published them: upserted, newer states win."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import RowMapping, func, or_, select
from sqlalchemy.dialects.postgresql import insert as upsert

from libs.common.db.transaction import Transaction
from services.publicity.store.tables import items, plans, publications, tasks


async def keep_items(tx: Transaction, states: Sequence[Mapping[str, Any]]) -> None:
    """Keep items where their version is newer."""
    for state in states:
        statement = upsert(items).values(**state)
        await tx.execute(
            statement.on_conflict_do_update(
                index_elements=["code"],
                set_={name: statement.excluded[name] for name in state if name != "code"},
                where=items.c.version < statement.excluded.version,
            )
        )


async def keep_plan(tx: Transaction, state: Mapping[str, Any]) -> None:
    """Keep a plan; it is published once."""
    await tx.execute(upsert(plans).values(**state).on_conflict_do_nothing())


async def keep_task(tx: Transaction, state: Mapping[str, Any]) -> None:
    """Keep a task; it is published once."""
    await tx.execute(upsert(tasks).values(**state).on_conflict_do_nothing())


async def list_items(
    tx: Transaction, *, text: str, category: str, sort: str, descending: bool, limit: int, offset: int
) -> tuple[Sequence[RowMapping], int]:
    """One page of the item list, and how many there are."""
    where = []
    if text:
        where.append(
            or_(*(c.contains(text, autoescape=True) for c in (items.c.name, items.c.code, items.c.legal_basis)))
        )
    if category:
        where.append(items.c.category == category)
    total = int(await tx.scalar(select(func.count()).select_from(items).where(*where)))
    column = items.c[sort if sort in {"code", "category", "name", "level", "published_at"} else "code"]
    statement = select(items).where(*where).order_by(column.desc() if descending else column, items.c.code)
    return await tx.all(statement.limit(limit).offset(offset)), total


async def item_categories(tx: Transaction) -> list[str]:
    """The categories that items have."""
    rows = await tx.all(select(items.c.category).distinct().order_by(items.c.category))
    return [row["category"] for row in rows]


async def list_plans(
    tx: Transaction, *, text: str, county: str, sort: str, descending: bool, limit: int, offset: int
) -> tuple[Sequence[RowMapping], int]:
    """One page of the published plans, and how many there are."""
    where = [plans.c.name.contains(text, autoescape=True)] if text else []
    if county:
        where.append(plans.c.county == county)
    total = int(await tx.scalar(select(func.count()).select_from(plans).where(*where)))
    column = plans.c[sort if sort in {"plan_id", "name", "year", "approved_at"} else "approved_at"]
    statement = select(plans).where(*where).order_by(column.desc() if descending else column, plans.c.plan_id)
    return await tx.all(statement.limit(limit).offset(offset)), total


async def list_tasks(
    tx: Transaction, *, text: str, county: str, sort: str, descending: bool, limit: int, offset: int
) -> tuple[Sequence[RowMapping], int]:
    """One page of the published tasks with how many results each has, and how many tasks there are."""
    where = [tasks.c.name.contains(text, autoescape=True)] if text else []
    if county:
        where.append(tasks.c.county == county)
    total = int(await tx.scalar(select(func.count()).select_from(tasks).where(*where)))
    published = (
        select(func.count())
        .select_from(publications)
        .where(publications.c.task_id == tasks.c.task_id, publications.c.published_at.is_not(None))
        .scalar_subquery()
    )
    column = tasks.c[sort if sort in {"task_id", "name", "finish_by", "county"} else "task_id"]
    statement = (
        select(tasks, plans.c.name.label("plan_name"), published.label("results"))
        .select_from(tasks.outerjoin(plans, plans.c.plan_id == tasks.c.plan_id))
        .where(*where)
        .order_by(column.desc() if descending else column, tasks.c.task_id)
    )
    return await tx.all(statement.limit(limit).offset(offset)), total


async def count_catalogue(tx: Transaction) -> dict[str, int]:
    """How many items, plans and tasks are public."""
    return {
        table.name: int(await tx.scalar(select(func.count()).select_from(table))) for table in (items, plans, tasks)
    }
