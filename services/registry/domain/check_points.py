"""检查要点: what to ask for and what to compare with what, by category of item (细则第七条第三项)."""

from dataclasses import dataclass
from typing import Final

# The fourteen materials that labour inspectors ask an employer for.
MATERIALS: Final = (
    "营业执照或登记证书副本",
    "法定代表人（负责人）身份证明、授权委托书",
    "劳动规章制度及公示、告知记录",
    "职工名册",
    "劳动合同（含续订、变更、解除、终止文书）",
    "招用工登记材料及身份证件核查记录",
    "考勤记录及加班审批材料",
    "工资支付台账及银行发放凭证",
    "社会保险登记及缴费凭证",
    "特殊工时制度批准文件",
    "女职工、未成年工登记及保护台账",
    "劳务派遣经营许可证、派遣协议及被派遣人员名册",
    "人力资源服务、职业培训许可证照及业务台账",
    "工程建设项目农民工工资专用账户、实名制及工资保证金材料",
)
_BASIC: Final = (0, 1, 3)
_BY_CATEGORY: Final[dict[str, tuple[tuple[int, ...], str]]] = {
    "规章制度": ((2,), "将规章制度文本与现行法律、法规逐条对照，抽问 3 名以上职工是否知晓"),
    "劳动合同及招用工管理": ((4, 5), "将职工名册与劳动合同、招用工登记逐人比对，查找未订立、未交付或条款缺失的"),
    "禁止使用童工": ((5,), "将现场人员、职工名册与身份证件比对，核实出生日期"),
    "女职工和未成年工特殊劳动保护": ((5, 6, 10), "将女职工、未成年工台账与岗位、考勤记录比对，查找禁忌岗位和超时"),
    "工作时间和休息休假": ((6, 9), "将考勤记录与工时制度批准文件、加班工资比对，计算每月延长工作时间"),
    "工资支付和最低工资标准": (
        (6, 7),
        "将考勤记录、工资台账与银行凭证逐月比对，核对是否足额、按月、不低于最低工资标准",
    ),
    "社会保险": ((7, 8), "将职工名册、工资台账与社会保险缴费凭证比对，核对参保人数和缴费基数"),
    "劳务派遣": ((4, 7, 11), "将派遣许可证、派遣协议与被派遣人员名册、工资支付比对，核对岗位性质、比例和同工同酬"),
    "人力资源服务": ((12,), "将许可或备案证照与实际业务、台账、收费公示比对"),
    "职业技能培训和职业技能考核鉴定": ((12,), "将许可证照、招生简章与教学、考核、收费台账比对"),
    "高温劳动保护": ((6, 7), "将高温天气日期与考勤、岗位津贴发放记录比对"),
    "外国人就业": ((4, 5), "将外国人就业许可与护照、劳动合同比对，核对单位和有效期"),
    "妨碍行政执法": ((), "对照检查过程记录，逐项写明时间、地点、人员和行为，并留取证据"),
    "工程建设领域“五项制度”": ((7, 13), "将实名制考勤、专用账户流水与工资发放表比对，核对保证金和维权告示牌"),
}
_OTHERWISE: Final[tuple[tuple[int, ...], str]] = ((4, 7, 8), "将单位提供的材料与现场情况、职工陈述比对，如实记录差异")


@dataclass(frozen=True, slots=True)
class CheckPoint:
    """One 检查要点 with its method and the materials to ask for."""

    text: str
    method: str
    materials: tuple[str, ...]


def points_for(category: str, name: str) -> tuple[CheckPoint, ...]:
    """The check point that an item has when its list names none."""
    numbers, method = _BY_CATEGORY.get(category, _OTHERWISE)
    return (CheckPoint(name, method, tuple(MATERIALS[number] for number in (*_BASIC, *numbers))),)
