"""Look through the counts once a day; what stands out becomes an alarm, which is a signal and nothing more."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from libs.common.db import Transaction
from libs.common.errors import NotFound
from libs.common.http.auth import Actor
from libs.common.ids import natural_id
from services.trigger.domain import alarm
from services.trigger.domain.signal import ACCEPT_WITHIN, WARNING, due_of
from services.trigger.domain.warning import Finding, Series
from services.trigger.store import signals, warning

LOOK_BACK = timedelta(days=400)  # all references lie within


@dataclass(frozen=True, slots=True)
class ToSurvey:
    """What a day's look needs: counts, and the first day of all of them."""

    today: date
    since: date
    series: Series


async def due_survey(tx: Transaction, today: date) -> ToSurvey | None:
    """The counts to look through today, or None if that has been done or there are none."""
    last = await warning.last_survey(tx)
    since = await warning.first_day(tx)
    if since is None or (last is not None and last["day"] >= today):
        return None
    return ToSurvey(today, since, await warning.series(tx, today - LOOK_BACK, today))


async def keep_survey(tx: Transaction, today: date, findings: Sequence[Finding], now: datetime) -> int:
    """Write down the day's look and its alarms, all or nothing; returns how many are new."""
    if not await warning.take_survey(tx, today, now):
        return 0
    return sum([await raise_alarm(tx, finding, now) for finding in findings])


async def raise_alarm(tx: Transaction, finding: Finding, now: datetime) -> bool:
    """One alarm and one signal for county, category and week, however often and by whatever it is found."""
    alarm_id = str(natural_id("alarm", finding.county, finding.category, finding.week.isoformat()))
    new = await warning.add_alarm(tx, alarm_id, alarm_id, finding, alarm.strength(finding), now)
    await warning.add_finding(tx, alarm_id, finding, now)
    if new:
        await signals.add(tx, _signal(alarm_id, finding, now))
        await signals.note(tx, alarm_id, "系统", alarm.reason(finding), now)
    return new


def _signal(alarm_id: str, finding: Finding, now: datetime) -> dict[str, object]:
    due = due_of(now, ACCEPT_WITHIN)
    return {
        "signal_id": alarm_id,
        "platform": alarm.PLATFORM,
        "order_id": alarm.order_id(finding, alarm_id),
        "source": alarm.SOURCE,
        "channel": alarm.CHANNEL,
        "kind": alarm.KIND,
        "category": finding.category,
        "category_path": [finding.category],
        "urgency": "一般",
        "supervised": False,
        "county": finding.county,
        "employer_name": "",
        "employer_uscc": "",
        "employer_key": "",
        "accepted_at": now,
        "received_at": now,
        "due": due.due,
        "due_provisional": due.provisional,
        "state": WARNING,
        "uscc": "",
        "industry": "",
        "reasons": [],
        "content_mark": "",
        "correlation_id": alarm_id,
    }


async def acknowledge_alarm(
    tx: Transaction, alarm_id: str, said: alarm.Acknowledgement, actor: Actor, now: datetime
) -> None:
    """Append somebody's judgement; a second click with the same words adds nothing. Raises NotFound."""
    row = await warning.load(tx, alarm_id, lock=True)
    if row is None:
        raise NotFound
    actor.must_see(row["county"])
    notes = await warning.notes(tx, alarm_id)
    if notes and (notes[-1]["account_id"], notes[-1]["conclusion"], notes[-1]["note"]) == (
        actor.account_id,
        said.conclusion,
        said.note,
    ):
        return
    await warning.acknowledge(tx, alarm_id, said, actor.account_id, actor.name, now)
    await signals.load(tx, row["signal_id"], lock=True)
    await signals.note(tx, row["signal_id"], actor.name, f"研判：{alarm.CONCLUSIONS[said.conclusion]}", now)
