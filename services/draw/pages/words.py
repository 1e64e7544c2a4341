"""The Chinese words of the draw's pages: states with their colours, parties, conditions, reasons."""

from collections.abc import Iterable
from typing import Any

from libs.common.reference import COUNTIES, county_name
from services.draw.domain.cells import CELL_COLUMNS
from services.draw.domain.draw import DrawState
from services.draw.domain.eligibility import ExcludedReason, Rules
from services.draw.domain.plan import PlanState
from services.draw.domain.pool import CLASSES
from services.draw.domain.ratios import Difference, PolicyState, percent_text
from services.draw.domain.rule import CEIL, FLOOR, Quota, Ratio
from services.draw.domain.task import TaskState
from services.draw.usecases.choose_policy import Choice

PARTY = {"lead": "牵头科室", "section": "业务科室"}
COLUMN = {"county": "地理区域", "industry": "所属行业", "size": "经营规模", "type": "企业类型", "class": "信用风险分类"}
CLASS = {"A": "A 类", "B": "B 类", "C": "C 类", "D": "D 类", "U": "未分类", "*": "（已脱敏）"}
CELLS = [(name, COLUMN[name]) for name in CELL_COLUMNS]
ROUNDING = {CEIL: "不低于", FLOOR: "不高于"}
# GB/T 4754—2017: the twenty sections
INDUSTRIES = [
    ("A", "农、林、牧、渔业"), ("B", "采矿业"), ("C", "制造业"), ("D", "电力、热力、燃气及水"), ("E", "建筑业"),
    ("F", "批发和零售业"), ("G", "交通运输、仓储和邮政"), ("H", "住宿和餐饮业"), ("I", "信息传输、软件"),
    ("J", "金融业"), ("K", "房地产业"), ("L", "租赁和商务服务"), ("M", "科学研究和技术服务"), ("N", "水利、环境"),
    ("O", "居民服务、修理"), ("P", "教育"), ("Q", "卫生和社会工作"), ("R", "文化、体育和娱乐"),
    ("S", "公共管理、社会组织"), ("T", "国际组织"),
]  # fmt: skip
INDUSTRY_OPTIONS = [(letter, f"{letter} {name}") for letter, name in INDUSTRIES]
INDUSTRY = dict(INDUSTRY_OPTIONS)
KEY = {"subject": "检查对象密钥", "officer": "检查人员密钥", "systematic": "均衡分布密钥"}
PROFILE = {"open": "公开分类", "masked": "分类脱敏"}

WORKING = {
    "freezing": "正在按抽取条件冻结待抽名录：逐户核对、计数、计算摘要。完成后各参与方即可登记承诺。",
    "committing": "正在用一次性随机数预演抽取和派员，确认检查人员足够；通过后随即登记承诺。",
    "seeded": "种子已确定，正在计算每户的抽签号，按分类抽取并选派检查人员。",
    "dispatching": "正在分批派发：先到的单位即可审批检查。中断后自动接着派发，不重不漏。",
}
WORKING_LABEL = {"freezing": "冻结进度", "committing": "预演进度", "seeded": "抽取进度", "dispatching": "派发进度"}

_TONE = {
    "freezing": "live",
    "committing": "live",
    "proposed": "warn",
    "published": "good",
    "rejected": "bad",
    "open": "live",
    "drawn": "live",
    "dispatching": "live",
    "dispatched": "good",
    "cancelled": "bad",
    "aborted": "bad",
    "seeded": "live",
    "selected": "warn",
    "logged": "live",
    "revealing": "live",
    "waiting": "live",
    "committed": "warn",
}


def plan_state(state: str) -> tuple[str, str]:
    """Label and tone of a plan's state."""
    return PlanState(state).label, _TONE.get(state, "")


def policy_state(state: str) -> tuple[str, str]:
    """Label and tone of a ratio policy's state."""
    return PolicyState(state).label, {"approved": "good"}.get(state) or _TONE.get(state, "")


def task_state(state: str) -> tuple[str, str]:
    """Label and tone of a task's state."""
    return TaskState(state).label, _TONE.get(state, "")


def draw_state(state: str, *, overdue: bool = False) -> tuple[str, str]:
    """Label and tone of a draw's state; without a result at its deadline it counts as aborted in public."""
    if overdue:
        return "逾期未出结果，视为中止", "bad"
    return DrawState(state).label, _TONE.get(state, "")


CLASS_OPTIONS = [(name, CLASS[name]) for name in CLASSES]


