"""How a name sounds: complaints are written down by ear, so a wrong character is mostly one that sounds the same."""

import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import Final
from zlib import crc32

from pypinyin.pinyin_dict import pinyin_dict

_DIGITS: Final = str.maketrans("0123456789两\u3007", "零一二三四五六七八九二零")
_MERGED: Final = (("zh", "z"), ("ch", "c"), ("sh", "s"))
_APART: Final = 2  # two characters with one between them still make a gram, so that one wrong between does no harm

# What so many firms are called that it tells none from another; grams of these words alone are not looked for.
_TRADES: Final = (
    *("有限责任公司", "股份有限公司", "集团有限公司", "专业合作社", "农民专业合作社", "个体工商户", "经营部", "商行"),
    *("信息技术", "信息科技", "电子科技", "网络科技", "科技发展", "科技有限公司", "软件开发", "电子商务", "技术服务"),
    *(
        "建筑工程",
        "建筑安装工程",
        "建筑劳务",
        "建筑装饰工程",
        "装饰装修",
        "装饰工程",
        "市政工程",
        "园林绿化",
        "房地产开发",
    ),
    *("劳务派遣", "劳务服务", "劳务分包", "人力资源服务", "人力资源管理", "企业管理咨询", "企业管理", "咨询服务"),
    *("餐饮管理", "餐饮服务", "酒店管理", "物业管理", "物业服务", "保安服务", "保洁服务", "家政服务", "后勤服务"),
    *("商贸", "贸易", "商业", "实业", "百货", "超市", "销售", "批发", "零售", "便利店", "烟酒店", "投资", "置业"),
    *("机械制造", "机械设备", "机电设备", "机器制造", "设备制造", "设备安装", "金属制品", "建材", "建筑材料", "新材料"),
    *("食品加工", "食品", "农业开发", "农业科技", "种植", "养殖", "生态农业", "服装", "纺织", "家具", "木业", "包装"),
    *("物流运输", "货物运输", "物流", "运输", "汽车销售服务", "汽车维修", "汽车配件", "快递服务", "仓储"),
    *("文化传媒", "广告传媒", "教育咨询", "教育科技", "培训学校", "职业培训", "旅游开发", "体育文化", "健康管理"),
    *("医药", "医疗器械", "医院", "化工", "环保科技", "新能源科技", "电力工程", "矿业", "耐火材料", "玻璃", "钢结构"),
)


@lru_cache(maxsize=20_000)
def syllable(character: str) -> str:
    """The first reading of a character without its tone; what is no Chinese character sounds as itself."""
    said = pinyin_dict.get(ord(character))
    if said is None:
        return character
    first = unicodedata.normalize("NFD", said.split(",")[0])
    return "".join(sign for sign in first if not unicodedata.combining(sign))


@lru_cache(maxsize=20_000)
def blurred(character: str) -> str:
    """The syllable without what many speakers don't tell apart: zh and z, ch and c, sh and s, -ng and -n."""
    sound = syllable(character)
    if sound == character:
        return sound
    for long, short in _MERGED:
        if sound.startswith(long):
            sound = short + sound[len(long) :]
    return sound[:-1] if sound.endswith("ng") else sound


def sounds(text: str) -> tuple[str, ...]:
    """The syllables of a text, 3 read as 三."""
    return tuple(syllable(character) for character in text.translate(_DIGITS))


def sound_key(text: str) -> str:
    """The same for texts that sound alike, and for those with characters in another order."""
    return " ".join(sorted(blurred(character) for character in text.translate(_DIGITS)))


def grams(text: str) -> list[int]:
    """Numbers for pairs of syllables that stand near each other, in any order; words of trades give none."""
    found = _pairs(text)
    return sorted(found - _COMMON or found)


def words_of(text: str) -> list[int]:
    """The numbers of neighbouring syllables alone: whatever contains `text` has all of them, but for trades."""
    found = _pairs(text, 1)
    return sorted(found - _COMMON or found)


def _pairs(text: str, apart: int = _APART) -> set[int]:
    said: Sequence[str] = [blurred(character) for character in text.translate(_DIGITS)]
    return {
        _number(first, second) for start, first in enumerate(said) for second in said[start + 1 : start + 1 + apart]
    }


def _number(first: str, second: str) -> int:
    """A pair as the signed 32 bits that PostgreSQL's integer holds."""
    code = crc32("|".join(sorted((first, second))).encode())
    return code - (1 << 32) if code >= 1 << 31 else code


_COMMON: Final = frozenset(number for word in _TRADES for number in _pairs(word))
