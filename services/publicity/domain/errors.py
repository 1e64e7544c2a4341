"""What publicity refuses, each an error named after the fact."""

from libs.common.errors import Invalid, NotAllowed, NotFound, OutOfOrder


class LogNotThatLong(NotFound):
    """A proof or an entry was asked for that the log does not have."""

    detail = "公开日志没有这么多条目，请先查看最新检查点（/public/log/checkpoint）。"


class CommitmentNotItsHash(Invalid):
    """A commitment does not have the hash that it came with; it is not logged."""

    detail = "抽取承诺与其摘要不一致，不能记入公开日志，请核对抽取服务发出的承诺。"


class NoSuchPublication(NotFound):
    """No publication has this number, or it is another county's."""

    detail = "没有找到这条公示，请核对编号。"


class NothingPublished(NotFound):
    """The public may see nothing under this number."""

    detail = "没有已公示的结果。可能尚未检查、尚在审核，或编号有误；检查结束后 20 个工作日内公示（细则第十四条）。"


class EnteredByTheSamePerson(NotAllowed):
    """Who entered the result may not review it."""

    detail = "录入结果的人员不能审核公示自己录入的结果，请由本单位另一名人员审核（细则第七条第六项）。"


class NotTheInspectingUnit(NotAllowed):
    """Only the unit that inspected publishes, or the lead section."""

    detail = "谁检查、谁录入、谁公示：只能由实施检查的单位或牵头科室办理（细则第七条第六项）。"


class NotAwaitingReview(OutOfOrder):
    """The step needs a publication that awaits review."""

    detail = "这条结果不在“待审核”状态，请刷新页面查看当前状态。"


class DrawUnderSeal(OutOfOrder):
    """To publish a result names a firm that was drawn; the list is still kept inside."""


class NotReturned(OutOfOrder):
    """Only what was returned can be handed in again."""

    detail = "这条结果没有被退回，无需重新提交。"


class NotYetPublished(OutOfOrder):
    """Only what is public can be corrected."""

    detail = "结果尚未公示，不能更正；如内容有误，请退回录入（细则第十六条适用于已公示的信息）。"


class CorrectionAlreadyOpen(OutOfOrder):
    """One correction waits for its confirmation; a second would be read against the wrong text."""

    detail = "已有一项更正等待确认，请先由另一名人员确认或驳回（细则第十六条）。"


class NoOpenCorrection(OutOfOrder):
    """There is no correction that waits."""

    detail = "没有等待确认的更正，请刷新页面查看当前状态。"


class CorrectionConfirmedByItsAuthor(NotAllowed):
    """Who asked for the correction may not confirm it."""

    detail = "提出更正的人员不能自己确认，请由另一名人员确认（细则第十六条）。"


class ResultsContradict(Invalid):
    """Subject result and item results cannot stand together."""

    detail = "检查结果与各事项结果相互矛盾，请按提示修改。"


class NotRefused(OutOfOrder):
    """Only a record that was refused is sent again."""

    detail = "只有“记名不成功”的记录需要重新报送。"


class NothingToExport(OutOfOrder):
    """No record waits for a file package."""

    detail = "没有等待导出的记录。只有机关事业、社会组织等不在企业系统内的对象，以及未配置接口时，才通过文件报送。"


class ReceiptFileWrong(Invalid):
    """The returned receipt file can't be taken; nothing of it was."""

    detail = "回执文件有误，一条也没有导入，请按提示修改后重新上传。"