def options(values: Iterable[str]) -> list[tuple[str, str]]:
    """Values that are their own labels."""
    return [(value, value) for value in values]


def county_options() -> list[tuple[str, str]]:
    """The counties of the city."""
    return [(county.adcode, county.name) for county in COUNTIES]


def cells(columns: Iterable[str]) -> str:
    """The columns over which a draw is spread."""
    return "、".join(COLUMN[column] for column in columns)


def conditions(documents: Iterable[dict[str, Any]]) -> list[str]:
    """All conditions of a filter as sentence parts."""
    return [condition(document, county_name) for document in documents]


def finer(industries: Iterable[str]) -> list[str]:
    """The codes that are more than a section's letter."""
    return [code for code in industries if len(code) > 1]


def policy_options(choice: Choice | None) -> list[tuple[str, str]]:
    """The ratio policies that a plan may cite, the one in force named as such."""
    if choice is None:
        return []
    known = {choice.ruling.version: choice.ruling} | {one.version: one for one in choice.policies}
    return [
        (version, f"{version}（{place(one.county)}，{one.level}事项{'，现行' if one is choice.ruling else ''}）")
        for version, one in known.items()
    ]


def place(county: str) -> str:
    """Where a ratio policy rules."""
    return county_name(county) if county else "全市"


def ratios(ratio: dict[str, list[int]]) -> str:
    """The ratios of all classes in one cell."""
    return "、".join(f"{CLASS[name]} {share(Ratio(*ratio[name]))}" for name in CLASSES if name in ratio)


def share(ratio: Ratio) -> str:
    """A ratio exactly: as a percentage where that is possible."""
    text = percent_text(ratio)
    return f"{text}%" if text else f"{ratio.num}/{ratio.den}"


def spared(*, spare_a: bool) -> str:
    """Whether routine draws leave class A alone."""
    return "不抽" if spare_a else "照常"


def change(before: str, after: str) -> str:
    """What was and what will be; once if nothing changes."""
    return before if before == after else f"{before} → {after}"


def before_after(classes: Iterable[Difference]) -> list[tuple[str, int]]:
    """How many are drawn of each class now and then, as bars."""
    return [
        bar
        for one in classes
        for bar in ((f"{CLASS[one.stratum]} 现行", one.drawn_before), (f"{CLASS[one.stratum]} 新", one.drawn_after))
    ]


def how(quota: Quota, *, spare_a: bool, order_only: bool = False) -> str:
    """How a quota is taken, as a sentence."""
    if order_only:
        sentence = "重点检查事项没有比例上限：可抽取的每一户都检查，抽签只决定检查顺序"
    elif quota.rounding == CEIL:
        sentence = f"不低于规定比例，向上取整，每类至少 {quota.minimum} 户"
    else:
        sentence = f"不高于规定比例，向下取整，每类至少 {quota.minimum} 户"
    return sentence + ("；常规抽查不抽 A 类（无事不扰），触发的抽查不受此限" if spare_a else "") + "（细则第六条）。"


def drawn_by_class(strata: Iterable[tuple[str, int, int]]) -> list[tuple[str, int]]:
    """How many would be drawn, by class, under the words of the page."""
    return [(f"{CLASS[name]}（{n} 户）", k) for name, n, k in strata]


def by_class(numbers: dict[str, int]) -> list[tuple[str, int]]:
    """Numbers by credit class under the words of the page."""
    return [(CLASS[name], number) for name, number in sorted(numbers.items())]


def by_reason(numbers: dict[str, int]) -> list[tuple[str, int]]:
    """Numbers of subjects kept out, by reason."""
    return [(excluded(reason), number) for reason, number in numbers.items()]


def cap(reason: str, rules: Rules) -> str:
    """Which cap a subject has reached."""
    if reason == ExcludedReason.YEARLY_CAP:
        return f"本年已检查或待检查达 {rules.yearly_cap} 次"
    return f"{rules.item_window_days} 天内已查同一事项"


def excluded(reason: str) -> str:
    """Why a subject in the pool could not be drawn."""
    return ExcludedReason(reason).label


def condition(document: dict[str, Any], county_name: Any) -> str:
    """A filter condition as a sentence part."""
    column = COLUMN[document["col"]]
    if "in" in document:
        values = [county_name(value) if document["col"] == "county" else value for value in document["in"]]
        return f"{column}：{'、'.join(values)}"
    if "prefix" in document:
        return f"{column}代码以 {'、'.join(document['prefix'])} 开头"
    return f"{column}：{document['ge']} 至 {document['le']}"
