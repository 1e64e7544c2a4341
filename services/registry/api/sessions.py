"""Signing in for programs."""

from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from libs.common import clock
from libs.common.http.app import Db
from libs.common.http.auth import LIFETIME, Actor, Role, anyone, sign_session
from libs.common.settings import secret
from services.registry.domain.errors import WrongCredentials
from services.registry.settings import RegistrySettings
from services.registry.usecases.caller_address import caller_address
from services.registry.usecases.hash_password import verify_password
from services.registry.usecases.sign_in import begin_sign_in, finish_sign_in

router = APIRouter(prefix="/registry/api/v1", tags=["登录"])


class Credentials(BaseModel):
    """Who signs in."""

    username: str = Field(max_length=64, description="账号名")
    password: str = Field(max_length=256, description="口令")


class ActorView(BaseModel):
    """Who acts with the token."""

    account_id: str
    name: str
    role: Role
    county: str = Field(description="县区代码，410300 为全市")
    unit_id: str
    officer_id: str


class SessionView(BaseModel):
    """A session token."""

    token: str = Field(description="放在请求头 Authorization: Bearer 中")
    csrf: str = Field(description="以 Cookie 方式使用令牌时，表单须带的校验值")
    expires_in: int = Field(description="有效秒数")
    actor: ActorView


@router.post("/sessions", status_code=201)
async def sign_in(
    request: Request, database: Db, credentials: Credentials, _: Annotated[Actor | None, anyone()]
) -> SessionView:
    """用账号和口令换取会话令牌（60 分钟）；同一账号和地址 15 分钟内输错 5 次后暂停受理。"""
    settings: RegistrySettings = request.app.state.settings
    now = clock.now()
    address = caller_address(
        request.client.host if request.client else "",
        request.headers.get("x-forwarded-for", ""),
        settings.trusted_proxies,
    )
    async with database.transaction() as tx:
        attempt = await begin_sign_in(tx, credentials.username, address, now)
    if not await verify_password(credentials.password, attempt.password_hash) or attempt.account is None:
        raise WrongCredentials
    async with database.transaction() as tx:
        actor, _token = await finish_sign_in(tx, attempt, attempt.account, now)
    return SessionView(
        token=sign_session(secret(settings.session_private_key), actor, issued=now),
        csrf=actor.csrf,
        expires_in=int(LIFETIME.total_seconds()),
        actor=ActorView(
            account_id=actor.account_id,
            name=actor.name,
            role=actor.role,
            county=actor.county,
            unit_id=actor.unit_id,
            officer_id=actor.officer_id,
        ),
    )
