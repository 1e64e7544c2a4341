"""Say which subject a signal is about: by itself where it is certain, else by a clerk."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from libs.common.db import Transaction
from libs.common.errors import NotFound
from libs.common.http.auth import Actor
from libs.common.reference import CITY
from services.trigger.domain import answer
from services.trigger.domain.errors import SubjectUnknown
from services.trigger.domain.matching import KEYED, Keys, Known, Match, Reported, decide, keys_of
from services.trigger.domain.names import read_name
from services.trigger.domain.signal import MATCHED, Signal, reason_given
from services.trigger.domain.sounds import grams
from services.trigger.events.published import SignalMatched
from services.trigger.store import answers, arrivals, signals, subjects, unmatched
from services.trigger.store.sealed import ERASED
from services.trigger.store.vault import Vault
from services.trigger.usecases.fire_rules import fire_rules

BY_CLERK = 100


@dataclass(frozen=True, slots=True)
class ChooseSubject:
    """The clerk's choice."""

    signal_id: str
    uscc: str


@dataclass(frozen=True, slots=True)
class ReturnSignal:
    """The clerk sends the order back (退单)."""

    signal_id: str
    reason: str


async def match_signal(tx: Transaction, signal: Signal, now: datetime, address: str = "") -> Signal | None:
    """As `match_signals`, of one."""
    [matched] = await match_signals(tx, [(signal, address)], now)
    return matched


async def match_signals(tx: Transaction, waiting: Sequence[tuple[Signal, str]], now: datetime) -> list[Signal | None]:
    """Each with its address: the matched signal if registry's subjects leave no doubt, else None: a clerk decides.

    The address is what the complaint says; it is compared and not kept.
    """
    asked = [
        Reported(signal.employer_name, signal.employer_uscc, signal.county, address) for signal, address in waiting
    ]
    keys = [keys_of(reported) for reported in asked]
    sure: list[tuple[Signal, Match]] = []
    lost: list[tuple[Signal, Keys]] = []
    for (signal, address), reported, each, found in zip(
        waiting, asked, keys, await subjects.found_by(tx, keys), strict=True
    ):
        match = decide(reported, found)
        if match is None and address and each.key:  # an address may tell what a name leaves open
            match = decide(reported, [*found, *await _alike(tx, reported, found)])
        if match:
            sure.append((signal, match))
        elif each.key:
            lost.append((signal, each))
    await unmatched.add(tx, lost, KEYED)
    matched = {signal.signal_id: signal for signal in await _save(tx, sure, "系统", now)}
    return [matched.get(signal.signal_id) for signal, _ in waiting]


async def _alike(tx: Transaction, reported: Reported, found: Sequence[Known]) -> list[Known]:
    known = {subject.uscc for subject in found}
    # Likeness never crosses a county's border by itself, so no other county need be looked through.
    inside = reported.county not in {"", CITY.adcode}
    near = await subjects.alike(tx, grams(read_name(reported.name).core), reported.county, inside=inside)
    return [subject for subject in near if subject.uscc not in known]


async def address_of(tx: Transaction, signal_id: str, vault: Vault) -> str:
    """The protected address of a signal, for the comparison alone; nothing where none was told or it is erased."""
    sealed = (await signals.sealed_fields(tx, signal_id)).get("address")
    return vault.open(signal_id, "address", sealed) if sealed and sealed.key_id != ERASED else ""


async def retry_match(tx: Transaction, signal_id: str, vault: Vault, actor: Actor, now: datetime) -> bool:
    """Try again to match a waiting signal; whether it worked."""
    signal = await waiting_signal(tx, signal_id, actor)
    matched = await match_signal(tx, signal, now, await address_of(tx, signal_id, vault))
    if matched is not None:
        await fire_rules(tx, [matched], now)
    return matched is not None


async def choose_subject(tx: Transaction, command: ChooseSubject, actor: Actor, now: datetime) -> None:
    """Match the signal as the clerk says; raises SignalAlreadyDecided, SubjectUnknown."""
    signal = await waiting_signal(tx, command.signal_id, actor)
    subject = await subjects.load(tx, command.uscc)
    if subject is None:
        raise SubjectUnknown
    match = Match(subject, BY_CLERK, (f"{actor.name}（{actor.role_name}）人工确认",))
    await fire_rules(tx, await _save(tx, [(signal, match)], actor.name, now), now)


async def return_signal(tx: Transaction, command: ReturnSignal, vault: Vault, actor: Actor, now: datetime) -> None:
    """Send the order back; the reason is kept encrypted, since it may repeat the complaint."""
    signal = await waiting_signal(tx, command.signal_id, actor)
    reason = reason_given(command.reason)
    field = f"return_reason {signal.reopened}" if signal.reopened else "return_reason"  # one more after each review
    await signals.save_return(tx, signal.signal_id, now)
    await signals.seal_fields(tx, signal.signal_id, {field: vault.seal(signal.signal_id, field, reason)})
    await signals.note(tx, signal.signal_id, actor.name, "退单", now)
    await answers.add(tx, signal, answer.RETURNED, answer.returned(), now, signal.reopened)


async def waiting_signal(tx: Transaction, signal_id: str, actor: Actor) -> Signal:
    """The signal, locked; raises NotFound, SignalAlreadyDecided."""
    signal = await signals.load(tx, signal_id, lock=True)
    if signal is None:
        raise NotFound
    actor.must_see(signal.county)
    tx.follow(signal.correlation_id)
    signal.must_wait()
    return signal


async def _save(tx: Transaction, found: Sequence[tuple[Signal, Match]], who: str, now: datetime) -> list[Signal]:
    await arrivals.matched(tx, found, who, now)
    matched = []
    for signal, match in found:
        subject = match.subject
        matched.append(
            replace(
                signal, state=MATCHED, uscc=subject.uscc, county=subject.county, industry=subject.industry,
                attributes=subject.attributes,
            )
        )  # fmt: skip
        tx.follow(signal.correlation_id)
        event = SignalMatched(
            signal_id=signal.signal_id, uscc=subject.uscc, county=subject.county, category=signal.category
        )
        tx.emit(event, aggregate=f"signal/{signal.signal_id}", county=subject.county, at=now)
    return matched
