"""Find the subjects that a signal may mean, for the clerk who decides; and decide nothing, for the time being."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from libs.common.db import Transaction
from libs.common.http.auth import Actor
from services.trigger.domain.errors import NameMissing, WaitingNeedsGround
from services.trigger.domain.matching import Keys, Known, Match, Reported, candidates, keys_of
from services.trigger.domain.names import plain_name, read_name
from services.trigger.domain.signal import Signal
from services.trigger.domain.sounds import grams, words_of
from services.trigger.store import signals, subjects, unmatched
from services.trigger.store.unmatched import LATER, REGISTER
from services.trigger.store.vault import Vault
from services.trigger.usecases.match_signal import address_of, waiting_signal
from services.trigger.usecases.read_signal import READABLE, visible_signal

# Why a signal waits; chosen, not written, since words of the clerk's own might repeat the complaint.
GROUNDS: Final = {
    "registry": "等待名录库更新",
    "complainant": "等待反映人补充单位名称",
    "place": "等待核实用工所在地",
}


@dataclass(frozen=True, slots=True)
class Decide:
    """The clerk's decision to wait (with a ground) or to have the firm registered."""

    signal_id: str
    step: str
    ground: str = ""


async def find_subjects(
    tx: Transaction, signal_id: str, words: str, vault: Vault, actor: Actor
) -> tuple[Signal, list[Match]]:
    """The signal and the subjects that it may mean, or those that `words` name, the most likely first."""
    signal = await visible_signal(tx, signal_id, actor)
    # The comparison with an address tells something of it, so it is made for those alone who may read it.
    may_read = "address" in READABLE.get(actor.role, ())
    address = await address_of(tx, signal_id, vault) if may_read else ""
    reported = Reported(signal.employer_name, signal.employer_uscc, signal.county, address)
    if words:
        found = await search(tx, words, signal.county)
        return signal, [*_ranked(reported, words, found)]
    return signal, await likely(tx, reported)


async def likely(tx: Transaction, reported: Reported) -> list[Match]:
    """The subjects that a report may mean, best first."""
    keys = keys_of(reported)
    [sure] = await subjects.found_by(tx, [keys])
    known = {subject.uscc for subject in sure}
    near = await subjects.alike(tx, grams(read_name(reported.name).core), reported.county) if keys.key else []
    return candidates(reported, [*sure, *(subject for subject in near if subject.uscc not in known)])


async def search(tx: Transaction, words: str, county: str) -> list[Known]:
    """The subjects whose code begins with `words` or whose name contains them, also by their sound."""
    plain = plain_name(words)
    key = read_name(words).core if len(plain) > 1 else plain
    return await subjects.searched(tx, plain, key, words_of(key) if len(key) > 1 else [], county)


def _ranked(reported: Reported, words: str, found: list[Known]) -> list[Match]:
    told = {match.subject.uscc: match for match in candidates(reported, found)}
    named = {match.subject.uscc: match for match in candidates(Reported(words, "", reported.county), found)}
    plain = [Match(subject, 0, ("检索结果",)) for subject in found]
    best = [told.get(one.subject.uscc) or named.get(one.subject.uscc) or one for one in plain]
    return sorted(best, key=lambda match: (-match.score, match.subject.uscc))[:20]


async def put_off(tx: Transaction, command: Decide, actor: Actor, now: datetime) -> None:
    """Leave the signal waiting and say why; raises SignalAlreadyDecided, NameMissing, WaitingNeedsGround."""
    signal = await waiting_signal(tx, command.signal_id, actor)
    if command.step == LATER and command.ground not in GROUNDS:
        raise WaitingNeedsGround
    if command.step == REGISTER and not plain_name(signal.employer_name):
        raise NameMissing
    before = await unmatched.load(tx, signal.signal_id)
    if before is None:  # nothing was named, so nothing was looked for
        await unmatched.add(tx, [(signal, Keys("", "", ""))], 0)
    elif (before["step"], before["ground"]) == (command.step, command.ground):
        return  # a double click
    await unmatched.take_step(tx, signal.signal_id, command.step, command.ground, actor, now)
    what = f"暂缓匹配：{GROUNDS[command.ground]}" if command.step == LATER else "登记为待建档主体"
    await signals.note(tx, signal.signal_id, actor.name, what, now)
