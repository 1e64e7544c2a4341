"""The code lists of an inspection with the words that people read."""

from collections.abc import Iterable
from typing import Final

METHODS: Final = {
    "1": "实地检查",
    "2": "书面检查",
    "3": "行政部门检查结果或专业意见",
    "4": "检验检测",
    "5": "网络监测",
    "6": "委托专业机构辅助",
}
"""核查方式（细则第九条）, several a case."""
ON_SITE: Final = "1"

PASSED, FAILED, UNCHECKED, ABSENT = "合格", "不合格", "未检查", "合理缺项"
ITEM_RESULTS: Final = (PASSED, FAILED, UNCHECKED, ABSENT)

NO_PROBLEM, RECTIFY, PENDING, UNREACHABLE, GRAVE, NO_ACTIVITY = "1", "E", "A", "6", "8", "F"
SUBJECT_RESULTS: Final = {
    NO_PROBLEM: "未发现问题",
    RECTIFY: "发现问题已责令改正",
    PENDING: "发现问题待后续处理",
    UNREACHABLE: "通过登记住所无法联系",
    GRAVE: "不配合检查情节严重",
    NO_ACTIVITY: "未发现开展本次抽查涉及的经营活动",
    "7": "已关闭停业或正在清算",
    "9": "注销",
    "10": "吊销",
    "11": "撤销",
    "12": "迁出",
}
MARKET_REGULATION_ONLY: Final = {"B": "未按规定公示", "C": "公示信息隐瞒真实情况弄虚作假"}
TERMINAL: Final = frozenset({"7", "9", "10", "11", "12"})
"""The subject is no longer there to be inspected: no item has a result."""
WITH_PROBLEM: Final = frozenset({RECTIFY, PENDING, GRAVE})
"""The only results that an item found 不合格 goes with."""

NON_COOPERATION: Final = {
    1: "拒绝检查人员或其委托的专业机构进入被检查场所",
    2: "拒绝向检查人员或其委托的专业机构提供相关情况或相关材料",
    3: "不如实或不按要求提供情况或相关材料",
    4: "其他阻挠、妨碍抽查工作的行为，致使抽查工作无法正常进行",
}
"""细则第十二条 (一)–(四)."""

SIGNED, SEALED, REFUSED = "signed", "sealed", "refused"
SIGNATURES: Final = {SIGNED: "签名确认", SEALED: "盖章确认", REFUSED: "无法取得签名或盖章"}

NONE, SUPERVISION, RECTIFICATION, CASE_OFFICE, OTHER = (
    "none",
    "supervision",
    "rectification",
    "case_office",
    "other_department",
)
FOLLOW_UPS: Final = {
    NONE: "无需后续处置",
    SUPERVISION: "转入日常监管",
    RECTIFICATION: "责令改正并跟踪",
    CASE_OFFICE: "线索移交案件办理机构",
    OTHER: "通报其他部门",
}
"""后续监管（细则第十五条）."""

WITHDRAWALS: Final = {
    "deregistered": "抽取前已注销、吊销或迁出",
    "duplicate": "同一检查对象重复登记",
    "wrong_jurisdiction": "不属于本地管辖",
    "court_order": "法院等机关的生效文书要求",
}


def withdrawal_reason(reason: str) -> str:
    """Why a case was taken back, in words."""
    return WITHDRAWALS.get(reason, reason)


SOURCES: Final = ("投诉举报", "转办交办", "网络监测", "风险防控", "信用风险分类", "年度计划")


def source_in_public(source: str) -> str:
    """The source of the task in words of the notice alone, so that nothing about an informant can slip in."""
    return source if source in SOURCES else "上级部署或其他法定触发条件"


def method_names(methods: Iterable[str]) -> str:
    """The names of 核查方式 in one line."""
    return "、".join(METHODS[code] for code in methods)
