"""What inspection refuses, each named after the fact; the sentence says what to do and cites the article."""

from libs.common.errors import Invalid, NotAllowed, NotFound, OutOfOrder


class CaseUnknown(NotFound):
    """No such case, or not one of yours."""

    detail = "没有找到这次检查，请核对检查编号；只能查看本县区、本人承办的检查。"


class NoticeUnknown(NotFound):
    """No notice has this code; nothing more is told."""

    detail = "没有查到这份检查通知书。请核对通知书上的核验码；仍查不到的，可以拒绝检查，并拨打 12333 反映。"


class ApproverMissing(NotAllowed):
    """Approval belongs to the inspecting unit or the lead section."""

    detail = "只有承担检查的单位或牵头科室可以审批，请联系本单位负责人。"


class OwnCaseApproved(NotAllowed):
    """Who inspects does not approve."""

    detail = "承办本次检查的执法人员不能审批本次检查，请由本单位其他负责人审批。"


class NotOnTeam(NotAllowed):
    """Only the officers of the case record it."""

    detail = "只有承办本次检查的执法人员可以填写检查记录（细则第七条第六项：谁检查、谁录入、谁公示）。"


class NotOwnUnit(NotAllowed):
    """Follow-up belongs to who is in charge (细则第十五条)."""

    detail = "后续监管由承担检查的单位办理（细则第十五条：谁管辖、谁负责）。"


class ItemsNotReady(OutOfOrder):
    """An item is unknown, not published or without a legal basis."""

    detail = "检查事项表无法形成：有事项未公布或缺少法律依据。请先由业务科室在名录库补齐并公布（细则第七条第三项）。"


class AlreadyApproved(OutOfOrder):
    """Approved once is approved."""

    detail = "本次检查已经审批，无需重复审批。"


class CaseWithdrawn(OutOfOrder):
    """The draw took the case back."""

    detail = "本次检查已撤回，不要前往检查对象，也不再办理。"


class RecusalUndecided(OutOfOrder):
    """The firm asked an officer to stand aside and has no answer yet."""

    detail = "检查对象申请回避，本单位尚未答复，不能开始检查。请本单位负责人先作出决定。"


class RecusalDecided(OutOfOrder):
    """Decided once is decided."""

    detail = "这项回避申请已经答复，不能再改。"


class RecusalTooLate(OutOfOrder):
    """After the start nobody can be replaced any more."""

    detail = "检查已经开始或已撤回，不能再更换检查人员。请书面答复；确有利害关系的，由本单位另行处理。"


class TooManyRequests(OutOfOrder):
    """A notice takes so many requests for recusal and no more."""

    detail = "本次检查的回避申请已达上限。请直接联系检查单位，或拨打 12333 反映。"


class RecusalInvalid(Invalid):
    """A request or an answer lacks something."""


class NotApproved(OutOfOrder):
    """An inspection starts after its approval."""

    detail = "检查尚未审批，不能开始。请先由本单位审批并签发检查通知书；紧急检查由派发单位标明后可以先行开始。"


class AlreadyStarted(OutOfOrder):
    """Started once is started."""

    detail = "检查已经开始，请继续填写检查记录。"


class NotStarted(OutOfOrder):
    """A record begins with the inspection."""

    detail = "检查尚未开始。请先到现场出示执法证件并开始检查（细则第十条）。"


class RecordFrozen(OutOfOrder):
    """A completed record is never changed."""

    detail = "检查记录已提交并固定，不能修改。确有遗漏的，请追加补充说明；公示有误的，请在公示中更正（细则第十六条）。"


class SavedByAnother(OutOfOrder):
    """Somebody saved this part after it was opened."""

    detail = "这一部分刚由他人保存，请核对后重新保存。"


class NotCompleted(OutOfOrder):
    """This comes after the record."""

    detail = "检查记录尚未提交，请先提交检查记录（细则第十条）。"


class NotPublished(OutOfOrder):
    """The archive is closed after the result is public."""

    detail = "检查结果尚未公示，请在公示后归档（细则第十三条、第十四条）。"


class AlreadyArchived(OutOfOrder):
    """The archive package is closed once."""

    detail = "本次检查已归档，不能重复归档。"


class FollowUpClosedAlready(OutOfOrder):
    """Closed once is closed."""

    detail = "后续监管已经办结。"


class FollowUpOpen(OutOfOrder):
    """An open follow-up keeps the archive open."""

    detail = "后续监管尚未办结，请先办结后再归档（细则第十五条）。"


class TransferMissing(OutOfOrder):
    """Moved to another department is closed with its transfer."""

    detail = "尚无移交记录，请先登记移交的部门、内容和日期（细则第十一条）。"


class FeedbackGiven(OutOfOrder):
    """The feedback on a transfer is entered once."""

    detail = "这条移交已登记反馈，不能覆盖；有新情况请追加补充说明。"


class RecordIncomplete(Invalid):
    """What is missing is listed, all of it."""

    detail = "检查记录还不完整，请逐项补齐后再提交（细则第十条）。"


class EvidenceRefused(Invalid):
    """The file is too large or not an image or PDF."""

    detail = "只接受 JPEG、PNG、WebP 图片和 PDF 文件。"
