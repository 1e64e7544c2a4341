"""What registry says of subjects, officers, items and units: kept as read models, the newest version wins."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, TypeAlias

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    RowMapping,
    Select,
    Table,
    Text,
    any_,
    func,
    literal,
    literal_column,
    select,
)
from sqlalchemy.dialects.postgresql import insert as upsert

from libs.common.db.transaction import Transaction
from services.draw.domain.rule import Between, Filter, In
from services.draw.store.tables import items, officers, subjects, units

Row: TypeAlias = RowMapping
_COLUMN_OF = {"county": "county", "industry": "industry", "size": "scale", "type": "enterprise_type"}


async def keep_newest(tx: Transaction, table: Table, key: str, states: Sequence[Mapping[str, Any]]) -> None:
    """Write the states; one that is older than what is known changes nothing."""
    names = [column.name for column in table.columns]
    rows = sorted(({name: state[name] for name in names} for state in states), key=lambda row: row[key])
    if not rows:
        return
    statement = upsert(table)
    newest = {name: statement.excluded[name] for name in names if name != key}
    await tx.execute(
        statement.on_conflict_do_update(
            index_elements=[key], set_=newest, where=table.c.version < statement.excluded.version
        ),
        rows,
    )


async def subjects_matching(tx: Transaction, filter_: Filter, excluded: ColumnElement[str]) -> Sequence[RowMapping]:
    """Every subject that the filter lets in, by code, with the reason that keeps it out, or ''."""
    return await tx.all(filtered(select(subjects, excluded.label("reason")), filter_).order_by(subjects.c.uscc))


async def count_matching(
    tx: Transaction, filter_: Filter, excluded: ColumnElement[str], cap: ColumnElement[str] | None = None
) -> Sequence[RowMapping]:
    """Numbers of the subjects that the filter lets in, by county, class, what keeps them out and the cap reached."""
    reached = literal("") if cap is None else cap
    kinds = (subjects.c.county, subjects.c.credit_class, excluded.label("reason"), reached.label("cap"))
    counted = select(*kinds, func.count().label("number"))
    return await tx.all(filtered(counted, filter_).group_by(*(literal_column(str(n)) for n in (1, 2, 3, 4))))


async def enterprise_types(tx: Transaction) -> list[str]:
    """The enterprise types that subjects have, the most frequent first."""
    known = select(subjects.c.enterprise_type).where(subjects.c.enterprise_type != "")
    rows = await tx.all(known.group_by(subjects.c.enterprise_type).order_by(func.count().desc()).limit(24))
    return [row["enterprise_type"] for row in rows]


def filtered(statement: Select[Any], filter_: Filter) -> Select[Any]:
    """The statement for those subjects only that the filter lets in."""
    for condition in filter_:
        column = subjects.c["credit_class" if condition.col == "class" else _COLUMN_OF[condition.col]]
        if isinstance(condition, In):
            statement = statement.where(column.in_(condition.values))
        elif isinstance(condition, Between):
            statement = statement.where(column.between(condition.ge, condition.le))
        else:
            # No LIKE: a prefix is text, not a pattern.
            statement = statement.where(_starts(column, condition.values))
    return statement


def _starts(column: Any, prefixes: Iterable[str]) -> Any:
    first, *more = [column.startswith(prefix, autoescape=True) for prefix in prefixes]
    for other in more:
        first |= other
    return first


def _any(values: Sequence[str]) -> Any:
    """One of the values, however many: one array, where IN would be a parameter each and 32 767 at most."""
    return any_(literal(list(values), ARRAY(Text)))


async def subjects_by_code(tx: Transaction, codes: Sequence[str]) -> dict[str, RowMapping]:
    """The subjects with these codes."""
    return {row["uscc"]: row for row in await tx.all(select(subjects).where(subjects.c.uscc == _any(codes)))}


async def drawable_officers(tx: Transaction, until: date) -> Sequence[RowMapping]:
    """Officers with a certificate, on duty, whose certificate is valid through `until` (细则第五条、第十条)."""
    return await tx.all(
        select(officers)
        .where(
            officers.c.staff_kind == "执法人员",  # 辅助人员 never count towards the two
            officers.c.on_duty,
            officers.c.certificate_valid_to >= until,
        )
        .order_by(officers.c.officer_id)
    )


async def officers_by_id(tx: Transaction, ids: Iterable[str]) -> dict[str, RowMapping]:
    """The officers with these public numbers."""
    rows = await tx.all(select(officers).where(officers.c.officer_id == _any(list(ids))))
    return {row["officer_id"]: row for row in rows}


async def items_of_categories(tx: Transaction, categories: Sequence[str], day: date) -> Sequence[RowMapping]:
    """Published items of the categories that are in force on `day`; every category if none is named."""
    statement = select(items).where(items.c.valid_from <= day, (items.c.valid_to.is_(None)) | (items.c.valid_to >= day))
    if categories:
        statement = statement.where(items.c.category.in_(categories))
    return await tx.all(statement.order_by(items.c.code))


async def items_by_code(tx: Transaction, codes: Sequence[str]) -> Sequence[RowMapping]:
    """The items with these codes."""
    return await tx.all(select(items).where(items.c.code.in_(codes)).order_by(items.c.code))


async def inspecting_units(tx: Transaction) -> dict[str, RowMapping]:
    """County → the unit that inspects there."""
    rows = await tx.all(select(units).where(units.c.kind == "县区单位").order_by(units.c.unit_id.desc()))
    return {row["county"]: row for row in rows}


async def category_names(tx: Transaction) -> list[str]:
    """The categories of the published items, by name."""
    rows = await tx.all(select(items.c.category).distinct().order_by(items.c.category))
    return [row["category"] for row in rows]
