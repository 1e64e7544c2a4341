"""国民经济行业分类 GB/T 4754: a letter and up to four digits, whose first two must belong to the letter."""

import re
from typing import Final

# The divisions of each section (GB/T 4754—2017), first and last.
SECTIONS: Final = {
    "A": (1, 5, "农、林、牧、渔业"),
    "B": (6, 12, "采矿业"),
    "C": (13, 43, "制造业"),
    "D": (44, 46, "电力、热力、燃气及水生产和供应业"),
    "E": (47, 50, "建筑业"),
    "F": (51, 52, "批发和零售业"),
    "G": (53, 60, "交通运输、仓储和邮政业"),
    "H": (61, 62, "住宿和餐饮业"),
    "I": (63, 65, "信息传输、软件和信息技术服务业"),
    "J": (66, 69, "金融业"),
    "K": (70, 70, "房地产业"),
    "L": (71, 72, "租赁和商务服务业"),
    "M": (73, 75, "科学研究和技术服务业"),
    "N": (76, 79, "水利、环境和公共设施管理业"),
    "O": (80, 82, "居民服务、修理和其他服务业"),
    "P": (83, 83, "教育"),
    "Q": (84, 85, "卫生和社会工作"),
    "R": (86, 90, "文化、体育和娱乐业"),
    "S": (91, 96, "公共管理、社会保障和社会组织"),
    "T": (97, 97, "国际组织"),
}
_FORM: Final = re.compile(r"([A-T])?(\d{2,4})?")


def industry_code(text: str) -> str | None:
    """The code with its letter: `6520` and `I6520` are `I6520`, `E` is `E`; None when there is no such code."""
    found = _FORM.fullmatch(text.strip().upper())
    if not text.strip() or not found:
        return None
    letter, digits = found.groups()
    if digits is None:
        return str(letter)
    division = int(digits[:2])
    owner = next((key for key, (first, last, _) in SECTIONS.items() if first <= division <= last), None)
    if owner is None or (letter and letter != owner):
        return None
    return owner + digits


def section_name(code: str) -> str:
    """The name of the section of an industry code."""
    section = SECTIONS.get(code[:1])
    return section[2] if section else "未填写"
