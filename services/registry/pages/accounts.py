"""Accounts by hand: made, disabled, passwords set; never deleted."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from libs.common import clock
from libs.common.errors import SunlotError
from libs.common.http.app import Db
from libs.common.http.auth import Actor, Role, allow
from libs.common.http.pages import Errors, done, errors_of, page
from libs.common.http.problems import status_of
from libs.common.reference import AREAS, county_name
from libs.common.web import Column, ListPage, ListQuery, export_response
from services.registry.api.accounts import within_county
from services.registry.domain.account import Account, check_account, check_password
from services.registry.pages.lists import HOME
from services.registry.store import accounts, units
from services.registry.usecases.create_account import CreateAccount, create_account
from services.registry.usecases.hash_password import hash_password
from services.registry.usecases.set_account_active import set_account_active
from services.registry.usecases.set_password import set_password

router = APIRouter(prefix="/registry/accounts", include_in_schema=False)

Admin = Annotated[Actor, allow(Role.ADMIN)]
Line = Annotated[str, Form(max_length=256)]

COLUMNS = (
    Column("account_id", "账号", sortable=True, code=True, width=24),
    Column("name", "姓名", sortable=True),
    Column("role", "角色", sortable=True),
    Column("county", "县区", sortable=True),
    Column("unit_id", "单位", code=True),
    Column("officer_id", "人员编号", code=True),
    Column("last_sign_in_at", "最近登录", sortable=True, width=22),
    Column("active", "可登录"),
)
ROLES = [(role.value, role.chinese) for role in Role]


@router.get("")
async def listing(request: Request, database: Db, actor: Annotated[Actor, allow(Role.ADMIN, Role.AUDITOR)]) -> Response:
    """Every account; the administrator sees the form too."""
    return await _listing(request, database, actor)


async def _listing(request: Request, database: Db, actor: Actor, errors: Errors = (), status: int = 200) -> Response:
    form = dict(await request.form()) if request.method == "POST" else {}
    query = within_county(ListQuery.from_params(request.query_params, COLUMNS, filters=("q", "role", "county")), actor)
    async with database.transaction() as tx:
        rows, total = await accounts.list_accounts(tx, query, every=bool(query.format))
        known = await units.load_units(tx)
    if query.format:
        told = [{**row, "role": Role(row["role"]).chinese, "county": county_name(row["county"])} for row in rows]
        return await export_response(query.format, COLUMNS, told, "账号")
    return page(
        request, "accounts.html", actor=actor, block="list", status=status, title="账号", active="registry",
        crumbs=[HOME, ("账号", None)], columns=COLUMNS, page=ListPage(rows, total, query), roles=ROLES,
        role_words=dict(ROLES), areas=[(area.adcode, area.name) for area in AREAS.values()], form=form, errors=errors,
        unit_options=[(unit.unit_id, unit.name) for unit, _ in known.values()],
    )  # fmt: skip


@router.post("")
async def create(
    request: Request,
    database: Db,
    actor: Admin,
    username: Line = "",
    name: Line = "",
    role: Line = "",
    county: Line = "",
    unit_id: Line = "",
    officer_id: Line = "",
    password: Line = "",
) -> Response:
    """Make an account."""
    try:
        account = check_account(
            Account(username.strip(), name.strip(), role, county, unit_id, officer_id.strip().upper())
        )
        password_hash = await hash_password(check_password(account.account_id, password))
        async with database.transaction() as tx:
            await create_account(tx, CreateAccount(account, password_hash), actor, clock.now())
    except SunlotError as error:
        return await _listing(request, database, actor, errors_of(error), status_of(error)[0])
    return done(f"/registry/accounts?q={account.account_id}")


@router.get("/{account_id}")
async def one(request: Request, database: Db, account_id: str, actor: Admin) -> Response:
    """One account with what an administrator may do to it."""
    return await _one(request, database, account_id, actor)


async def _one(
    request: Request, database: Db, account_id: str, actor: Actor, errors: Errors = (), status: int = 200
) -> Response:
    async with database.transaction() as tx:
        account = await accounts.get_account(tx, account_id)
        log = await accounts.log_of(tx, account_id)
    return page(
        request, "account.html", actor=actor, status=status, title=f"账号 {account_id}", active="registry",
        crumbs=[HOME, ("账号", "/registry/accounts"), (account_id, None)], account=account, log=log, errors=errors,
        role=Role(account.role).chinese,
    )  # fmt: skip


@router.post("/{account_id}/password")
async def reset_password(
    request: Request, database: Db, account_id: str, actor: Admin, password: Line = ""
) -> Response:
    """Set a new password."""
    try:
        password_hash = await hash_password(check_password(account_id, password))
        async with database.transaction() as tx:
            await set_password(tx, account_id, password_hash, actor.account_id, clock.now())
    except SunlotError as error:
        return await _one(request, database, account_id, actor, errors_of(error), status_of(error)[0])
    return done(f"/registry/accounts/{account_id}")


@router.post("/{account_id}/active")
async def switch(request: Request, database: Db, account_id: str, actor: Admin, active: Line = "") -> Response:
    """Disable or enable."""
    try:
        async with database.transaction() as tx:
            await set_account_active(tx, account_id, active == "yes", actor, clock.now())
    except SunlotError as error:
        return await _one(request, database, account_id, actor, errors_of(error), status_of(error)[0])
    return done(f"/registry/accounts/{account_id}")
