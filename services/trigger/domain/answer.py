"""What the complainant is told, and when: no firm, no place, no text of the complaint, no other firm's outcome."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

ACCEPTED: Final = "accepted"
MATCHED: Final = "matched"
RETURNED: Final = "returned"
DISPATCHED: Final = "dispatched"
OUTCOME: Final = "outcome"
PUBLISHED: Final = "published"
REOPENED: Final = "reopened"
REVIEWED: Final = "reviewed"
TAKEN_BACK: Final = "withdrawn"  # the platform withdrew its order
PROBE: Final = "test"  # sent by an administrator to try a callback out; belongs to no order

STAGES: Final = {
    ACCEPTED: "收到",
    MATCHED: "受理",
    RETURNED: "退单",
    DISPATCHED: "派发检查",
    OUTCOME: "检查结果",
    PUBLISHED: "结果公示",
    REOPENED: "重新办理",
    REVIEWED: "复核办结",
    TAKEN_BACK: "平台撤回",
}

# By the subject-level result code of the public record; what is not named here was only registered.
_FOUND: Final = {
    "1": "经检查，未发现您反映事项方面的问题。",
    "E": "检查发现问题，已依法责令改正。",
    "A": "检查发现问题，已转入后续处理。",
    "8": "被检查单位不配合检查，已依法记录并处理（细则第十二条）。",
}
_REGISTERED: Final = "检查已经结束，按被检查单位的登记经营状况依法处理。"


WITHDRAWN: Final = "withdrawn"  # instead of a result: the draw took the case back, and nobody waits for it


@dataclass(frozen=True, slots=True)
class DrawFact:
    """How many subjects a draw for the trigger has drawn."""

    draw_id: str
    drawn: int


@dataclass(frozen=True, slots=True)
class CaseFact:
    """One inspection that followed from the trigger, as far as it has been heard of; `draw_id` once dispatched."""

    case_id: str
    draw_id: str
    uscc: str
    subject_result: str  # empty until the inspection is completed
    published: bool


def accepted(due: str) -> str:
    """On arrival; `due` is the day in Chinese by which it is decided whether to take it up."""
    return f"您反映的事项已收到，将不晚于{due}决定是否受理。"


def probe_text() -> str:
    """What a test answer says."""
    return "这是一条测试答复，不对应任何工单；请核验签名后返回 2xx。"


def matched() -> str:
    """The subject has been found."""
    return "您反映的事项已受理，并纳入触发预警监测；达到触发条件的，将依法开展随机抽查（细则第二条）。"


def returned() -> str:
    """A clerk has returned the order; the reason stays inside, since it may hold the complaint's words."""
    return "您反映的事项不属于本部门受理范围或信息不足以核实，现予退回。如有新的线索，可再次反映。"


def progress(uscc: str, draws: Sequence[DrawFact], cases: Sequence[CaseFact]) -> list[tuple[str, str]]:
    """Stages and texts due to the signal about `uscc` by what is known of its trigger's draws and cases.

    What goes out before an inspection is the same for all signals of a trigger: a firm that complains of itself
    must not learn that it was drawn. Afterwards the signal whose own subject was inspected hears of that
    inspection, the others of the action as a whole, in numbers, once all of it is done.
    """
    if not draws or any(sum(c.draw_id == draw.draw_id for c in cases) < draw.drawn for draw in draws):
        return []
    drawn = sum(draw.drawn for draw in draws)
    if not drawn:
        return []
    due = [(DISPATCHED, f"您反映的事项已纳入所在县区相关行业的触发式随机抽查，本次共抽取 {drawn} 户，已派发检查。")]
    standing = [case for case in cases if case.subject_result != WITHDRAWN]
    own = [case for case in standing if case.uscc == uscc]
    if own:
        return due + _own(own[0])
    if not standing:
        due.append((OUTCOME, "您反映的事项所触发的随机抽查，抽中的对象经核实均不属于应检查范围，检查已依法撤回。"))
    elif all(case.subject_result for case in standing):
        n = len(standing)
        due.append((OUTCOME, f"您反映的事项所触发的随机抽查已全部检查完毕，共检查 {n} 户，结果将依法公示。"))
        if all(case.published for case in standing):
            text = f"您反映的事项所触发的随机抽查共 {n} 户，检查结果已全部依法公示（细则第十四条）。"
            due.append((PUBLISHED, text))
    return due


def _own(case: CaseFact) -> list[tuple[str, str]]:
    if not case.subject_result:
        return []
    found = _FOUND.get(case.subject_result, _REGISTERED)
    due = [(OUTCOME, f"您反映事项涉及的单位已接受检查。{found}检查结果将在 20 个工作日内公示（细则第十四条）。")]
    if case.published:
        due.append((PUBLISHED, "您反映事项涉及的检查结果已依法公示，可在公开网站查询（细则第十四条）。"))
    return due
