"""The refusals of registry, each named after the fact."""

from libs.common.errors import Invalid, NotAllowed, NotFound, NotSignedIn, OutOfOrder


class WrongCredentials(NotSignedIn):
    """Unknown account, disabled account or wrong password: the answer does not tell which."""

    detail = "账号或口令不正确，请核对后重试。"


class TooManyAttempts(NotAllowed):
    """Too many wrong passwords for this account from this address."""

    detail = "连续输错口令次数过多，请 15 分钟后再试，或联系系统管理员重设口令。"


class AccountIncomplete(Invalid):
    """An account's data does not fit its role."""

    detail = "账号信息有误，请按提示修改。"


class WeakPassword(Invalid):
    """The password is too short or contains the account's name."""

    detail = "口令不符合要求。"


class AccountExists(OutOfOrder):
    """The user name is taken by an account with other data."""

    detail = "该账号已存在，请换一个账号名，或在账号列表中修改原账号。"


class AccountNotFound(NotFound):
    """No such account."""

    detail = "没有这个账号，请核对账号名。"


class LastAdmin(OutOfOrder):
    """Nobody could manage accounts any more."""

    detail = "这是最后一个可用的系统管理员账号，请先建立另一个管理员账号再停用。"


class FileUnreadable(Invalid):
    """The file is no table that can be read."""

    detail = "文件无法读取，请上传 CSV（UTF-8 或 GBK 编码）或 XLSX 文件。"


class ColumnsMissing(Invalid):
    """The table lacks columns that are required."""

    detail = "文件缺少必需的列，请对照模板补全表头后重新上传。"


class ImportRefused(Invalid):
    """Some rows are wrong: nothing of the file was taken."""

    detail = "文件中有错误，未导入任何一行。请按提示修改后重新上传。"


class ImportNotFound(NotFound):
    """No such import."""

    detail = "没有这次导入的记录，请从导入历史中查看。"


class ImportNotApplicable(OutOfOrder):
    """The import was refused, or was carried out already."""

    detail = "这次导入有错误，不能执行。请修改文件后重新上传。"


class SubjectNotFound(NotFound):
    """No such subject, or one of another county."""

    detail = "名录库中没有这个检查对象，请核对统一社会信用代码。"


class OfficerNotFound(NotFound):
    """No such officer, or one of another county."""

    detail = "名录库中没有这名执法人员，请核对人员编号。"


class ItemNotFound(NotFound):
    """No such item."""

    detail = "抽查事项清单中没有这一事项，请核对事项编号。"


class NothingToPublish(OutOfOrder):
    """Every item of the list is published as it stands."""

    detail = "没有待发布的抽查事项，请先导入或修改事项清单。"


class PublishedByImporter(NotAllowed):
    """Who enters does not approve."""

    detail = "录入事项清单的人员不能自行发布，请由牵头科室另一名人员核对后发布。"
