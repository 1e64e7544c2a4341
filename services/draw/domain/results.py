"""What an inspection can find of a subject, and what counts as a problem (the provincial codes in use)."""

from dataclasses import dataclass
from typing import Final

RESULTS: Final = {
    "1": "未发现问题",
    "E": "发现问题已责令改正",
    "A": "发现问题待后续处理",
    "B": "未按规定公示",
    "C": "公示信息隐瞒真实情况、弄虚作假",
    "6": "通过登记住所无法联系",
    "8": "不配合检查情节严重",
    "F": "未发现开展本次抽查涉及的经营活动",
    "7": "已关闭停业或正在清算",
    "9": "注销",
    "10": "吊销",
    "11": "撤销",
    "12": "迁出",
}
PROBLEMS: Final = frozenset({"E", "A", "B", "C", "8"})
JUDGED: Final = PROBLEMS | {"1"}  # the others say that there was nothing to judge


def result_label(code: str) -> str:
    """A result for people; an unknown code stays."""
    return RESULTS.get(code, code)


@dataclass(frozen=True, slots=True)
class Outcome:
    """Numbers of drawn subjects of a group, each subject once a draw."""

    drawn: int
    dispatched: int  # handed to a unit and not taken back
    inspected: int
    judged: int
    problems: int
    withdrawn: int

    @property
    def in_progress(self) -> int:
        """Handed out, without a result."""
        return self.dispatched - self.inspected

    @property
    def problem_rate(self) -> tuple[int, int]:
        """Problems among the subjects that could be judged, as an exact ratio."""
        return self.problems, self.judged

    def document(self) -> dict[str, object]:
        """As JSON values."""
        return {
            "drawn": self.drawn,
            "dispatched": self.dispatched,
            "inspected": self.inspected,
            "in_progress": self.in_progress,
            "problems": self.problems,
            "judged": self.judged,
            "problem_rate": list(self.problem_rate),
            "withdrawn": self.withdrawn,
        }
