"""What can be reported by Open311 GeoReport v2: the services, their questions, and what may be said of a request."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from libs.common.reference import COUNTIES
from services.trigger.domain import answer
from services.trigger.domain.category import CATEGORIES, OTHER
from services.trigger.domain.signal import RETURNED, WITHDRAWN

GROUP: Final = "人力资源和社会保障"
OPEN: Final = "open"
CLOSED: Final = "closed"
SPAN: Final = timedelta(days=90)  # the longest time that a list reaches over, and its default
MOST: Final = 1000  # requests in one answer
RETRY: Final = timedelta(minutes=10)  # the same content from the same client within this time is a retry
LONGEST_DESCRIPTION: Final = 4000  # characters, by the specification
CLOSING: Final = frozenset({answer.OUTCOME, answer.PUBLISHED})  # stages of the answer that nothing follows
_CLOSING_TOO: Final = frozenset({answer.RETURNED, answer.TAKEN_BACK, answer.REVIEWED})
ENDED: Final = frozenset({RETURNED, WITHDRAWN})  # states of a signal that nobody works on


@dataclass(frozen=True, slots=True)
class Service:
    """A kind of complaint; the code is stable and means one category of the item list."""

    code: str
    category: str
    keywords: str

    @property
    def batch(self) -> bool:
        """Whether a person sorts it first, so that the client gets a token before it gets an id."""
        return self.category == OTHER

    @property
    def kind(self) -> str:
        """The specification's `type`."""
        return "batch" if self.batch else "realtime"


_CODES: Final = {
    "工资支付和最低工资标准": ("wages", "拖欠工资,克扣工资,最低工资,欠薪"),
    "工程建设领域“五项制度”": ("construction", "农民工工资,工资专用账户,实名制,工资保证金"),
    "社会保险": ("social-insurance", "社保,养老保险,失业保险,工伤保险"),
    "劳动合同及招用工管理": ("contracts", "劳动合同,招用工,解除合同"),
    "工作时间和休息休假": ("working-time", "加班,超时,休息,休假"),
    "劳务派遣": ("dispatch", "派遣,外包"),
    "人力资源服务": ("agencies", "职业中介,人力资源服务机构"),
    "禁止使用童工": ("child-labour", "童工,未满十六周岁"),
    "女职工和未成年工特殊劳动保护": ("protection", "女职工,未成年工,孕期,哺乳期"),
    "高温劳动保护": ("heat", "高温津贴,高温作业"),
    "外国人就业": ("foreigners", "外国人,工作许可"),
    "职业技能培训和职业技能考核鉴定": ("training", "技能培训,技能鉴定,证书"),
    "规章制度": ("rules", "规章制度,罚款"),
    OTHER: ("other", "其他,不清楚"),
}
SERVICES: Final = {_CODES[name][0]: Service(_CODES[name][0], name, _CODES[name][1]) for name in CATEGORIES}


@dataclass(frozen=True, slots=True)
class Attribute:
    """A question about a complaint; `values` are the keys and names to choose from."""

    code: str
    datatype: str
    required: bool
    description: str
    hint: str = ""
    values: tuple[tuple[str, str], ...] = ()


ATTRIBUTES: Final = (
    Attribute("employer_name", "string", True, "用人单位名称", "请尽量写全称，如营业执照或工资条上的名称"),
    Attribute("employer_uscc", "string", False, "用人单位统一社会信用代码", "18 位，不知道可不填"),
    Attribute(
        "county", "singlevaluelist", False, "用工所在县区", "不清楚可不填",
        tuple((county.adcode, county.name) for county in COUNTIES),
    ),
    Attribute("period", "string", False, "事情发生的时间", "如 2026 年 7 月至 9 月"),
    Attribute("amount", "number", False, "涉及金额（元）"),
    Attribute("workers", "number", False, "涉及人数"),
)  # fmt: skip
_NUMBER = re.compile(r"[0-9]{1,12}(\.[0-9]{1,2})?")
_LONGEST_ANSWER = 100  # characters


def attribute_errors(given: Mapping[str, Sequence[str]]) -> list[str]:
    """What is wrong with the answers to the questions; never repeats an answer."""
    errors = []
    for attribute in ATTRIBUTES:
        answers = [answer for answer in given.get(attribute.code, ()) if answer]
        name = f"attribute[{attribute.code}]"
        if attribute.required and not answers:
            errors.append(f"{name} was not provided / 请填写{attribute.description}")
        elif len(answers) > 1:
            errors.append(f"{name} takes one value / {attribute.description}只能填一个")
        elif answers and attribute.values and answers[0] not in dict(attribute.values):
            errors.append(f"{name} is not one of the keys / {attribute.description}不在可选范围内")
        elif answers and attribute.datatype == "number" and not _NUMBER.fullmatch(answers[0]):
            errors.append(f"{name} is not a number / {attribute.description}应为数字")
        elif answers and len(answers[0]) > _LONGEST_ANSWER:
            errors.append(f"{name} is too long / {attribute.description}不能超过 {_LONGEST_ANSWER} 字")
    return errors


def status_of(state: str, stages: Sequence[str], *, in_review: bool = False) -> str:
    """`closed` once the complaint was returned, withdrawn or has an outcome, and nobody looks at it anew."""
    over = state in ENDED or CLOSING.intersection(stages)
    return CLOSED if over and not in_review else OPEN


def stage_status(stage: str) -> str:
    """The status that an answer of this stage leaves the request in."""
    return CLOSED if stage in CLOSING | _CLOSING_TOO else OPEN
