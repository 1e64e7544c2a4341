"""Which subject a complaint is about: by code, else by a name that only one bears; otherwise a clerk decides."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from rapidfuzz import fuzz

from libs.common.reference import COUNTIES

EXACT: Final = 100
SAME_NAME: Final = 98
SAME_KEY: Final = 92
SAME_KEY_IN_COUNTY: Final = 88
LEAST_SCORE: Final = 55  # below this a name is not worth a clerk's look
MOST_CANDIDATES: Final = 8

# What rules may ask about a subject beside its county and industry.
ATTRIBUTES: Final = ("scale", "credit_class", "enterprise_type", "headcount", "insured_headcount")

_NOT_A_WORD = re.compile(r"[\W_]+")
_SUFFIXES: Final = (("股份有限责任公司", "股份有限公司"), ("有限责任公司", "有限公司"))
# Every way in which a county stands before a firm's name → its code.
_COUNTY_WORDS: Final = {
    **{area.name: area.adcode for area in COUNTIES},
    **{re.sub(r"(回族)?[区县]$", "", area.name): area.adcode for area in COUNTIES if area.kind != "zone"},
    "瀍河区": "410304",
    "偃师市": "410307",
    "孟津县": "410308",
    "高新技术产业开发区": "410371",
    "高新区": "410371",
}
_PREFIX = re.compile(
    r"^(?:河南省?)?(?:洛阳市?)?(?P<county>"
    + "|".join(re.escape(word) for word in sorted(_COUNTY_WORDS, key=len, reverse=True))
    + r")?"
)
_SHORTEST_KEY: Final = 4  # what is left of a name after less than this is not a name


@dataclass(frozen=True, slots=True)
class Known:
    """A subject as trigger knows it from registry."""

    uscc: str
    name: str
    county: str
    industry: str
    live: bool
    attributes: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Match:
    """The subject found, with a score (0–100) and the reasons in Chinese."""

    subject: Known
    score: int
    reasons: tuple[str, ...]


def plain_name(name: str) -> str:
    """The name without what writing varies: widths (NFKC), brackets, spaces, 有限责任公司 for 有限公司."""
    text = _NOT_A_WORD.sub("", unicodedata.normalize("NFKC", name)).upper()
    for long, short in _SUFFIXES:
        text = text.replace(long, short)
    return text


def name_key(name: str) -> str:
    """The plain name without province, city and county before it: 洛阳市新安县恒通有限公司 → 恒通有限公司."""
    return _parts(name)[1]


def _parts(name: str) -> tuple[str, str]:
    """The county that a name begins with (its code, or nothing), and what follows."""
    text = plain_name(name)
    match = _PREFIX.match(text)
    if match is None or len(text) - match.end() < _SHORTEST_KEY:
        return "", text
    return _COUNTY_WORDS.get(match["county"] or "", ""), text[match.end() :]


def _may_be(reported: str, subject: Known) -> bool:
    """Whether two names mean the same but for what stands before them; two different counties do not."""
    (county, key), (other_county, other_key) = _parts(reported), _parts(subject.name)
    return key == other_key and (not county or not other_county or county == other_county)


def decide(name: str, uscc: str, county: str, found: Sequence[Known]) -> Match | None:
    """The one subject that `name` or `uscc` means, out of those found under that code or name key; None: a clerk.

    A code whose subject bears quite another name is not trusted, and neither is a name whose subject has another
    code than the one reported.
    """
    by_code = [subject for subject in found if uscc and subject.uscc == uscc]
    if by_code:
        return _by_code(name, by_code[0])
    same = [subject for subject in found if name and plain_name(subject.name) == plain_name(name)]
    if len(same) == 1:
        return None if uscc else Match(same[0], SAME_NAME, ("名称一致（全半角、括号、公司后缀归一后）",))
    alike = [subject for subject in found if name and _may_be(name, subject)]
    if uscc or not alike or same:
        return None
    if len(alike) == 1:
        return Match(alike[0], SAME_KEY, ("去除地名前缀后名称一致", "名录库中唯一"))
    near = [subject for subject in alike if subject.county == county]
    if len(near) == 1:
        return Match(near[0], SAME_KEY_IN_COUNTY, ("去除地名前缀后名称一致", "同县区内唯一"))
    return None


def _by_code(name: str, subject: Known) -> Match | None:
    if not name or fuzz.ratio(name_key(name), name_key(subject.name)) >= LEAST_SCORE:
        return Match(subject, EXACT, ("统一社会信用代码一致",))
    return None


def candidates(name: str, uscc: str, county: str, subjects: Iterable[Known]) -> list[Match]:
    """The most similar subjects for a clerk, best first; the same county counts a little."""
    key, ranked = name_key(name) if name else "", []
    for subject in subjects:
        likeness = max(fuzz.ratio(key, name_key(subject.name)), fuzz.partial_ratio(key, name_key(subject.name)) * 0.85)
        score = round(likeness * 0.95 + (5 if subject.county == county else 0))
        reasons = [f"名称相似度 {round(likeness)}%"]
        if uscc and subject.uscc == uscc:
            score, reasons = EXACT, ["统一社会信用代码一致，名称不一致", *reasons]
        if subject.county == county:
            reasons.append("同一县区")
        if score >= LEAST_SCORE:
            ranked.append(Match(subject, min(score, EXACT), tuple(reasons)))
    ranked.sort(key=lambda match: (-match.score, match.subject.uscc))
    return ranked[:MOST_CANDIDATES]
