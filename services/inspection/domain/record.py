"""The record of an inspection in parts that are saved one by one, so that a lost signal loses one part at most."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any, TypeAlias

from libs.common.errors import FieldError, Invalid
from services.inspection.domain import codes
from services.inspection.domain.case import Case
from services.inspection.domain.check_table import CheckItem

LONGEST_TEXT = 4000


@dataclass(frozen=True, slots=True)
class ItemEntry:
    """What was found on one item."""

    result: str = ""  # 合格 不合格 未检查 合理缺项, or nothing yet
    facts: str = ""


@dataclass(frozen=True, slots=True)
class Visit:
    """How and until when it was inspected (细则第九条); assistants never count as officers."""

    methods: tuple[str, ...] = ()
    ended_at: datetime | None = None
    assistants: str = ""
    situation: str = ""


@dataclass(frozen=True, slots=True)
class Signature:
    """Signed, sealed, or why neither could be had (细则第十条)."""

    kind: str = ""
    signer: str = ""
    capacity: str = ""  # 法定代表人（负责人） or 授权人
    reason: str = ""
    witness: str = ""
    no_witness_reason: str = ""


@dataclass(frozen=True, slots=True)
class Conclusion:
    """The result of the whole and what follows from it (细则第十五条)."""

    subject_result: str = ""
    follow_up: str = ""  # derived from the result when empty
    rectify_by: date | None = None
    requirements: str = ""


@dataclass(frozen=True, slots=True)
class NonCooperation:
    """The record of one kind of grave non-cooperation (细则第十二条)."""

    facts: str = ""


Part: TypeAlias = ItemEntry | Visit | Signature | Conclusion | NonCooperation


@dataclass(frozen=True, slots=True)
class Evidence:
    """A file that was kept as evidence; `about` is a part's name or `general`."""

    evidence_id: str
    about: str
    name: str
    media_type: str
    size: int
    sha256: str
    uploaded_by_name: str
    uploaded_at: datetime


@dataclass(frozen=True, slots=True)
class Saved:
    """The newest version of a part."""

    version: int
    part: Part
    saved_by_name: str
    saved_at: datetime


@dataclass(frozen=True, slots=True)
class Record:
    """Everything recorded so far; a part that nobody has saved has version 0."""

    check_table: tuple[CheckItem, ...]
    saved: Mapping[str, Saved] = field(default_factory=dict)
    evidence: tuple[Evidence, ...] = ()

    def item(self, code: str) -> ItemEntry:
        """The entry of one item."""
        part = self.part(f"item/{code}")
        return part if isinstance(part, ItemEntry) else ItemEntry()

    @property
    def visit(self) -> Visit:
        """How it was inspected."""
        part = self.part("visit")
        return part if isinstance(part, Visit) else Visit()

    @property
    def signature(self) -> Signature:
        """Who signed."""
        part = self.part("signature")
        return part if isinstance(part, Signature) else Signature()

    @property
    def conclusion(self) -> Conclusion:
        """The result."""
        part = self.part("conclusion")
        return part if isinstance(part, Conclusion) else Conclusion()

    @property
    def non_cooperation(self) -> dict[int, NonCooperation]:
        """The kinds that were recorded; one whose text was emptied again is none."""
        found = {}
        for kind in codes.NON_COOPERATION:
            part = self.part(f"non_cooperation/{kind}")
            if isinstance(part, NonCooperation) and part.facts:
                found[kind] = part
        return found

    def part(self, name: str) -> Part:
        """The newest content of a part, empty if nobody has saved it."""
        saved = self.saved.get(name)
        return saved.part if saved else empty(name)

    def version(self, name: str) -> int:
        """The newest version of a part."""
        saved = self.saved.get(name)
        return saved.version if saved else 0

    def evidence_about(self, about: str) -> tuple[Evidence, ...]:
        """The files kept for a part."""
        return tuple(file for file in self.evidence if file.about == about)

    def knows(self, name: str) -> bool:
        """Whether the record has a part of this name."""
        kind, _, key = name.partition("/")
        if kind == "item":
            return any(item.code == key for item in self.check_table)
        if kind == "non_cooperation":
            return key.isdigit() and int(key) in codes.NON_COOPERATION
        return name in {"visit", "signature", "conclusion"}


