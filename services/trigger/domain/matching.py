"""Which subject a complaint is about: points for code, name, county and address, each with its reason.

The points are explained in docs/matching.md. By itself only what is beyond doubt: enough points, well before the next,
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from rapidfuzz import fuzz
from rapidfuzz.distance import OSA

from libs.common.reference import CITY
from services.trigger.domain.address import SAME_DOOR, SAME_ROAD, nearness
from services.trigger.domain.names import Name, is_sound, name_key, plain_name, read_name, says_something, tidy_code
from services.trigger.domain.sounds import grams, sound_key, sounds

__all__ = ["Known", "Match", "Reported", "candidates", "decide", "keys_of", "name_key", "plain_name", "weigh"]

KEYED: Final = 1  # counts up when names are read differently, so that stored keys are made anew
AUTOMATIC: Final = 88  # points from which a match needs no clerk …
MARGIN: Final = 5  # … if the next is so far behind
LEAST_SCORE: Final = 40  # below this a subject is not worth a clerk's look
MOST_CANDIDATES: Final = 8

EXACT: Final = 100  # the code, and no other name
OTHER_NAME: Final = 60  # the code, but quite another name
ALIKE: Final = 55  # per cent from which two names may be one under the same code
SLIPS: Final = 2  # signs of a code that may be wrong

# The points of the table in docs/matching.md.
SAME_NAME: Final = 95
SAME_KEY: Final = 90
OTHER_PLACE: Final = 84
SAME_CORE: Final = 86
OTHER_FORM: Final = 78
SAME_SOUND: Final = 84
NEAR_SOUND: Final = 78
SWAPPED: Final = 80
ABBREVIATED: Final = 70
LIKENESS: Final = 76  # at most, of names that are merely alike
COUNTY: Final = 5
OTHER_COUNTY: Final = -20
DOOR: Final = 14
ROAD: Final = 4
CODE_SLIP: Final = 3
OTHER_CODE: Final = -25
NOT_LIVE: Final = -3

# What rules may ask about a subject beside its county and industry.
ATTRIBUTES: Final = ("scale", "credit_class", "enterprise_type", "headcount", "insured_headcount")


@dataclass(frozen=True, slots=True)
class Known:
    """A subject as trigger knows it from registry."""

    uscc: str
    name: str
    county: str
    industry: str
    live: bool
    attributes: Mapping[str, str | int] = field(default_factory=dict)
    address: str = ""


@dataclass(frozen=True, slots=True)
class Reported:
    """What a complaint says of the firm; county empty or the city's where it is not known."""

    name: str
    uscc: str
    county: str
    address: str = ""  # protected: looked at, never kept


@dataclass(frozen=True, slots=True)
class Match:
    """A subject with its points (0–100), the reasons in Chinese, and what forbids to match it without a clerk."""

    subject: Known
    score: int
    reasons: tuple[str, ...]
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Keys:
    """By what the subjects that need no clerk are found; empty ones find nothing."""

    uscc: str
    key: str
    sound: str


def keys_of(reported: Reported) -> Keys:
    """The code, the name key and the sound key of what was reported."""
    code = tidy_code(reported.uscc)
    if not plain_name(reported.name):
        return Keys(code, "", "")
    name = read_name(reported.name)
    return Keys(code, name.key, sound_key(name.core))


def keys_for(name: str) -> dict[str, Any]:
    """What a subject of this name is found by, as columns of the read model."""
    whole = read_name(name)
    return {
        "name_key": whole.key, "sound_key": sound_key(whole.core), "grams": grams(whole.core), "keyed": KEYED,
    }  # fmt: skip


def decide(reported: Reported, found: Sequence[Known]) -> Match | None:
    """The one subject that is meant, out of those found under the keys; None: a clerk decides."""
    ranked = sorted((weigh(reported, subject) for subject in found), key=_order)
    if not ranked or ranked[0].score < AUTOMATIC or ranked[0].doubts:
        return None
    best = ranked[0]
    if len(ranked) > 1 and best.score - ranked[1].score < MARGIN and not _told_by_code(reported, best.subject):
        return None
    others = [match.subject for match in ranked[1:]]
    if _told_by_code(reported, best.subject) and _named_otherwise(reported.name, best.subject, others):
        return None
    return best


def _told_by_code(reported: Reported, subject: Known) -> bool:
    return tidy_code(reported.uscc) == subject.uscc


def _named_otherwise(name: str, subject: Known, others: Sequence[Known]) -> bool:
    """Whether the name is not this subject's, but another's: one of name and code was mistaken for another firm's."""
    ours = read_name(name)
    return ours.core != read_name(subject.name).core and any(
        sound_key(ours.core) == sound_key(read_name(other.name).core) for other in others
    )


def candidates(reported: Reported, subjects: Iterable[Known]) -> list[Match]:
    """The most likely subjects for a clerk, best first."""
    ranked = sorted((weigh(reported, subject) for subject in subjects), key=_order)
    return [match for match in ranked if match.score >= LEAST_SCORE][:MOST_CANDIDATES]


