"""Where an attempt stands: its states in their order, and their words."""

from enum import StrEnum


class DrawState(StrEnum):
    """Where an attempt stands."""

    FREEZING = "freezing"
    FROZEN = "frozen"
    COMMITTING = "committing"  # the trial draws are held; whoever passes them is committed at once
    COMMITTED = "committed"
    LOGGED = "logged"
    REVEALING = "revealing"
    WAITING = "waiting"
    SEEDED = "seeded"
    SELECTED = "selected"  # direct assignment alone: the subjects are drawn, their teams not yet named and approved
    DRAWN = "drawn"
    DISPATCHING = "dispatching"  # a long list goes to the units batch by batch
    DISPATCHED = "dispatched"
    ABORTED = "aborted"

    @property
    def label(self) -> str:
        """The state for people."""
        return _LABELS[self]


_LABELS = {
    DrawState.FREEZING: "正在冻结名录",
    DrawState.FROZEN: "名录已冻结",
    DrawState.COMMITTING: "正在预演",
    DrawState.COMMITTED: "承诺已登记，等待公开日志回执",
    DrawState.LOGGED: "承诺已上公开日志，等待揭示",
    DrawState.REVEALING: "揭示中",
    DrawState.WAITING: "等待信标",
    DrawState.SEEDED: "种子已确定",
    DrawState.SELECTED: "已抽取检查对象，待选派人员",
    DrawState.DRAWN: "已抽取",
    DrawState.DISPATCHING: "正在派发",
    DrawState.DISPATCHED: "已派发",
    DrawState.ABORTED: "已中止",
}
BEFORE_RESULT = (
    DrawState.FREEZING,
    DrawState.FROZEN,
    DrawState.COMMITTING,
    DrawState.COMMITTED,
    DrawState.LOGGED,
    DrawState.REVEALING,
    DrawState.WAITING,
    DrawState.SEEDED,
    DrawState.SELECTED,
)
