"""The columns of lists, shared by pages, exports and API."""

from libs.common.web import Column

SIGNAL_COLUMNS = (
    Column("order_id", "工单编号", sortable=True, code=True, width=28),
    Column("source", "触发来源", sortable=True),
    Column("came_by", "接入方式", sortable=True),
    Column("kind", "类型"),
    Column("category", "类别", sortable=True, width=24),
    Column("county", "县区", sortable=True),
    Column("state", "状态", sortable=True),
    Column("received_at", "收到时间", sortable=True, width=20),
    Column("due", "受理期限", sortable=True),
    Column("urge_count", "催办", sortable=True, numeric=True),
    Column("supervised", "督办", sortable=True),
    Column("review_due", "复核期限", sortable=True),
)
UNREGISTERED_COLUMNS = (
    Column("name", "工单所填单位", sortable=True, width=36),
    Column("uscc", "工单所填代码", code=True, width=22),
    Column("county", "县区", sortable=True),
    Column("signals", "线索数", sortable=True, numeric=True),
    Column("first_at", "首次反映", sortable=True, width=20),
    Column("last_at", "最近反映", sortable=True, width=20),
    Column("due", "最早受理期限", sortable=True, width=16),
)
UNREGISTERED_FILTERS = ("q", "county")
TRIGGER_COLUMNS = (
    Column("rule_name", "规则", sortable=True, width=30),
    Column("source", "触发来源", sortable=True),
    Column("county", "县区", sortable=True),
    Column("signal_count", "线索数", sortable=True, numeric=True),
    Column("fired_at", "触发时间", sortable=True, width=20),
    Column("finish_by", "完成期限", sortable=True),
    Column("plan_id", "抽查计划", code=True),
)
ANSWER_COLUMNS = (
    Column("order_id", "工单编号", sortable=True, code=True, width=28),
    Column("platform", "平台", sortable=True, width=24),
    Column("sequence", "序号", numeric=True),
    Column("stage", "环节", sortable=True),
    Column("text", "答复内容", width=60),
    Column("state", "状态", sortable=True),
    Column("attempts", "次数", sortable=True, numeric=True),
    Column("created_at", "答复时间", sortable=True, width=20),
    Column("sent_at", "送达时间", sortable=True, width=20),
)
SLA_COLUMNS = (
    Column("month", "到期月份", sortable=True),
    Column("platform", "平台", sortable=True, width=24),
    Column("clock", "时限", sortable=True, width=24),
    Column("in_time", "按期", sortable=True, numeric=True),
    Column("late", "超期", sortable=True, numeric=True),
    Column("running", "未到期", sortable=True, numeric=True),
)
SLA_FILTERS = ("platform", "clock")
SIGNAL_FILTERS = (
    *("q", "county", "state", "source", "came_by", "platform", "category"),
    *("late", "supervised", "urged", "review", "held", "week"),
)
TRIGGER_FILTERS = ("county", "source")
ANSWER_FILTERS = ("q", "state", "stage", "platform")
FIRING_COLUMNS = (
    Column("moment", "触发时间", sortable=True, width=20),
    Column("county", "县区", sortable=True),
    Column("letter", "行业门类", sortable=True),
    Column("compared", "对照", sortable=True, width=14),
    Column("signals", "线索数", sortable=True, numeric=True),
    Column("subjects", "对象数", sortable=True, numeric=True),
    Column("complainants", "反映人数", sortable=True, numeric=True),
    Column("points", "分值", sortable=True, numeric=True),
    Column("actual_at", "实际触发时间", sortable=True, width=20),
    Column("names", "涉及的检查对象", width=60),
)
FIRING_FILTERS = ("county", "compared")
