"""Read models for pages and API: tasks, plans and draws as lists."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import RowMapping, Select, cast, func, select
from sqlalchemy.dialects.postgresql import JSONB

from libs.common.db.transaction import Transaction
from libs.common.http.auth import Actor
from libs.common.web import ListPage, ListQuery
from services.draw.store.amendments import count_open
from services.draw.store.ceremony import under_seal
from services.draw.store.tables import draws, plans, tasks
from services.draw.store.visits import visits_of_draws


async def page_of(tx: Transaction, statement: Select[Any], query: ListQuery) -> ListPage[RowMapping]:
    """One page of `statement`, ordered as the user asked."""
    total = await tx.scalar(select(func.count()).select_from(statement.order_by(None).subquery()))
    rows = await tx.all(_ordered(statement, query).limit(query.limit).offset(query.offset))
    return ListPage(rows, total, query)


async def window_of(
    tx: Transaction, statement: Select[Any], query: ListQuery, limit: int, offset: int
) -> Sequence[RowMapping]:
    """Some rows of `statement` in the order of its pages, for an export."""
    return await tx.all(_ordered(statement, query).limit(limit).offset(offset))


def _ordered(statement: Select[Any], query: ListQuery) -> Select[Any]:
    """As the user asked; rows that are equal in that stand in the order of the first two columns, on every page."""
    if not query.sort:
        return statement
    column = statement.selected_columns[query.sort]
    ties = list(statement.selected_columns)[:2]
    return statement.order_by(None).order_by(column.desc() if query.descending else column, *ties)


def tasks_seen_by(actor: Actor | None, query: ListQuery) -> Select[Any]:
    """Tasks with their plan, newest first; an actor of a county sees its own."""
    statement = (
        select(
            tasks.c.task_id,
            tasks.c.title,
            tasks.c.county,
            tasks.c.directed,
            tasks.c.state,
            tasks.c.deadline,
            tasks.c.urgent,
            tasks.c.plan_id,
            tasks.c.draw_id,
            tasks.c.opened_at,
            plans.c.source,
        )
        .join(plans, plans.c.plan_id == tasks.c.plan_id)
        .order_by(tasks.c.opened_at.desc(), tasks.c.task_id.desc())
    )
    if actor is not None and not actor.whole_city:
        statement = statement.where(tasks.c.county == actor.county)
    for name in ("county", "state"):
        if value := query.value(name):
            statement = statement.where(tasks.c[name] == value)
    if words := query.value("q"):
        found = tasks.c.title.contains(words, autoescape=True) | tasks.c.task_id.startswith(words, autoescape=True)
        statement = statement.where(found)
    return statement


def plans_seen_by(actor: Actor, query: ListQuery) -> Select[Any]:
    """Plans, newest first; an actor of a county sees its own."""
    statement = select(
        plans.c.plan_id,
        plans.c.title,
        plans.c.county,
        plans.c.kind,
        plans.c.source,
        plans.c.state,
        plans.c.document_number,
        plans.c.proposed_at,
    ).order_by(plans.c.proposed_at.desc(), plans.c.plan_id.desc())
    if not actor.whole_city:
        statement = statement.where(plans.c.county == actor.county)
    for name in ("county", "state"):
        if value := query.value(name):
            statement = statement.where(plans.c[name] == value)
    if words := query.value("q"):
        found = plans.c.title.contains(words, autoescape=True) | plans.c.plan_id.startswith(words, autoescape=True)
        statement = statement.where(found)
    return statement


def draws_of_public(query: ListQuery) -> Select[Any]:
    """Every attempt that was ever committed, newest first, aborted ones too: none can be hidden."""
    visits = visits_of_draws().subquery()  # a firm that is inspected in another task's case counts for both
    drawn = (
        select(visits.c.draw_id, func.count().label("drawn"), func.count(visits.c.result).label("inspected"))
        .group_by(visits.c.draw_id)
        .subquery()
    )
    statement = (
        select(
            draws.c.draw_id,
            draws.c.task_id,
            tasks.c.title,
            draws.c.county,
            draws.c.attempt,
            draws.c.state,
            draws.c.profile,
            draws.c.committed_at,
            draws.c.drawn_at,
            draws.c.result_sha256,
            under_seal().label("sealed"),
            cast(draws.c.commitment, JSONB)["result_deadline"].astext.label("result_deadline"),
            draws.c.pool["rows"].as_integer().label("pool_rows"),
            func.coalesce(drawn.c.drawn, 0).label("dispatched"),
            func.coalesce(drawn.c.inspected, 0).label("inspected"),
        )
        .join(tasks, tasks.c.task_id == draws.c.task_id)
        .outerjoin(drawn, drawn.c.draw_id == draws.c.draw_id)
        .where(draws.c.commitment.is_not(None))
        .order_by(draws.c.committed_at.desc(), draws.c.draw_id.desc())
    )
    for name in ("county", "state"):
        if value := query.value(name):
            statement = statement.where(draws.c[name] == value)
    return statement


async def waiting(tx: Transaction, actor: Actor) -> dict[str, int]:
    """What waits for the lead section: plans to approve, tasks to draw, draws in progress, lists to dispatch."""

    async def count(table: Any, *states: str) -> int:
        statement = select(func.count()).where(table.c.state.in_(states))
        if not actor.whole_city:
            statement = statement.where(table.c.county == actor.county)
        return int(await tx.scalar(statement))

    return {
        "plans": await count(plans, "proposed"),
        "tasks": await count(tasks, "open"),
        "ceremonies": await count(
            draws,
            "freezing",
            "frozen",
            "committing",
            "committed",
            "logged",
            "revealing",
            "waiting",
            "seeded",
            "selected",
        ),
        "lists": await count(draws, "drawn"),
        "changes": await count_open(tx, None if actor.whole_city else [actor.county]),
    }
