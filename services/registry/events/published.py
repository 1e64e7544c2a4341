"""What registry says: who may be inspected, by whom, on what; whole states, so a late event is harmless."""

from datetime import date, datetime
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from libs.common.messaging.envelope import Event


class _State(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SubjectState(_State):
    """One 检查对象 as of `version`."""

    uscc: str  # 统一社会信用代码, or the old registration number
    version: int
    name: str
    kind: str  # 企业 个体 合作社 社会组织 机关事业
    enterprise_type: str
    legal_representative: str
    registered_address: str
    registered_county: str
    address: str  # 用工所在地
    county: str  # operating county (用工所在地): the pool filters on it
    industry: str  # GB/T 4754: letter and up to four digits, such as I6520
    scale: str  # 大 中 小 微
    headcount: int
    insured_headcount: int
    live: bool  # registration state allows inspection
    credit_class: str  # A B C D, or U (未分类)
    integrity_grade: str  # 劳动保障守法诚信等级 A B C, or empty
    whitelisted: bool
    last_inspected_on: date | None
    inspections_this_year: int


class SubjectsChanged(Event):
    """At most 200 subjects of one county were registered or changed. Aggregate: `subjects/<county>`."""

    TYPE: ClassVar[str] = "registry.subjects_changed"
    subjects: list[SubjectState]


class OfficerState(_State):
    """One 执法人员 as of `version`."""

    officer_id: str  # also the public number: a letter and digits, no name
    version: int
    name: str
    unit_id: str
    county: str
    certificate_number: str
    certificate_valid_to: date
    staff_kind: str  # 执法人员 or 辅助人员; only the former count
    on_duty: bool
    items_allowed: list[str]  # item categories; empty: all
    recusals: list[str]  # uscc of subjects that this officer must not inspect


class OfficersChanged(Event):
    """Officers of one county were registered or changed. Aggregate: `officers/<county>`."""

    TYPE: ClassVar[str] = "registry.officers_changed"
    officers: list[OfficerState]


class CheckPointState(_State):
    """One 检查要点 of an item."""

    text: str
    method: str  # 操作方法与要领: what to compare with what
    materials: list[str]


class ItemState(_State):
    """One 抽查事项 of the published list."""

    code: str
    version: int
    category: str
    name: str
    subject_kinds: str
    level: str  # 一般 or 重点
    methods: list[str]  # codes of 核查方式: 1 实地 2 书面 3 行政部门结果 4 检测 5 网络监测 6 委托机构
    authority: str
    legal_basis: str
    section: str
    check_points: list[CheckPointState]
    valid_from: date
    valid_to: date | None
    published_at: datetime


class ItemsPublished(Event):
    """Items of the list were published or changed. Aggregate: `items/<category number>`, at most 60 items."""

    TYPE: ClassVar[str] = "registry.items_published"
    items: list[ItemState]


class UnitState(_State):
    """One 单位 that inspects or leads."""

    unit_id: str
    version: int
    name: str
    county: str
    kind: str  # 牵头科室 业务科室 县区单位


class UnitsChanged(Event):
    """Units were registered or changed. Aggregate: `units`, county of the city."""

    TYPE: ClassVar[str] = "registry.units_changed"
    units: list[UnitState]
