"""Direct assignment, in and out: the method of a task, the selection that waits, drafts and handed-in teams."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from libs.common.canonical import canonical
from libs.common.db.transaction import Transaction
from services.draw.domain.commitment import RANDOM
from services.draw.domain.lottery import Drawn, Selection, StratumResult
from services.draw.store.disclosure_tables import direct_choices, selections, task_methods, team_drafts


@dataclass(frozen=True, slots=True)
class Method:
    """How a task's officers are found, why, and who decided so; `n` counts the decisions from 1, 0 is none yet."""

    method: str = RANDOM
    reason: str = ""
    chosen_by: str = ""
    n: int = 0


async def method_of(tx: Transaction, task_id: str) -> Method:
    """The newest decision, or at random."""
    row = await tx.first(
        select(task_methods).where(task_methods.c.task_id == task_id).order_by(task_methods.c.n.desc()).limit(1)
    )
    return Method(row["method"], row["reason"], row["chosen_by"], row["n"]) if row else Method()


async def add_method(tx: Transaction, task_id: str, method: Method, now: datetime) -> None:
    """Keep one more decision."""
    await tx.execute(
        insert(task_methods).values(
            task_id=task_id,
            n=method.n,
            method=method.method,
            reason=method.reason,
            chosen_by=method.chosen_by,
            chosen_at=now,
        )
    )


async def keep_selection(tx: Transaction, draw_id: str, selection: Selection) -> None:
    """Keep who was drawn while the teams are still to be named."""
    document = {
        "strata": [[one.stratum, one.n, one.k, one.threshold, list(one.reserve)] for one in selection.strata],
        "selected": [list(one) for one in selection.selected],
    }
    await tx.execute(insert(selections).values(draw_id=draw_id, document=canonical(document)))


async def selection_of(tx: Transaction, draw_id: str) -> Selection | None:
    """Who was drawn, of a draw that waits (or waited) for teams."""
    document = await tx.scalar(select(selections.c.document).where(selections.c.draw_id == draw_id))
    if document is None:
        return None
    kept = json.loads(document)
    strata = tuple(
        StratumResult(name, n, k, threshold, tuple((uscc, ticket) for uscc, ticket in reserve))
        for name, n, k, threshold, reserve in kept["strata"]
    )
    return Selection(strata, tuple(Drawn(*row) for row in kept["selected"]))


async def save_drafts(tx: Transaction, draw_id: str, teams: Mapping[str, Sequence[str]], by: str) -> None:
    """Keep teams that are being put together; a draft that says something else is written over, with its author."""
    if not teams:
        return
    statement = upsert(team_drafts)
    await tx.execute(
        statement.on_conflict_do_update(
            index_elements=["draw_id", "uscc"],
            set_={"team": statement.excluded.team, "drafted_by": statement.excluded.drafted_by},
            where=team_drafts.c.team != statement.excluded.team,  # a page sends all its teams, also those of others
        ),
        [
            {"draw_id": draw_id, "uscc": uscc, "team": list(team), "drafted_by": by}
            for uscc, team in sorted(teams.items())
        ],
    )


async def drafters_of(tx: Transaction, draw_id: str) -> tuple[str, ...]:
    """Everybody who named a team that stands in the drafts, by account."""
    named = select(team_drafts.c.drafted_by).where(
        team_drafts.c.draw_id == draw_id, team_drafts.c.drafted_by.is_not(None), team_drafts.c.team != []
    )
    return tuple(row["drafted_by"] for row in await tx.all(named.distinct().order_by(team_drafts.c.drafted_by)))


async def drafts_of(tx: Transaction, draw_id: str) -> dict[str, tuple[str, ...]]:
    """The teams put together so far, by subject."""
    rows = await tx.all(select(team_drafts).where(team_drafts.c.draw_id == draw_id))
    return {row["uscc"]: tuple(row["team"]) for row in rows}


async def drop_drafts(tx: Transaction, draw_id: str) -> None:
    """Forget the drafts of teams that stand now in a certificate."""
    await tx.execute(delete(team_drafts).where(team_drafts.c.draw_id == draw_id))


async def add_choice(
    tx: Transaction,
    draw_id: str,
    teams: Mapping[str, Sequence[str]],
    reason: str,
    by: str,
    drafted_by: Sequence[str],
    now: datetime,
) -> None:
    """Keep teams as they are handed in for approval, with everybody who named one of them."""
    last = await tx.scalar(select(func.max(direct_choices.c.n)).where(direct_choices.c.draw_id == draw_id))
    kept: dict[str, Any] = {uscc: list(team) for uscc, team in teams.items()}
    await tx.execute(
        insert(direct_choices).values(
            draw_id=draw_id,
            n=(last or 0) + 1,
            teams=kept,
            reason=reason,
            chosen_by=by,
            chosen_at=now,
            drafted_by=list(drafted_by),
        )
    )


async def choices_of(tx: Transaction, draw_id: str) -> Sequence[RowMapping]:
    """Every handing in, the first one first; the last one waits while nobody has decided it."""
    return await tx.all(select(direct_choices).where(direct_choices.c.draw_id == draw_id).order_by(direct_choices.c.n))


async def waiting_choice(tx: Transaction, draw_id: str) -> RowMapping | None:
    """What waits for approval."""
    choices = await choices_of(tx, draw_id)
    return choices[-1] if choices and choices[-1]["decided_by"] is None else None


async def decide_choice(
    tx: Transaction, draw_id: str, n: int, by: str, now: datetime, refused_because: str | None = None
) -> None:
    """Keep who approved a handing in, or refused it and why."""
    await tx.execute(
        update(direct_choices)
        .where(direct_choices.c.draw_id == draw_id, direct_choices.c.n == n)
        .values(decided_by=by, decided_at=now, refused_because=refused_because)
    )
