"""Register a platform, change what was agreed with it, and change its keys without a gap."""

import re
import secrets
from dataclasses import dataclass, replace
from datetime import datetime

from cryptography.exceptions import InvalidTag

from libs.common.db import Transaction
from libs.common.errors import FieldError, Invalid, NotFound
from libs.common.http.auth import Actor
from libs.common.telemetry.logs import get_logger
from services.trigger.domain import alarm, registry_signal
from services.trigger.domain.callback import WRONG, is_address
from services.trigger.domain.entry import OFFICE
from services.trigger.domain.errors import KeyNotNeeded
from services.trigger.domain.rule import SOURCES
from services.trigger.domain.signal import ACCEPT_WITHIN, BURST, KINDS, RATE
from services.trigger.domain.sla import ACCEPT
from services.trigger.store import platform_changes, platforms, sla
from services.trigger.store.platforms import Platform
from services.trigger.store.vault import Sealed, Vault

log = get_logger(__name__)

KEYS_AT_ONCE = 2  # so that a platform can go over to the new key while the old one still works
# What may change of an agreement, and its name on the pages; code and source stay.
CHANGEABLE = {
    "name": "平台名称", "kinds": "工单类型", "callback_url": "回推地址", "sla_days": "受理期限（工作日）",
    "open311": "Open311 接入", "rate": "每秒请求数", "burst": "可连续发送",
}  # fmt: skip
_KEY_BYTES = 32
_MOST = 10_000  # requests
_OWN = (registry_signal.PLATFORM, alarm.PLATFORM)  # of our own signals, which nobody answers
_CODE = re.compile(r"[a-z0-9][a-z0-9-]{1,38}[a-z0-9]")


@dataclass(frozen=True, slots=True)
class RegisterPlatform:
    """What is agreed with a platform."""

    code: str
    name: str
    source: str
    kinds: list[str]
    callback_url: str
    sla_days: int = ACCEPT_WITHIN
    open311: bool = False  # may send requests by Open311; it asks for answers itself and needs no callback then
    rate: int = RATE  # requests a second that it may send
    burst: int = BURST  # requests that it may send at once


async def register_platform(
    tx: Transaction, command: RegisterPlatform, vault: Vault, actor: Actor, now: datetime
) -> list[str]:
    """Save the platform and return its two keys, which are shown this once; raises Invalid naming each field."""
    _check(command)
    platform = Platform(
        command.code, command.name, command.source, command.kinds, command.callback_url, command.sla_days,
        command.open311, now, actor.account_id, command.rate, command.burst,
    )  # fmt: skip
    if not await platforms.add(tx, platform):
        raise Invalid(fields=[FieldError("code", "该平台编号已登记，请换一个编号")])
    return [await _new_key(tx, command.code, vault, actor, now) for _ in range(KEYS_AT_ONCE)]


async def change_platform(tx: Transaction, command: RegisterPlatform, actor: Actor, now: datetime) -> None:
    """Save name, kinds, callback, days and rate, and how they were before; code and source stay."""
    known = await platforms.load(tx, command.code, lock=True)
    if known is None:
        raise NotFound
    _check(command)
    before = {name: getattr(known, name) for name in CHANGEABLE if getattr(known, name) != getattr(command, name)}
    if not before:
        return  # a double click
    after = {name: getattr(command, name) for name in before}
    await platforms.change(tx, replace(known, **after))
    await platform_changes.note(tx, command.code, before, after, actor, now)
    if "sla_days" in before:
        days = (known.sla_days, command.sla_days)
        await sla.note_change(tx, sla.Change(command.code, ACCEPT, "", *days, now, actor.name))


async def rotate_key(tx: Transaction, code: str, vault: Vault, actor: Actor, now: datetime) -> str:
    """Issue a new key, shown this once; of those before only the newest goes on working; raises KeyNotNeeded."""
    if await platforms.load(tx, code, lock=True) is None:
        raise NotFound
    if code == OFFICE:
        raise KeyNotNeeded
    valid = await platforms.keys(tx, code)
    await platforms.revoke(tx, code, [key.number for key in valid[KEYS_AT_ONCE - 1 :]], now)
    return await _new_key(tx, code, vault, actor, now)


async def _new_key(tx: Transaction, code: str, vault: Vault, actor: Actor, now: datetime) -> str:
    key = secrets.token_urlsafe(_KEY_BYTES)
    number = await platforms.next_number(tx, code)
    await platforms.add_key(tx, code, number, vault.seal(key_owner(code), str(number), key), actor.account_id, now)
    return key


def key_owner(code: str) -> str:
    """What a platform's sealed keys are bound to."""
    return f"platform {code}"


async def opened_keys(tx: Transaction, code: str, vault: Vault) -> list[str]:
    """The platform's valid keys, newest first."""
    found = [_opened(vault, code, key.number, key.sealed) for key in await platforms.keys(tx, code)]
    return [key for key in found if key]


async def every_opened_key(tx: Transaction, vault: Vault) -> dict[str, list[tuple[int, str]]]:
    """Number and key of every valid key by platform, newest first."""
    found: dict[str, list[tuple[int, str]]] = {}
    for code, number, sealed in await platforms.every_key(tx):
        if key := _opened(vault, code, number, sealed):
            found.setdefault(code, []).append((number, key))
    return found


def _opened(vault: Vault, code: str, number: int, sealed: Sealed) -> str:
    """The key, or nothing where the field key has gone that it stands under: that is no reason to stop the others."""
    try:
        return vault.open(key_owner(code), str(number), sealed)
    except (InvalidTag, KeyError):
        log.warning("platform key does not open", platform=code, number=number, field_key=sealed.key_id)
        return ""


def _check(command: RegisterPlatform) -> None:
    errors = []
    if command.code in _OWN or not _CODE.fullmatch(command.code):
        told = f"请用 3 至 40 位小写字母、数字和连字符，如 ly-12345；{'、'.join(_OWN)} 由系统自身使用"
        errors.append(FieldError("code", told))
    if not 2 <= len(command.name.strip()) <= 60:
        errors.append(FieldError("name", "请填写平台名称，2 至 60 字"))
    if command.source not in SOURCES:
        errors.append(FieldError("source", "请选择触发来源（细则第二条、第四条）"))
    if not command.kinds or not set(command.kinds) <= set(KINDS):
        errors.append(FieldError("kinds", "请至少选择一种工单类型"))
    if wrong := _wrong_callback(command):
        errors.append(FieldError("callback_url", wrong))
    if not 1 <= command.sla_days <= 60:
        errors.append(FieldError("sla_days", "受理期限应为 1 至 60 个工作日"))
    if not 1 <= command.rate <= _MOST:
        errors.append(FieldError("rate", f"每秒请求数应为 1 至 {_MOST}"))
    if not 1 <= command.burst <= _MOST:
        errors.append(FieldError("burst", f"连续请求数应为 1 至 {_MOST}"))
    if errors:
        raise Invalid(fields=errors)


def _wrong_callback(command: RegisterPlatform) -> str:
    """What is to be mended about the callback; nothing if it is as it should be."""
    if command.code == OFFICE:
        told = command.callback_url or command.open311
        return "“本部门登记”没有密钥，不能回推答复，也不能以 Open311 接入，请留空" if told else ""
    polls = command.open311 and not command.callback_url
    return "" if polls or is_address(command.callback_url) else WRONG
