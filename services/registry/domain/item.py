"""抽查事项: an item of the list; without a legal basis it is none."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from services.registry.domain.check_points import CheckPoint, points_for
from services.registry.domain.table import Columns, Parsed, Row, Table, read_rows

LEVELS: Final = {"一般": "一般", "一般检查事项": "一般", "重点": "重点", "重点检查事项": "重点"}
METHODS: Final = {
    "现场": "1", "实地": "1", "书面": "2", "行政部门": "3", "专业意见": "3", "检验": "4", "检测": "4",
    "网络": "5", "非现场": "5", "委托": "6", "专业机构": "6",
}  # fmt: skip
METHOD_NAMES: Final = {
    "1": "实地检查",
    "2": "书面检查",
    "3": "行政部门检查结果或专业意见",
    "4": "检验检测",
    "5": "网络监测",
    "6": "委托专业机构辅助",
}

COLUMNS: Final = Columns(
    names={
        "name": ("抽查事项", "事项名称", "检查事项", "检查项目"),
        "legal_basis": ("检查依据", "法律依据", "依据"),
        "code": ("事项编号", "事项编码", "编号"),
        "category": ("抽查类别", "类别", "事项大类", "抽查项目"),
        "subject_kinds": ("检查对象", "抽查对象", "对象"),
        "level": ("事项类别", "事项级别"),
        "methods": ("检查方式", "抽查方式", "方式"),
        "authority": ("检查主体", "检查机关", "实施主体"),
        "section": ("业务科室", "责任科室", "科室"),
        "point": ("检查要点", "检查内容"),
        "point_method": ("操作方法与要领", "操作方法", "检查方法"),
        "materials": ("所需材料", "检查材料", "材料"),
        "valid_from": ("生效日期", "有效期起"),
        "valid_to": ("失效日期", "有效期止"),
    },
    required=("name", "legal_basis"),
)


@dataclass(frozen=True, slots=True)
class Item:
    """One 抽查事项 as a list gives it; `code` is empty until it has one."""

    code: str
    category: str
    name: str
    subject_kinds: str
    level: str
    methods: tuple[str, ...]
    authority: str
    legal_basis: str
    section: str
    check_points: tuple[CheckPoint, ...]
    valid_from: date | None
    valid_to: date | None

    def with_code(self, code: str) -> "Item":
        """The same item under its code."""
        return replace(self, code=code)


@dataclass(frozen=True, slots=True)
class KnownItem:
    """An item in the registry: its version, its place in the list, and what of it is published (0: nothing)."""

    item: Item
    version: int
    position: int
    category_number: int
    published_version: int
    changed_by: str


def read_items(table: Table) -> Parsed[Item]:
    """Every row of a list; a category that spans rows stands in the first of them only."""
    above = ""

    def read(row: Row) -> Item:
        nonlocal above
        above = row.text("category", longest=60) or above
        return _read(row, above)

    return read_rows(table, COLUMNS, read, lambda item: item.code or f"{item.category}/{item.name}")


def _read(row: Row, category: str) -> Item:
    if not category:
        row.wrong("category", "必填，请填写抽查类别")
    if not row.text("legal_basis", longest=2000):
        row.wrong("legal_basis", "没有法律依据的事项不得列入抽查事项清单，请写明法律、法规和条款")
    words = row.text("methods", longest=200)
    methods = tuple(sorted({code for word, code in METHODS.items() if word in words})) or ("1",)
    if words and not any(word in words for word in METHODS):
        row.wrong("methods", f"“{words[:20]}”不在代码表中，请填写：{'、'.join(METHOD_NAMES.values())}")
    name = row.text("name", required=True, longest=500)
    valid_from, valid_to = row.day("valid_from"), row.day("valid_to")
    if valid_from and valid_to and valid_to < valid_from:
        row.wrong("valid_to", "失效日期早于生效日期，请核对")
    own = row.text("point", longest=1000)
    points = points_for(category, name)
    if own:
        materials = tuple(row.several("materials")) or points[0].materials
        points = (CheckPoint(own, row.text("point_method", longest=2000) or points[0].method, materials),)
    return Item(
        code=row.code("code"),
        category=category,
        name=name,
        subject_kinds=row.text("subject_kinds", longest=200) or "用人单位",
        level=row.choice("level", LEVELS, otherwise="一般"),
        methods=methods,
        authority=row.text("authority", longest=200),
        legal_basis=row.text("legal_basis", longest=2000),
        section=row.text("section", longest=100),
        check_points=points,
        valid_from=valid_from,
        valid_to=valid_to,
    )
