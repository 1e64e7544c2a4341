"""Made-up complaints by day, the same on every machine: season, holidays, weekends, counties of different size."""

import hashlib
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from libs.common.reference import COUNTIES
from libs.common.workdays import is_workday

WAGES = "工资支付和最低工资标准"
# Complaints a week in a middling county on an ordinary week.
LEVELS: Mapping[str, float] = {
    WAGES: 6.0,
    "社会保险": 3.0,
    "劳动合同及招用工管理": 2.0,
    "工作时间和休息休假": 1.2,
    "人力资源服务": 0.5,
    "劳务派遣": 0.4,
    "女职工和未成年工特殊劳动保护": 0.2,
    "高温劳动保护": 0.15,
    "职业技能培训和职业技能考核鉴定": 0.2,
    "其他": 1.5,
}
SPRING_FESTIVALS = (date(2023, 1, 22), date(2024, 2, 10), date(2025, 1, 29), date(2026, 2, 17))


@dataclass(frozen=True)
class Surge:
    """A county's category at a multiple of its level for some days."""

    county: str
    category: str
    first: date
    days: int
    times: float


@cache
def _unit(key: str) -> float:
    """A number above 0 and below 1 for a key, as chance would give it."""
    return (int.from_bytes(hashlib.sha256(key.encode()).digest()[:8]) + 0.5) / 2**64


def poisson(mean: float, key: str) -> int:
    """A count that chance alone decides, by inversion."""
    mark, number = _unit(key), 0
    chance = whole = math.exp(-mean)
    while whole < mark and chance > 0:
        number += 1
        chance *= mean / number
        whole += chance
    return number


def dispersed(mean: float, ratio: float, key: str) -> int:
    """A count of the negative binomial distribution whose variance is `ratio` times its mean; Poisson's at 1."""
    if ratio <= 1:
        return poisson(mean, key)
    size = mean / (ratio - 1)
    mark, number = _unit(key), 0
    chance = whole = ratio**-size
    while whole < mark and chance > 1e-18:
        chance *= (size + number) / (number + 1) * (1 - 1 / ratio)
        number += 1
        whole += chance
    return number


def season(category: str, day: date) -> float:
    """How a category rises and falls: wages before Spring Festival, heat in July and August, work days by far."""
    factor = 1.0 if is_workday(day)[0] else 0.35
    if category == WAGES:
        ahead = min((abs((feast - day).days - 20) for feast in SPRING_FESTIVALS), default=99)
        factor *= 1 + 1.2 * math.exp(-((ahead / 18) ** 2))
    if category == "高温劳动保护":
        factor *= 8.0 if day.month in {7, 8} else 0.2
    return factor * 1.22  # so that a week of five days' work comes to its level


def size(county: str) -> float:
    """How many complaints a county has beside a middling one: from a quarter to two and a half."""
    return float(0.25 * 10 ** _unit(f"size {county}"))


def usual(county: str, category: str, day: date) -> float:
    """How many complaints are to be expected of a day."""
    return LEVELS[category] / 7 * size(county) * season(category, day)


def history(
    first: date, days: int, *, ratio: float = 1.3, seed: str = "", surges: tuple[Surge, ...] = ()
) -> Iterator[tuple[str, str, date, int]]:
    """County, category, day and number of complaints, where there were any."""
    for area in COUNTIES:
        for category in LEVELS:
            for offset in range(days):
                day = first + timedelta(days=offset)
                mean = usual(area.adcode, category, day)
                for surge in surges:
                    if (surge.county, surge.category) == (area.adcode, category):
                        mean *= surge.times if 0 <= (day - surge.first).days < surge.days else 1
                if number := dispersed(mean, ratio, f"{seed}|{area.adcode}|{category}|{day}"):
                    yield area.adcode, category, day, number
