"""Our early warning beside published detectors, on the same made-up history and the same outbreaks."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from libs.common.reference import COUNTIES
from services.trigger.domain.warning import by_week, enough, judge
from tests.benchmarks.warning_peers import Counts, by_day, c2, c3, farrington
from tests.trigger.warning.history import LEVELS, dispersed, history, poisson, size, usual

START: Final = date(2022, 11, 7)  # a Monday
FIRST_JUDGED: Final = 160  # weeks; Farrington flexible wants three years and more
WEEKS: Final = FIRST_JUDGED + 52
LASTS: Final = 3  # weeks of an outbreak
OUTBREAKS_AT: Final = tuple(range(FIRST_JUDGED + 2, WEEKS - LASTS, 8))
SAME: Final = 20  # false alarms a year at which methods are compared once more

Extra = Callable[[str, str, date, str, float], int]
OUTBREAKS: Final[Mapping[str, Extra]] = {
    "×2": lambda county, category, day, key, ratio: dispersed(usual(county, category, day), ratio, key),
    "×3": lambda county, category, day, key, ratio: dispersed(2 * usual(county, category, day), ratio, key),
    "+5 a week": lambda _county, _category, _day, key, _ratio: poisson(5 / 7, key),
}
BANDS: Final = (("below 1", 0.0, 1.0), ("1 to 4", 1.0, 4.0), ("4 and more", 4.0, 1e9))


class Place:
    """One county and category: its days, weeks, and what the others have."""

    def __init__(self, days: Counts, rest: Mapping[date, int]) -> None:
        self.days = days
        self.weeks = [sum(days[7 * week : 7 * week + 7]) for week in range(len(days) // 7)]
        self.by_date = {START + timedelta(days=n): number for n, number in enumerate(days) if number}
        self.by_monday = by_week(self.by_date)
        self.rest = rest
        self.rest_by_monday = by_week(rest)


def ours(place: Place, week: int) -> float:
    """The strength of the strongest finding of the week, as an alarm's page shows it; 0 if there can be no alarm."""
    monday = START + timedelta(weeks=week)
    found = 0.0
    for grain, period, last, mine, others in (
        ("week", monday, monday + timedelta(days=6), place.by_monday, place.rest_by_monday),
        *(("day", day, day, place.by_date, place.rest) for day in (monday + timedelta(days=n) for n in range(7))),
    ):
        if not mine.get(period, 0) or not enough(last, place.by_date):
            continue
        verdict = judge("week" if grain == "week" else "day", period, mine, others, START)
        if verdict is not None:
            found = max(found, (verdict.count - verdict.expected) / max(verdict.limit - verdict.expected, 1e-9))
    return found


METHODS: Final[Mapping[str, Callable[[Place, int], float]]] = {
    "Sunlot": ours,
    "EARS C2, days": lambda place, week: by_day(c2)(place.days, week),
    "EARS C3, days": lambda place, week: by_day(c3)(place.days, week),
    "EARS C2, weeks": lambda place, week: c2(place.weeks, week),
    "EARS C3, weeks": lambda place, week: c3(place.weeks, week),
    "Farrington flexible, 3 years": lambda place, week: farrington(place.weeks, week),
}


@dataclass(frozen=True, slots=True)
class Scores:
    """Scores of one method: of all weeks in which nothing happened, and of the weeks of each outbreak by its band."""

    quiet: list[float]
    outbreaks: Mapping[tuple[str, str], list[list[float]]]

    def false_alarms(self, cut: float) -> int:
        """In a year, of all counties and categories."""
        return sum(score >= cut for score in self.quiet)

    def cut_for(self, alarms: int) -> float:
        """The score from which on there are at most so many false alarms."""
        return sorted(self.quiet, reverse=True)[alarms] + 1e-9

    def found(self, outbreak: str, band: str, cut: float) -> tuple[float, float]:
        """The share of outbreaks found while they last, and in which week of them on average, from 1."""
        runs = self.outbreaks[outbreak, band]
        first = [next((n for n, score in enumerate(run, 1) if score >= cut), 0) for run in runs]
        hits = [n for n in first if n]
        return len(hits) / len(runs), sum(hits) / max(len(hits), 1)


def measured(ratio: float) -> dict[str, Scores]:
    """The scores of all methods on a history whose variance is `ratio` times its mean."""
    days = {(area.adcode, category): [0] * (7 * WEEKS) for area in COUNTIES for category in LEVELS}
    for county, category, day, number in history(START, 7 * WEEKS, ratio=ratio, seed="compared"):
        days[county, category][(day - START).days] = number
    scores = {name: Scores([], {(o, b): [] for o in OUTBREAKS for b, _, _ in BANDS}) for name in METHODS}
    for category in LEVELS:
        whole = [sum(days[area.adcode, category][n] for area in COUNTIES) for n in range(7 * WEEKS)]
        for area in COUNTIES:
            county = area.adcode
            mine = days[county, category]
            rest = {START + timedelta(days=n): whole[n] - mine[n] for n in range(7 * WEEKS)}
            _quiet(scores, Place(mine, rest))
            level = LEVELS[category] * size(county)
            band = next(name for name, low, high in BANDS if low <= level < high)
            for outbreak, extra in OUTBREAKS.items():
                for start in OUTBREAKS_AT:
                    hit = _struck(mine, start, outbreak, extra, county, category, ratio)
                    _outbreak(scores, Place(hit, rest), start, (outbreak, band))
    return scores


def _struck(
    mine: Counts, start: int, outbreak: str, extra: Extra, county: str, category: str, ratio: float
) -> list[int]:
    struck = list(mine)
    for n in range(7 * start, 7 * (start + LASTS)):
        key = f"outbreak|{outbreak}|{county}|{category}|{n}"
        struck[n] += extra(county, category, START + timedelta(days=n), key, ratio)
    return struck


def _quiet(scores: Mapping[str, Scores], place: Place) -> None:
    for name, score in METHODS.items():
        scores[name].quiet.extend(score(place, week) for week in range(FIRST_JUDGED, WEEKS))


def _outbreak(scores: Mapping[str, Scores], place: Place, start: int, key: tuple[str, str]) -> None:
    for name, score in METHODS.items():
        scores[name].outbreaks[key].append([score(place, week) for week in range(start, start + LASTS)])


def tables(scores: Mapping[str, Scores]) -> list[str]:
    """Markdown: each method at its own threshold, and all at the same number of false alarms."""
    own = dict.fromkeys(scores, 1.0)
    same = {name: found.cut_for(SAME) for name, found in scores.items()}
    return [
        "At the thresholds of their papers:",
        "",
        *_table(scores, own),
        "",
        f"With thresholds moved so that each gives {SAME} false alarms a year:",
        "",
        *_table(scores, same),
    ]


def _table(scores: Mapping[str, Scores], cuts: Mapping[str, float]) -> list[str]:
    heads = ["method", "false alarms a year", "a county × category × year"]
    columns = [(outbreak, band) for outbreak in OUTBREAKS for band, _, _ in BANDS]
    heads += [f"{outbreak}, {band}" for outbreak, band in columns]
    lines = ["| " + " | ".join(heads) + " |", "|" + " --- |" * len(heads)]
    for name, found in scores.items():
        alarms = found.false_alarms(cuts[name])
        cells = [name, str(alarms), f"{alarms / len(COUNTIES) / len(LEVELS):.3f}"]
        for outbreak, band in columns:
            share, week = found.found(outbreak, band, cuts[name])
            cells.append(f"{share:.0%}, {week:.1f}" if share else "0 %")
        lines.append("| " + " | ".join(cells) + " |")
    return lines
