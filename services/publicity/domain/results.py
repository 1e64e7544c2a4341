"""The result codes and what they exclude (provincial codes of the public record)."""

from collections.abc import Iterable, Sequence
from typing import Final

from libs.common.errors import FieldError
from services.publicity.domain.errors import ResultsContradict

SUBJECT_RESULTS: Final[dict[str, str]] = {
    "1": "未发现问题",
    "E": "发现问题已责令改正",
    "A": "发现问题待后续处理",
    "6": "通过登记住所无法联系",
    "8": "不配合检查情节严重",
    "F": "未发现开展本次抽查涉及的经营活动",
    "7": "已关闭停业或正在清算",
    "9": "注销",
    "10": "吊销",
    "11": "撤销",
    "12": "迁出",
}
ITEM_RESULTS: Final = ("合格", "不合格", "未检查", "合理缺项")
TERMINAL: Final = frozenset({"7", "9", "10", "11", "12"})  # the subject is gone: no item can have been inspected
FOLLOW_UPS: Final[dict[str, str]] = {
    "none": "无需后续处置",
    "supervision": "纳入日常监管",
    "rectification": "责令改正",
    "case_office": "线索移交办案机构",
    "other_department": "通报其他部门",
}
NON_COOPERATION: Final[dict[int, str]] = {  # 细则第十二条
    1: "拒绝检查人员或其委托的专业机构进入被检查场所",
    2: "拒绝提供相关情况或相关材料",
    3: "不如实或不按要求提供情况或相关材料",
    4: "其他阻挠、妨碍抽查工作的行为",
}
METHODS: Final[dict[str, str]] = {
    "1": "实地检查",
    "2": "书面检查",
    "3": "行政部门检查结果或专业意见",
    "4": "检验检测",
    "5": "网络监测",
    "6": "委托专业机构辅助",
}


def subject_result_name(code: str) -> str:
    """The words of a subject result; a code that we do not know is shown as it is."""
    return SUBJECT_RESULTS.get(code, code)


def tone(code: str) -> str:
    """The colour of a subject result's tag."""
    return {"1": "good", "8": "bad", "E": "warn", "A": "warn", "6": "warn"}.get(code, "")


def check_results(subject_result: str, items: Iterable[tuple[str, str]]) -> None:
    """Raise ResultsContradict unless the subject result goes with the item results (item name, result)."""
    wrong: list[FieldError] = []
    results = list(items)
    if subject_result not in SUBJECT_RESULTS:
        wrong.append(FieldError("subject_result", "请从列表中选择检查结果。"))
    for name, result in results:
        if result not in ITEM_RESULTS:
            wrong.append(FieldError("item_results", f"“{name}”的结果只能是：{'、'.join(ITEM_RESULTS)}。"))
    failed = [name for name, result in results if result == "不合格"]
    if subject_result == "1" and failed:
        wrong.append(FieldError("subject_result", f"“未发现问题”与不合格事项矛盾：{_listed(failed)}。"))
    inspected = [name for name, result in results if result in {"合格", "不合格"}]
    if subject_result in TERMINAL and inspected:
        words = SUBJECT_RESULTS[subject_result]
        wrong.append(FieldError("subject_result", f"对象“{words}”时各事项应为“未检查”：{_listed(inspected)}。"))
    if wrong:
        raise ResultsContradict(fields=wrong)


def _listed(names: Sequence[str]) -> str:
    return "、".join(names[:5]) + (f"等 {len(names)} 项" if len(names) > 5 else "")
