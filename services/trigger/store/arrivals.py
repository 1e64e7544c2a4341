"""What the intake writes of an order, in two round trips: that it came, and which subject it is about.

Text, since these two run for every order and to build them anew takes longer than to run them.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import JSONB

from libs.common.clock import china_date
from libs.common.db import Transaction
from libs.common.ids import natural_id, new_id
from services.trigger.domain import answer
from services.trigger.domain.matching import Match
from services.trigger.domain.registry_signal import PLATFORM as REGISTRY
from services.trigger.domain.signal import MATCHED, Signal
from services.trigger.store.answers import OFFERED, WAITING
from services.trigger.store.vault import Sealed
from services.trigger.store.warning import COUNTED_KINDS

_COLUMNS: Final = (
    *("signal_id", "platform", "order_id", "source", "came_by", "channel", "kind", "category", "category_path"),
    *("urgency", "supervised", "urge_count", "county", "employer_name", "employer_uscc", "employer_key"),
    *("accepted_at", "received_at", "due", "due_provisional", "state", "uscc", "industry", "reasons"),
    *("complainant", "flags", "content_mark", "matter_mark", "correlation_id"),
)

# The answer `:stage` of the one row of {source}, which also has the moment {at}.
_ANSWER: Final = """
  insert into answers (signal_id, stage, round, sequence, answer_id, platform, order_id, county, text, state,
    created_at, attempts, next_attempt_at, last_error, correlation_id)
  select it.signal_id, cast(:stage as text), it.reopened,
    coalesce((select max(sequence) from answers earlier where earlier.signal_id = it.signal_id), 0) + 1,
    cast(:answer_id as text), it.platform, it.order_id, it.county, cast(:answer as text),
    case when asks.code is null then cast(:waiting as text) else cast(:offered as text) end,
    it.{at}, 0, case when asks.code is null then it.{at} end, '', it.correlation_id
  from {source} it left join platforms asks on asks.code = it.platform and asks.callback_url = ''
  where it.platform <> cast(:registry as text)
  on conflict do nothing
"""

_ARRIVED: Final = text(f"""
with new as (
  insert into signals ({", ".join(_COLUMNS)}) values ({", ".join(f":{name}" for name in _COLUMNS)})
  on conflict do nothing
  returning *
), fields as (
  insert into signal_fields (signal_id, field, key_id, sealed)
  select new.signal_id, field.name, field.key_id, field.sealed
  from new, unnest(cast(:fields as text[]), cast(:key_ids as text[]), cast(:sealed as bytea[]))
    as field(name, key_id, sealed)
), history as (
  insert into signal_history (signal_id, number, at, who, what)
  select signal_id, 1, received_at, cast(:who as text), cast(:what as text) from new
), step as (
  insert into count_steps (step_id, county, category, day, change)
  select cast(:step_id as text), county, category, cast(:day as date), 1 from new where cast(:counted as boolean)
), answer as ({_ANSWER.format(source="new", at="received_at")})
select exists (select from new) as new,
  exists (select from order_messages where signal_id = :signal_id and applied_at is null) as messages
""").bindparams(*(bindparam(name, type_=JSONB) for name in ("category_path", "reasons", "flags")))  # noqa: S608

_MATCHED: Final = text(f"""
with matched as (
  update signals set state = :state, uscc = :uscc, county = :county, industry = :industry, score = :score,
    reasons = :reasons, attributes = :attributes, decided_at = :now
  where signal_id = :signal_id
  returning *
), history as (
  insert into signal_history (signal_id, number, at, who, what)
  select signal_id, coalesce((select max(number) from signal_history before where before.signal_id = it.signal_id), 0)
    + 1, decided_at, cast(:who as text), cast(:what as text)
  from matched it
), moved as (
  insert into count_steps (step_id, county, category, day, change)
  select step.step_id, step.county, it.category, cast(:day as date), step.change
  from matched it, unnest(cast(:step_ids as text[]), cast(:counties as text[]), cast(:changes as int[]))
    as step(step_id, county, change)
), answer as ({_ANSWER.format(source="matched", at="decided_at")})
select 1
""").bindparams(*(bindparam(name, type_=JSONB) for name in ("reasons", "attributes")))  # noqa: S608


def _answer(signal_id: str, stage: str, words: str, turn: int) -> dict[str, str]:
    of_round = (str(turn),) if turn else ()
    answer_id = str(natural_id("answer", signal_id, stage, *of_round))
    states = {"waiting": WAITING, "offered": OFFERED, "registry": REGISTRY}
    return {"stage": stage, "answer_id": answer_id, "answer": words, **states}


async def arrived(
    tx: Transaction, values: Mapping[str, Any], sealed: Mapping[str, Sealed], who: str, what: str, words: str
) -> tuple[bool, bool]:
    """Save a new signal, its protected fields, its first line of history and first answer, and count it.

    Whether it is new (a concurrent copy is waited for; nothing is written of a known one), and whether messages came
    before it.
    """
    told = await tx.execute(
        _ARRIVED,
        {
            **values,
            "fields": list(sealed),
            "key_ids": [each.key_id for each in sealed.values()],
            "sealed": [each.data for each in sealed.values()],
            "who": who,
            "what": what,
            "step_id": str(new_id()),
            "day": china_date(values["accepted_at"]),
            "counted": values["kind"] in COUNTED_KINDS,
            **_answer(values["signal_id"], answer.ACCEPTED, words, 0),
        },
    )
    row = told.one()
    return row.new, row.messages


async def matched(tx: Transaction, signal: Signal, match: Match, who: str, now: datetime) -> None:
    """The signal is about this subject, is counted in its county, and its platform is told."""
    subject = match.subject
    moved: Sequence[tuple[str, int]] = ()
    if subject.county != signal.county and signal.kind in COUNTED_KINDS:  # counted where the people work
        moved = ((signal.county, -1), (subject.county, 1))
    await tx.execute(
        _MATCHED,
        {
            "signal_id": signal.signal_id,
            "state": MATCHED,
            "uscc": subject.uscc,
            "county": subject.county,
            "industry": subject.industry,
            "score": match.score,
            "reasons": list(match.reasons),
            "attributes": dict(subject.attributes),
            "now": now,
            "who": who,
            "what": f"匹配检查对象（{match.score} 分）",
            "day": china_date(signal.accepted_at),
            "step_ids": [str(new_id()) for _ in moved],
            "counties": [county for county, _ in moved],
            "changes": [change for _, change in moved],
            **_answer(signal.signal_id, answer.MATCHED, answer.matched(), signal.reopened),
        },
    )
