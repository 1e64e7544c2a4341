"""Look at a signal: candidates for a clerk, and protected text for whoever says what for."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from libs.common.db import Transaction
from libs.common.errors import NotAllowed, NotFound
from libs.common.http.auth import Actor, Role
from services.trigger.domain.signal import SECRET_FIELDS, Signal, purpose_given
from services.trigger.store import signals
from services.trigger.store.vault import Vault

_ALL: Final = {**SECRET_FIELDS, "return_reason": "退单原因", "referral_reply": "转办答复"}
_IDENTITY: Final = frozenset({"reporter_id_number", "reporter_bank_card"})

# Who may read which fields; the only table of it. A county's unit calls back and visits, it checks nobody's papers.
# Whoever is not named reads nothing.
READABLE: Final[Mapping[Role, frozenset[str]]] = {
    Role.LEAD: frozenset(_ALL),
    Role.UNIT: frozenset(_ALL) - _IDENTITY,
}
MASKED: Final = "••••（您的角色无权查看）"
MESSAGES: Final = "messages"  # what came later, in the record of a view
_LATER: Final = {"order message": "平台消息", "review": "复核意见", "return_reason": "退单原因"}

# Names in messages as platforms send them, and the fields that they are; what is not named is shown as it came.
_SAID_AS: Final = {
    "content": "content",
    "description": "content",
    "address": "address",
    "street": "street",
    "x": "position",
    "y": "position",
    "name": "reporter_name",
    "phone": "reporter_phone",
    "id_number": "reporter_id_number",
    "bank_card": "reporter_bank_card",
    "email": "reporter_email",
    "media_url": "media",
    "attachments": "media",
}


@dataclass(frozen=True, slots=True)
class Opened:
    """The protected text of a signal as far as the role may read it: title and text of each field, later messages."""

    fields: list[tuple[str, str]]
    messages: list[tuple[datetime, str]]


async def visible_signal(tx: Transaction, signal_id: str, actor: Actor, *, lock: bool = False) -> Signal:
    """The signal; raises NotFound also for another county's."""
    signal = await signals.load(tx, signal_id, lock=lock)
    if signal is None:
        raise NotFound
    actor.must_see(signal.county)
    return signal


async def open_signal(
    tx: Transaction, signal_id: str, purpose: str, vault: Vault, actor: Actor, now: datetime
) -> Opened:
    """Decrypt what `actor` may read, in the transaction that records who looked at which fields, when and what for."""
    signal = await visible_signal(tx, signal_id, actor)
    readable = READABLE.get(actor.role)
    if readable is None:
        raise NotAllowed
    reason = purpose_given(purpose)
    sealed = await signals.sealed_fields(tx, signal_id)
    later = await signals.messages(tx, signal_id)
    names = [*(name for name in _ALL if name in sealed), *sorted(set(sealed) - set(_ALL))]
    hidden = set(_ALL) - readable
    shown = [name for name in names if name not in hidden]
    await signals.log_view(tx, signal.signal_id, actor, reason, [*shown, *([MESSAGES] if later else [])], now)
    fields = [
        (title_of(name), MASKED if name in hidden else vault.open(signal_id, name, sealed[name])) for name in names
    ]
    return Opened(
        fields,
        [
            (at, readable_message(vault.open(signal_id, f"message {number}", content), readable))
            for number, at, content in later
        ],
    )


def title_of(field: str) -> str:
    """A field in Chinese; what was said after the order has a number or an id at the end of its name."""
    kind, _, number = field.rpartition(" ")
    return {**_ALL, MESSAGES: "平台补充"}.get(field) or (f"{_LATER[kind]} {number}" if kind in _LATER else field)


def titles(fields: Sequence[str]) -> str:
    """The fields of a recorded view in Chinese."""
    return "、".join(title_of(name) for name in fields)


def readable_message(text: str, readable: frozenset[str]) -> str:
    """A later message without what the role may not read; one that is no JSON object is the complaint's text."""
    try:
        said = json.loads(text)
    except ValueError:
        return text
    return "；".join(_lines(said, readable)) if isinstance(said, dict) else text


def _lines(said: Mapping[str, Any], readable: frozenset[str]) -> list[str]:
    lines = []
    for name, value in said.items():
        if isinstance(value, dict):
            lines += _lines(value, readable)
            continue
        field = _SAID_AS.get(name, name)
        text = "、".join(map(_plain, value)) if isinstance(value, list) else str(value)
        if value in (None, "", []) or value is False:
            continue
        lines.append(f"{_ALL.get(field, name)}：{MASKED if field in _ALL and field not in readable else text}")
    return lines


def _plain(value: Any) -> str:
    return " ".join(map(str, value.values())) if isinstance(value, dict) else str(value)
