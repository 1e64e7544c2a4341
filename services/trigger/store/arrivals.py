"""What the intake writes of orders, in two statements however many they are: that they came, and whom they are about.

Text, since these two run for every order and to build them anew takes longer than to run them.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import JSONB

from libs.common.clock import china_date
from libs.common.db import Transaction
from libs.common.ids import natural_id, new_id
from services.trigger.domain import answer
from services.trigger.domain.matching import Match
from services.trigger.domain.registry_signal import PLATFORM as REGISTRY
from services.trigger.domain.signal import MATCHED, Signal
from services.trigger.store.answers import OFFERED, WAITING
from services.trigger.store.tables import signals
from services.trigger.store.vault import Sealed
from services.trigger.store.warning import COUNTED_KINDS


@dataclass(frozen=True, slots=True)
class Arrival:
    """A new signal's columns and protected fields, its first line of history, and the words of its first answer."""

    values: Mapping[str, Any]
    sealed: Mapping[str, Sealed]
    who: str
    what: str
    words: str


_COLUMNS: Final = (
    *("signal_id", "platform", "order_id", "source", "came_by", "channel", "kind", "category", "category_path"),
    *("urgency", "supervised", "urge_count", "county", "employer_name", "employer_uscc", "employer_key"),
    *("accepted_at", "received_at", "due", "due_provisional", "state", "uscc", "industry", "reasons"),
    *("complainant", "flags", "content_mark", "matter_mark", "correlation_id"),
)
_SUBJECT: Final = ("uscc", "county", "industry", "score", "reasons", "attributes")


_JSON: Final = frozenset(column.name for column in signals.columns if isinstance(column.type, JSONB))


def _given(columns: Sequence[str], **more: str) -> str:
    """`given`: a row an order, from an array a column; JSON comes as text."""
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    types = {name: "text" if name in _JSON else signals.c[name].type.compile(dialect) for name in columns}
    arrays = ", ".join(f"cast(:{name} as {kind}[])" for name, kind in (types | more).items())
    return f"given as (select * from unnest({arrays}) as given({', '.join(types | more)}))"  # noqa: S608


def _value(name: str) -> str:
    return f"cast({name} as jsonb)" if name.rpartition(".")[2] in _JSON else name


# The answer `:stage` of the rows of {source}, with the moment {at}.
_ANSWER: Final = """
  insert into answers (signal_id, stage, round, sequence, answer_id, platform, order_id, county, text, state,
    created_at, attempts, next_attempt_at, last_error, correlation_id)
  select it.signal_id, cast(:stage as text), it.reopened,
    coalesce((select max(sequence) from answers earlier where earlier.signal_id = it.signal_id), 0) + 1,
    given.answer_id, it.platform, it.order_id, it.county, given.answer,
    case when asks.code is null then cast(:waiting as text) else cast(:offered as text) end,
    it.{at}, 0, case when asks.code is null then it.{at} end, '', it.correlation_id
  from {source} it join given using (signal_id)
    left join platforms asks on asks.code = it.platform and asks.callback_url = ''
  where it.platform <> cast(:registry as text)
  on conflict do nothing
"""

# In the order of their ids, so that two processes that are sent the same orders never wait in a circle.
_ARRIVED: Final = text(f"""
with {_given(_COLUMNS, who="text", what="text", answer_id="text", answer="text", step_id="text", day="date")},
new as (
  insert into signals ({", ".join(_COLUMNS)}) select {", ".join(_value(name) for name in _COLUMNS)}
  from given order by signal_id
  on conflict do nothing
  returning *
), fields as (
  insert into signal_fields (signal_id, field, key_id, sealed)
  select field.signal_id, field.name, field.key_id, field.sealed
  from unnest(cast(:owners as text[]), cast(:fields as text[]), cast(:key_ids as text[]), cast(:sealed as bytea[]))
    as field(signal_id, name, key_id, sealed) join new using (signal_id)
), history as (
  insert into signal_history (signal_id, number, at, who, what)
  select signal_id, 1, new.received_at, given.who, given.what from new join given using (signal_id)
), step as (
  insert into count_steps (step_id, county, category, day, change)
  select given.step_id, new.county, new.category, given.day, 1 from new join given using (signal_id)
  where new.kind = any(cast(:counted as text[]))
), answer as ({_ANSWER.format(source="new", at="received_at")})
select signal_id, exists (
  select from order_messages message where message.signal_id = new.signal_id and applied_at is null
) as messages
from new
""")  # noqa: S608 - names of our own

