"""Cells of an uploaded file: what a spreadsheet has made of words, numbers and times. No message repeats a cell."""

import re
import unicodedata
from datetime import date, datetime, timedelta
from typing import Final, TypeAlias

from libs.common.clock import CHINA
from libs.common.reference import AREAS, CITY

Cell: TypeAlias = "str | int | float | bool | None"

_DIGITS: Final = 15  # a spreadsheet keeps so many digits of a number
_BROKEN: Final = re.compile(r"\d(\.\d+)?[eE]\+?\d+")
_WHOLE: Final = re.compile(r"(\d+)\.0+")
_UNSEEN: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060\ufeff\ud800-\udfff]|_x000[dD]_")
_KEPT_AS_TEXT: Final = re.compile(r"""="([^"]*)"|['`]([ -~]+)""")  # how exports keep a number from being one
_MOMENT: Final = re.compile(
    r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?"
    r"(?:\s*星期[一二三四五六日天])?"
    r"(?:[T\s]*(上午|下午)?\s*(\d{1,2})[:时点](\d{1,2})分?(?::?(\d{1,2})(?:\.\d+)?秒?)?\s*(Z|[+-]\d{2}:?\d{2})?)?"
)
_COMPACT: Final = re.compile(r"(\d{4})(\d{2})(\d{2})(?:()(\d{2})(\d{2})(\d{2})?)?()")
_SERIAL: Final = re.compile(r"\d{5}(\.\d+)?")
_EPOCH: Final = datetime(1899, 12, 30, tzinfo=CHINA)  # of Excel's days, its 29 February 1900 counted
_YEARS: Final = (2000, 2099)  # that anybody may mean
_SERIALS: Final = (36_526, 73_050)  # the same
_CITY_ITSELF: Final = frozenset({"市本级", "市直", "市级", "市辖区", "全市"})
_OLD_COUNTIES: Final = {
    code: area.adcode for area in AREAS.values() for code in re.findall(r"\b\d{6}\b", area.note)
} | {name: area.adcode for area in AREAS.values() for name in re.findall(r"\d{6} ([一-龥]+)", area.note)}


def kept(value: object) -> Cell:
    """A cell as it is kept: days and times as ISO 8601, and nothing that no database takes."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, str):
        text = _UNSEEN.sub("", value).strip()
        found = _KEPT_AS_TEXT.fullmatch(text)
        return (found[1] or found[2] or "").strip() if found else text
    return value if isinstance(value, bool | int | float) else None


def words(value: Cell, *, lines: bool = False) -> str:
    """Text; a number as people write it. Spaces around it do not count, and line breaks only if asked for."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 10**_DIGITS:
        value = int(value)
    text = unicodedata.normalize("NFC", "" if value is None else str(value)).replace("\u3000", " ").strip()
    return text if lines else " ".join(text.split())


def number_text(value: Cell) -> tuple[str, bool]:
    """A number that is a name (code, phone, order id), and whether a spreadsheet has broken it.

    A broken one is given in the form in which it shows itself, such as 9.14103E+17, and is no number any more.
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        if value == int(value) and abs(value) < 10**_DIGITS:
            return str(int(value)), False
        return f"{value:.5E}", True
    text = "".join(unicodedata.normalize("NFKC", words(value)).split())
    if _BROKEN.fullmatch(text):
        return text.upper()[:18], True
    if whole := _WHOLE.fullmatch(text):
        return (whole[1], False) if len(whole[1]) <= _DIGITS else (text[:18], True)
    return text, False


def moment(value: Cell) -> datetime | None:
    """A moment, in China unless it says otherwise: a text, or the serial number of a day in Excel; None if neither."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return _from_serial(float(value))
    text = unicodedata.normalize("NFKC", value).strip()
    if _SERIAL.fullmatch(text):
        return _from_serial(float(text))
    found = _MOMENT.fullmatch(text) or _COMPACT.fullmatch(text)
    if found is None or not _YEARS[0] <= int(found[1]) <= _YEARS[1]:
        return None
    *date_of, half, hour, minute, second, offset = found.groups()
    year, month, day = map(int, date_of)
    try:
        zone = CHINA if not offset else datetime.fromisoformat(f"2000-01-01T00:00{offset}").tzinfo
        told = datetime(year, month, day, int(hour or 0), int(minute or 0), int(second or 0), tzinfo=zone)
        return told + timedelta(hours=12) if half == "下午" and told.hour < 12 else told
    except ValueError:
        return None


def _from_serial(serial: float) -> datetime | None:
    if not _SERIALS[0] <= serial < _SERIALS[1]:
        if serial == int(serial) and _COMPACT.fullmatch(str(int(serial))):
            return moment(str(int(serial)))
        return None
    return _EPOCH + timedelta(seconds=round(serial * 86_400))


def county(value: Cell) -> str | None:
    """The adcode of a county by name or code, old ones included; empty for an empty cell, None for another place."""
    text = "".join(words(value).split())
    if not text:
        return ""
    if text in _CITY_ITSELF:
        return CITY.adcode
    if text.isdigit() and len(text) in {6, 9, 12}:
        text = text[:6]
    if text in AREAS:
        return text
    for name in (text, text.removeprefix("河南省"), text.removeprefix("河南省").removeprefix("洛阳市")):
        if name in _OLD_COUNTIES:
            return _OLD_COUNTIES[name]
        for area in AREAS.values():
            short = area.name.removesuffix("区").removesuffix("县").removesuffix("回族")
            if name and name in {area.name, short, f"{short}区"}:
                return area.adcode
    return "410371" if text.endswith(("高新区", "高新技术产业开发区")) else None


def yes(value: Cell) -> bool:
    """Whether a cell says yes."""
    return value is True or words(value).lower() in {"是", "y", "yes", "true", "1", "√", "督办", "已督办"}
