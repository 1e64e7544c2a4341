"""A labelled set of reported names: firms as they are called here, and the ways in which people misspell them.

Deterministic by its seed. A tenth of the firms that people complain of are in no register, drawn from the same names,
so that a report of one now and then looks like a registered neighbour, as it does in life.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Final

from pypinyin.pinyin_dict import pinyin_dict

from libs.common.reference import CITY, COUNTIES
from services.trigger.domain.matching import Known, Reported
from services.trigger.domain.sounds import syllable

# Characters that names of firms are made of here, many of them of one sound.
_BRAND: Final = (
    "鑫新欣信馨源园元圆缘远宏鸿弘洪泓盛胜晟圣升昇达大腾通同华骅桦恒衡亨泰太安宁永勇咏昌长畅祥翔详瑞锐睿丰峰锋凤豪浩昊皓"
    "嘉佳家金锦津景晶精顺舜正政诚城成程德得福富孚广光国冠海河和禾合荷美梅美龙隆荣融容利力丽立康凯开中众忠业晔明名铭民"
    "天添田伟威维卫文闻兴星幸旭旺万益毅易亿义东北南西云韵运智志致卓洛牡丹豫"
)
_TRADES: Final = (
    ("建筑劳务", "E4700"), ("建筑工程", "E4710"), ("装饰工程", "E5010"), ("市政工程", "E4813"), ("机械制造", "C3400"),
    ("机电设备", "F5177"), ("商贸", "F5190"), ("贸易", "F5110"), ("信息技术", "I6520"), ("网络科技", "I6440"),
    ("劳务派遣", "L7264"), ("人力资源服务", "L7262"), ("企业管理咨询", "L7243"), ("餐饮管理", "H6210"),
    ("酒店", "H6110"),
    ("物业管理", "K7020"), ("保安服务", "L7271"), ("物流", "G5430"), ("运输", "G5430"), ("食品", "C1400"),
    ("农业科技", "A0190"), ("耐火材料", "C3089"), ("房地产开发", "K7010"), ("广告传媒", "L7251"),
    ("汽车销售服务", "F5261"),
    ("医疗器械", "F5154"), ("环保科技", "N7720"), ("教育咨询", "P8391"), ("电力工程", "E4875"), ("服装", "C1810"),
)  # fmt: skip
_FORMS: Final = ("有限公司",) * 8 + ("有限责任公司",) * 3 + ("股份有限公司",)
_ROADS: Final = (
    "开元大道",
    "王城大道",
    "中州路",
    "九都路",
    "南昌路",
    "龙门大道",
    "关林路",
    "周山路",
    "凯旋路",
    "涧河大道",
)

Way = Callable[["Firm", "Dice"], Reported]


class Dice:
    """Numbers that depend on the seed alone."""

    def __init__(self, seed: str) -> None:
        self._seed, self._turn = seed, 0

    def below(self, limit: int) -> int:
        """A number from 0 to `limit` - 1."""
        self._turn += 1
        digest = hashlib.sha256(f"{self._seed}|{self._turn}".encode()).digest()
        return int.from_bytes(digest[:8], "big") % limit

    def of(self, things: Sequence[str]) -> str:
        """One of them."""
        return things[self.below(len(things))]


@dataclass(frozen=True, slots=True)
class Firm:
    """A firm with the parts of its name."""

    known: Known
    place: str
    brand: str
    trade: str
    form: str

    @property
    def reported(self) -> Reported:
        """As somebody would report it who makes no mistake."""
        return Reported(self.known.name, "", self.known.county, self.known.address)


@dataclass(frozen=True, slots=True)
class Case:
    """One report: in which way it is wrong, and the firm that is meant; None where that is not registered."""

    way: str
    reported: Reported
    meant: str | None


def firms(count: int, seed: str = "sunlot") -> list[Firm]:
    """So many firms of different names and codes; one in forty has a branch or a numbered sister beside it."""
    found: list[Firm] = []
    names: set[str] = set()
    dice = Dice(seed)
    while len(found) < count:
        for firm in _family(dice, len(found)):
            if firm.known.name not in names:
                names.add(firm.known.name)
                found.append(firm)
    return found[:count]


def _family(dice: Dice, number: int) -> Iterator[Firm]:
    area = COUNTIES[dice.below(len(COUNTIES))]
    brand = "".join(dice.of(_BRAND) for _ in range(2 if dice.below(10) < 8 else 3))
    trade, industry = _TRADES[dice.below(len(_TRADES))]
    place = ("洛阳", "洛阳市", f"洛阳市{area.name}", area.name, "洛阳")[dice.below(5)]
    form = dice.of(_FORMS)
    address = f"洛阳市{area.name}{dice.of(_ROADS)}{1 + dice.below(300)}号"

    def firm(middle: str, last: str, offset: int, *, county: str = area.adcode) -> Firm:
        name = f"{place}{middle}{trade}{last}"
        uscc = f"91410300MA{number + offset:08d}"
        where = address if county == area.adcode else ""
        return Firm(Known(uscc, name, county, industry, True, {"credit_class": "B"}, where), place, middle, trade, last)

    yield firm(brand, form, 0)
    kind = dice.below(40)
    if kind == 0:
        other = COUNTIES[dice.below(len(COUNTIES))]
        yield firm(brand, f"{form}{other.name}分公司", 1, county=other.adcode)
    elif kind == 1:
        yield firm(f"{brand}第一", form, 1)
        yield firm(f"{brand}第二", form, 2)
    elif kind == 2:
        yield firm(f"东{brand}", form, 1)
        yield firm(f"西{brand}", form, 2)


@cache
def homophones() -> dict[str, str]:
    """For each syllable its characters among the common ones."""
    found: dict[str, list[str]] = {}
    for code in range(0x4E00, 0x9FA6):
        character = chr(code)
        if code in pinyin_dict and _common(character):
            found.setdefault(syllable(character), []).append(character)
    return {sound: "".join(characters) for sound, characters in found.items()}


def _common(character: str) -> bool:
    try:
        return character.encode("gb2312")[0] < 0xD8  # the first level of GB/T 2312: what people write
    except UnicodeEncodeError:
        return False


def _renamed(firm: Firm, name: str) -> Reported:
    return replace(firm.reported, name=name)


def _homophone(firm: Firm, dice: Dice) -> Reported:
    place = dice.below(len(firm.brand))
    others = homophones()[syllable(firm.brand[place])].replace(firm.brand[place], "") or firm.brand[place]
    brand = firm.brand[:place] + dice.of(others) + firm.brand[place + 1 :]
    return _renamed(firm, firm.place + brand + firm.trade + firm.form)


def _missing(firm: Firm, dice: Dice) -> Reported:
    core = firm.brand + firm.trade
    place = dice.below(len(core))
    return _renamed(firm, firm.place + core[:place] + core[place + 1 :] + firm.form)


def _swapped(firm: Firm, dice: Dice) -> Reported:
    core = firm.brand + firm.trade
    place = dice.below(len(core) - 1)
    return _renamed(firm, firm.place + core[:place] + core[place + 1] + core[place] + core[place + 2 :] + firm.form)


def _wrong(firm: Firm, dice: Dice) -> Reported:
    core = firm.brand + firm.trade
    place = dice.below(len(core))
    return _renamed(firm, firm.place + core[:place] + dice.of(_BRAND) + core[place + 1 :] + firm.form)


def _short(firm: Firm, dice: Dice) -> Reported:
    return _renamed(firm, firm.brand + firm.trade[: 2 if dice.below(2) else 0])


def _no_form(firm: Firm, dice: Dice) -> Reported:
    return _renamed(
        firm, (firm.place if dice.below(2) else "") + firm.brand + firm.trade + ("公司" if dice.below(2) else "")
    )


def _no_place(firm: Firm, _: Dice) -> Reported:
    return _renamed(firm, firm.brand + firm.trade + firm.form)


def _written(firm: Firm, dice: Dice) -> Reported:
    name = (
        firm.known.name.replace("有限公司", "有限责任公司")
        if dice.below(2)
        else f"{firm.brand}{firm.trade}（洛阳）{firm.form}"
    )
    wide = str.maketrans({chr(code): chr(code + 0xFEE0) for code in range(0x30, 0x3A)})
    return _renamed(firm, f" {name[:2]} {name[2:]}".translate(wide))


def _other_county(firm: Firm, dice: Dice) -> Reported:
    others = [area.adcode for area in COUNTIES if area.adcode != firm.known.county]
    return replace(firm.reported, county=others[dice.below(len(others))], address="")


def _no_county(firm: Firm, _: Dice) -> Reported:
    return replace(firm.reported, county=CITY.adcode, address="")


def _code(firm: Firm, dice: Dice) -> Reported:
    typed = firm.known.uscc.lower().replace("0", "O", 1 + dice.below(3))
    return replace(
        firm.reported, uscc=f" {typed[:6]} {typed[6:]}", name=firm.brand + firm.trade if dice.below(2) else ""
    )


WAYS: Final[dict[str, Way]] = {
    "原样": lambda firm, _: firm.reported,
    "全半角、括号、有限责任公司": _written,
    "缺地名": _no_place,
    "缺公司后缀": _no_form,
    "只知市、不知县区": _no_county,
    "代码小写、O 代 0、有空格": _code,
    "同音字": _homophone,
    "漏一字": _missing,
    "两字颠倒": _swapped,
    "错一字（不同音）": _wrong,
    "简称": _short,
    "县区填错": _other_county,
}
BRANCH: Final = "分支机构（名录仅有总公司）"
NEIGHBOUR: Final = "相邻名称（第一/第二、东/西，名录仅有其一）"
UNKNOWN: Final = "名录没有的单位"


def cases(registered: Sequence[Firm], others: Sequence[Firm], count: int, seed: str = "reports") -> Iterator[Case]:
    """So many reports, of every way about as many, with an address in one of three; a tenth about other firms."""
    dice = Dice(seed)
    names = [*WAYS, BRANCH, NEIGHBOUR, UNKNOWN]
    known = {firm.known.name for firm in registered}
    for number in range(count):
        way = names[number % len(names)]
        firm = registered[dice.below(len(registered))]
        if way == UNKNOWN:
            firm = others[dice.below(len(others))]
            means = list(WAYS.values())
            reported, meant = means[dice.below(len(means))](firm, dice), None
            reported = replace(reported, uscc="")
            if not reported.name:
                reported = replace(reported, name=firm.known.name)
        elif way == BRANCH:
            area = COUNTIES[dice.below(len(COUNTIES))]
            branch = f"{firm.known.name}{(area.name, '第一', '第二', '')[dice.below(4)]}分公司"
            reported, meant = _renamed(firm, branch), None
            if branch in known:
                continue
        elif way == NEIGHBOUR:
            mark = ("第三", "东", "南", "2", "大")[dice.below(5)]
            name = f"{firm.place}{firm.brand}{mark}{firm.trade}{firm.form}"
            reported, meant = _renamed(firm, name), None
        else:
            reported, meant = WAYS[way](firm, dice), firm.known.uscc
        if dice.below(3):
            reported = replace(reported, address="")
        yield Case(way, reported, meant)
