"""Firms' names and codes as people write them: what varies is taken away, what tells firms apart is kept."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

from rapidfuzz.distance import Indel
from stdnum.cn import uscc as standard

from libs.common.reference import COUNTIES

_NOT_A_WORD: Final = re.compile(r"[\W_]+")
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
_PLACE: Final = (
    r"(?:河南省?)?(?:洛阳市?)?(?P<county>"
    + "|".join(re.escape(word) for word in sorted(_COUNTY_WORDS, key=len, reverse=True))
    + r")?"
)
_PREFIX: Final = re.compile("^" + _PLACE)
_IN_BRACKETS: Final = re.compile(r"[(\[【〔]" + _PLACE + r"[)\]】〕]")
_SHORTEST_KEY: Final = 4  # what is left of a name after less than this is not a name
_FORM: Final = re.compile(r"(?<=..)(?P<form>股份有限公司|有限公司|有限公|公司)$")
_BRANCH: Final = re.compile(
    r"(?P<tail>(?:公司|厂|店|集团|社|院|校|中心)?(?P<which>.{0,8}?)"
    r"(?:分公司|支公司|分店|分厂|分院|分校|分社|分部|分行|支行|营业部|办事处|代表处|项目部|经理部))$"
)
# What tells a firm from its neighbour of nearly the same name.
_NUMERALS: Final = dict(zip("\u3007零一二三四五六七八九两壹贰叁肆伍陆柒捌玖", "001234567892123456789", strict=True))
_MARK: Final = re.compile(
    r"[0-9\u3007零一二三四五六七八九十两壹贰叁肆伍陆柒捌玖]+|[东西南北甲乙丙丁新老大小上下]|[A-Z]+"
)

_LOOKS_LIKE: Final = str.maketrans("OIZS", "0125")  # letters that no code has, and what they are mistaken for
_WHOLE: Final = (13, 15, 18)  # signs of the old registration number, of its long form, of the code
_SHORTEST_CODE: Final = 13


class Part(NamedTuple):
    """A piece of a name: whether the other name has it too."""

    text: str
    same: bool


@dataclass(frozen=True, slots=True)
class Name:
    """A name taken apart: 洛阳市新安县恒通劳务（洛阳）有限公司 → county 410323, core 恒通劳务, form 有限公司."""

    plain: str  # without widths, brackets, spaces; 有限责任公司 written 有限公司
    placed: bool  # something stands before it
    county: str  # the code of the county that it begins with, else of the one in brackets, or nothing
    key: str  # without what stands before it
    core: str  # without form and place in brackets, too
    form: str
    branch: str  # 第一分公司, 洛龙项目部; nothing for a firm of its own
    marks: tuple[str, ...]


def plain_name(name: str) -> str:
    """The name without what writing varies: widths (NFKC), brackets, spaces, 有限责任公司 for 有限公司."""
    text = _NOT_A_WORD.sub("", unicodedata.normalize("NFKC", name)).upper()
    for long, short in _SUFFIXES:
        text = text.replace(long, short)
    return text


def name_key(name: str) -> str:
    """The plain name without province, city and county before it: 洛阳市新安县恒通有限公司 → 恒通有限公司."""
    return _parts(plain_name(name))[1]


@lru_cache(maxsize=4_000)
def read_name(name: str) -> Name:
    """Take a name apart."""
    plain = plain_name(name)
    county, key = _parts(plain)
    whole = unicodedata.normalize("NFKC", name)
    inside = _IN_BRACKETS.search(whole)
    bare = _parts(plain_name(_IN_BRACKETS.sub("", whole)))[1]
    branch = _BRANCH.search(bare)
    form = None if branch else _FORM.search(bare)
    core = bare[: form.start()] if form else bare
    return Name(
        plain=plain,
        placed=len(key) < len(plain),
        county=county or _COUNTY_WORDS.get((inside and inside["county"]) or "", ""),
        key=key,
        core=core,
        form=form["form"] if form else "",
        branch=branch["tail"] if branch else "",
        marks=tuple(_mark(found[0]) for found in _MARK.finditer(core)),
    )


def _parts(plain: str) -> tuple[str, str]:
    """The county that a plain name begins with (its code, or nothing), and what follows."""
    match = _PREFIX.match(plain)
    if match is None or len(plain) - match.end() < _SHORTEST_KEY:
        return "", plain
    return _COUNTY_WORDS.get(match["county"] or "", ""), plain[match.end() :]


def _mark(text: str) -> str:
    """A numeral in one writing: 三, 3 and 003 are the same; 十 stays what it is."""
    digits = "".join(_NUMERALS.get(sign, sign) for sign in text)
    return digits.lstrip("0") or "0" if digits.isdigit() else digits


def compared(reported: str, known: str) -> tuple[list[Part], list[Part]]:
    """Both names in pieces, for a page that shows where they differ."""
    left, right = unicodedata.normalize("NFKC", reported).strip(), unicodedata.normalize("NFKC", known).strip()
    ours: list[Part] = []
    theirs: list[Part] = []
    for step in Indel.opcodes(left, right):
        same = step.tag == "equal"
        if step.src_end > step.src_start:
            ours.append(Part(left[step.src_start : step.src_end], same))
        if step.dest_end > step.dest_start:
            theirs.append(Part(right[step.dest_start : step.dest_end], same))
    return ours, theirs


def tidy_code(text: str) -> str:
    """A code as it was meant: half width, upper case, no spaces; O is 0, I is 1, which no code has as letters."""
    code = "".join(sign for sign in unicodedata.normalize("NFKC", text).upper() if sign.isascii() and sign.isalnum())
    return code.translate(_LOOKS_LIKE)


def says_something(code: str) -> bool:
    """Whether a tidy code can be one: 9.14E+17, 无 and 不详 tell nothing."""
    return len(code) >= _SHORTEST_CODE and any(sign != code[0] for sign in code)


def is_sound(code: str) -> bool:
    """Whether length and check digit are right, so that a slip of the pen is unlikely."""
    return len(code) in _WHOLE and (code.isdigit() if len(code) != 18 else bool(standard.is_valid(code)))
