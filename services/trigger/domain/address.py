"""Whether two addresses mean the same place: by road and number, or by a building's name."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from libs.common.reference import COUNTIES

NOWHERE: Final = 0
SAME_ROAD: Final = 1
SAME_DOOR: Final = 2

_DIGITS: Final = str.maketrans("一二三四五六七八九", "123456789")
_OUTER: Final = re.compile(
    "河南省?|洛阳市?|" + "|".join(re.escape(area.name) for area in COUNTIES) + r"|偃师市|孟津县|瀍河区|高新区"
)
_TOWN: Final = re.compile(r"^[^\d\W]{1,6}?(?:街道办事处|街道|镇|乡)")
_ROAD: Final = re.compile(
    r"(?P<road>[^\d\W]{1,7}?(?:大道|路|街|巷|胡同|道))(?:[东西南北]段|[^\d\W]{0,4}?(?=\d))?(?P<door>\d+)?号?"
)
_BUILDING: Final = re.compile(
    r"(?:路|街|号|与|交叉口|旁|附近)?(?P<building>[^\d\W]{2,8}?"
    r"(?:大厦|广场|中心|小区|花园|公馆|工业园|产业园|科技园|园区|市场|商城|工地|项目|村|社区))"
)


@dataclass(frozen=True, slots=True)
class Place:
    """What of an address tells it from others."""

    road: str
    door: str
    building: str


def place_of(address: str) -> Place:
    """Road, number and building of an address; nothing where it names none."""
    text = "".join(unicodedata.normalize("NFKC", address).split())
    text = _TOWN.sub("", _OUTER.sub("", text))
    road = _ROAD.search(text.translate(_DIGITS)) or _ROAD.search(text)
    building = _BUILDING.search(text[road.end() :] if road else text)
    return Place(
        road["road"] if road else "",
        (road["door"] or "") if road else "",
        building["building"] if building else "",
    )


def nearness(one: str, other: str) -> int:
    """SAME_DOOR, SAME_ROAD, or NOWHERE, which says nothing: people tell where they were, not where the firm is."""
    if not one or not other:
        return NOWHERE
    left, right = place_of(one), place_of(other)
    same_road = left.road != "" and left.road == right.road
    if same_road and left.door != "" and left.door == right.door:
        return SAME_DOOR
    if left.building != "" and left.building == right.building and (same_road or not left.road or not right.road):
        return SAME_DOOR
    return SAME_ROAD if same_road and not (left.door and right.door) else NOWHERE
