"""What trigger refuses, each named after the fact."""

from libs.common.errors import Invalid, NotAllowed, NotSignedIn, OutOfOrder


class WrongSignature(NotSignedIn):
    """Platform, key, time or nonce is wrong; which of them is not told."""

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


class BrokenRule(Invalid):
    """The document is not a rule."""

    detail = "规则内容不完整，请对照说明修改。"


class SignalAlreadyDecided(OutOfOrder):
    """The signal was matched or returned before."""

    detail = "该线索已匹配或已退单，不能再次处理；请刷新页面查看处理结果。"


class SubjectUnknown(Invalid):
    """The subject chosen is not in the registry."""

    detail = "名录库中没有这个检查对象，请重新选择。"


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
