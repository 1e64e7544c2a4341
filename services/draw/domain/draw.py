"""The draw (抽取): one attempt, step by step, each step refused before its time."""

from dataclasses import dataclass, replace
from datetime import datetime

from libs.common.clock import CHINA
from services.draw.domain import draw_errors as errors
from services.draw.domain.beacon import Beacon, BeaconTooEarly
from services.draw.domain.commitment import DIRECT, Commitment, Supersedes
from services.draw.domain.draw_entries import Abort, BeaconEntry, DiceEntry, Promise, Reveal
from services.draw.domain.draw_state import BEFORE_RESULT, DrawState
from services.draw.domain.fresh import Replaces, draw_id_of
from services.draw.domain.plan import Signature
from services.draw.domain.receipt import COMMIT, RESULT, LogReceipt
from services.draw.domain.seal import SEALED, Opening, Sealing
from services.draw.domain.seed import LEAD, Party, check_dice, check_reveal, seed_txt

# A draw's states and entries are imported with it.
__all__ = ["BEFORE_RESULT", "Abort", "BeaconEntry", "DiceEntry", "Draw", "DrawState", "Promise", "Reveal"]


@dataclass(frozen=True, slots=True)
class Draw:
    """One attempt of a task; every step returns the next state and nothing that was entered is lost."""

    task_id: str
    attempt: int
    frozen: Signature
    pool_root: str
    state: DrawState = DrawState.FROZEN
    supersedes: Supersedes | None = None
    replaces: Replaces | None = None  # a fresh draw
    promises: tuple[Promise, ...] = ()
    commitment: Commitment | None = None
    receipt: LogReceipt | None = None
    reveals: tuple[Reveal, ...] = ()
    dice: tuple[DiceEntry, ...] = ()  # all entries; the last one counts
    beacon: BeaconEntry | None = None
    seed: bytes | None = None
    result_sha256: str | None = None
    aborted: Abort | None = None
    sealing: Sealing | None = None
    result_receipt: LogReceipt | None = None  # of a sealed draw: the result was fixed before anybody saw it
    opening: Opening | None = None

    @property
    def draw_id(self) -> str:
        """Task id, a hyphen, and the number of the attempt; a fresh draw's is its parent's and the first void."""
        return draw_id_of(self.task_id, self.attempt, self.replaces)

    @property
    def pool_id(self) -> str:
        """The draw whose frozen pages it draws from: its own, or those of the draw that it makes up for."""
        return self.replaces.draw_id if self.replaces else self.draw_id

    def freezing(self) -> "Draw":
        """Return the new attempt whose pool is still to be frozen; nothing else can be done with it before."""
        return replace(self, state=DrawState.FREEZING, pool_root="")

    def frozen_as(self, pool_root: str) -> "Draw":
        """Return the draw with its frozen pool. Raises NothingToFreeze."""
        self._need(errors.NothingToFreeze, "冻结名录", DrawState.FREEZING)
        return replace(self, state=DrawState.FROZEN, pool_root=pool_root)

    def rehearse(self) -> "Draw":
        """Return the draw for which trial draws are held, just before its commitment. Raises PoolNotFrozen."""
        self._need(errors.PoolNotFrozen, "登记承诺", DrawState.FROZEN)
        return replace(self, state=DrawState.COMMITTING)

    def rehearsed_in_vain(self) -> "Draw":
        """Return the draw as it was before its trial draws; they have shown what is missing. Raises PoolNotFrozen."""
        self._need(errors.PoolNotFrozen, "结束预演", DrawState.COMMITTING)
        return replace(self, state=DrawState.FROZEN)

    def promise(self, party: Party, by: str, at: datetime) -> "Draw":
        """Return the draw with a party's promise. Raises PoolNotFrozen, PartyAlreadyPromised, OnePersonTwoParties."""
        self._need(errors.PoolNotFrozen, "登记参与方承诺", DrawState.FROZEN)
        if any(known.party.name == party.name for known in self.promises):
            raise errors.PartyAlreadyPromised(f"参与方 {party.name} 已登记承诺，不能更改。")
        if any(known.given.by == by for known in self.promises):
            raise errors.OnePersonTwoParties
        return replace(self, promises=(*self.promises, Promise(party, Signature(by, at))))

    def commit(self, commitment: Commitment, sealing: Sealing | None = None) -> "Draw":
        """Return the committed draw. Raises PoolNotFrozen, CommitmentNotThisDraw, SealNeedsReason and others."""
        self._need(errors.PoolNotFrozen, "登记承诺", DrawState.FROZEN, DrawState.COMMITTING)
        if sealing is not None and not sealing.reason.strip():
            raise errors.SealNeedsReason
        if sealing is not None and self.replaces is not None:
            raise errors.FreshDrawNotSealed
        for wrong, what in (
            (commitment.draw_id != self.draw_id, f"抽取编号（应为 {self.draw_id}）"),
            (commitment.pool.root != self.pool_root, "名录根（应为冻结时的名录根）"),
            (commitment.sources.parties != tuple(known.party for known in self.promises), "参与方（应为已登记的各方）"),
            (commitment.supersedes != self.supersedes, "替代的上一次抽取"),
            (commitment.replaces != self.replaces, "所补的作废"),
            (commitment.sources.sealed != (sealing is not None), "是否密封"),
        ):
            if wrong:
                raise errors.CommitmentNotThisDraw(f"承诺与抽取 {self.draw_id} 不符：{what}，请重新生成承诺。")
        return replace(self, state=DrawState.COMMITTED, commitment=commitment, sealing=sealing)

    def logged(self, receipt: LogReceipt) -> "Draw":
        """Return the draw with the public log's receipt. Raises NothingCommitted, ReceiptInvalid."""
        self._need(errors.NothingCommitted, "登记公开日志回执", DrawState.COMMITTED)
        receipt.check(self.draw_id, COMMIT, self._commitment.sha256)
        return replace(self, state=DrawState.LOGGED, receipt=receipt)

    def reveal(self, name: str, reveal: str, by: str, at: datetime) -> "Draw":
        """Return the draw with a party's reveal; the first one only after the log's receipt.

        Raises CommitmentNotLogged, UnknownParty, AlreadyRevealed, ClosedByBeacon, RevealDoesNotMatch.
        """
        self._revealable(name)
        if self._beacon and at > self._commitment.reveal_deadline:
            raise errors.ClosedByBeacon(
                f"揭示截止时间（{_china(self._commitment.reveal_deadline)}）已过，信标随即公布，不能再揭示；"
                f"未揭示的参与方按缺席处理。"
            )
        check_reveal(self._party(name), reveal)
        return self._revealed(Reveal(name, reveal, Signature(by, at)))

    def mark_absent(self, name: str, by: str, at: datetime) -> "Draw":
        """Return the draw without a party that missed the deadline, decided before the dice, never after.

        Raises CommitmentNotLogged, UnknownParty, AlreadyRevealed, DeadlineNotPassed, MustAbort.
        """
        self._revealable(name)
        if at <= self._commitment.reveal_deadline:
            raise errors.DeadlineNotPassed(
                f"揭示截止时间（{_china(self._commitment.reveal_deadline)}）未过，不能判定 {name} 缺席。"
            )
        if self.sealing and name == LEAD:
            raise errors.MustAbort("密封抽取以牵头科室的随机数保密名单，牵头科室未揭示，请中止本次抽取并写明理由。")
        absent = sum(entry.reveal is None for entry in self.reveals) + 1
        if not self._commitment.sources.allows_absence or absent == len(self._commitment.sources.parties):
            raise errors.MustAbort(f"参与方 {name} 缺席后随机来源不足，请中止本次抽取并写明理由。")
        return self._revealed(Reveal(name, None, Signature(by, at)))

    def type_dice(self, digits: str, by: str, at: datetime) -> "Draw":
        """Return the draw with digits thrown in public; a mistyped entry may be typed again and both stay.

        Raises CommitmentNotLogged, DiceNotPlanned, RevealsMissing, DiceInvalid, ClosedByBeacon.
        """
        self._need(errors.CommitmentNotLogged, "录入骰子结果", DrawState.LOGGED, DrawState.REVEALING)
        if not self._commitment.sources.dice:
            raise errors.DiceNotPlanned
        missing = self.waiting_for
        if missing:
            raise errors.RevealsMissing(f"还有参与方未揭示：{'、'.join(missing)}。全部揭示后才能掷骰。")
        self._dice_before_beacon(at)
        check_dice(digits)
        if self.dice and (self.dice[-1].digits, self.dice[-1].typed.by) == (digits, by):
            return self  # a second click; what was mistyped reads differently
        return replace(self, dice=(*self.dice, DiceEntry(digits, Signature(by, at))))

    def confirm_dice(self, digits: str, by: str, at: datetime) -> "Draw":
        """Return the seeded draw, or the one that waits for the beacon: another person has typed the same digits.

        Raises CommitmentNotLogged, NoDiceTyped, DiceNeedSecondPerson, DiceDiffer, ClosedByBeacon.
        """
        self._need(errors.CommitmentNotLogged, "确认骰子结果", DrawState.LOGGED, DrawState.REVEALING)
        if not self.dice:
            raise errors.NoDiceTyped
        self._dice_before_beacon(at)
        last = self.dice[-1]
        if last.typed.by == by:
            raise errors.DiceNeedSecondPerson
        if last.digits != digits:
            raise errors.DiceDiffer
        confirmed = replace(last, confirmed=Signature(by, at))
        return replace(self, dice=(*self.dice[:-1], confirmed))._complete()

    def close(self, by: str, at: datetime) -> "Draw":
        """Return the draw after its deadline, when a beacon is coming: who has not revealed is absent, nobody decides.

        Raises CommitmentNotLogged, DeadlineNotPassed, MustAbort.
        """
        closed = self
        for name in self.waiting_for:
            closed = closed.mark_absent(name, by, at)
        if closed.state is not DrawState.WAITING and self._beacon and at >= self._beacon.due:
            raise errors.MustAbort("信标公布之前没有完成掷骰和确认，请中止本次抽取并写明理由。")
        return closed

    def take_beacon(self, signature: str, by: str, at: datetime) -> "Draw":
        """Return the seeded draw: the round has come and the signature is its own. The same one again changes nothing.

        Raises BeaconNotAwaited, BeaconTooEarly, BeaconRefused.
        """
        if self.beacon and self.beacon.signature == signature:
            return self
        self._need(errors.BeaconNotAwaited, "采用信标", DrawState.WAITING)
        if self._beacon and at < self._beacon.due:
            raise BeaconTooEarly(f"第 {self._beacon.round} 轮信标在 {_china(self._beacon.due)} 公布，请届时再提供。")
        return replace(self, beacon=BeaconEntry(signature, Signature(by, at)))._seeded()

    def selected(self) -> "Draw":
        """Return the draw whose subjects are drawn and wait for teams. Raises SeedMissing, OfficersDrawnAtRandom."""
        self._need(errors.SeedMissing, "抽取", DrawState.SEEDED)
        if self._commitment.officers.method != DIRECT:
            raise errors.OfficersDrawnAtRandom
        return replace(self, state=DrawState.SELECTED)

    def drawn(self, result_sha256: str) -> "Draw":
        """Return the draw with its result's hash. Raises SeedMissing."""
        direct = self.commitment is not None and self.commitment.officers.method == DIRECT
        self._need(errors.SeedMissing, "抽取", DrawState.SELECTED if direct else DrawState.SEEDED)
        return replace(self, state=DrawState.DRAWN, result_sha256=result_sha256)

    def dispatching(self) -> "Draw":
        """Return the draw whose lists are on their way to the units. Raises NothingDrawn, ResultNotLogged."""
        self._need(errors.NothingDrawn, "派发", DrawState.DRAWN)
        self._result_logged("派发")
        return replace(self, state=DrawState.DISPATCHING)

    def dispatched(self) -> "Draw":
        """Return the draw whose lists went to the units. Raises NothingDrawn, ResultNotLogged."""
        self._need(errors.NothingDrawn, "派发", DrawState.DRAWN, DrawState.DISPATCHING)
        self._result_logged("派发")
        return replace(self, state=DrawState.DISPATCHED)

    def result_logged(self, receipt: LogReceipt) -> "Draw":
        """Return the sealed draw with the log's receipt for its result. Raises NotSealed, ReceiptInvalid."""
        self._need(errors.NotSealed, "登记结果回执", DrawState.DRAWN)
        if not self.sealed or self.result_sha256 is None:
            raise errors.NotSealed(f"抽取 {self.draw_id} 没有密封，不需要结果回执。")
        receipt.check(self.draw_id, RESULT, self.result_sha256)
        return replace(self, result_receipt=receipt)

    def open_seal(self, reason: str, by: str, at: datetime) -> "Draw":
        """Return the draw that everybody may see. Raises NotSealed, ResultNotLogged, SealNeedsReason."""
        self._need(errors.NotSealed, "开封", DrawState.DRAWN, DrawState.DISPATCHING, DrawState.DISPATCHED)
        if not self.sealed:
            raise errors.NotSealed(f"抽取 {self.draw_id} 没有密封，或已经开封。")
        self._result_logged("开封")
        if not reason.strip():
            raise errors.SealNeedsReason
        return replace(self, opening=Opening(reason.strip(), Signature(by, at)))

    @property
    def drawn_number(self) -> int:
        """How many subjects the commitment lets be drawn. Raises NothingCommitted."""
        return sum(k for _, _, k in self._commitment.strata)

    @property
    def sealed(self) -> bool:
        """Whether list and seed are still kept inside; an aborted attempt has nothing to hide."""
        return self.sealing is not None and self.opening is None and self.state is not DrawState.ABORTED

    @property
    def published(self) -> bool:
        """Whether everybody may see list and certificate."""
        return self.result_sha256 is not None and not self.sealed

    def public_view(self) -> "Draw":
        """The draw as everybody may see it: while sealed without seed and without the lead's reveal."""
        if not self.sealed:
            return self
        reveals = tuple(replace(one, reveal=SEALED) if one.name == LEAD else one for one in self.reveals)
        return replace(self, reveals=reveals, seed=None)

    def abort(self, reason: str, by: str, at: datetime, *, stuck: bool = False) -> "Draw":
        """Return the attempt given up before its result, for a reason that stays public.

        Once its outcome can be reckoned, only when it is `stuck` (no result can be made of its seed) or overdue: nobody
        draws again because he does not like who was drawn. Raises ResultStands, OutcomeKnown, AbortNeedsReason.
        """
        self._need(errors.ResultStands, "中止", *BEFORE_RESULT)
        if not self.may_be_aborted(at, stuck):
            raise errors.OutcomeKnown(
                f"抽取 {self.draw_id} {self.state.label}，抽中哪些户已可算出，不能再中止（细则第五条）；"
                f"到 {_china(self._commitment.result_deadline)} 仍无结果的，可以中止。"
            )
        if not reason.strip():
            raise errors.AbortNeedsReason
        return replace(self, state=DrawState.ABORTED, aborted=Abort(reason, Signature(by, at)))

    def may_be_aborted(self, now: datetime, stuck: bool = False) -> bool:
        """Say whether the attempt can be given up now: nobody can tell yet who is drawn, or there is no result."""
        if self.state not in BEFORE_RESULT:
            return False
        known = self.seed is not None
        if self.state is DrawState.WAITING and self._beacon:  # whoever asks a relay himself has the round when it comes
            known = now >= self._beacon.due
        return not known or stuck or self.is_overdue(now)

    def is_overdue(self, now: datetime) -> bool:
        """Say whether a committed draw has no result at its deadline and so counts as aborted in public."""
        committed = self.state in BEFORE_RESULT and self.commitment is not None
        return committed and now > self._commitment.result_deadline

    @property
    def waiting_for(self) -> tuple[str, ...]:
        """The parties that have neither revealed nor been found absent, in the plan's order."""
        done = {entry.name for entry in self.reveals}
        return tuple(known.party.name for known in self.promises if known.party.name not in done)

    @property
    def _commitment(self) -> Commitment:
        if self.commitment is None:
            raise errors.NothingCommitted(f"抽取 {self.draw_id} 尚未登记承诺。")
        return self.commitment

    def _party(self, name: str) -> Party:
        for known in self.promises:
            if known.party.name == name:
                return known.party
        raise errors.UnknownParty(f"参与方 {name} 不在本次抽取的种子计划中。")

    def _revealable(self, name: str) -> None:
        self._need(errors.CommitmentNotLogged, "揭示", DrawState.LOGGED, DrawState.REVEALING)
        self._party(name)
        if name not in self.waiting_for:
            raise errors.AlreadyRevealed(f"参与方 {name} 已揭示或已判定缺席，不能更改。")

    @property
    def _beacon(self) -> Beacon | None:
        return self._commitment.sources.beacon

    def _dice_before_beacon(self, at: datetime) -> None:
        if self._beacon and at >= self._beacon.due:
            raise errors.ClosedByBeacon(
                f"信标已于 {_china(self._beacon.due)} 公布，骰子须在此之前掷出并确认；请中止本次抽取并写明理由。"
            )

    def _result_logged(self, step: str) -> None:
        if self.sealing and self.result_receipt is None:
            error = errors.ResultNotLogged
            raise error(f"抽取 {self.draw_id} 的结果摘要尚未收入公开日志，不能{step}：{error.missing}。")

    def _revealed(self, entry: Reveal) -> "Draw":
        entered = replace(self, state=DrawState.REVEALING, reveals=(*self.reveals, entry))
        if entered.waiting_for or self._commitment.sources.dice:
            return entered
        return entered._complete()

    def _complete(self) -> "Draw":
        """All that people enter is in; what is left is the beacon, when the plan names one."""
        return replace(self, state=DrawState.WAITING) if self._beacon else self._seeded()

    def _seeded(self) -> "Draw":
        by_name = {entry.name: entry.reveal for entry in self.reveals}
        reveals = [by_name[party.name] for party in self._commitment.sources.parties]
        dice = self.dice[-1].digits if self.dice else None
        signature = self.beacon.signature if self.beacon else None
        seed = seed_txt(
            self._commitment.sha256, self._commitment.sources, reveals, dice=dice, beacon_signature=signature
        )
        return replace(self, state=DrawState.SEEDED, seed=seed)

    def _need(self, error: type[errors.DrawOutOfOrder], step: str, *states: DrawState) -> None:
        if self.state not in states:
            raise error(f"抽取 {self.draw_id} {self.state.label}，不能{step}：{error.missing}（细则第七条第二项）。")


