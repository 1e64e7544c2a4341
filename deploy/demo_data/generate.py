"""The invented city of the demo: subjects, units, officers and accounts; the same bytes every time.

Nothing in it is real: every firm is called 示例, every person has a surname that nobody has.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass
from datetime import date, timedelta
from typing import Final

from stdnum.cn import uscc as stdnum_uscc

from deploy.demo_data.draws import number, one_of, weighted
from libs.common.reference import CITY, COUNTIES, County

SUBJECTS: Final = 20_000
OFFICERS_A_COUNTY: Final = 10
LEAD_UNIT: Final = "LY-LEAD"

_COUNTY_WEIGHTS: Final = {
    "410302": 5, "410303": 9, "410304": 4, "410305": 11, "410307": 8, "410308": 7, "410311": 16, "410323": 6,
    "410324": 4, "410325": 4, "410326": 4, "410327": 6, "410328": 3, "410329": 7, "410371": 6,
}  # fmt: skip
# GB/T 4754 code, words in a firm's name, weight
_TRADES: Final = (
    ("L7262", "劳务派遣", 9), ("L7264", "人力资源服务", 5), ("E4710", "住宅建筑", 7), ("E4813", "市政工程", 5),
    ("E4999", "建筑装饰", 6), ("C3311", "金属结构", 6), ("C3599", "专用设备制造", 5), ("C1353", "食品加工", 3),
    ("C2140", "家具制造", 4), ("C3021", "水泥制品", 3), ("F5211", "百货零售", 8), ("F5164", "建材批发", 6),
    ("F5295", "家居零售", 4), ("G5430", "道路货运", 6), ("G6020", "快递服务", 3), ("H6210", "餐饮服务", 8),
    ("H6110", "酒店管理", 3), ("I6510", "软件开发", 4), ("K7020", "物业管理", 5), ("O8051", "洗浴服务", 2),
    ("P8391", "职业技能培训", 3), ("R9051", "体育健身", 2), ("M7482", "工程监理", 2), ("B0810", "铁矿采选", 1),
)  # fmt: skip
_FIRST: Final = "恒安瑞泽宏景嘉禾启明远航盛和永信腾云卓越天工丰沃乾元博雅昌顺"
_SECOND: Final = "达源泰博通利兴邦诚美华晟凯旋鼎新汇众辰光科联悦居隆基川岳林溪"
_STEMS: Final = "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌亥"
_SIGNS: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_ORGANISATION_WEIGHTS: Final = (3, 7, 9, 10, 5, 8, 4, 2)  # GB 11714
_SCALES: Final = (("微", 55), ("小", 30), ("中", 12), ("大", 3))
_HEADCOUNTS: Final = {"微": (2, 18), "小": (10, 90), "中": (60, 300), "大": (300, 2500)}
_CLASSES: Final = (("A", 40), ("B", 30), ("C", 15), ("D", 5), ("未分类", 10))
_STATES: Final = (("存续", 970), ("停业", 10), ("注销", 12), ("吊销", 6), ("清算", 2))
_GRADES: Final = (("A", 30), ("B", 45), ("C", 5), ("", 20))


@dataclass(frozen=True, slots=True)
class DemoSubject:
    """One subject, its fields in the order of the file."""

    uscc: str
    name: str
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
    credit_class_on: str
    integrity_grade: str
    whitelisted: str


_SUBJECT_HEADER: Final = (
    "统一社会信用代码", "企业名称", "企业类型", "法定代表人", "联系电话", "注册地址", "注册县区", "经营地址",
    "经营县区", "行业代码", "规模", "用工人数", "参保人数", "登记状态", "信用风险分类", "信用分类日期", "守法诚信等级",
    "白名单",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class DemoOfficer:
    """One officer, its fields in the order of the file."""

    officer_id: str
    name: str
    unit_id: str
    certificate_number: str
    certificate_valid_to: str
    staff_kind: str
    duty: str
    phone: str
    items_allowed: str
    recusals: str
    relation: str
    trained_on: str


_OFFICER_HEADER: Final = (
    "人员编号", "姓名", "单位编号", "执法证号", "证件有效期至", "人员类别", "在岗状态", "联系电话", "执法事项范围",
    "回避对象", "回避关系", "最近培训日期",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """Somebody who can sign in; the password is made when the demo starts."""

    username: str
    name: str
    role: str
    county: str
    unit_id: str = ""
    officer_id: str = ""


def subjects(count: int = SUBJECTS) -> list[DemoSubject]:
    """Subjects with valid codes, spread over the counties as people and firms are."""
    return [_subject(index) for index in range(count)]


def officers(today: date) -> list[DemoOfficer]:
    """Ten officers a county; certificates run from `today` on, but a few have expired, are away or only assist."""
    wanted: dict[str, DemoSubject] = {}
    for subject in subjects(2_000):
        wanted.setdefault(subject.county, subject)
    return [
        _officer(place * OFFICERS_A_COUNTY + rank, rank, county, wanted, today)
        for place, county in enumerate(COUNTIES)
        for rank in range(OFFICERS_A_COUNTY)
    ]


def units() -> list[tuple[str, str, str, str]]:
    """Number, name, county and kind of each unit."""
    return [
        (LEAD_UNIT, "洛阳市人力资源和社会保障局劳动保障监察科", CITY.name, "牵头科室"),
        ("LY-LABOUR", "洛阳市人力资源和社会保障局劳动关系科", CITY.name, "业务科室"),
        ("LY-MARKET", "洛阳市人力资源和社会保障局人力资源流动管理科", CITY.name, "业务科室"),
        ("LY-FUND", "洛阳市人力资源和社会保障局社会保险基金监督科", CITY.name, "业务科室"),
        *((unit_of(county), f"{county.name}人力资源和社会保障局", county.name, "县区单位") for county in COUNTIES),
    ]


def unit_of(county: County) -> str:
    """The unit that inspects in a county."""
    return f"LY-{county.adcode}"


def accounts(today: date) -> list[DemoAccount]:
    """Who signs in during the demo: two of the lead section, one section, two a county, every officer, two others."""
    return [
        DemoAccount("admin2", "例管理员", "admin", CITY.adcode),
        DemoAccount("lead1", "例牵头甲", "lead", CITY.adcode, LEAD_UNIT),
        DemoAccount("lead2", "例牵头乙", "lead", CITY.adcode, LEAD_UNIT),
        DemoAccount("section1", "例业务甲", "section", CITY.adcode, "LY-LABOUR"),
        DemoAccount("auditor1", "例监督甲", "auditor", CITY.adcode),
        *(_unit_account(county, letter, word) for county in COUNTIES for letter, word in (("a", "甲"), ("b", "乙"))),
        *(_officer_account(one) for one in officers(today) if one.staff_kind == "执法人员"),
    ]


def _unit_account(county: County, letter: str, word: str) -> DemoAccount:
    name = f"例{county.name[:2]}{word}"
    return DemoAccount(f"unit-{county.adcode}-{letter}", name, "unit", county.adcode, unit_of(county))


def _officer_account(one: DemoOfficer) -> DemoAccount:
    county = one.unit_id.removeprefix("LY-")
    return DemoAccount(one.officer_id.lower(), one.name, "officer", county, one.unit_id, one.officer_id)


def subjects_csv(count: int = SUBJECTS) -> bytes:
    """The file of subjects, UTF-8 with a byte order mark."""
    return _csv(_SUBJECT_HEADER, (astuple(one) for one in subjects(count)))


def officers_csv(today: date) -> bytes:
    """The file of officers."""
    return _csv(_OFFICER_HEADER, (astuple(one) for one in officers(today)))


def units_csv() -> bytes:
    """The file of units."""
    return _csv(("单位编号", "单位名称", "县区", "单位类别"), units())


def _csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue().encode("utf-8-sig")


def _subject(index: int) -> DemoSubject:
    key = f"subject/{index}"
    county = weighted(f"{key}/county", [(area, _COUNTY_WEIGHTS[area.adcode]) for area in COUNTIES])
    # One in twenty works elsewhere than it is registered: it is inspected where it employs people.
    home = county if number(f"{key}/moved", 20) else one_of(f"{key}/home", COUNTIES)
    industry, words = weighted(f"{key}/trade", [((code, name), weight) for code, name, weight in _TRADES])
    scale = weighted(f"{key}/scale", _SCALES)
    low, high = _HEADCOUNTS[scale]
    headcount = low + number(f"{key}/headcount", high - low)
    credit = weighted(f"{key}/credit", _CLASSES)
    single = scale == "微" and number(f"{key}/single", 4) == 0
    brand = one_of(f"{key}/first", _FIRST) + one_of(f"{key}/second", _SECOND)
    # The number keeps names apart: twenty thousand firms have more names than three signs make.
    name = f"洛阳示例{brand}{words}{index + 1:05d}号" + ("店" if single else "有限公司")
    street = f"示例路{number(f'{key}/street', 400) + 1}号"
    return DemoSubject(
        uscc=_code("92" if single else "91", home, index),
        name=name,
        enterprise_type="个体工商户" if single else "有限责任公司",
        legal_representative="样" + one_of(f"{key}/given1", _STEMS) + one_of(f"{key}/given2", _STEMS),
        phone=f"0379-0000{number(f'{key}/phone', 10_000):04d}",
        registered_address=f"{CITY.name}{home.name}{street}",
        registered_county=home.name,
        address=f"{CITY.name}{county.name}{street}",
        county=county.name,
        industry=industry,
        scale=scale,
        headcount=headcount,
        insured_headcount=headcount * (60 + number(f"{key}/insured", 41)) // 100,
        registration_state=weighted(f"{key}/state", _STATES),
        credit_class=credit,
        credit_class_on="" if credit == "未分类" else "2026-11-01",
        integrity_grade=weighted(f"{key}/grade", _GRADES),
        whitelisted="是" if credit == "A" and number(f"{key}/white", 100) == 0 else "否",
    )


def _code(kind: str, county: County, index: int) -> str:
    # The organisation's own eight signs from the index, so that no two codes are the same.
    signs, left = "", index * 7 + 31
    for _ in range(6):
        left, place = divmod(left, len(_SIGNS))
        signs = _SIGNS[place] + signs
    own = "MA" + signs
    values = [int(sign) if sign.isdigit() else ord(sign) - 55 for sign in own]
    rest = 11 - sum(value * weight for value, weight in zip(values, _ORGANISATION_WEIGHTS, strict=True)) % 11
    body = f"{kind}{county.adcode}{own}{'X' if rest == 10 else '0' if rest == 11 else rest}"
    return body + str(stdnum_uscc.calc_check_digit(body))


def _officer(index: int, rank: int, county: County, subjects_of: dict[str, DemoSubject], today: date) -> DemoOfficer:
    key = f"officer/{index}"
    valid_to = date(today.year + 1 + number(f"{key}/valid", 4), 12, 31)
    if rank == 8 and index % 20 == 8:
        valid_to = date(today.year - 1, 12, 31)
    known = subjects_of[county.name] if rank == 3 else None
    first, second = divmod(index * 5 + 7, len(_STEMS))
    return DemoOfficer(
        officer_id=f"L{index + 1:04d}",
        name=f"例{_STEMS[first % len(_STEMS)]}{_STEMS[second]}",
        unit_id=unit_of(county),
        certificate_number=f"16030{county.adcode[2:]}{index + 1:04d}",
        certificate_valid_to=valid_to.isoformat(),
        staff_kind="辅助人员" if rank == 9 else "执法人员",
        duty="休假" if rank == 7 and index % 3 == 0 else "在岗",
        phone=f"0379-0001{index:04d}",
        items_allowed="劳务派遣、人力资源服务、劳动合同及招用工管理" if rank == 6 and index % 4 == 2 else "",
        recusals=known.uscc if known else "",
        relation="配偶在该单位任职" if known else "",
        trained_on=(today - timedelta(days=30 + number(f"{key}/trained", 300))).isoformat(),
    )
