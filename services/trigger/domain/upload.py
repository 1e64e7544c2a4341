"""A row of an uploaded file becomes an entry, or says cell by cell what is wrong with it, repeating nothing of it."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from libs.common.clock import china_date
from libs.common.reference import CITY
from libs.common.table import LOST
from services.trigger.domain import cells
from services.trigger.domain.cells import Cell
from services.trigger.domain.entry import (
    COMPLAINT,
    MONITORED,
    MONITORED_KIND,
    ORDER_ID,
    REFERRED_KIND,
    SOURCE_OF,
    Entry,
    Referral,
    document_number,
    faults_of,
    hit_id,
    hit_text,
    referral_id,
)
from services.trigger.domain.upload_columns import LEVELS

UNSORTED: Final = "未分类"

_BETWEEN: Final = re.compile(r"\s*[/／>›»|、,，;；\n\\]+\s*|\s+[-—]+\s*|--+")  # noqa: RUF001 - as exports write paths
_KINDS: Final = {
    "": "投诉举报", "投诉举报": "投诉举报", "投诉": "投诉举报", "举报": "投诉举报", "举报投诉": "投诉举报",
    "求助": "求助", "求决": "求助", "咨询": "咨询", "建议": "建议", "意见建议": "建议", "意见": "建议",
}  # fmt: skip
_ERRORS: Final = frozenset({"#N/A", "#VALUE!", "#REF!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!"})
_REPORTER: Final = ("reporter_name", "reporter_phone", "reporter_id_number", "reporter_bank_card")
_LONGEST: Final = {"content": 10_000, "title": 300, "address": 300, "url": 2_000}
_LONG: Final = 100


@dataclass(frozen=True, slots=True)
class Told:
    """What was told of a row: its fault or doubt, at which field."""

    field: str
    message: str


@dataclass(frozen=True, slots=True)
class Around:
    """What a row is judged by beside itself: who uploads it, what was agreed with the platform, and the time."""

    kind: str
    county: str  # the uploader's, or the city
    agreed: Collection[str]
    now: datetime


@dataclass(slots=True)
class Row:
    """One row while it is read, and what came of it."""

    values: Mapping[str, Cell]
    entry: Entry | None = None
    faults: list[Told] = field(default_factory=list)
    doubts: list[Told] = field(default_factory=list)

    def wrong(self, name: str, message: str) -> None:
        """The row can't be taken."""
        self.faults.append(Told(name, message))

    def doubt(self, name: str, message: str) -> None:
        """The row is taken, and a clerk has to look at it."""
        self.doubts.append(Told(name, message))

    def text(self, name: str, *, required: bool = False, lines: bool = False) -> str:
        """Words."""
        told = cells.words(self.values.get(name), lines=lines)
        if required and not told:
            self.wrong(name, "必填，请补充")
        if len(told) > (longest := _LONGEST.get(name, _LONG)):
            self.wrong(name, f"太长，至多 {longest} 个字符")
        return told

    def number(self, name: str) -> str:
        """A number of the reporter, which is only kept whole."""
        told, broken = cells.number_text(self.values.get(name))
        if broken:
            self.doubt(name, "被表格软件改成了数值，末几位已丢失，不保存；需要时请按原件补登")
            return ""
        return told[:40]

    def moment(self, name: str, now: datetime | None = None) -> datetime | None:
        """A moment, not after `now`."""
        value = self.values.get(name)
        if value is None or value == "":
            self.wrong(name, "必填，请补充，如 2026-11-20 09:30")
            return None
        found = cells.moment(value)
        if found is None:
            self.wrong(name, "不是日期时间，请按 2026-11-20 09:30 的样式填写")
        elif now is not None and found > now:
            self.wrong(name, "晚于当前时间，请核对")
            return None
        return found


def read_row(row: Sequence[Cell], mapping: Mapping[str, int], around: Around) -> Row:
    """What a row says, by the columns that `mapping` names."""
    read = Row({name: row[place] for name, place in mapping.items() if place < len(row) and row[place] not in _ERRORS})
    for name, place in mapping.items():
        value = row[place] if place < len(row) else None
        if isinstance(value, str) and LOST in value:
            read.doubt(name, "有文件编码中已损坏的字，请按原件核对")
        elif value in _ERRORS:
            read.doubt(name, "是公式的错误值，按空白处理，请按原件核对")
    readers = {COMPLAINT: _complaint, MONITORED: _hit}
    entry = readers.get(around.kind, _referral)(read, around)
    if entry is not None and not read.faults:
        read.entry = entry
    return read


