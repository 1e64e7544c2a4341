"""The tabs of the working pages and of the public site: one list, so that five services show the same one."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Tab:
    """One entry of a main navigation; a page marks itself with `active=<name>`."""

    name: str
    label: str
    href: str


WORK_TABS: Final = (
    Tab("desk", "工作台", "/registry/desk"),
    Tab("trigger", "触发预警", "/trigger/"),
    Tab("draw", "抽查任务", "/draw/"),
    Tab("inspection", "现场检查", "/inspection/"),
    Tab("publicity", "结果公示", "/publicity/"),
    Tab("registry", "名录库", "/registry/"),
)

PUBLIC_TABS: Final = (
    Tab("home", "首页", "/public/"),
    Tab("items", "事项清单", "/public/items"),
    Tab("plans", "计划公告", "/public/plans"),
    Tab("tasks", "任务公告", "/public/tasks"),
    Tab("results", "结果公示", "/public/results"),
    Tab("verify", "抽取复核", "/public/verify"),
    Tab("log", "公开日志", "/public/log"),
)

STEPS: Final = ("制定计划", "抽取名单", "派发名单", "匹配人员", "实施检查", "录入公示")
"""The six steps of 细则第七条, the spine of the product."""

LOGIN: Final = "/registry/login"
LOGOUT: Final = "/registry/logout"
