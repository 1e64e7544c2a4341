"""What trigger refuses, each named after the fact."""

from libs.common.errors import Invalid, NotAllowed, NotSignedIn, OutOfOrder


class WrongSignature(NotSignedIn):
    """Platform, key, time or nonce is wrong; which of them is not told."""

    title = "签名无效"
    scheme = "SUNLOT-HMAC-SHA256"
    detail = "签名无效：请核对平台编号、密钥、时间戳（前后 5 分钟内）和签名串，随机数不得重复使用。"


class WrongApiKey(NotSignedIn):
    """The api_key of an Open311 client is missing or wrong, or the platform may not use Open311."""

    detail = (
        "api_key was not provided or is not valid / api_key 缺少或无效：应为“平台编号.密钥”，且平台已开通 Open311。"
    )


class KindNotAgreed(Invalid):
    """The platform sends a kind of order that was not agreed with it."""

    detail = "该平台未约定报送此类工单，请联系系统管理员调整约定的工单类型。"


class OrderFromTheFuture(Invalid):
    """The order was accepted after now."""

    detail = "受理时间晚于当前时间，请核对平台时钟。"


class TimeLongPast(Invalid):
    """A moment lies before any that a platform may mean."""

    detail = "时间早于 2000 年，请核对后重新报送。"


class BrokenRule(Invalid):
    """The document is not a rule."""

    detail = "规则内容不完整，请对照说明修改。"


class SignalAlreadyDecided(OutOfOrder):
    """The signal was matched or returned before."""

    detail = "该线索已匹配或已退单，不能再次处理；请刷新页面查看处理结果。"


class KeyNotNeeded(OutOfOrder):
    """What clerks enter is not signed."""

    detail = "“本部门登记”由工作人员登录后登记，不使用密钥；请为报送线索的平台另行登记。"


class SubjectUnknown(Invalid):
    """The subject chosen is not in the registry."""

    detail = "名录库中没有这个检查对象，请重新选择。"


class WaitingNeedsGround(Invalid):
    """Whoever leaves a signal waiting says what for."""

    detail = "请选择暂缓的原因。"


class NameMissing(Invalid):
    """A firm is to be registered of which no name was told."""

    detail = "工单没有填写单位名称，不能登记为待建档主体；可暂缓匹配，或填写原因后退单。"


class ReasonMissing(Invalid):
    """A decision against the complainant needs its reason."""

    detail = "请填写退单原因。"


class PurposeMissing(Invalid):
    """Whoever reads protected text says what for."""

    detail = "请填写查看用途，至少 4 个字；查看情况将被记录。"


class PlatformAsksItself(OutOfOrder):
    """The answer is not pushed at all."""

    detail = "该平台没有回推地址，由平台自行查询答复，不需要重新推送。"


class SameAuthor(NotAllowed):
    """Who wrote the rule may not approve it."""

    detail = "规则应由起草人以外的人员批准，请换人办理。"


class RuleAlreadyActive(OutOfOrder):
    """The version is in force already."""

    detail = "该版本规则已在执行，无需再次批准。"


class ConclusionMissing(Invalid):
    """Whoever judges an alarm says what is to be done."""

    detail = "请选择研判结论。"


class NoteMissing(Invalid):
    """A judgement needs its reason."""

    detail = "请填写研判意见，至少 4 个字。"


class RuleReplaced(OutOfOrder):
    """The version was in force and another took its place; what came meanwhile was not counted by it."""

    detail = "该版本规则已被其他版本替换，不能恢复执行；请以其文本起草新版本。"


class BackTestRunning(OutOfOrder):
    """The version is being tried already."""

    detail = "该版本规则正在回测，请等待完成后再次发起。"


class MessageIncomplete(Invalid):
    """A message lacks what its kind needs."""

    detail = "消息内容不完整，请对照接口说明补充后重新报送。"


class MessageFromTheFuture(Invalid):
    """The message was sent after now."""

    detail = "消息时间晚于当前时间，请核对平台时钟。"


class MessageIdTaken(OutOfOrder):
    """Another message has this id."""

    detail = "该消息编号已用于另一内容，请为新的消息使用新的编号。"


class TooManyMessages(OutOfOrder):
    """The order has as many messages as one may have."""

    detail = "该工单的消息已达上限，请合并后以新的工单报送。"


class ReviewOver(OutOfOrder):
    """No review of the signal is open."""

    detail = "该线索没有待复核的事项，或已由他人复核；请刷新页面查看。"


class TriggerNotFitting(Invalid):
    """The signal can't join this trigger."""

    detail = "请选择本县区近 90 天内、该线索尚未并入的触发。"


class NoCallback(OutOfOrder):
    """There is nowhere to push to."""

    detail = "该平台没有回推地址或有效密钥，请先补充后再操作。"


class PauseReasonMissing(Invalid):
    """Whoever stops answers says why."""

    detail = "请填写暂停原因，至少 4 个字。"


class GroundMissing(Invalid):
    """Keeping a signal beyond its time needs a ground."""

    detail = "请选择暂不清除的依据。"


class DocumentMissing(Invalid):
    """Keeping a signal beyond its time needs the document that asks for it."""

    detail = "请填写文号，4 至 60 字，如 洛行复〔2026〕12号；不要写入反映人的任何信息。"


class AlreadyErased(OutOfOrder):
    """There is nothing left to keep."""

    detail = "该线索的反映人信息和反映内容已按保存期限清除，不能再设为暂不清除。"


class AlreadyHeld(OutOfOrder):
    """One hold at a time."""

    detail = "该线索已设为暂不清除；请先解除，再以新的依据设置。"


class NotHeld(OutOfOrder):
    """There is no hold to lift."""

    detail = "该线索没有设为暂不清除，无需解除。"


class AlreadyReplied(OutOfOrder):
    """A referral is answered once."""

    detail = "该转办交办已登记办结回复，不能再次登记；请刷新页面查看。"


class UploadDecided(OutOfOrder):
    """The file was confirmed or dropped before, or its rows are gone."""

    detail = "该文件已确认、放弃或超过保存时间，不能再次办理；如需导入请重新上传。"


class ColumnsMissing(Invalid):
    """No column gives what a row can't do without."""

    detail = "还有必需的内容没有对应的列，请为其选择对应的列。"


class NotTheUploader(NotAllowed):
    """What a file says is for whoever uploaded it."""

    detail = "文件内容只供上传人查看和处理。"


class TooManyColumns(Invalid):
    """The file has more columns than anybody could name."""

    detail = "文件的列太多，请删去不需要的列后重新上传。"


class NothingToImport(Invalid):
    """The file has no rows below its header."""

    detail = "文件中没有数据行，请在表头下填写数据后重新上传。"
