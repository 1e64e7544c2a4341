"""What programs send and get, with Chinese descriptions for the OpenAPI document."""

from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from libs.common.http.auth import Actor
from services.inspection.domain import codes
from services.inspection.domain.record import (
    Conclusion,
    Evidence,
    ItemEntry,
    NonCooperation,
    Saved,
    Signature,
    Visit,
    document_of,
)
from services.inspection.domain.recusal import Request
from services.inspection.usecases.view_case import CaseView


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class ApproveIn(_In):
    """审批."""

    remark: str = Field(default="", max_length=500, description="审批意见，可不填")


class RecusalAnswerIn(_In):
    """答复回避申请."""

    grant: bool = Field(description="true 准予回避，false 不予回避")
    answer: str = Field(min_length=1, max_length=500, description="决定的理由，将答复检查对象")


class StartIn(_In):
    """开始检查."""

    certificates_shown: list[str] = Field(description="已出示执法证件的执法人员编号，至少两人（细则第十条）")


class _PartIn(_In):
    version: int = Field(default=0, ge=0, description="所依据的版本号；第一次保存为 0")


class ItemIn(_PartIn):
    """一个事项的检查结果."""

    result: str = Field(default="", description="合格、不合格、未检查、合理缺项；空为清除")
    facts: str = Field(default="", description="检查情况或原因")

    def part(self) -> ItemEntry:
        """As the domain knows it."""
        return ItemEntry(self.result, self.facts)


class VisitIn(_PartIn):
    """检查方式和时间."""

    methods: list[str] = Field(default=[], description="核查方式代码 1–6，可多选（细则第九条）")
    ended_at: AwareDatetime | None = Field(default=None, description="检查结束时间")
    assistants: str = Field(default="", description="随同协助人员，不计入执法人员")
    situation: str = Field(default="", description="检查经过")

    def part(self) -> Visit:
        """As the domain knows it."""
        return Visit(tuple(sorted(set(self.methods))), self.ended_at, self.assistants, self.situation)


class SignatureIn(_PartIn):
    """签名或盖章."""

    kind: str = Field(default="", description="signed 签名、sealed 盖章、refused 无法取得")
    signer: str = Field(default="", description="签名人或盖章单位")
    capacity: str = Field(default="", description="法定代表人（负责人）或授权人")
    reason: str = Field(default="", description="无法取得签名或盖章的原因")
    witness: str = Field(default="", description="见证人")
    no_witness_reason: str = Field(default="", description="没有见证人的原因")

    def part(self) -> Signature:
        """As the domain knows it."""
        return Signature(**self.model_dump(exclude={"version"}))


class ConclusionIn(_PartIn):
    """检查结论和后续处置."""

    subject_result: str = Field(default="", description="1 E A 6 8 F 7 9 10 11 12")
    follow_up: str = Field(
        default="", description="none supervision rectification case_office other_department；空为按结论确定"
    )
    rectify_by: date | None = Field(default=None, description="整改期限")
    requirements: str = Field(default="", description="整改要求")

    def part(self) -> Conclusion:
        """As the domain knows it."""
        return Conclusion(self.subject_result, self.follow_up, self.rectify_by, self.requirements)


class NonCooperationIn(_PartIn):
    """一种不予配合情形."""

    facts: str = Field(description="经过；空为清除")

    def part(self) -> NonCooperation:
        """As the domain knows it."""
        return NonCooperation(self.facts)


class SupplementIn(_In):
    """补充说明."""

    text: str = Field(min_length=1, max_length=4000, description="补充说明")


class TransferIn(_In):
    """移交."""

    department: str = Field(min_length=1, max_length=200, description="接收部门")
    clue: str = Field(min_length=1, max_length=4000, description="移交的线索")
    transferred_on: date | None = Field(default=None, description="移交日期，默认今天")


class FeedbackIn(_In):
    """移交反馈."""

    feedback: str = Field(min_length=1, max_length=4000, description="接收部门的反馈")


class OutcomeIn(_In):
    """办结后续监管."""

    outcome: str = Field(min_length=1, max_length=4000, description="办结情况")


class SavedOut(BaseModel):
    """一部分记录的最新版本."""

    part: str
    version: int
    content: dict[str, Any]
    saved_by: str
    saved_at: datetime


def saved_out(name: str, saved: Saved) -> SavedOut:
    """The newest version of a part."""
    return SavedOut(
        part=name,
        version=saved.version,
        content=document_of(saved.part),
        saved_by=saved.saved_by_name,
        saved_at=saved.saved_at,
    )


