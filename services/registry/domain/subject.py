"""检查对象: what is known of one, and how a row of a file becomes one."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from services.registry.domain.industry import industry_code
from services.registry.domain.table import Columns, Parsed, Row, Table, read_rows
from services.registry.domain.uscc import examine, kind_of

CREDIT_CLASSES: Final = ("A", "B", "C", "D", "U")
SCALES: Final = ("大", "中", "小", "微")
LIVE: Final = "存续"
_STATES: Final = {
    **dict.fromkeys(("存续", "在业", "开业", "正常", "在营", "在册"), LIVE),
    **dict.fromkeys(("存续(在营、开业、在册)", "存续（在营、开业、在册）"), LIVE),
    **{state: state for state in ("停业", "歇业", "清算", "注销", "吊销", "撤销", "迁出")},
    "吊销,未注销": "吊销", "吊销，未注销": "吊销", "吊销未注销": "吊销", "已注销": "注销", "已吊销": "吊销",
}  # fmt: skip

COLUMNS: Final = Columns(
    names={
        "uscc": ("统一社会信用代码", "社会信用代码", "信用代码", "统一代码", "注册号", "USCC", "uscc"),
        "name": ("名称", "企业名称", "单位名称", "检查对象", "检查对象名称", "市场主体名称", "用人单位名称"),
        "county": ("经营县区", "用工所在县区", "用工所在地", "县区", "所属县区", "区县", "县区代码"),
        "enterprise_type": ("企业类型", "主体类型", "市场主体类型", "类型"),
        "legal_representative": ("法定代表人", "负责人", "法人", "法定代表人姓名", "经营者"),
        "phone": ("联系电话", "电话", "手机", "联系方式"),
        "registered_address": ("注册地址", "住所", "登记住所"),
        "registered_county": ("注册县区", "登记县区", "住所县区"),
        "address": ("经营地址", "用工地址", "经营场所", "地址", "生产经营地址"),
        "industry": ("行业代码", "行业", "所属行业", "行业门类"),
        "scale": ("规模", "企业规模", "经营规模"),
        "headcount": ("用工人数", "职工人数", "从业人数", "人数"),
        "insured_headcount": ("参保人数", "社保人数"),
        "registration_state": ("登记状态", "经营状态", "企业状态", "状态"),
        "credit_class": ("信用风险分类", "信用分类", "信用风险等级", "风险分类"),
        "credit_class_on": ("信用分类日期", "分类日期"),
        "integrity_grade": ("守法诚信等级", "劳动保障守法诚信等级", "诚信等级"),
        "whitelisted": ("白名单", "是否白名单", "无事不扰"),
    },
    required=("uscc", "name", "county"),
)


@dataclass(frozen=True, slots=True)
class Subject:
    """One 检查对象 as a file or a form gives it; where it employs people decides whose it is."""

    uscc: str
    name: str
    kind: str
    enterprise_type: str
    legal_representative: str
    phone: str
    registered_address: str
    registered_county: str
    address: str
    county: str
    industry: str
    scale: str
    headcount: int
    insured_headcount: int
    registration_state: str
    credit_class: str
    credit_class_on: date | None
    integrity_grade: str
    whitelisted: bool

    @property
    def live(self) -> bool:
        """Only a live subject may be drawn."""
        return self.registration_state == LIVE


@dataclass(frozen=True, slots=True)
class Visits:
    """What has been inspected already: the last day, and how often in `year`."""

    last_on: date | None = None
    count: int = 0
    year: int = 0

    def in_year(self, year: int) -> int:
        """Inspections in `year`: the count begins anew with the year."""
        return self.count if self.year == year else 0

    def and_one(self, ended_on: date) -> "Visits":
        """After one more finished inspection, told in any order."""
        last = max(filter(None, (self.last_on, ended_on)))
        if ended_on.year < self.year:
            return Visits(last, self.count, self.year)
        return Visits(last, self.in_year(ended_on.year) + 1, ended_on.year)


@dataclass(frozen=True, slots=True)
class KnownSubject:
    """A subject in the registry, with its version and its inspections."""

    subject: Subject
    version: int
    visits: Visits


def read_subjects(table: Table) -> Parsed[Subject]:
    """Every row of a file of subjects."""
    return read_rows(table, COLUMNS, _read, lambda subject: subject.uscc)


_SCALE_WORDS: Final = {scale: scale for scale in SCALES}
_CLASS_WORDS: Final = {**{letter: letter for letter in CREDIT_CLASSES}, "未分": "U"}
_GRADE_WORDS: Final = {"A": "A", "B": "B", "C": "C"}


def _read(row: Row) -> Subject:
    uscc = row.code("uscc", required=True)
    if uscc:
        finding = examine(uscc)
        if finding.error:
            row.wrong("uscc", finding.error)
        elif finding.doubt:
            row.doubt("uscc", finding.doubt)
    words = row.code("industry")
    industry = industry_code(words) if words else ""
    if industry is None:
        row.wrong("industry", f"“{words[:20]}”不是 GB/T 4754 行业代码，请填写门类字母加数字，如 I6520")
    county = row.county("county")
    enterprise_type = row.text("enterprise_type")
    state = row.text("registration_state")
    if state and state not in _STATES:
        row.wrong("registration_state", f"“{state[:20]}”不在代码表中，请填写存续、停业、清算、注销、吊销、撤销或迁出")
    address = row.text("address")
    return Subject(
        uscc=uscc,
        name=row.text("name", required=True, longest=200),
        kind=kind_of(uscc, enterprise_type),
        enterprise_type=enterprise_type,
        legal_representative=row.text("legal_representative", longest=100),
        phone=row.code("phone"),
        registered_address=row.text("registered_address") or address,
        registered_county=row.county("registered_county", city=True, otherwise=county) if county else "",
        address=address,
        county=county,
        industry=industry or "",
        scale=row.choice("scale", _SCALE_WORDS, otherwise=""),
        headcount=row.whole("headcount"),
        insured_headcount=row.whole("insured_headcount"),
        registration_state=_STATES.get(state, LIVE),
        credit_class=row.choice("credit_class", _CLASS_WORDS, otherwise="U"),
        credit_class_on=row.day("credit_class_on"),
        integrity_grade=row.choice("integrity_grade", _GRADE_WORDS, otherwise=""),
        whitelisted=row.yes("whitelisted"),
    )
