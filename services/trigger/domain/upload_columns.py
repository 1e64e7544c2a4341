"""The columns of uploaded files: our fields, what they are called in the exports that are in use, what is needed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from libs.common.table import plain_header
from services.trigger.domain.entry import COMPLAINT, MONITORED, REFERRED

LEVELS: Final = ("category_1", "category_2", "category_3", "category_4", "category_5")

# The proper header first, then what exports call it, the plainest first; of several columns the earliest word counts.
_WHO: Final = {
    "reporter_name": (
        "反映人", "反映人姓名", "诉求人", "诉求人姓名", "来电人", "来电人姓名", "投诉人", "投诉人姓名", "举报人",
        "举报人姓名", "信访人", "信访人姓名", "市民姓名", "姓名", "联系人", "联系人姓名",
    ),
    "reporter_phone": (
        "联系电话", "诉求人电话", "诉求人联系电话", "诉求人联系方式", "诉求人手机号", "反映人电话", "反映人联系方式",
        "投诉人电话", "投诉人联系方式", "投诉人手机号", "举报人电话", "联系人电话", "联系方式", "联系号码", "手机号",
        "手机号码", "手机", "来电号码", "来电电话", "主叫号码", "回访电话", "电话",
    ),
    "reporter_id_number": (
        "证件号码", "证件号", "身份证号", "身份证号码", "公民身份号码", "诉求人身份证号", "反映人身份证号",
        "投诉人身份证号",
    ),
    "reporter_bank_card": ("银行卡号", "银行卡", "银行账号", "工资卡号"),
}  # fmt: skip
_EMPLOYER: Final = {
    "employer_name": (
        "被反映单位", "被反映单位名称", "被投诉单位", "被投诉单位名称", "被投诉企业", "被投诉企业名称", "被举报单位",
        "被举报单位名称", "被举报企业", "被诉单位", "被诉单位名称", "涉事企业", "涉事企业名称", "涉事单位",
        "涉事单位名称", "涉及企业", "涉及企业名称", "涉及单位", "涉及单位名称", "欠薪单位", "欠薪企业", "用人单位",
        "用人单位名称", "用工单位", "被诉主体", "被投诉主体", "涉事主体", "涉事主体名称", "涉及主体", "被投诉对象",
        "被投诉方", "被反映对象", "企业名称", "公司名称", "单位名称", "单位全称", "主体名称",
    ),
    "employer_uscc": (
        "统一社会信用代码", "社会信用代码", "统一信用代码", "信用代码", "企业信用代码", "单位代码", "企业代码",
        "涉事企业统一社会信用代码", "被投诉单位统一社会信用代码",
    ),
    "county": (
        "县区", "区县", "所属区县", "所属县区", "所在区县", "事发区县", "诉求区县", "所属行政区", "行政区划",
        "行政区域", "属地", "事发区域", "区域名称", "所属区域", "所属辖区", "辖区", "区域", "所属地区", "地区",
    ),
}  # fmt: skip
_ABOUT: Final = {
    "category": (
        "分类", "事项分类", "诉求分类", "问题分类", "工单分类", "内容分类", "归口分类", "归口类型", "归口类别",
        "问题类别", "问题类型", "事项类别", "类别", "关键词",
    ),
    "category_1": ("一级分类", "一级分类名称", "一级类别", "一级事项", "一级归口", "一级诉因", "问题大类", "大类"),
    "category_2": ("二级分类", "二级分类名称", "二级类别", "二级事项", "二级归口", "二级诉因", "问题小类", "小类"),
    "category_3": ("三级分类", "三级分类名称", "三级类别", "三级事项", "三级归口", "三级诉因", "问题细类", "细类"),
    "category_4": ("四级分类", "四级分类名称", "四级类别"),
    "category_5": ("五级分类", "五级分类名称", "五级类别"),
    "urgency": ("紧急程度", "紧急度", "缓急", "缓急程度", "严重程度", "预警级别", "工单等级", "等级"),
}  # fmt: skip
_ORDER: Final = {
    "order_id": (
        "工单编号", "工单号", "受理编号", "受理单号", "诉求编号", "登记编号", "登记号", "案件编号", "事件编号",
        "办件编号", "投诉编号", "举报编号", "工单流水号", "流水号", "件号", "编号",
    ),
    "accepted_at": (
        "受理时间", "受理日期", "登记时间", "登记日期", "来电时间", "来电日期", "诉求时间", "诉求日期", "反映时间",
        "反映日期", "投诉时间", "投诉日期", "举报时间", "上报时间", "提交时间", "创建时间", "工单创建时间",
        "建单时间", "派单时间", "转办时间", "交办时间",
    ),
    "kind": ("工单类型", "工单性质", "工单类别", "诉求类型", "事项类型", "诉求性质", "诉求类别", "来电类型", "类型"),
    "title": ("标题", "工单标题", "工单主题", "诉求标题", "诉求主题", "事项标题", "投诉标题", "主题"),
    "content": (
        "反映内容", "诉求内容", "诉求详情", "诉求描述", "工单内容", "来电内容", "投诉内容", "举报内容",
        "投诉举报内容", "事项内容", "受理内容", "主要内容", "反映问题", "问题描述", "问题内容", "事件描述", "内容",
    ),
    "address": (
        "地址", "诉求地址", "诉求地点", "事发地址", "事发地点", "发生地址", "发生地点", "问题地点", "涉事地址",
        "事件地址", "事件位置", "单位地址", "企业地址", "被投诉单位地址", "地址描述", "详细地址", "具体地址",
    ),
    "street": ("街道", "街道名称", "乡镇街道", "所属街道", "所属镇街", "镇街", "街镇", "乡镇"),
    "channel": (
        "来源渠道", "诉求来源", "工单来源", "案件来源", "受理渠道", "来电渠道", "诉求渠道", "受理方式", "来源方式",
        "渠道", "来源",
    ),
    "supervised": ("是否督办", "是否督办件", "督办件", "督办"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of file: its name, its fields with the headers they are known by, and those it can't do without."""

    name: str
    fields: Mapping[str, tuple[str, ...]]
    required: tuple[str, ...]

    @property
    def headers(self) -> frozenset[str]:
        """Every header that is known."""
        return frozenset(header for headers in self.fields.values() for header in headers)

    def label(self, field: str) -> str:
        """The proper header of a field."""
        return self.fields.get(field, ("类型",))[0]

    def guess(self, headers: Sequence[str], known: Mapping[str, str]) -> dict[str, int]:
        """Field → place of its column: as it was mapped before (header → field, nothing for 不导入), else by synonyms.

        Of several columns for a field the one counts whose header is named first; a header that stands twice where it
        stands first.
        """
        found: dict[str, tuple[int, int]] = {}  # field → how it is called, and its place
        for place, header in enumerate(headers):
            field, rank = known.get(header), -1
            if field is None:
                field, rank = self._called(plain_header(header))
            if field in self.fields:
                found[field] = min((rank, place), found.get(field, (rank, place)))
        return {field: place for field, (_, place) in found.items()}

    def _called(self, header: str) -> tuple[str, int]:
        """The field that a header names, and how early it is named; nothing for an unknown one."""
        return next(((name, words.index(header)) for name, words in self.fields.items() if header in words), ("", 0))

    def missing(self, mapping: Mapping[str, int]) -> list[str]:
        """The required fields that no column gives."""
        return [field for field in self.required if field not in mapping]


KINDS: Final[Mapping[str, Kind]] = {
    COMPLAINT: Kind(
        "12345 等平台导出的工单",
        {**_ORDER, **_EMPLOYER, **_ABOUT, **_WHO},
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
