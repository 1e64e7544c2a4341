"""Rules and their back-tests over the API."""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from libs.common.clock import now
from libs.common.errors import NotFound
from libs.common.http.app import Db
from libs.common.http.auth import Actor, Role, allow
from libs.common.web import ListQuery
from services.trigger.api import shapes
from services.trigger.domain.rule import GROUPS
from services.trigger.domain.rule_text import LONGEST
from services.trigger.store import back_tests, lists, rules
from services.trigger.usecases.back_test import ask_back_test
from services.trigger.usecases.manage_rules import activate_rule, propose_rule, write_rule

router = APIRouter(prefix="/trigger/api/v1", tags=["触发预警"])

Reader = Annotated[Actor, allow(Role.LEAD, Role.SECTION, Role.UNIT, Role.AUDITOR)]
Author = Annotated[Actor, allow(Role.LEAD, Role.SECTION)]
Lead = Annotated[Actor, allow(Role.LEAD)]


class RuleDocument(BaseModel):
    """规则文本，字段见 services/trigger/README.md；版本号由系统编排。"""

    document: Annotated[dict[str, Any], Field(description=f"按 {'、'.join(GROUPS)} 归组的规则")]


class RuleText(BaseModel):
    """以 YAML 书写的规则。"""

    text: Annotated[str, Field(max_length=LONGEST, description="规则全文，注释一并保存")]


@router.get("/rules")
async def list_rules(database: Db, _actor: Reader) -> list[dict[str, Any]]:
    """全部规则的全部版本。"""
    async with database.transaction() as tx:
        return [dict(row) for row in await rules.every(tx)]


@router.post("/rules", status_code=201)
async def draft_rule(draft: RuleDocument, database: Db, actor: Author) -> dict[str, Any]:
    """起草规则的新版本，待另一人批准后执行。"""
    async with database.transaction() as tx:
        rule = await propose_rule(tx, draft.document, actor, now())
    return {"rule_id": rule.id, "version": rule.version}


@router.post("/rule-texts", status_code=201)
async def draft_rule_text(draft: RuleText, database: Db, actor: Author) -> dict[str, Any]:
    """以 YAML 全文起草规则的新版本；有误时逐行指出。"""
    async with database.transaction() as tx:
        rule = await write_rule(tx, draft.text, actor, now())
    return {"rule_id": rule.id, "version": rule.version}


@router.post("/rules/{rule_id}/{version}/activation", status_code=204)
async def approve_rule(rule_id: str, version: int, database: Db, actor: Lead) -> None:
    """批准并执行规则的这一版本。"""
    async with database.transaction() as tx:
        await activate_rule(tx, rule_id, version, actor, now())


@router.post("/rules/{rule_id}/{version}/back-tests", status_code=202)
async def start_back_test(rule_id: str, version: int, database: Db, actor: Author) -> dict[str, str]:
    """用规则的这一版本回测已存线索，在后台进行。"""
    async with database.transaction() as tx:
        return {"back_test_id": await ask_back_test(tx, rule_id, version, actor, now())}


@router.get("/back-tests/{back_test_id}")
async def get_back_test(back_test_id: str, request: Request, database: Db, actor: Reader) -> dict[str, Any]:
    """一次回测：进度、汇总，以及本应触发与实际触发的对照（county、compared 筛选；sort、page、per_page）。"""
    query = ListQuery.from_params(request.query_params, shapes.FIRING_COLUMNS, filters=shapes.FIRING_FILTERS)
    async with database.transaction() as tx:
        row = await back_tests.load(tx, back_test_id)
        if row is None:
            raise NotFound
        found = await lists.page_of(tx, back_tests.firings_of(back_test_id, actor, query), query)
    shown = {name: value for name, value in row.items() if name not in {"document", "summary", "attempts"}}
    return {
        **shown,
        **({"summary": row["summary"]} if actor.whole_city else {}),
        "firings": {"total": found.total, "page": found.query.page, "pages": found.pages, "items": found.rows},
    }
