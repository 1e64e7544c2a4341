"""Counties by any name or code that files use, the codes of before the merger of 2021 included."""

import re
from typing import Final

from libs.common.reference import AREAS, CITY

_OLD: Final = re.compile(r"(\d{6}) ([一-龥]+)")
_ENDINGS: Final = ("回族区", "技术产业开发区", "区", "县", "市")


def _names() -> dict[str, str]:
    known: dict[str, str] = {}
    for area in AREAS.values():
        known[area.adcode] = known[area.name] = area.adcode
        for code, name in _OLD.findall(area.note):
            known[code] = known[name] = area.adcode
    for name, code in list(known.items()):
        for ending in _ENDINGS:
            if len(short := name.removesuffix(ending)) >= 2 and short != name:
                known.setdefault(short, code)
                break
    return known | {"高新": "410371", "高新区": "410371", "洛阳高新区": "410371"}


_KNOWN: Final = _names()


def find_county(text: str) -> str | None:
    """The present six-digit code for a name or code (of six, nine or twelve digits), or None."""
    words = "".join(text.split())
    if words.isdigit() and len(words) in {6, 9, 12}:
        return _KNOWN.get(words[:6])
    if words in _KNOWN:
        return _KNOWN[words]
    words = words.removeprefix("河南省").removeprefix(CITY.name)
    return _KNOWN.get(words) or _KNOWN.get(f"{CITY.name}{words}" if words else "")