def _order(match: Match) -> tuple[int, str]:
    return -match.score, match.subject.uscc


@dataclass(slots=True)
class _Sum:
    points: float = 0
    reasons: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)

    def add(self, points: float, reason: str) -> None:
        self.points += points
        self.reasons.append(reason)

    def doubt(self, points: float, doubt: str) -> None:
        self.points += points
        self.doubts.append(doubt)


def weigh(reported: Reported, subject: Known) -> Match:
    """What speaks for this subject, and what against it."""
    found = _Sum()
    code = tidy_code(reported.uscc)
    ours, theirs = read_name(reported.name), read_name(subject.name)
    if not subject.live:
        found.doubt(NOT_LIVE, "登记状态为非存续")
    if code and code == subject.uscc:
        if not ours.plain or fuzz.ratio(ours.key, theirs.key) >= ALIKE or _short_for(ours.core, theirs.core):
            if ours.plain and ours.key != theirs.key:
                _doubt_parts(found, ours, theirs)
            return Match(subject, EXACT, ("统一社会信用代码一致",), tuple(found.doubts))
        found.add(OTHER_NAME, "统一社会信用代码一致")
        found.doubt(0, "名称差别很大")
    elif ours.plain:
        _weigh_names(found, ours, theirs)
    _weigh_place(found, reported, subject)
    if code and code != subject.uscc and says_something(code):
        _weigh_code(found, code, subject.uscc)
    score = max(0, min(round(found.points), EXACT - 1))
    return Match(subject, score, tuple(found.reasons), tuple(found.doubts))


def _weigh_names(found: _Sum, ours: Name, theirs: Name) -> None:
    if ours.plain == theirs.plain:
        found.add(SAME_NAME, "名称一致（全半角、括号、公司后缀归一后）")
        return
    if ours.county and theirs.county and ours.county != theirs.county:
        found.doubt(-5, "名称中的县区不同")
    if ours.key == theirs.key:
        both = ours.placed and theirs.placed
        found.add(OTHER_PLACE if both else SAME_KEY, "去除地名后名称一致")
        return
    _doubt_parts(found, ours, theirs)
    _weigh_cores(found, ours, theirs)


def _doubt_parts(found: _Sum, ours: Name, theirs: Name) -> None:
    """What tells a firm from its branches and from its neighbours, whatever else the two names have in common."""
    if bool(ours.branch) != bool(theirs.branch):
        found.doubt(0, "一为分支机构，一为总公司")
    elif ours.branch != theirs.branch:
        found.doubt(0, "分支机构不同")
    if ours.marks != theirs.marks:
        found.doubt(0, "名称中的编号、方位或字母不同")


def _weigh_cores(found: _Sum, ours: Name, theirs: Name) -> None:
    one, other = ours.core, theirs.core
    same_form = ours.form in ("", "公司", "有限公", theirs.form) or not theirs.form
    if one == other:
        found.add(SAME_CORE if same_form else OTHER_FORM, "去除公司后缀后名称一致" if same_form else "公司类型不同")
        return
    likeness = fuzz.ratio(one, other)
    ways = [(LIKENESS * likeness / 100, f"名称相似度 {round(likeness)}%")]
    if sounds(one) == sounds(other):
        ways.append((SAME_SOUND if same_form else NEAR_SOUND, "读音相同，用字不同"))
    elif sound_key(one) == sound_key(other):
        if sorted(one) == sorted(other):
            if not ours.marks:  # 东光圆 and 光圆东 are two
                ways.append((SWAPPED, "用字相同，次序不同"))
        else:
            ways.append((NEAR_SOUND, "读音相近"))
    elif _short_for(one, other):
        ways.append((ABBREVIATED, "工单所填为简称"))
    best = max(ways)
    found.add(*best)


def _short_for(one: str, other: str) -> bool:
    """Whether a name is the beginning of another: 恒通信息 for 恒通信息技术."""
    return len(one) >= 2 and len(one) < len(other) and other.startswith(one)


def _weigh_place(found: _Sum, reported: Reported, subject: Known) -> None:
    if reported.county and reported.county != CITY.adcode:
        if reported.county == subject.county:
            found.add(COUNTY, "县区相同")
        else:
            found.doubt(OTHER_COUNTY, "县区不同")  # a name alone never crosses a county's border
    near = nearness(reported.address, subject.address)
    if near == SAME_DOOR:
        found.add(DOOR, "地址相同")
    elif near == SAME_ROAD:
        found.add(ROAD, "地址相近")


def _weigh_code(found: _Sum, code: str, uscc: str) -> None:
    slips = OSA.distance(code, uscc, score_cutoff=SLIPS)
    if slips <= SLIPS and not is_sound(code):
        found.add(CODE_SLIP, f"统一社会信用代码仅差 {slips} 位")
    else:
        found.doubt(OTHER_CODE, "统一社会信用代码不同")
