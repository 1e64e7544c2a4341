"""How dates, names, codes and ratios are written on every page."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from fractions import Fraction
from typing import Any, Final

from libs.common import clock
from libs.common.reference import county_name

NONE: Final = "—"
"""What a page shows where there is no value."""

# Words that end the name of an organisation: such a name is public and is never masked.
_ORGANISATION_ENDINGS: Final = (
    *(
        "公司",
        "企业",
        "集团",
        "工厂",
        "厂",
        "店",
        "行",
        "社",
        "所",
        "院",
        "校",
        "学校",
        "中心",
        "协会",
        "商会",
    ),
    *(
        "基金会",
        "合伙)",
        "合伙）",
        "办公室",
        "委员会",
        "部",
        "馆",
        "站",
        "队",
        "局",
        "园",
        "户",
        "铺",
        "吧",
        "室",
    ),
)
_LONGEST_PERSON_NAME: Final = 4


def local(value: datetime) -> datetime:
    """Return an aware time in Asia/Shanghai; a naive one is a mistake of the caller and raises ValueError."""
    if value.tzinfo is None:
        raise ValueError(f"a time on a page needs its zone: {value!r}")
    return value.astimezone(clock.CHINA)


def day(value: date | datetime | None) -> str:
    """Write a date, or the Shanghai date of an aware time, as 2026年11月22日."""
    if value is None:
        return NONE
    if isinstance(value, datetime):
        value = local(value).date()
    return f"{value.year}年{value.month}月{value.day}日"


def moment(value: datetime | None) -> str:
    """Write an aware time as 2026年11月22日 15:04 in Asia/Shanghai."""
    if value is None:
        return NONE
    here = local(value)
    return f"{day(here)} {here:%H:%M}"


def iso(value: date | datetime | None) -> str:
    """Write a date or time for machines (`<time datetime>`, `<input type=date>`); nothing for none."""
    return "" if value is None else value.isoformat()


def county(adcode: str | None) -> str:
    """Name of the county with this adcode; an unknown code stays."""
    return county_name(adcode) if adcode else NONE


def masked_name(name: str | None) -> str:
    """Mask a person's name to its first character (张*); the name of an organisation stays."""
    if not name:
        return NONE
    if len(name) > _LONGEST_PERSON_NAME or (len(name) > 1 and name.endswith(_ORGANISATION_ENDINGS)):
        # "·" joins the parts of a minority or foreign person's name, however long it is.
        return name.split("·", 1)[0][0] + "*" if "·" in name else name
    return name[0] + "*"


def masked_code(code: str | None, head: int = 4, tail: int = 4) -> str:
    """Mask the middle of a code or number (4103**********1234); a short one shows only its last two signs."""
    if not code:
        return NONE
    if len(code) <= head + tail:
        shown = code[-2:] if len(code) > 2 else ""
        return "*" * (len(code) - len(shown)) + shown
    return code[:head] + "*" * (len(code) - head - tail) + code[-tail:]


def percent(pair: Sequence[int] | None, digits: int = 1) -> str:
    """Write the exact ratio [numerator, denominator] as a percentage, halves rounded up; 0 below is none."""
    if pair is None or pair[1] == 0:
        return NONE
    scale = 10**digits
    units = (Fraction(pair[0], pair[1]) * 100 * scale * 2 + 1) // 2
    whole, rest = divmod(units, scale)
    return f"{whole}.{rest:0{digits}d}%" if digits else f"{whole}%"


def thousands(number: int | None) -> str:
    """Write a count with narrow no-break spaces between thousands (3 184)."""
    return NONE if number is None else f"{number:,}".replace(",", "\u202f")


FILTERS: Final[dict[str, Callable[..., Any]]] = {
    "day": day,
    "moment": moment,
    "iso": iso,
    "county": county,
    "masked_name": masked_name,
    "masked_code": masked_code,
    "percent": percent,
    "thousands": thousands,
}