class EvidenceOut(BaseModel):
    """一份证据的目录."""

    evidence_id: str
    about: str
    name: str
    media_type: str
    size: int
    sha256: str
    uploaded_by: str
    uploaded_at: datetime


def evidence_out(file: Evidence) -> EvidenceOut:
    """The catalogue entry of a file."""
    names = {name: getattr(file, name) for name in EvidenceOut.model_fields if name != "uploaded_by"}
    return EvidenceOut(**names, uploaded_by=file.uploaded_by_name)


class StateOut(BaseModel):
    """检查现在的状态."""

    case_id: str
    state: str
    notice_code: str
    record_sha256: str


class CaseRow(BaseModel):
    """列表中的一次检查."""

    case_id: str
    task_id: str
    task_name: str
    county: str
    unit_id: str
    unit_name: str
    uscc: str
    subject_name: str
    officers: list[dict[str, str]]
    urgent: bool
    state: str
    finish_by: date
    approved_at: datetime | None
    completed_at: datetime | None
    published_at: datetime | None
    record_sha256: str
    subject_result: str | None
    further: list[str] = Field(description="并入的其他任务")
    follow_up: str | None
    follow_up_due: date | None
    follow_up_closed_on: date | None


class CasePage(BaseModel):
    """一页检查."""

    total: int
    page: int
    per_page: int
    cases: list[CaseRow]


def case_out(view: CaseView, actor: Actor) -> dict[str, Any]:
    """Everything about a case, as its page shows it."""
    case, dispatch = view.case, view.case.dispatch
    return {
        "case_id": case.id,
        "state": case.state,
        "task_id": dispatch.task_id,
        "task_name": dispatch.task_name,
        "plan_id": dispatch.plan_id,
        "plan_name": dispatch.plan_name,
        "county": dispatch.county,
        "unit_id": dispatch.unit_id,
        "unit_name": view.unit_name,
        "subject": {name: getattr(dispatch.subject, name) for name in dispatch.subject.__dataclass_fields__},
        "officers": [
            {name: getattr(officer, name) for name in officer.__dataclass_fields__} for officer in dispatch.officers
        ],
        "item_codes": list(dispatch.item_codes),
        "sections": list(dispatch.sections),
        "participants": list(dispatch.participants),
        "further_tasks": [task.document() for task in case.further],
        "replaced": [one.document() for one in case.replaced],
        "withdrawn_at": case.withdrawn_at,
        "withdrawn_because": case.withdrawn_because,
        "recusals": [recusal_out(request) for request in view.requests],
        "source": codes.source_in_public(dispatch.source),
        "urgent": dispatch.urgent,
        "finish_by": dispatch.finish_by,
        "approved_at": case.approved_at,
        "approved_by": case.approved_by_name,
        "approved_afterwards": case.approved_afterwards,
        "notice": {
            "code": case.notice_code,
            "address": f"/public/notices/{case.notice_code}",
            "version": view.notices[0].version,
        }
        if case.notice_code
        else None,
        "started_at": case.started_at,
        "present": list(case.present),
        "check_table": [item.document() for item in view.record.check_table],
        "parts": {
            name: saved_out(name, saved).model_dump(mode="json") for name, saved in sorted(view.record.saved.items())
        },
        "evidence": [evidence_out(file).model_dump(mode="json") for file in view.record.evidence],
        "missing": [{"field": error.field, "detail": error.message} for error in view.missing],
        "completed_at": case.completed_at,
        "recorded_by_me": bool(case.recorded_by) and case.recorded_by == actor.account_id,
        "record": case.record,
        "record_sha256": case.record_sha256,
        "follow_up": _follow_up(view),
        "transfers": view.transfers,
        "supplements": view.supplements,
        "history": view.history,
        "published_at": case.published_at,
        "published_address": case.published_address,
        "archived_at": case.archived_at,
    }


def recusal_out(request: Request) -> dict[str, Any]:
    """A request for recusal, for those inside."""
    return asdict(request) | {"decision_name": request.decision.chinese}


def _follow_up(view: CaseView) -> dict[str, Any] | None:
    follow_up = view.follow_up
    if follow_up is None:
        return None
    return {name: getattr(follow_up, name) for name in follow_up.__dataclass_fields__} | {"open": follow_up.open}
