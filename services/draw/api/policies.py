"""REST for ratio policies: versions that one person proposes and another approves."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from libs.common.clock import now
from libs.common.http.app import Db
from libs.common.http.auth import Actor, Role, allow
from libs.common.web import Column, ListQuery
from services.draw.api import shapes
from services.draw.domain.ratios import Level, PolicyDraft, RatioPolicy
from services.draw.domain.rule import CEIL
from services.draw.settings import DrawSettings
from services.draw.store import lists, policies
from services.draw.usecases import rule_ratios

router = APIRouter(prefix="/draw/api/v1/policies", tags=["抽查比例方案"])

Reader = Annotated[Actor, allow(Role.LEAD, Role.SECTION, Role.UNIT, Role.AUDITOR)]
Lead = Annotated[Actor, allow(Role.LEAD)]

COLUMNS = (
    Column("version", "版本", code=True, sortable=True, width=16),
    Column("county", "适用区域", sortable=True),
    Column("level", "事项级别", sortable=True),
    Column("ratios", "各分类比例", width=44),
    Column("rounding", "取整", sortable=True),
    Column("spare_a", "A 类"),
    Column("document_number", "文号", width=24),
    Column("valid_from", "施行日期", sortable=True),
    Column("state", "状态", sortable=True),
)
FILTERS = ("q", "county", "level", "state")


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class PolicyBody(_Body):
    """一个比例方案；通过后不再修改，调整时提出新版本（细则第六条）。"""

    county: str = Field(default="", max_length=6, description="县区代码；空为全市")
    level: str = Field(default=Level.GENERAL.value, description="事项级别：一般 或 重点")
    percents: dict[str, str] = Field(
        description='各分类的百分数，如 {"A": "1", "B": "2", "C": "10", "D": "30", "U": "2"}'
    )
    rounding: str = Field(default=CEIL, description="ceil 不低于，向上取整；floor 不高于，向下取整")
    minimum: int = Field(default=1, ge=0, le=999, description="每类最少户数")
    spare_a: bool = Field(default=False, description="常规抽查不抽 A 类（无事不扰）")
    reason: str = Field(max_length=500, description="依据和理由")
    document_number: str = Field(default="", max_length=60, description="文号")
    valid_from: date = Field(description="施行日期，今天或以后")

    def draft(self) -> PolicyDraft:
        """The draft that the domain knows."""
        return PolicyDraft(**{**dict(self), "minimum": str(self.minimum)})


class Rejection(_Body):
    """退回理由。"""

    reason: str = Field(max_length=500, description="退回理由")


def shape(policy: RatioPolicy) -> dict[str, Any]:
    """A policy as JSON values."""
    return {
        "version": policy.version,
        "county": policy.county,
        "level": policy.level.value,
        "ratio": {name: [ratio.num, ratio.den] for name, ratio in policy.quota.ratio.items()},
        "rounding": policy.quota.rounding,
        "minimum": policy.quota.minimum,
        "spare_a": policy.spare_a,
        "reason": policy.reason,
        "document_number": policy.document_number,
        "valid_from": policy.valid_from.isoformat(),
        "state": policy.state.value,
        "rejected_because": policy.rejected_because,
    }


@router.get("")
async def list_policies(request: Request, database: Db, actor: Reader) -> dict[str, Any]:
    """比例方案列表（q、county（city 为全市）、level、state 筛选，sort 排序，page 翻页）。"""
    query = ListQuery.from_params(request.query_params, COLUMNS, filters=FILTERS)
    async with database.transaction() as tx:
        page = await lists.page_of(tx, policies.policies_seen_by(actor, query), query)
    return {"total": page.total, "page": query.page, "rows": [shapes.plain(row) for row in page]}


@router.post("", status_code=201)
async def post_policy(body: PolicyBody, database: Db, actor: Lead) -> dict[str, str]:
    """提出比例方案，由牵头科室另一人审批。"""
    async with database.transaction() as tx:
        return {"version": await rule_ratios.propose_policy(tx, body.draft(), actor, now())}


@router.get("/{version:path}")
async def get_policy(version: str, request: Request, database: Db, _: Reader) -> dict[str, Any]:
    """一个比例方案，以及与现行方案相比对现有对象的影响。"""
    settings: DrawSettings = request.app.state.settings
    async with database.transaction() as tx:
        policy = await policies.load_policy(tx, version)
        effect = await rule_ratios.effect_of(tx, settings, policy, now())
    return shape(policy) | {
        "in_force": effect.before.version,
        "effect": [
            {"class": one.stratum, "subjects": one.n, "drawn": one.drawn_after, "drawn_in_force": one.drawn_before}
            for one in effect.classes
        ],
    }


@router.post("/{version}/approve")
async def post_approval(version: str, database: Db, actor: Lead) -> dict[str, str]:
    """审批比例方案；提出的人不能审批。"""
    async with database.transaction() as tx:
        await rule_ratios.approve_policy(tx, version, actor, now())
    return {"version": version, "state": "approved"}


@router.post("/{version}/reject")
async def post_rejection(version: str, body: Rejection, database: Db, actor: Lead) -> dict[str, str]:
    """退回比例方案并写明理由。"""
    async with database.transaction() as tx:
        await rule_ratios.reject_policy(tx, version, body.reason, actor, now())
    return {"version": version, "state": "rejected"}
