"""Signing in and out in a browser, and the renewal between."""

from typing import Annotated
from urllib.parse import quote, urlsplit

from fastapi import APIRouter, Form, Request, Response

from libs.common import clock
from libs.common.errors import SunlotError
from libs.common.http.app import Db
from libs.common.http.auth import COOKIE, Actor, actor_of, anyone, check_csrf, sign_session
from libs.common.http.origin import check_origin
from libs.common.http.pages import done, errors_of, page
from libs.common.http.problems import status_of
from libs.common.settings import secret
from services.registry.domain.account import check_password
from services.registry.domain.errors import WrongCredentials
from services.registry.domain.session import REFRESH_LIFETIME
from services.registry.settings import RegistrySettings
from services.registry.usecases.caller_address import caller_address
from services.registry.usecases.hash_password import hash_password, verify_password
from services.registry.usecases.renew_session import renew_session
from services.registry.usecases.set_password import set_password
from services.registry.usecases.sign_in import Attempt, begin_sign_in, finish_sign_in
from services.registry.usecases.sign_out import sign_out

router = APIRouter(include_in_schema=False)

REFRESH_COOKIE = "sunlot_refresh"
REFRESH_PATH = "/registry/session"
HOME = "/registry/desk"

Visitor = Annotated[Actor | None, anyone()]
Word = Annotated[str, Form(max_length=256)]
Where = Annotated[str, Form(alias="next", max_length=2000)]


def local_path(address: str) -> str:
    """`address` if it is a path on this site, else the desk: a login must not send people elsewhere."""
    plain = address.isprintable() and "\\" not in address and address.startswith("/") and not address.startswith("//")
    if not plain:
        return HOME
    parts = urlsplit(address)
    if parts.scheme or parts.netloc or parts.path.startswith(("/registry/login", REFRESH_PATH)):
        return HOME
    return address


def set_session(response: Response, settings: RegistrySettings, actor: Actor) -> None:
    """Put the session token into its cookie, which outlives the token: its presence says that renewal may do."""
    response.set_cookie(
        COOKIE,
        sign_session(secret(settings.session_private_key), actor, issued=clock.now()),
        max_age=int(REFRESH_LIFETIME.total_seconds()),
        path="/",
        httponly=True,
        samesite="lax",
        secure=settings.secure_cookies,
    )


def set_refresh(response: Response, settings: RegistrySettings, token: str, seconds: int) -> None:
    """Put the refresh token into a cookie that only the renewal sees."""
    response.set_cookie(
        REFRESH_COOKIE,
        token,
        max_age=seconds,
        path=REFRESH_PATH,
        httponly=True,
        samesite="lax",
        secure=settings.secure_cookies,
    )


def forget(response: Response) -> Response:
    """Take both cookies away."""
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="lax")
    response.delete_cookie(REFRESH_COOKIE, path=REFRESH_PATH, httponly=True, samesite="lax")
    return response


@router.get("/registry/login")
async def login_form(request: Request, actor: Visitor, next: str = HOME) -> Response:  # noqa: A002 - the parameter's public name
    """The form; somebody whose token alone has ended is renewed without it."""
    back = local_path(next)
    if actor:
        return done(back)
    if request.cookies.get(COOKIE):
        return done(f"{REFRESH_PATH}/renew?next={quote(back, safe='')}")
    return _form(request, back)


@router.post("/registry/login")
async def login(
    request: Request, database: Db, _: Visitor, username: Word = "", password: Word = "", back: Where = HOME
) -> Response:
    """Check the password and go where the visitor was going."""
    settings: RegistrySettings = request.app.state.settings
    back = local_path(back)
    try:
        attempt = await _attempt(request, database, username.strip(), password)
    except SunlotError as error:
        return _form(request, back, username=username, errors=errors_of(error), status=_status(error))
    if attempt.account is None:  # cannot be: nobody's password fits
        raise WrongCredentials
    async with database.transaction() as tx:
        actor, token = await finish_sign_in(tx, attempt, attempt.account, clock.now())
    response = done(back)
    set_session(response, settings, actor)
    set_refresh(response, settings, token, int(REFRESH_LIFETIME.total_seconds()))
    return response


@router.get("/registry/session/renew")
async def renew(request: Request, database: Db, _: Visitor, next: str = HOME) -> Response:  # noqa: A002 - the parameter's public name
    """Begin the session again with the refresh token, or show the login form."""
    settings: RegistrySettings = request.app.state.settings
    back, now = local_path(next), clock.now()
    async with database.transaction() as tx:
        renewed = await renew_session(tx, request.cookies.get(REFRESH_COOKIE, ""), now)
    if renewed is None:
        return forget(done(f"/registry/login?next={quote(back, safe='')}"))
    response = done(back)
    set_session(response, settings, renewed.actor)
    if renewed.token:
        set_refresh(response, settings, renewed.token, int((renewed.expires_at - now).total_seconds()))
    return response


@router.post("/registry/logout")
async def logout(request: Request, database: Db, _: Visitor) -> Response:
    """End the sign-in on every device."""
    check_origin(request)
    if actor := actor_of(request):
        await check_csrf(request, actor.csrf)
        async with database.transaction() as tx:
            await sign_out(tx, actor.account_id)
    return forget(done("/registry/login"))


@router.get("/registry/password")
async def password_form(request: Request, actor: Visitor) -> Response:
    """The form to change one's own password; the old one proves who asks, so every role may."""
    return page(request, "password.html", actor=actor, title="修改口令", active="login",
                username=actor.account_id if actor else "")  # fmt: skip


@router.post("/registry/password")
async def change_password(
    request: Request,
    database: Db,
    visitor: Visitor,
    username: Word = "",
    old: Word = "",
    password: Word = "",
    again: Word = "",
) -> Response:
    """Change one's own password, end every sign-in, and sign in anew."""
    errors: list[tuple[str, str]] = []
    status = 422
    try:
        check_password(username, password)
        if password != again:
            errors = [("again", "两次输入的新口令不一致，请重新输入")]
        else:
            await _attempt(request, database, username.strip(), old)
    except SunlotError as error:
        errors, status = list(errors_of(error)), _status(error)
    if errors:
        return page(request, "password.html", actor=visitor, title="修改口令", active="login", username=username,
                    errors=errors, status=status)  # fmt: skip
    new_hash = await hash_password(password)
    async with database.transaction() as tx:
        await set_password(tx, username.strip(), new_hash, username.strip(), clock.now())
    return forget(done("/registry/login"))


async def _attempt(request: Request, database: Db, username: str, password: str) -> Attempt:
    """Count, then check: raises ForeignForm, TooManyAttempts or WrongCredentials."""
    check_origin(request)
    settings: RegistrySettings = request.app.state.settings
    address = caller_address(
        request.client.host if request.client else "",
        request.headers.get("x-forwarded-for", ""),
        settings.trusted_proxies,
    )
    async with database.transaction() as tx:
        attempt = await begin_sign_in(tx, username[:64], address, clock.now())
    if not await verify_password(password, attempt.password_hash):
        raise WrongCredentials
    return attempt


def _status(error: SunlotError) -> int:
    status = status_of(error)[0]
    return 422 if status == 401 else status  # 401 would ask the browser for other means to sign in


def _form(request: Request, back: str, *, username: str = "", errors: object = (), status: int = 200) -> Response:
    return page(request, "login.html", actor=None, status=status, title="登录", active="login", back=back,
                username=username, errors=errors)  # fmt: skip