def _complaint(row: Row, around: Around) -> Entry | None:
    order_id, broken = cells.number_text(row.values.get("order_id"))
    if broken:
        row.wrong("order_id", "被表格软件改成了数值，末几位已丢失；请将该列设为“文本”格式后重新导出")
    elif not ORDER_ID.fullmatch(order_id):
        row.wrong("order_id", "应为 3 至 80 位字母、数字和 . _ -" if order_id else "必填，请补充")
    kind = _KINDS.get(row.text("kind").removesuffix("类").removesuffix("件"))
    if kind is None:
        row.wrong("kind", "只能是：投诉举报、求助、咨询、建议")
    title, content = row.text("title"), row.text("content", required=True, lines=True)
    return _entry(
        row, around, order_id, kind or "",
        content=content if not title or title in content else f"{title}\n{content}",
        accepted_at=row.moment("accepted_at", around.now), supervised=cells.yes(row.values.get("supervised")),
    )  # fmt: skip


def _hit(row: Row, around: Around) -> Entry | None:
    url = row.text("url", required=True)
    if url and not url.startswith(("http://", "https://")):
        row.wrong("url", "应以 http:// 或 https:// 开头")
    excerpt = row.text("content", required=True, lines=True)
    return _entry(
        row, around, hit_id(url), MONITORED_KIND, content=hit_text(url, row.text("title"), excerpt),
        accepted_at=row.moment("accepted_at", around.now),
    )  # fmt: skip


def _referral(row: Row, around: Around) -> Entry | None:
    accepted_at, reply_by = row.moment("accepted_at", around.now), row.moment("reply_by")
    number, sender = document_number(row.text("document_number")), row.text("sender")
    content = row.text("content", required=True, lines=True)
    if accepted_at is None or reply_by is None:
        return None
    referral = Referral(number, sender, china_date(reply_by))
    for fault in faults_of(referral, china_date(accepted_at)):
        row.wrong(fault.field, fault.message)
    return _entry(
        row, around, "", REFERRED_KIND, content=content, accepted_at=accepted_at, referral=referral,
        matter=row.text("matter"),
    )  # fmt: skip


def _entry(
    row: Row, around: Around, order_id: str, kind: str, *, content: str, accepted_at: datetime | None,
    supervised: bool = False, referral: Referral | None = None, matter: str = "",
) -> Entry | None:  # fmt: skip
    name, code, county = row.text("employer_name"), _code(row), _county(row, around)
    protected = {
        "content": content,
        "address": row.text("address"),
        "street": row.text("street"),
        **{name: row.number(name) if name != "reporter_name" else row.text(name) for name in _REPORTER},
    }
    path, channel, urgency = _path(row), row.text("channel"), row.text("urgency")
    if kind and kind not in around.agreed:
        row.wrong("kind", f"该平台未约定接收“{kind}”，请联系系统管理员调整约定后重新上传")
    if accepted_at is None or row.faults:
        return None
    return Entry(
        order_id=referral_id(referral, name, code, matter) if referral else order_id,
        source=SOURCE_OF[around.kind] if around.kind != COMPLAINT else "",
        kind=kind,
        channel=channel,
        category_path=path,
        urgency=urgency or "一般",
        county=county,
        employer_name=name,
        employer_uscc=code,
        accepted_at=accepted_at,
        protected={name: text for name, text in protected.items() if text},
        supervised=supervised,
        referral=referral,
    )


def _code(row: Row) -> str:
    """The employer's code; a broken one is kept as it shows itself, so that nothing is matched by it."""
    code, broken = cells.number_text(row.values.get("employer_uscc"))
    if broken:
        row.doubt("employer_uscc", "被表格软件改成了数值，末几位已丢失，不按代码匹配，请核对匹配结果")
    elif code and len(code) not in {13, 15, 18}:
        row.doubt("employer_uscc", "不是 18 位统一社会信用代码，请核对匹配结果")
    return code.upper()[:18]


def _county(row: Row, around: Around) -> str:
    county = cells.county(row.values.get("county"))
    if county is None:
        row.doubt(
            "county",
            "不是本市的县区，按县区不明登记" if around.county == CITY.adcode else "不是本市的县区，按本县区登记",
        )
    if not county:
        return around.county
    if around.county not in {CITY.adcode, county}:
        row.wrong("county", "不是您的县区，请交由该县区或市级登记")
    return county


def _path(row: Row) -> list[str]:
    """One to five levels, from a column each or from one column with all of them."""
    levels = [told for name in LEVELS if (told := row.text(name))]
    levels = levels or [part for part in _BETWEEN.split(row.text("category")) if part]
    return levels[:5] or [UNSORTED]
