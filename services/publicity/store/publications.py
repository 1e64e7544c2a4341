"""Publications and their history, in and out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import RowMapping, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from libs.common.db.transaction import Transaction
from libs.common.workdays import Deadline
from services.publicity.domain.content import content_from
from services.publicity.domain.errors import NoSuchPublication
from services.publicity.domain.publication import Publication, State
from services.publicity.store.tables import publication_history, publications


async def insert_publication(tx: Transaction, publication: Publication) -> bool:
    """Write a new publication; False if there is one with this id."""
    result = await tx.execute(
        upsert(publications)
        .values(publication_id=publication.publication_id, **_columns(publication))
        .on_conflict_do_nothing()
        .returning(publications.c.publication_id)
    )
    return result.first() is not None


async def save_publication(tx: Transaction, publication: Publication) -> None:
    """Write the present state."""
    await tx.execute(
        update(publications)
        .where(publications.c.publication_id == publication.publication_id)
        .values(**_columns(publication))
    )


async def load_publication(tx: Transaction, publication_id: str, *, to_change: bool = False) -> Publication:
    """One publication, locked when it is to change. Raises NoSuchPublication."""
    statement = select(publications).where(publications.c.publication_id == publication_id)
    row = await tx.first(statement.with_for_update() if to_change else statement)
    if row is None:
        raise NoSuchPublication
    return publication_from(row)


def publication_from(row: RowMapping) -> Publication:
    """The aggregate in a row."""
    return Publication(
        publication_id=row["publication_id"],
        content=content_from(row["content"]),
        state=State(row["state"]),
        deadline=Deadline(row["due"], row["due_provisional"]),
        trigger_ids=tuple(row["trigger_ids"]),
        entered_by=tuple(row["entered_by"]),
        correlation_id=row["correlation_id"],
        received_at=row["received_at"],
        published_at=row["published_at"],
        in_time=row["in_time"],
        corrections=row["corrections"],
        follow_up_closed_on=row["follow_up_closed_on"],
    )


def _columns(publication: Publication) -> Mapping[str, Any]:
    content = publication.content
    return {
        "case_id": content.case_id,
        "state": publication.state.value,
        "content": content.document(),
        "county": content.county,
        "unit_name": content.unit_name,
        "uscc": content.uscc,
        "subject_name": content.subject_name,
        "subject_result": content.subject_result,
        "task_id": content.task_id,
        "ended_on": content.ended_on,
        "due": publication.deadline.due,
        "due_provisional": publication.deadline.provisional,
        "trigger_ids": list(publication.trigger_ids),
        "entered_by": list(publication.entered_by),
        "correlation_id": publication.correlation_id,
        "received_at": publication.received_at,
        "published_at": publication.published_at,
        "in_time": publication.in_time,
        "corrections": publication.corrections,
        "follow_up_closed_on": publication.follow_up_closed_on,
    }


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was done: action, why, by whom."""

    action: str
    why: str
    who: str
    who_name: str
    at: datetime


async def append_history(tx: Transaction, publication: Publication, step: Step) -> None:
    """Note what was done, with the content as it then stood; under the publication's row lock."""
    history = publication_history
    of_this = history.c.publication_id == publication.publication_id
    last = await tx.scalar(select(func.coalesce(func.max(history.c.sequence), 0)).where(of_this))
    await tx.execute(
        insert(history).values(
            publication_id=publication.publication_id,
            sequence=int(last) + 1,
            action=step.action,
            why=step.why,
            who=step.who,
            who_name=step.who_name,
            content=publication.content.document(),
            at=step.at,
        )
    )


async def load_history(tx: Transaction, publication_id: str) -> Sequence[RowMapping]:
    """Everything that was done to a publication, oldest first."""
    return await tx.all(
        select(publication_history)
        .where(publication_history.c.publication_id == publication_id)
        .order_by(publication_history.c.sequence)
    )


async def load_provisional(tx: Transaction, limit: int) -> list[Publication]:
    """Unpublished publications whose deadline is not certain, locked."""
    rows = await tx.all(
        select(publications)
        .where(publications.c.due_provisional, publications.c.state.in_([State.AWAITING, State.RETURNED]))
        .order_by(publications.c.publication_id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [publication_from(row) for row in rows]


async def due_days(tx: Transaction, counties: Sequence[str] | None) -> list[tuple[str, date]]:
    """County and due day of everything that is not public yet."""
    statement = select(publications.c.county, publications.c.due).where(
        publications.c.state.in_([State.AWAITING, State.RETURNED])
    )
    if counties is not None:
        statement = statement.where(publications.c.county.in_(counties))
    return [(row["county"], row["due"]) for row in await tx.all(statement.order_by(publications.c.county))]
