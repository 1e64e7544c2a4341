"""单位: the lead section, the business sections, the county units that inspect (细则第七条)."""

import re
from dataclasses import dataclass
from typing import Final

from services.registry.domain.table import Columns, Parsed, Row, Table, read_rows

KINDS: Final = ("牵头科室", "业务科室", "县区单位")
_ID: Final = re.compile(r"[A-Z0-9][A-Z0-9-]{0,39}")

COLUMNS: Final = Columns(
    names={
        "unit_id": ("单位编号", "编号", "单位代码", "机构编码"),
        "name": ("单位名称", "名称", "单位"),
        "county": ("县区", "所属县区", "县区代码"),
        "kind": ("单位类别", "类别", "单位类型"),
    },
    required=("unit_id", "name", "county", "kind"),
)


@dataclass(frozen=True, slots=True)
class Unit:
    """One 单位."""

    unit_id: str
    name: str
    county: str
    kind: str


def read_units(table: Table) -> Parsed[Unit]:
    """Every row of a file of units."""
    return read_rows(table, COLUMNS, _read, lambda unit: unit.unit_id)


def _read(row: Row) -> Unit:
    unit_id = row.code("unit_id", required=True)
    if unit_id and not _ID.fullmatch(unit_id):
        row.wrong("unit_id", "单位编号用大写字母、数字和短横，至多 40 位")
    kind = row.choice("kind", {word: word for word in KINDS})
    county = row.county("county", city=True)
    if kind == "县区单位" and county == "410300":
        row.wrong("county", "县区单位必须属于一个县区（不得跨县区检查）")
    return Unit(unit_id, row.text("name", required=True, longest=100), county, kind)
