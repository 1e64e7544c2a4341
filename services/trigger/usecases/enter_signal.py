"""Take in what a clerk, a file, a monitoring service or another authority brings: the same way as a signed order."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime

from libs.common.db import Transaction
from libs.common.errors import FieldError, Invalid, SunlotError
from libs.common.http.auth import Actor
from libs.common.ids import new_id
from services.trigger.domain.cells import Cell, kept
from services.trigger.domain.entry import COMPLAINT, FORM, OFFICE, Entry
from services.trigger.domain.upload import Around, read_row
from services.trigger.store import platforms, referrals
from services.trigger.store.platforms import Platform
from services.trigger.store.vault import Vault
from services.trigger.usecases.receive_order import Received, ReceiveOrder, Sent, receive_order, receive_orders


async def enter_signal(
    tx: Transaction, platform: Platform, entry: Entry, came_by: str, who: str, vault: Vault, now: datetime
) -> Received:
    """One signal for one matter; `who` is the clerk, empty where a platform has sent it by itself."""
    received = await receive_order(tx, platform, _order(entry, came_by, who), vault, now)
    if received.new and entry.referral is not None:
        await referrals.add(tx, received.signal_id, entry.referral)
    return received


async def enter_signals(
    tx: Transaction, platform: Platform, entries: Sequence[Entry], came_by: str, who: str, vault: Vault, now: datetime
) -> list[Received | SunlotError]:
    """As `enter_signal`, for entries that came together, no two of them one order; each is a matter of its own."""
    sent = [Sent(platform, _order(entry, came_by, who), str(new_id())) for entry in entries]
    outcomes = await receive_orders(tx, sent, vault, now)
    for entry, outcome in zip(entries, outcomes, strict=True):
        if entry.referral is not None and isinstance(outcome, Received) and outcome.new:
            await referrals.add(tx, outcome.signal_id, entry.referral)
    return outcomes


async def enter_form(
    tx: Transaction, what: str, form_id: str, values: Mapping[str, Cell], vault: Vault, actor: Actor, now: datetime
) -> Received:
    """What a clerk has taken down, of his county alone; raises Invalid naming each field."""
    platform = await platforms.load(tx, OFFICE)
    assert platform is not None  # noqa: S101 - made by the migrations, never deleted
    around = Around(what, actor.county, platform.kinds, now)
    missing = [FieldError("category", "请选择类别")] if not values.get("category") else []
    if what == COMPLAINT:
        if not values.get("channel"):
            missing.append(FieldError("channel", "请选择来源渠道"))
        entry = read_entry({**values, "order_id": "form"}, around, missing)
        entry = replace(entry, order_id=_form_order_id(vault, form_id, entry))
    else:
        entry = read_entry(values, around, missing)
    return await enter_signal(tx, platform, entry, FORM, actor.name, vault, now)


def read_entry(values: Mapping[str, Cell], around: Around, faults: list[FieldError] | None = None) -> Entry:
    """What fields say, by the same rules as a file's row; raises Invalid naming each that is wrong."""
    row = read_row(
        [kept(value) for value in values.values()], {name: place for place, name in enumerate(values)}, around
    )
    told = [*(faults or ()), *(FieldError(one.field, one.message) for one in row.faults)]
    if told or row.entry is None:
        raise Invalid(fields=told)
    return row.entry


def _form_order_id(vault: Vault, form_id: str, entry: Entry) -> str:
    """The id of what a form says: sent twice it is one signal, changed and sent again another one."""
    told = vault.person(f"form {form_id} {_text(entry)}")
    return f"DJ-{entry.accepted_at:%Y%m%d}-{told[:10].upper()}"


def _order(entry: Entry, came_by: str, who: str) -> ReceiveOrder:
    return ReceiveOrder(
        order_id=entry.order_id,
        channel=entry.channel,
        kind=entry.kind,
        category_path=list(entry.category_path),
        urgency=entry.urgency,
        supervised=entry.supervised,
        county=entry.county,
        employer_name=entry.employer_name,
        employer_uscc=entry.employer_uscc,
        accepted_at=entry.accepted_at,
        protected=entry.protected,
        content=_text(entry).encode(),
        source=entry.source,
        came_by=came_by,
        entered_by=who,
    )


def _text(entry: Entry) -> str:
    return json.dumps(asdict(entry), ensure_ascii=False, sort_keys=True, default=str)
