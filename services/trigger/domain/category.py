"""What a complaint is about, in the categories of the published item list, from the platform's own path."""

from collections.abc import Sequence
from typing import Final

OTHER: Final = "其他"
WAGES: Final = "工资支付和最低工资标准"  # what most complaints are about, which pages therefore show first

# Read from top to bottom; the first word found decides, so the narrower ones stand first.
_WORDS: Final = (
    ("五项制度", "工程建设领域“五项制度”"),
    ("工资专用账户", "工程建设领域“五项制度”"),
    ("童工", "禁止使用童工"),
    ("女职工", "女职工和未成年工特殊劳动保护"),
    ("未成年工", "女职工和未成年工特殊劳动保护"),
    ("高温", "高温劳动保护"),
    ("外国人", "外国人就业"),
    ("欠薪", WAGES),
    ("工资", WAGES),
    ("薪", WAGES),
    ("社保", "社会保险"),
    ("社会保险", "社会保险"),
    ("派遣", "劳务派遣"),
    ("加班", "工作时间和休息休假"),
    ("工作时间", "工作时间和休息休假"),
    ("休息", "工作时间和休息休假"),
    ("休假", "工作时间和休息休假"),
    ("合同", "劳动合同及招用工管理"),
    ("招用", "劳动合同及招用工管理"),
    ("中介", "人力资源服务"),
    ("人力资源服务", "人力资源服务"),
    ("培训", "职业技能培训和职业技能考核鉴定"),
    ("规章制度", "规章制度"),
)

CATEGORIES: Final = (*dict.fromkeys(category for _, category in _WORDS), OTHER)


def category_of(path: Sequence[str]) -> str:
    """The item category for a platform's category path (1–5 levels, widest first); OTHER when no word is known."""
    for level in reversed(path):  # the narrowest level knows best
        for word, category in _WORDS:
            if word in level:
                return category
    return OTHER