_KINDS: dict[str, type[Part]] = {
    "item": ItemEntry,
    "visit": Visit,
    "signature": Signature,
    "conclusion": Conclusion,
    "non_cooperation": NonCooperation,
}


def empty(name: str) -> Part:
    """A part before anything was entered; raises KeyError for a name that is none."""
    return _KINDS[name.partition("/")[0]]()


def document_of(part: Part) -> dict[str, Any]:
    """A part as JSON."""
    document = asdict(part)
    for key, value in document.items():
        if isinstance(value, date):  # a datetime is a date
            document[key] = value.isoformat()
    return document


def part_from(name: str, document: dict[str, Any]) -> Part:
    """Read a part that was stored as JSON."""
    values = dict(document)
    if values.get("ended_at"):
        values["ended_at"] = datetime.fromisoformat(values["ended_at"])
    if values.get("rectify_by"):
        values["rectify_by"] = date.fromisoformat(values["rectify_by"])
    if "methods" in values:
        values["methods"] = tuple(values["methods"])
    return _KINDS[name.partition("/")[0]](**values)


def field_id(name: str, field_name: str) -> str:
    """The id of a part's field on the page, which errors link to: `item/0101`, `result` → `result-0101`."""
    _, _, key = name.partition("/")
    return f"{field_name}-{re.sub(r'[^0-9A-Za-z]', '_', key)}" if key else field_name


def check_part(case: Case, name: str, part: Part, now: datetime) -> None:
    """Raise Invalid when a part says what no record may say; what is merely missing may be added later."""
    errors: list[FieldError] = []

    def refuse(field_name: str, message: str) -> None:
        errors.append(FieldError(field_id(name, field_name), message))

    for key, value in document_of(part).items():
        if isinstance(value, str) and len(value) > LONGEST_TEXT:
            refuse(key, f"文字过长，请缩短到 {LONGEST_TEXT} 字以内")
    match part:
        case ItemEntry(result=result) if result and result not in codes.ITEM_RESULTS:
            refuse("result", "检查结果只能是：合格、不合格、未检查、合理缺项")
        case Visit():
            if unknown := [code for code in part.methods if code not in codes.METHODS]:
                refuse("methods", f"没有核查方式 {'、'.join(unknown)}，请从列表中选择（细则第九条）")
            _check_end(case, part.ended_at, now, refuse)
        case Signature(kind=kind) if kind and kind not in codes.SIGNATURES:
            refuse("kind", "请选择：签名确认、盖章确认、无法取得签名或盖章（细则第十条）")
        case Conclusion():
            _check_conclusion(part, refuse)
        case _:
            pass
    if errors:
        raise Invalid(fields=errors)


def _check_end(case: Case, ended_at: datetime | None, now: datetime, refuse: Any) -> None:
    if ended_at is None or case.started_at is None:
        return
    # Forms know minutes only, so an end within the minute of the start is in order.
    if ended_at < case.started_at.replace(second=0, microsecond=0):
        refuse("ended_at", "检查结束时间不能早于开始时间")
    elif ended_at > now:
        refuse("ended_at", "检查结束时间不能晚于现在")


def _check_conclusion(part: Conclusion, refuse: Any) -> None:
    if name := codes.MARKET_REGULATION_ONLY.get(part.subject_result):
        refuse("subject_result", f"“{name}”只由市场监管部门认定，请另选检查结论；发现线索的请移交（细则第十一条）")
    elif part.subject_result and part.subject_result not in codes.SUBJECT_RESULTS:
        refuse("subject_result", "请从列表中选择检查结论")
    if part.follow_up and part.follow_up not in codes.FOLLOW_UPS:
        refuse("follow_up", "请从列表中选择后续处置（细则第十五条）")
