"""What can be wrong with a step of a draw: one class for each fact."""

from libs.common.errors import Invalid, NotAllowed, NotFound, OutOfOrder


class DrawOutOfOrder(OutOfOrder):
    """A step comes too early or too late; `missing` says what must come first."""

    missing = "请按流程进行"


class PoolNotFrozen(DrawOutOfOrder):
    """The promises and the commitment belong between freezing the pool and committing."""

    missing = "只有名录冻结后、承诺登记前可以"


class NothingToFreeze(DrawOutOfOrder):
    """A pool is frozen once; what was frozen stays."""

    missing = "只有正在冻结的抽取可以"


class NothingCommitted(DrawOutOfOrder):
    """There is no commitment that a receipt could be for."""

    missing = "须先登记承诺，且只收一次回执"


class CommitmentNotLogged(DrawOutOfOrder):
    """Nobody reveals before the public log's receipt has come back, or after the seed is fixed."""

    missing = "须在公开日志回执到达之后、种子确定之前"


class SeedMissing(DrawOutOfOrder):
    """Nothing is drawn without a complete seed, and nothing twice."""

    missing = "须先完成揭示、掷骰和信标，且只抽取一次"


class NothingDrawn(DrawOutOfOrder):
    """There is no list to dispatch."""

    missing = "须先完成抽取，且只派发一次"


class ResultStands(DrawOutOfOrder):
    """A result that exists is not aborted any more, nor an attempt twice."""

    missing = "只有未出结果的抽取可以中止"


class OutcomeKnown(ResultStands):
    """Who is drawn can be reckoned already; giving up now would be choosing."""


class EarlierAttemptStands(DrawOutOfOrder):
    """A new attempt while the earlier one is not aborted."""


class RevealsMissing(DrawOutOfOrder):
    """The dice are thrown after all reveals."""


class NoDiceTyped(DrawOutOfOrder):
    """There are no digits to confirm."""

    detail = "尚未录入骰子结果，请先由一人录入，再由另一人确认。"


class DeadlineNotPassed(DrawOutOfOrder):
    """A party still has time to reveal."""


class MustAbort(DrawOutOfOrder):
    """Without this party the seed would be too weak or must not be made."""


class AlreadyRevealed(DrawOutOfOrder):
    """A reveal is entered once."""


class PartyAlreadyPromised(DrawOutOfOrder):
    """A promise is given once."""


class UnknownParty(NotFound):
    """The plan does not name this party."""


class CommitmentNotThisDraw(Invalid):
    """The commitment belongs to another pool, attempt or set of parties."""


class BeaconNotAwaited(DrawOutOfOrder):
    """The round is taken when all other sources are in, and once."""

    missing = "须在各方揭示（和掷骰）全部完成之后、种子确定之前"


class ClosedByBeacon(DrawOutOfOrder):
    """What people enter is closed when the beacon comes: nobody chooses with the beacon in hand."""


class ResultNotLogged(DrawOutOfOrder):
    """A sealed result is dispatched or opened only once the public log has its hash."""

    missing = "须先收到公开日志对结果摘要的回执"


class NotSealed(DrawOutOfOrder):
    """There is no seal to open, or it is open."""

    missing = "只有密封中、已出结果的抽取可以开封"


class SealNeedsReason(Invalid):
    """A draw is sealed, and opened early, for a reason that is public."""

    detail = "密封或提前开封必须写明理由，理由将公开（细则第五条）。"


class DiceNotPlanned(Invalid):
    """The seed plan has no dice."""

    detail = "本次抽取的种子计划没有掷骰，不能录入骰子结果。"


class DiceDiffer(Invalid):
    """Two persons typed different digits."""

    detail = "两人录入的骰子结果不一致，请对照现场结果，由一人重新录入、另一人再确认。"


class AbortNeedsReason(Invalid):
    """An attempt is given up or repeated without a reason."""

    detail = "中止或重新抽取必须写明理由，理由将公开（细则第五条）。"


class FreshDrawNotSealed(Invalid):
    """What a fresh draw took stands in its parent's certificate, which is public."""

    detail = "补抽的结果随即写入原抽取的凭证并公开，不能密封。"


class OnePersonTwoParties(NotAllowed):
    """One person can't be two independent parties."""

    detail = "同一人不能代表两个参与方，请由另一方本人登记承诺（细则第五条）。"


class DiceNeedSecondPerson(NotAllowed):
    """Who types the digits does not confirm them."""

    detail = "录入骰子结果的人不能自己确认，请由另一人对照现场结果确认。"


class NothingSelected(DrawOutOfOrder):
    """Teams are named after the subjects are drawn, and before the result stands."""

    missing = "只有直接选派的抽取，在检查对象抽出之后、结果确定之前可以"


class OfficersDrawnAtRandom(Invalid):
    """The commitment says that officers are drawn: nobody names them."""

    detail = "本次抽取承诺随机选派检查人员，不能改为直接选派（细则第五条）。"
