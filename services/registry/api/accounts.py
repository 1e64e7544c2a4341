"""Accounts for programs: made, listed, disabled; passwords are set and never shown."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from libs.common import clock
from libs.common.http.app import Db
from libs.common.http.auth import Actor, Role, allow
from libs.common.web.tables import ListQuery
from services.registry.api.listing import Listed, PageNumber, PerPage
from services.registry.domain.account import Account, check_account, check_password
from services.registry.store import accounts
from services.registry.usecases.create_account import CreateAccount, create_account
from services.registry.usecases.hash_password import hash_password
from services.registry.usecases.set_account_active import set_account_active
from services.registry.usecases.set_password import set_password

router = APIRouter(prefix="/registry/api/v1/accounts", tags=["账号"])


def within_county(query: ListQuery, actor: Actor) -> ListQuery:
    """The query for what the actor sees: a county's auditor its own accounts."""
    own = {} if actor.whole_city else {"county": (actor.county,)}
    return replace(query, filters={**query.filters, **own})


class AccountIn(BaseModel):
    """A new account."""

    username: str = Field(max_length=63, description="账号名，2–63 个小写字母、数字、点、短横或下划线")
    name: str = Field(max_length=50, description="姓名")
    role: Role = Field(description="角色")
    county: str = Field(default="410300", max_length=6, description="县区代码，410300 为全市")
    unit_id: str = Field(default="", max_length=40, description="单位编号")
    officer_id: str = Field(default="", max_length=40, description="执法人员编号，角色为 officer 时必填")
    password: str = Field(max_length=256, description="初始口令，至少 12 个字符")


class AccountView(BaseModel):
    """An account, without its password."""

    username: str
    name: str
    role: str
    county: str
    unit_id: str
    officer_id: str
    active: bool
    last_sign_in_at: datetime | None = None


class NewPassword(BaseModel):
    """A password to set."""

    password: str = Field(max_length=256, description="新口令，至少 12 个字符")


class Activity(BaseModel):
    """Whether an account may sign in."""

    active: bool = Field(description="true 启用，false 停用")


@router.post("", status_code=201)
async def add(
    database: Db, body: AccountIn, response: Response, actor: Annotated[Actor, allow(Role.ADMIN)]
) -> AccountView:
    """建立账号；同样内容重复提交返回 200，不改变口令。"""
    account = check_account(
        Account(body.username, body.name.strip(), body.role.value, body.county, body.unit_id, body.officer_id)
    )
    password_hash = await hash_password(check_password(account.account_id, body.password))
    async with database.transaction() as tx:
        created = await create_account(tx, CreateAccount(account, password_hash), actor, clock.now())
    if not created:
        response.status_code = 200
    return AccountView(
        username=account.account_id,
        name=account.name,
        role=account.role,
        county=account.county,
        unit_id=account.unit_id,
        officer_id=account.officer_id,
        active=account.active,
    )


@router.get("")
async def listing(
    request: Request,
    database: Db,
    actor: Annotated[Actor, allow(Role.ADMIN, Role.AUDITOR)],
    page: PageNumber = 1,
    per_page: PerPage = 50,
) -> Listed[AccountView]:
    """账号列表，可按 q、role、county 筛选。"""
    asked = ListQuery.from_params(request.query_params, (), filters=("q", "role", "county"))
    query = within_county(ListQuery(filters=asked.filters, page=page, per_page=per_page), actor)
    async with database.transaction() as tx:
        rows, total = await accounts.list_accounts(tx, query)
    views = [AccountView(username=row["account_id"], **{k: v for k, v in row.items() if k in _SHOWN}) for row in rows]
    return Listed(total=total, page=page, per_page=per_page, rows=views)


_SHOWN = set(AccountView.model_fields) - {"username"}


@router.put("/{username}/password", status_code=204)
async def new_password(
    database: Db, username: str, body: NewPassword, actor: Annotated[Actor, allow(Role.ADMIN)]
) -> None:
    """重设口令，并结束该账号的所有登录。"""
    password_hash = await hash_password(check_password(username, body.password))
    async with database.transaction() as tx:
        await set_password(tx, username, password_hash, actor.account_id, clock.now())


@router.put("/{username}/active", status_code=204)
async def activity(database: Db, username: str, body: Activity, actor: Annotated[Actor, allow(Role.ADMIN)]) -> None:
    """启用或停用账号；停用的账号不能再登录，已有登录立即不能续期。"""
    async with database.transaction() as tx:
        await set_account_active(tx, username, body.active, actor, clock.now())
