"""An account: who it is, what the role asks of it, which password is good enough."""

import re
from dataclasses import dataclass
from typing import Final

from libs.common.errors import FieldError
from libs.common.reference import AREAS, CITY
from services.registry.domain.errors import AccountIncomplete, WeakPassword

ROLES: Final = ("lead", "section", "unit", "officer", "auditor", "admin")
_CITY_ROLES: Final = {"lead", "section", "admin"}
_UNIT_ROLES: Final = {"unit", "officer"}
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,62}")
SHORTEST_PASSWORD: Final = 12


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who can sign in; the user name is the identity and never changes hands."""

    account_id: str
    name: str
    role: str
    county: str
    unit_id: str = ""
    officer_id: str = ""
    active: bool = True


def check_account(account: Account) -> Account:
    """The account as it is; raises AccountIncomplete naming every field that does not fit the role."""
    wrong = [
        FieldError("username", "账号名用 2–63 个小写字母、数字、点、短横或下划线，以字母或数字开头")
        if not _NAME.fullmatch(account.account_id)
        else None,
        FieldError("name", "请填写姓名") if not account.name.strip() else None,
        FieldError("role", "请选择角色") if account.role not in ROLES else None,
        FieldError("county", "没有这个县区，请从列表中选择") if account.county not in AREAS else None,
        FieldError("county", "该角色属于市级，县区请选择洛阳市")
        if account.role in _CITY_ROLES and account.county != CITY.adcode
        else None,
        FieldError("county", "该角色属于县区，请选择所在县区（不得跨县区检查）")
        if account.role in _UNIT_ROLES and account.county == CITY.adcode
        else None,
        FieldError("unit_id", "请填写所属单位编号") if account.role in _UNIT_ROLES and not account.unit_id else None,
        FieldError("officer_id", "请填写对应的执法人员编号")
        if account.role == "officer" and not account.officer_id
        else None,
    ]
    if errors := [error for error in wrong if error]:
        raise AccountIncomplete(fields=errors)
    return account


def check_password(account_id: str, password: str) -> str:
    """The password as it is; raises WeakPassword. Length counts, not a mixture of signs (NIST SP 800-63B 5.1.1)."""
    if len(password) < SHORTEST_PASSWORD:
        raise WeakPassword(fields=[FieldError("password", f"口令至少 {SHORTEST_PASSWORD} 个字符")])
    if len(password) > 256:
        raise WeakPassword(fields=[FieldError("password", "口令至多 256 个字符")])
    if account_id.lower() in password.lower() or len(set(password)) < 5:
        raise WeakPassword(fields=[FieldError("password", "口令不能包含账号名，也不能只由几个字符重复组成")])
    return password
