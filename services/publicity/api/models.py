"""What the API takes and gives."""

from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from libs.common import clock
from services.publicity.domain.content import Amendment
from services.publicity.domain.publication import Publication
from services.publicity.domain.results import subject_result_name


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Review(_In):
    """审核公示."""

    opinion: str = Field(default="", max_length=500, description="审核意见，可留空")


class Reason(_In):
    """退回."""

    reason: str = Field(default="", max_length=500, description="退回原因")


class Statement(_In):
    """重新提交."""

    statement: str = Field(default="", max_length=500, description="核对情况")


class CorrectionIn(_In):
    """更正（细则第十六条）；留空的项目保持不变."""

    reason: str = Field(default="", max_length=1000, description="更正原因，将公开")
    subject_name: str = Field(default="", max_length=200, description="对象名称")
    subject_result: str = Field(default="", max_length=2, description="检查结果代码")
    ended_on: date | None = Field(default=None, description="检查日期")
    follow_up: str = Field(default="", max_length=20, description="后续处置代码")
    item_results: dict[str, str] = Field(default_factory=dict, description="事项编码 → 结果")

    def amendment(self) -> Amendment:
        """What is to change."""
        return Amendment(
            self.subject_name.strip(), self.subject_result, self.ended_on, self.follow_up, self.item_results
        )


class PublicationOut(BaseModel):
    """一条公示."""

    publication_id: str
    case_id: str
    state: str = Field(description="awaiting 待审核、returned 已退回、published 已公示、corrected 已更正")
    state_name: str
    county: str
    unit_name: str
    uscc: str
    subject_name: str
    subject_result: str
    subject_result_name: str
    ended_on: date
    due: date = Field(description="公示期限：检查结束之日起 20 个工作日（细则第十四条）")
    due_provisional: bool = Field(description="期限跨入尚未公布放假安排的年份，暂定")
    overdue: bool
    days_left: int = Field(description="剩余工作日；负数为已超期")
    published_at: datetime | None
    in_time: bool | None
    corrections: int
    address: str = Field(description="公开网站上的地址")
    content: dict[str, Any]


class PublicationList(BaseModel):
    """一页公示."""

    total: int
    page: int
    per_page: int
    publications: list[PublicationOut]


class CorrectionOut(BaseModel):
    """一项更正."""

    publication_id: str
    number: int


class RecordOut(BaseModel):
    """一次报送."""

    publication_id: str
    record_id: str
    operation: str = Field(description="i 新增，u 更正")
    channel: str = Field(description="http 接口，file 文件")
    state: str
    code: str
    message: str
    attempts: int
    payload_sha256: str
    updated_at: datetime


class RecordList(BaseModel):
    """一页报送记录."""

    total: int
    page: int
    per_page: int
    counts: dict[str, int]
    records: list[RecordOut]


class Resent(BaseModel):
    """重新报送的记录编号."""

    record_id: str


class PackageOut(BaseModel):
    """文件包."""

    package_id: str
    json_file: str
    xlsx_file: str


class Taken(BaseModel):
    """导入的回执数."""

    taken: int


def publication_out(publication: Publication) -> PublicationOut:
    """As staff see it."""
    today = clock.china_date(clock.now())
    content = publication.content
    return PublicationOut(
        publication_id=publication.publication_id,
        case_id=content.case_id,
        state=publication.state.value,
        state_name=publication.state.chinese,
        county=content.county,
        unit_name=content.unit_name,
        uscc=content.uscc,
        subject_name=content.subject_name,
        subject_result=content.subject_result,
        subject_result_name=subject_result_name(content.subject_result),
        ended_on=content.ended_on,
        due=publication.deadline.due,
        due_provisional=publication.deadline.provisional,
        overdue=publication.overdue(today),
        days_left=publication.days_left(today),
        published_at=publication.published_at,
        in_time=publication.in_time,
        corrections=publication.corrections,
        address=publication.address,
        content=content.document(),
    )
