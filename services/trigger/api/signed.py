"""The door for machines: a request that a platform signed, within what it may send.

In this order, so that a flood is cheap to refuse: the signature (no query), the platform's quota (no query; what was
signed by nobody counts for nobody), and in the transaction whether the key still stands and the nonce is new.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import Depends, Path, Request

from libs.common.clock import now
from libs.common.db import Transaction
from libs.common.errors import TooLarge
from libs.common.http.problems import DOCUMENTED
from services.trigger.api.throttle import Left
from services.trigger.domain.errors import WrongSignature
from services.trigger.domain.signature import signed_by
from services.trigger.store import platforms
from services.trigger.store.platforms import Asking, Platform

LARGEST_BODY: Final = 64 * 1024  # bytes


class OrderTooLarge(TooLarge):
    """The body is larger than any order."""

    detail = f"工单不得超过 {LARGEST_BODY // 1024} KB，请精简后重新报送。"


@dataclass(frozen=True, slots=True)
class Signed:
    """A request whose signature is good; `admit` says in the transaction whether it may act."""

    platform: str
    key_number: int
    nonce: str
    body: bytes
    at: datetime
    left: Left

    async def admit(self, tx: Transaction) -> Platform:
        """The platform as it now is; raises WrongSignature for a revoked key or a used nonce."""
        [platform] = await platforms.admit(tx, [Asking(self.platform, self.key_number, self.nonce)], self.at)
        if platform is None:
            raise WrongSignature
        return platform


async def signed(
    platform: Annotated[str, Path(max_length=60, description="平台编号，如 ly-12345")], request: Request
) -> Signed:
    """Whoever signed the request; raises OrderTooLarge, WrongSignature, TooOften."""
    body = await _limited(request)
    given, moment = request.headers, now()
    target = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    nonce = given.get("x-sunlot-nonce", "")
    check = signed_by(
        given.get("x-sunlot-signature", ""), request.method, target, given.get("x-sunlot-timestamp", ""), nonce, body,
        moment,
    )  # fmt: skip
    found = await request.app.state.keyring.find(platform, check)
    if found is None:
        raise WrongSignature
    known, key = found
    left = request.app.state.throttle.take(known.code, known.rate, known.burst)
    return Signed(known.code, key.number, nonce, body, moment, left)


SignedBody = Annotated[Signed, Depends(signed)]


async def _limited(request: Request) -> bytes:
    """The body, as long as it is not larger than we take."""
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > LARGEST_BODY:
            raise OrderTooLarge
        parts.append(part)
    return b"".join(parts)


HEADERS: Final[list[dict[str, Any]]] = [
    {"name": name, "in": "header", "required": True, "schema": {"type": "string"}, "description": meaning}
    for name, meaning in (
        ("X-Sunlot-Timestamp", "Unix 秒，前后 5 分钟内有效"),
        ("X-Sunlot-Nonce", "16 至 80 个字符的随机数，不得重复使用"),
        ("X-Sunlot-Signature", "HMAC-SHA256，十六进制小写；签名串见 docs/hotline.md"),
    )
]
"""The headers of a signed request, for the OpenAPI document."""

_LIMITS: Final = {
    name: {"description": meaning, "schema": {"type": "integer"}}
    for name, meaning in (
        ("X-RateLimit-Limit", "可以连续发送的请求数"),
        ("X-RateLimit-Remaining", "当前还可以连续发送的请求数"),
        ("X-RateLimit-Reset", "多少秒后恢复到上限"),
    )
}
TOLD: Final[dict[str, Any]] = {"headers": _LIMITS}
"""What every accepted request is told, for the OpenAPI document."""

PROBLEM: Final = DOCUMENTED["4XX"]["content"]
REFUSED: Final[dict[int | str, dict[str, Any]]] = {
    401: {"description": "签名无效", "content": PROBLEM},
    413: {"description": f"超过 {LARGEST_BODY // 1024} KB", "content": PROBLEM},
    429: {
        "description": "请求超过与该平台约定的频率，请按 Retry-After 所示的秒数稍后重试",
        "content": PROBLEM,
        "headers": {"Retry-After": {"description": "秒", "schema": {"type": "integer"}}, **_LIMITS},
    },
}
"""How a signed door refuses, for the OpenAPI document."""

FAULTY: Final = {"description": "字段缺少或有误，errors 逐项指出，不重复内容", "content": PROBLEM}
"""How a signed door refuses a body that is not what it should be, for the OpenAPI document."""