_MATCHED: Final = text(f"""
with {_given(("signal_id", *_SUBJECT), what="text", answer_id="text", answer="text")},
matched as (
  update signals set state = :state, decided_at = :now, {", ".join(f"{x} = {_value(f'given.{x}')}" for x in _SUBJECT)}
  from given where signals.signal_id = given.signal_id
  returning signals.*
), history as (
  insert into signal_history (signal_id, number, at, who, what)
  select signal_id, coalesce((select max(number) from signal_history before where before.signal_id = it.signal_id), 0)
    + 1, decided_at, cast(:who as text), given.what
  from matched it join given using (signal_id)
), moved as (
  insert into count_steps (step_id, county, category, day, change)
  select step.step_id, step.county, it.category, step.day, step.change
  from unnest(cast(:moved as text[]), cast(:step_ids as text[]), cast(:counties as text[]), cast(:days as date[]),
    cast(:changes as int[])) as step(signal_id, step_id, county, day, change) join matched it using (signal_id)
), answer as ({_ANSWER.format(source="matched", at="decided_at")})
select 1
""")  # noqa: S608 - names of our own


async def hurry(tx: Transaction) -> None:
    """From now on this transaction fails rather than wait for a lock for more than half a second."""
    await tx.execute(_HURRY)


_HURRY: Final = text("set local lock_timeout = '500ms'")


async def arrived(tx: Transaction, arrivals: Sequence[Arrival]) -> dict[str, bool]:
    """Save new signals, their protected fields, first line of history and first answer, and count them.

    No two have one id. Returned are those that are new (a concurrent copy is waited for; nothing is written of a known
    one), with whether messages came before them.
    """
    if not arrivals:
        return {}
    given: list[dict[str, Any]] = []
    fields: list[tuple[str, str, str, bytes]] = []
    for one in arrivals:
        signal_id = one.values["signal_id"]
        given.append(
            {
                **{name: one.values[name] for name in _COLUMNS},
                "who": one.who,
                "what": one.what,
                "step_id": str(new_id()),
                "day": china_date(one.values["accepted_at"]),
                **_answer(signal_id, answer.ACCEPTED, one.words, 0),
            }
        )
        fields += [(signal_id, name, sealed.key_id, sealed.data) for name, sealed in one.sealed.items()]
    told = await tx.execute(
        _ARRIVED,
        {
            **_arrays(given),
            **_columns(fields, ("owners", "fields", "key_ids", "sealed")),
            "counted": list(COUNTED_KINDS),
            "stage": answer.ACCEPTED,
            **_STATES,
        },
    )
    return {row.signal_id: row.messages for row in told}


async def matched(tx: Transaction, found: Sequence[tuple[Signal, Match]], who: str, now: datetime) -> None:
    """The signals are about these subjects, are counted in their counties, and their platforms are told."""
    if not found:
        return
    given: list[dict[str, Any]] = []
    moved: list[tuple[Any, ...]] = []
    for signal, match in found:
        subject = match.subject
        given.append(
            {
                "signal_id": signal.signal_id,
                "uscc": subject.uscc,
                "county": subject.county,
                "industry": subject.industry,
                "score": match.score,
                "reasons": list(match.reasons),
                "attributes": dict(subject.attributes),
                "what": f"匹配检查对象（{match.score} 分）",
                **_answer(signal.signal_id, answer.MATCHED, answer.matched(), signal.reopened),
            }
        )
        if subject.county != signal.county and signal.kind in COUNTED_KINDS:  # counted where the people work
            day = china_date(signal.accepted_at)
            moved += [
                (signal.signal_id, str(new_id()), county, day, change)
                for county, change in ((signal.county, -1), (subject.county, 1))
            ]
    await tx.execute(
        _MATCHED,
        {
            **_arrays(given),
            **_columns(moved, ("moved", "step_ids", "counties", "days", "changes")),
            "state": MATCHED,
            "who": who,
            "now": now,
            "stage": answer.MATCHED,
            **_STATES,
        },
    )


_STATES: Final = {"waiting": WAITING, "offered": OFFERED, "registry": REGISTRY}


def _answer(signal_id: str, stage: str, words: str, turn: int) -> dict[str, str]:
    of_round = (str(turn),) if turn else ()
    return {"answer_id": str(natural_id("answer", signal_id, stage, *of_round)), "answer": words}


def _arrays(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """A list a column; lists and mappings as JSON."""
    given = {name: [row[name] for row in rows] for name in rows[0]}
    for name in given.keys() & _JSON:
        given[name] = [json.dumps(value, ensure_ascii=False) for value in given[name]]
    return given


def _columns(rows: Sequence[tuple[Any, ...]], names: Sequence[str]) -> dict[str, list[Any]]:
    return {name: [row[place] for row in rows] for place, name in enumerate(names)}