def _china(moment: datetime) -> str:
    return f"{moment.astimezone(CHINA):%Y-%m-%d %H:%M:%S}"


def first_attempt(task_id: str, pool_root: str, by: str, at: datetime) -> Draw:
    """Return a task's first draw with its pool just frozen."""
    return Draw(task_id, 1, Signature(by, at), pool_root)


def fresh_draw(parent: Draw, replaces: Replaces, earlier: Draw | None, reason: str, by: str, at: datetime) -> Draw:
    """Return the draw that makes up for voids of `parent`; `earlier` is its aborted attempt, replaced with a reason.

    Raises EarlierAttemptStands, AbortNeedsReason.
    """
    first = Draw(parent.task_id, 1, Signature(by, at), parent.pool_root, replaces=replaces)
    if earlier is None:
        return first
    again = next_attempt(earlier, parent.pool_root, reason, by, at)
    return replace(again, replaces=replaces)


def next_attempt(earlier: Draw, pool_root: str, reason: str, by: str, at: datetime) -> Draw:
    """Return the attempt that replaces an aborted one. Raises EarlierAttemptStands, AbortNeedsReason."""
    if earlier.state is not DrawState.ABORTED:
        raise errors.EarlierAttemptStands(
            f"抽取 {earlier.draw_id} {earlier.state.label}，不能重新抽取：只有已中止的抽取可以重来，且原抽取保持公开。"
        )
    if not reason.strip():
        raise errors.AbortNeedsReason
    commit = earlier.commitment.sha256 if earlier.commitment else None
    supersedes = Supersedes(earlier.draw_id, commit, reason)
    return Draw(earlier.task_id, earlier.attempt + 1, Signature(by, at), pool_root, supersedes=supersedes)
