"""What trigger says: why an inspection starts. No informant's data, no text of a complaint, ever."""

from datetime import date
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from libs.common.messaging.envelope import Event


class Condition(BaseModel):
    """One condition of a pool filter, as `sunlot-draw/1` knows it."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    col: Literal["id", "county", "industry", "size", "type", "class"]
    within: list[str] | None = None  # written "in" in the commitment
    prefix: list[str] | None = None


class TriggerFired(Event):
    """A rule fired (细则第二条、第四条). Aggregate: `trigger/<trigger_id>`."""

    TYPE: ClassVar[str] = "trigger.trigger_fired"
    trigger_id: str
    rule_id: str
    rule_version: int
    rule_name: str
    article: str  # 细则第二条
    source: str  # 投诉举报 转办交办 网络监测 风险防控 信用风险分类
    county: str
    reason: str  # a Chinese sentence made from numbers only
    signal_count: int
    counts: dict[str, int]
    mode: Literal["directed_draw", "one_subject"]
    filter: list[Condition]
    item_categories: list[str]
    urgent: bool
    finish_by: date  # the inspections should be over by this day


class SignalMatched(Event):
    """A signal was matched to a subject; for counts only. Aggregate: `signal/<signal_id>`."""

    TYPE: ClassVar[str] = "trigger.signal_matched"
    signal_id: str
    uscc: str
    county: str
    category: str
