"""Results of past draws, summed up by what a drawn subject was when it was drawn."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import RowMapping, Select, case, cast, func, select
from sqlalchemy.dialects.postgresql import JSONB

from libs.common.db.transaction import Transaction
from services.draw.domain.results import JUDGED, PROBLEMS, Outcome
from services.draw.store.ceremony import under_seal
from services.draw.store.disclosure_tables import drawn_subjects
from services.draw.store.tables import case_tasks, cases, draws, plans, tasks

DIMENSIONS = ("county", "industry", "class", "year")
_CHINA = "Asia/Shanghai"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which results: of a year, a county of the subject, a plan; of draws under seal only inside."""

    year: str = ""
    county: str = ""
    plan: str = ""
    sealed_too: bool = False
    only_county: str = ""  # what the actor may see of draws


def _facts(wanted: Wanted) -> Any:
    """One row for each drawn subject of each draw, with its dimensions and what became of it."""
    own, joined = cases.alias("own"), cases.alias("joined")
    result = func.coalesce(own.c.result, joined.c.result)
    drawn_on = func.timezone(_CHINA, draws.c.drawn_at)
    statement = (
        select(
            draws.c.draw_id,
            draws.c.drawn_at,
            tasks.c.task_id,
            tasks.c.title,
            plans.c.plan_id,
            plans.c.title.label("plan_title"),
            draws.c.county.label("draw_county"),
            draws.c.pool["rows"].as_integer().label("pool_rows"),
            drawn_subjects.c.county,
            func.coalesce(func.left(drawn_subjects.c.industry, 1), "").label("industry"),
            drawn_subjects.c.credit_class.label("class"),
            func.to_char(drawn_on, "YYYY").label("year"),
            result.label("result"),
            func.coalesce(own.c.case_id, joined.c.case_id).label("case_id"),
            own.c.withdrawn,
        )
        .select_from(drawn_subjects)
        .join(draws, draws.c.draw_id == drawn_subjects.c.draw_id)
        .join(tasks, tasks.c.task_id == draws.c.task_id)
        .join(plans, plans.c.plan_id == tasks.c.plan_id)
        .outerjoin(own, (own.c.draw_id == drawn_subjects.c.draw_id) & (own.c.uscc == drawn_subjects.c.uscc))
        .outerjoin(
            case_tasks,
            (case_tasks.c.draw_id == drawn_subjects.c.draw_id)
            & (case_tasks.c.uscc == drawn_subjects.c.uscc)
            & case_tasks.c.parted_at.is_(None),
        )
        .outerjoin(joined, joined.c.case_id == case_tasks.c.case_id)
    )
    if not wanted.sealed_too:
        statement = statement.where(~under_seal())
    if wanted.only_county:
        statement = statement.where(drawn_subjects.c.county == wanted.only_county)
    if wanted.year:
        statement = statement.where(func.to_char(drawn_on, "YYYY") == wanted.year)
    if wanted.county:
        statement = statement.where(drawn_subjects.c.county == wanted.county)
    if wanted.plan:
        statement = statement.where(plans.c.plan_id == wanted.plan)
    return statement.subquery("facts")


def _measures(facts: Any) -> list[Any]:
    def number(condition: Any) -> Any:
        return func.count(case((condition, 1)))

    handed = facts.c.case_id.is_not(None) & facts.c.withdrawn.is_(None)
    return [
        func.count().label("drawn"),
        number(handed).label("dispatched"),
        number(handed & facts.c.result.is_not(None)).label("inspected"),
        number(handed & facts.c.result.in_(sorted(JUDGED))).label("judged"),
        number(handed & facts.c.result.in_(sorted(PROBLEMS))).label("problems"),
        number(facts.c.withdrawn.is_not(None)).label("withdrawn"),
    ]


def outcome(row: RowMapping) -> Outcome:
    """The measures of a row."""
    return Outcome(*(row[name] for name in ("drawn", "dispatched", "inspected", "judged", "problems", "withdrawn")))


async def total(tx: Transaction, wanted: Wanted) -> Outcome:
    """All together."""
    row = await tx.first(select(*_measures(_facts(wanted))))
    return outcome(row) if row else Outcome(0, 0, 0, 0, 0, 0)


async def by_dimension(tx: Transaction, wanted: Wanted, dimension: str) -> list[tuple[str, Outcome]]:
    """One of DIMENSIONS: its groups by name."""
    facts = _facts(wanted)
    rows = await tx.all(
        select(facts.c[dimension].label("group"), *_measures(facts))
        .group_by(facts.c[dimension])
        .order_by(facts.c[dimension])
    )
    return [(row["group"], outcome(row)) for row in rows]


async def by_result(tx: Transaction, wanted: Wanted) -> dict[str, int]:
    """How many subjects were found how."""
    facts = _facts(wanted)
    rows = await tx.all(
        select(facts.c.result, func.count().label("number"))
        .where(facts.c.result.is_not(None), facts.c.withdrawn.is_(None))
        .group_by(facts.c.result)
    )
    return {row["result"]: row["number"] for row in rows}


def by_draw(wanted: Wanted) -> Select[Any]:
    """A row for each draw with its measures, the newest first."""
    facts = _facts(wanted)
    named = [
        facts.c[name] for name in ("draw_id", "title", "plan_id", "plan_title", "draw_county", "drawn_at", "pool_rows")
    ]
    return select(*named, *_measures(facts)).group_by(*named).order_by(facts.c.drawn_at.desc(), facts.c.draw_id.desc())


async def years(tx: Transaction) -> list[str]:
    """The years in which something was drawn, the newest first."""
    year = func.to_char(func.timezone(_CHINA, draws.c.drawn_at), "YYYY").label("year")
    rows = await tx.all(select(year).where(draws.c.drawn_at.is_not(None)).distinct().order_by(year.desc()))
    return [row["year"] for row in rows]


async def drawn_plans(tx: Transaction, *, sealed_too: bool) -> list[tuple[str, str]]:
    """The plans of which something was drawn: id and title."""
    statement = (
        select(plans.c.plan_id, plans.c.title)
        .join(tasks, tasks.c.plan_id == plans.c.plan_id)
        .join(draws, draws.c.task_id == tasks.c.task_id)
        .where(draws.c.result_sha256.is_not(None))
        .distinct()
        .order_by(plans.c.plan_id.desc())
    )
    if not sealed_too:
        statement = statement.where(~under_seal())
    return [(row["plan_id"], row["title"]) for row in await tx.all(statement)]


async def attempts_by_state(tx: Transaction, wanted: Wanted) -> dict[str, int]:
    """How many attempts were aborted, and how many drawn, in the same years and plans."""
    moment = func.coalesce(draws.c.drawn_at, draws.c.committed_at)
    statement = (
        select(draws.c.state, func.count().label("number"))
        .join(tasks, tasks.c.task_id == draws.c.task_id)
        .where(cast(draws.c.commitment, JSONB).is_not(None))
        .group_by(draws.c.state)
    )
    if wanted.year:
        statement = statement.where(func.to_char(func.timezone(_CHINA, moment), "YYYY") == wanted.year)
    if wanted.plan:
        statement = statement.where(tasks.c.plan_id == wanted.plan)
    if wanted.only_county:
        statement = statement.where(draws.c.county == wanted.only_county)
    return {row["state"]: row["number"] for row in await tx.all(statement)}
