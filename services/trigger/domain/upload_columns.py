"""The columns of uploaded files: our fields, what they are called in the exports that are in use, what is needed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from services.trigger.domain.entry import COMPLAINT, MONITORED, REFERRED

LEVELS: Final = ("category_1", "category_2", "category_3", "category_4", "category_5")

_WHO: Final = {
    "reporter_name": ("反映人", "反映人姓名", "诉求人", "诉求人姓名", "来电人", "投诉人", "市民姓名", "姓名", "联系人"),
    "reporter_phone": ("联系电话", "来电号码", "诉求人电话", "反映人电话", "联系方式", "手机号", "手机号码", "电话"),
    "reporter_id_number": ("证件号码", "身份证号", "身份证号码", "公民身份号码"),
    "reporter_bank_card": ("银行卡号", "工资卡号"),
}
_EMPLOYER: Final = {
    "employer_name": (
        "被反映单位", "被反映单位名称", "被投诉单位", "被举报单位", "涉及企业", "涉事企业", "涉事单位", "涉及单位",
        "用人单位", "企业名称", "单位名称",
    ),
    "employer_uscc": ("统一社会信用代码", "社会信用代码", "信用代码", "单位代码", "企业代码"),
    "county": ("县区", "区县", "所属区县", "所属县区", "行政区划", "属地", "事发区域"),
}  # fmt: skip
_ABOUT: Final = {
    "category": ("分类", "事项分类", "诉求分类", "问题分类", "归口分类", "问题类别", "类别", "关键词"),
    "category_1": ("一级分类", "一级类别", "一级归口"),
    "category_2": ("二级分类", "二级类别", "二级归口"),
    "category_3": ("三级分类", "三级类别", "三级归口"),
    "category_4": ("四级分类", "四级类别"),
    "category_5": ("五级分类", "五级类别"),
    "urgency": ("紧急程度", "缓急", "严重程度", "预警级别", "等级"),
}


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of file: its name, its fields with the headers they are known by, and those it can't do without."""

    name: str
    fields: Mapping[str, tuple[str, ...]]
    required: tuple[str, ...]

    def label(self, field: str) -> str:
        """The proper header of a field."""
        return self.fields.get(field, ("类型",))[0]

    def guess(self, headers: Sequence[str], known: Mapping[str, str]) -> dict[str, int]:
        """Field → place of its column: as it was mapped before (header → field, nothing for 不导入), else by synonyms.

        A header that stands twice counts where it stands first.
        """
        mapping: dict[str, int] = {}
        for place, header in enumerate(headers):
            field = known.get(header)
            if field is None:
                field = next((name for name, words in self.fields.items() if plain_header(header) in words), "")
            if field in self.fields and field not in mapping:
                mapping[field] = place
        return mapping

    def missing(self, mapping: Mapping[str, int]) -> list[str]:
        """The required fields that no column gives."""
        return [field for field in self.required if field not in mapping]


KINDS: Final[Mapping[str, Kind]] = {
    COMPLAINT: Kind(
        "12345 等平台导出的工单",
        {
            "order_id": ("工单编号", "工单号", "受理编号", "诉求编号", "登记编号", "流水号", "件号", "编号"),
            "accepted_at": ("受理时间", "受理日期", "登记时间", "来电时间", "诉求时间", "反映时间", "创建时间"),
            "kind": ("工单类型", "诉求类型", "事项类型", "诉求性质", "类型"),
            "title": ("标题", "工单标题", "诉求标题", "主题"),
            "content": ("反映内容", "诉求内容", "工单内容", "事项内容", "问题描述", "内容"),
            **_EMPLOYER,
            **_ABOUT,
            **_WHO,
            "address": ("地址", "诉求地址", "事发地址", "事发地点", "详细地址"),
            "street": ("街道", "乡镇街道", "所属街道"),
            "channel": ("来源渠道", "诉求来源", "受理渠道", "诉求渠道", "渠道", "来源"),
            "supervised": ("是否督办", "督办"),
        },
        ("order_id", "accepted_at", "content"),
    ),
    MONITORED: Kind(
        "网络监测、舆情",
        {
            "url": ("网址", "链接", "原文链接", "原文网址", "url", "URL"),
            "accepted_at": ("监测时间", "发现时间", "发布时间", "采集时间"),
            "title": ("标题",),
            "content": ("摘要", "原文摘要", "正文", "内容"),
            **_EMPLOYER,
            **_ABOUT,
            "channel": ("媒体", "来源网站", "来源", "平台"),
        },
        ("url", "accepted_at", "content"),
    ),
    REFERRED: Kind(
        "转办交办、移送",
        {
            "document_number": ("文号", "来文文号", "交办文号", "转办文号", "移送文号"),
            "sender": ("交办单位", "转办单位", "移送单位", "来文单位"),
            "accepted_at": ("收文日期", "来文日期", "交办日期", "转办日期", "收到日期"),
            "reply_by": ("办复期限", "回复期限", "办结期限", "答复期限", "限办日期", "反馈期限"),
            "matter": ("事项编号", "编号"),
            "content": ("交办事项", "转办事项", "移送事项", "事项内容", "反映内容", "内容"),
            **_EMPLOYER,
            **_ABOUT,
            **_WHO,
            "address": ("地址", "详细地址"),
        },
        ("document_number", "sender", "accepted_at", "reply_by", "content"),
    ),
}


def plain_header(header: str) -> str:
    """A header without what varies: spaces, stars, and what stands in brackets."""
    words = "".join(header.replace("\ufeff", "").split())
    return words.strip("*＊").partition("（")[0].partition("(")[0]  # noqa: RUF001 - the star of Chinese forms
