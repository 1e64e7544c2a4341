"""Where an attempt stands: its states in their order, and their words."""

from enum import StrEnum


class DrawState(StrEnum):
    """Where an attempt stands."""

    FROZEN = "frozen"
    COMMITTED = "committed"
    LOGGED = "logged"
    REVEALING = "revealing"
    WAITING = "waiting"
    SEEDED = "seeded"
    SELECTED = "selected"  # direct assignment alone: the subjects are drawn, their teams not yet named and approved
    DRAWN = "drawn"
    DISPATCHED = "dispatched"
    ABORTED = "aborted"

    @property
    def label(self) -> str:
        """The state for people."""
        return _LABELS[self]


_LABELS = {
    DrawState.FROZEN: "名录已冻结",
    DrawState.COMMITTED: "承诺已登记，等待公开日志回执",
    DrawState.LOGGED: "承诺已上公开日志，等待揭示",
    DrawState.REVEALING: "揭示中",
    DrawState.WAITING: "等待信标",
    DrawState.SEEDED: "种子已确定",
    DrawState.SELECTED: "已抽取检查对象，待选派人员",
    DrawState.DRAWN: "已抽取",
    DrawState.DISPATCHED: "已派发",
    DrawState.ABORTED: "已中止",
}
BEFORE_RESULT = (
    DrawState.FROZEN,
    DrawState.COMMITTED,
    DrawState.LOGGED,
    DrawState.REVEALING,
    DrawState.WAITING,
    DrawState.SEEDED,
    DrawState.SELECTED,
)
