"""Who is at the door: the session token that registry signs and every service checks, roles and counties.

The token is a JWT signed with Ed25519 (RFC 7519, RFC 8037) in an HttpOnly cookie. It holds its own CSRF secret,
which every form must repeat. Programs send it as `Authorization: Bearer …`; then no CSRF secret is asked for.
"""

import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Any
from urllib.parse import quote

from fastapi import Depends, Request
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from libs.common import clock
from libs.common.errors import NotAllowed, NotFound, NotSignedIn
from libs.common.reference import county_name

COOKIE = "sunlot_session"
CSRF_FIELD = "csrf"
CSRF_HEADER = "x-csrf-token"
ALGORITHM = "Ed25519"  # RFC 9864: the fully specified name of EdDSA on this curve
LIFETIME = timedelta(minutes=60)
CITY = "410300"


class Role(StrEnum):
    """What somebody may do; one an account."""

    LEAD = "lead"  # 牵头科室
    SECTION = "section"  # 业务科室
    UNIT = "unit"  # 县区单位
    OFFICER = "officer"  # 执法人员
    AUDITOR = "auditor"  # 行政执法监督, sees everything, changes nothing
    ADMIN = "admin"  # accounts and platforms, no business

    @property
    def chinese(self) -> str:
        """The word on the pages."""
        return _TITLES[self]


_TITLES = {
    Role.LEAD: "牵头科室",
    Role.SECTION: "业务科室",
    Role.UNIT: "县区单位",
    Role.OFFICER: "执法人员",
    Role.AUDITOR: "执法监督",
    Role.ADMIN: "系统管理员",
}


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: always from the session, never from a form."""

    account_id: str
    name: str
    role: Role
    county: str  # adcode; the city's own code sees every county
    unit_id: str = ""
    officer_id: str = ""
    csrf: str = ""

    @property
    def role_name(self) -> str:
        """The role in Chinese."""
        return self.role.chinese

    @property
    def county_name(self) -> str:
        """The county's name."""
        return county_name(self.county)

    @property
    def whole_city(self) -> bool:
        """Whether every county is theirs to see."""
        return self.county == CITY

    def sees(self, county: str) -> bool:
        """Whether what belongs to `county` is theirs to see."""
        return self.whole_city or self.county == county

    def must_see(self, county: str) -> None:
        """Raise NotFound for another county's matter: that it exists is not told either."""
        if not self.sees(county):
            raise NotFound


class WrongCsrf(NotAllowed):
    """The form was not made by us for this session."""

    detail = "页面已过期，请刷新页面后重新操作。"


class RoleNotAllowed(NotAllowed):
    """The role has no business here."""

    detail = "您的角色无权访问此页面或进行此操作。如有需要，请联系系统管理员。"


def sign_session(private_jwk: str, actor: Actor, *, issued: datetime) -> str:
    """The token for `actor`, good for LIFETIME."""
    claims = {
        "sub": actor.account_id,
        "name": actor.name,
        "role": actor.role.value,
        "county": actor.county,
        "unit": actor.unit_id,
        "officer": actor.officer_id,
        "csrf": actor.csrf,
        "iat": int(issued.timestamp()),
        "exp": int((issued + LIFETIME).timestamp()),
    }
    return jwt.encode({"alg": ALGORITHM}, claims, _key(private_jwk), algorithms=[ALGORITHM])


def read_session(public_jwk: str, token: str, *, now: datetime) -> tuple[Actor, datetime]:
    """The actor and the moment of issue; raises NotSignedIn when the token is not good now."""
    try:
        decoded = jwt.decode(token, _key(public_jwk), algorithms=[ALGORITHM])
        claims: Mapping[str, Any] = decoded.claims
        if now.timestamp() >= claims["exp"]:
            raise NotSignedIn
        actor = Actor(
            account_id=claims["sub"],
            name=claims["name"],
            role=Role(claims["role"]),
            county=claims["county"],
            unit_id=claims["unit"],
            officer_id=claims["officer"],
            csrf=claims["csrf"],
        )
        return actor, datetime.fromtimestamp(claims["iat"], tz=clock.CHINA)
    except (JoseError, KeyError, ValueError) as error:
        raise NotSignedIn from error


@cache
def _key(jwk: str) -> OKPKey:
    return OKPKey.import_key(json.loads(jwk))


def actor_of(request: Request) -> Actor | None:
    """Who is signed in, or None."""
    token, _ = _token(request)
    if not token:
        return None
    try:
        return read_session(request.app.state.settings.session_public_key, token, now=clock.now())[0]
    except NotSignedIn:
        return None


def _token(request: Request) -> tuple[str, bool]:
    """The token and whether it came as a cookie."""
    scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and bearer:
        return bearer.strip(), False
    return request.cookies.get(COOKIE, ""), True


class Allow:
    """The audience of a route; the architecture test asks every route for one."""

    def __init__(self, *roles: Role) -> None:
        self.roles = frozenset(roles)

    async def __call__(self, request: Request) -> Actor:
        """The actor, if the role is one of ours; on unsafe methods the form must be ours too."""
        token, by_cookie = _token(request)
        if not token:
            raise NotSignedIn
        actor, _ = read_session(request.app.state.settings.session_public_key, token, now=clock.now())
        if actor.role not in self.roles:
            raise RoleNotAllowed
        if by_cookie and request.method not in {"GET", "HEAD", "OPTIONS"}:
            await check_csrf(request, actor.csrf)
        request.state.actor = actor
        return actor


async def check_csrf(request: Request, expected: str) -> None:
    """Raise WrongCsrf unless header or form field repeats the session's secret."""
    given = request.headers.get(CSRF_HEADER)
    if given is None:
        kind = request.headers.get("content-type", "")
        if kind.startswith(("application/x-www-form-urlencoded", "multipart/form-data")):
            given = str((await request.form()).get(CSRF_FIELD, ""))
    if not expected or not hmac.compare_digest((given or "").encode(), expected.encode()):
        raise WrongCsrf


class Anyone:
    """The audience of a public route."""

    async def __call__(self, request: Request) -> Actor | None:
        """Who is signed in, if anybody."""
        return actor_of(request)


def allow(*roles: Role) -> Any:
    """`Annotated[Actor, allow(Role.LEAD)]`: the signature of a route states who may use it."""
    return Depends(Allow(*roles))


def anyone() -> Any:
    """`Annotated[Actor | None, anyone()]`: a public route."""
    return Depends(Anyone())


def login_address(request: Request) -> str:
    """Where to sign in and come back from."""
    back = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return f"/registry/login?next={quote(back, safe='')}"
