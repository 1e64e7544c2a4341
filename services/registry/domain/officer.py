"""执法人员: certificate, unit, duty, what they may inspect and whom they must not (细则第五条、第十条)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from services.registry.domain.table import Columns, Parsed, Row, Table, read_rows

STAFF_KINDS: Final = {
    "执法人员": "执法人员",
    "执法": "执法人员",
    "辅助人员": "辅助人员",
    "辅助": "辅助人员",
    "协管员": "辅助人员",
}
DUTIES: Final = {"在岗": "在岗", "休假": "休假", "请假": "休假", "停职": "停职", "停用": "停职"}
_ID: Final = re.compile(r"[A-Z]\d{3,8}")

COLUMNS: Final = Columns(
    names={
        "officer_id": ("人员编号", "执法人员编号", "编号"),
        "name": ("姓名", "人员姓名"),
        "unit_id": ("单位编号", "所属单位编号", "所属单位"),
        "certificate_number": ("执法证号", "证件编号", "执法证编号", "行政执法证号"),
        "certificate_valid_to": ("证件有效期至", "有效期至", "执法证有效期", "有效期"),
        "staff_kind": ("人员类别", "人员性质"),
        "duty": ("在岗状态", "状态"),
        "phone": ("联系电话", "电话", "手机"),
        "items_allowed": ("执法事项范围", "执法范围", "事项范围"),
        "recusals": ("回避对象", "回避对象代码"),
        "recusal_reason": ("回避关系", "回避事由"),
        "trained_on": ("最近培训日期", "培训日期"),
    },
    required=("officer_id", "name", "unit_id", "certificate_number", "certificate_valid_to"),
)


@dataclass(frozen=True, slots=True)
class Recusal:
    """A subject that this officer must not inspect, and the relation that forbids it."""

    uscc: str
    relation: str
    declared_on: date | None = None


@dataclass(frozen=True, slots=True)
class Officer:
    """One 执法人员; the county follows from the unit."""

    officer_id: str
    name: str
    unit_id: str
    certificate_number: str
    certificate_valid_to: date
    staff_kind: str
    duty: str
    phone: str
    items_allowed: tuple[str, ...]
    recusals: tuple[Recusal, ...]
    trained_on: date | None

    @property
    def on_duty(self) -> bool:
        """Whether this officer works now."""
        return self.duty == "在岗"

    def drawable(self, today: date) -> bool:
        """Whether a draw may choose this officer: certified to this day, working, no auxiliary (细则第十条)."""
        return self.on_duty and self.staff_kind == "执法人员" and self.certificate_valid_to >= today


@dataclass(frozen=True, slots=True)
class KnownOfficer:
    """An officer in the registry, with version and county."""

    officer: Officer
    version: int
    county: str


def read_officers(table: Table) -> Parsed[Officer]:
    """Every row of a file of officers."""
    return read_rows(table, COLUMNS, _read, lambda officer: officer.officer_id)


def same_certificate(officers: Sequence[Officer]) -> list[tuple[Officer, Officer]]:
    """Pairs of officers that claim one certificate."""
    first: dict[str, Officer] = {}
    pairs = []
    for officer in officers:
        other = first.setdefault(officer.certificate_number, officer)
        if other is not officer:
            pairs.append((officer, other))
    return pairs


def _read(row: Row) -> Officer | None:
    officer_id = row.code("officer_id", required=True)
    if officer_id and not _ID.fullmatch(officer_id):
        row.wrong("officer_id", "人员编号为一个大写字母加 3–8 位数字，不得含姓名，如 L0001")
    valid_to = row.day("certificate_valid_to", required=True)
    relation = row.text("recusal_reason")
    recusals = tuple(Recusal(uscc.upper(), relation) for uscc in row.several("recusals"))
    if recusals and not relation:
        row.wrong("recusal_reason", "填写了回避对象的，请写明回避关系")
    officer = Officer(
        officer_id=officer_id,
        name=row.text("name", required=True, longest=50),
        unit_id=row.code("unit_id", required=True),
        certificate_number=row.code("certificate_number", required=True),
        certificate_valid_to=valid_to or date.max,
        staff_kind=row.choice("staff_kind", STAFF_KINDS, otherwise="执法人员"),
        duty=row.choice("duty", DUTIES, otherwise="在岗"),
        phone=row.code("phone"),
        items_allowed=tuple(row.several("items_allowed")),
        recusals=recusals,
        trained_on=row.day("trained_on"),
    )
    return officer if valid_to else None
