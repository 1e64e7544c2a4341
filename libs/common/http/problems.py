"""How a refusal looks: an RFC 9457 problem for programs, an error page for people; the only HTTP mapping."""

from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException

from libs.common import clock
from libs.common.db.failures import does_not_fit, is_away, was_in_the_way
from libs.common.errors import (
    FieldError,
    Invalid,
    NotAllowed,
    NotFound,
    NotSignedIn,
    OutOfOrder,
    SunlotError,
    TooLarge,
    TooOften,
    Unavailable,
)
from libs.common.http.auth import actor_of, login_address
from libs.common.http.middleware import SECURITY_HEADERS
from libs.common.telemetry.context import correlation_id
from libs.common.telemetry.logs import get_logger
from libs.common.web import error_pairs, render

log = get_logger(__name__)

_STATUS: tuple[tuple[type[SunlotError], int, str], ...] = (
    (Invalid, 422, "填写有误"),
    (NotFound, 404, "没有找到"),
    (NotSignedIn, 401, "需要登录"),
    (NotAllowed, 403, "无权操作"),
    (OutOfOrder, 409, "当前不能这样做"),
    (TooLarge, 413, "内容过大"),
    (TooOften, 429, "请求过于频繁"),
    (Unavailable, 503, "暂时不可用"),
)


_SCHEMA: dict[str, Any] = {
    "title": "Problem",
    "description": "拒绝的原因和处理办法（RFC 9457）",
    "type": "object",
    "required": ["type", "title", "status", "detail", "correlation_id"],
    "properties": {
        "type": {"type": "string", "description": "urn:sunlot:problem:… 供程序判别"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "原因和处理办法"},
        "correlation_id": {"type": "string", "description": "请求编号"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "detail"],
                "properties": {
                    "field": {"type": "string"},
                    "detail": {"type": "string"},
                    "row": {"type": "integer", "description": "文件中的行号"},
                },
            },
        },
    },
}
_DOCUMENT: Final = {"application/problem+json": {"schema": _SCHEMA}}
DOCUMENTED: Final[dict[int | str, dict[str, Any]]] = {
    "4XX": {"description": "未被受理：detail 说明原因和处理办法", "content": _DOCUMENT},
    "5XX": {"description": "暂时不可用或系统错误", "content": _DOCUMENT},
}
"""How every route may refuse, for the OpenAPI document."""


def status_of(error: SunlotError) -> tuple[int, str]:
    """HTTP status and Chinese title of a refusal."""
    for kind, status, title in _STATUS:
        if isinstance(error, kind):
            return status, error.title or title
    return 500, "系统错误"


def problem(
    status: int, slug: str, title: str, detail: str, fields: tuple[FieldError, ...] = (), **headers: str
) -> JSONResponse:
    """An RFC 9457 problem document; `errors` names field, row and what to do."""
    body: dict[str, Any] = {
        "type": f"urn:sunlot:problem:{slug}",
        "title": title,
        "status": status,
        "detail": detail,
        "correlation_id": correlation_id(),
    }
    if fields:
        body["errors"] = [
            {"field": f.field, "detail": f.message} | ({"row": f.row} if f.row is not None else {}) for f in fields
        ]
    return JSONResponse(
        body, status, media_type="application/problem+json",
        headers={name.replace("_", "-"): value for name, value in headers.items()},
    )  # fmt: skip


def wants_json(request: Request) -> bool:
    """Whether a program asks: an API path, a `.json` address, or an Accept that prefers JSON."""
    path = request.url.path
    return "/api/" in path or path.endswith(".json") or "json" in request.headers.get("accept", "").split(",")[0]


def answer(request: Request, status: int, slug: str, title: str, detail: str,
           fields: tuple[FieldError, ...] = ()) -> Response:  # fmt: skip
    """The refusal in the form that the caller can use."""
    if wants_json(request):
        return problem(status, slug, title, detail, fields)
    actor = actor_of(request)
    page = render(
        request.app.state.environment,
        "error.html",
        shell="layout.html" if actor else "public.html",
        title=title,
        status=status,
        detail=detail,
        errors=error_pairs(fields),
        actor=actor,
        csrf=actor.csrf if actor else "",
        now=clock.now(),
        request_id=correlation_id() if status >= 500 else "",
    )
    return Response(page, status, media_type="text/html; charset=utf-8")


async def _refusal(request: Request, error: Exception) -> Response:
    assert isinstance(error, SunlotError)  # noqa: S101 - registered for this class alone
    status, title = status_of(error)
    if status == 401 and not wants_json(request) and request.method == "GET":
        return RedirectResponse(login_address(request), 303)
    refused = answer(request, status, error.slug, title, error.detail, error.fields)
    if isinstance(error, NotSignedIn):
        refused.headers["WWW-Authenticate"] = error.scheme  # RFC 9110 §15.5.2
    if isinstance(error, TooOften):
        refused.headers.update(limit_headers(error.burst, 0, error.retry_after))
        refused.headers["Retry-After"] = str(error.retry_after)  # RFC 9110 §10.2.3
    return refused


def limit_headers(burst: int, remaining: int, reset: int) -> dict[str, str]:
    """What a caller may still send: at most `burst` at once, `remaining` now, one more (none left) or all again
    after `reset` seconds."""
    return {
        "X-RateLimit-Limit": str(burst),
        "X-RateLimit-Remaining": str(remaining),
        "X-RateLimit-Reset": str(reset),
    }


async def _invalid_request(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this class alone
    # The input itself is never repeated: it may be an informant's.
    fields = tuple(FieldError(_field(item), _in_chinese(item)) for item in error.errors())
    if isinstance(error.body, bytes) and error.body:  # only what came as JSON was read
        return answer(request, 415, "not-json", "格式不对", "请以 Content-Type: application/json 提交 JSON。")
    return answer(request, 422, "invalid", "填写有误", Invalid.detail, fields)


def _field(item: dict[str, Any]) -> str:
    """Which field: its path in the body, or body as a whole, of which a fault of syntax tells only the byte."""
    where, *path = item["loc"]
    return str(where) if item["type"] == "json_invalid" or not path else ".".join(map(str, path))


_CHINESE = {
    "missing": "必填，请填写",
    "string_too_short": "太短，至少 {min_length} 个字符",
    "string_too_long": "太长，至多 {max_length} 个字符",
    "string_pattern_mismatch": "格式不正确，应符合 {pattern}",
    "string_type": "应为文字",
    "string_unicode": "含有不能识别的字符",
    "int_parsing": "应为整数",
    "int_type": "应为整数",
    "int_from_float": "应为整数",
    "int_parsing_size": "数字过大",
    "bool_parsing": "应为 true 或 false",
    "bool_type": "应为 true 或 false",
    "float_parsing": "应为数字",
    "float_type": "应为数字",
    "finite_number": "应为数字",
    "date_from_datetime_parsing": "应为日期，如 2026-11-22",
    "date_from_datetime_inexact": "应为日期，如 2026-11-22",
    "date_parsing": "应为日期，如 2026-11-22",
    "date_type": "应为日期，如 2026-11-22",
    "datetime_parsing": "应为日期时间，如 2026-11-22T09:00:00+08:00",
    "datetime_from_date_parsing": "应为日期时间，如 2026-11-22T09:00:00+08:00",
    "datetime_type": "应为日期时间，如 2026-11-22T09:00:00+08:00",
    "timezone_aware": "日期时间须带时区，如 2026-11-22T09:00:00+08:00",
    "enum": "只能取：{expected}",
    "literal_error": "只能取：{expected}",
    "extra_forbidden": "不认识的字段，请删除",
    "json_invalid": "不是有效的 JSON，请检查括号、引号和逗号，并以不带 BOM 的 UTF-8 编码提交",
    "list_type": '应为列表，如 ["…"]',
    "dict_type": '应为对象，如 {{"…": "…"}}',
    "model_type": '应为对象，如 {{"…": "…"}}',
    "model_attributes_type": '应为对象，如 {{"…": "…"}}',
    "greater_than_equal": "不能小于 {ge}",
    "less_than_equal": "不能大于 {le}",
    "too_short": "至少 {min_length} 项",
    "too_long": "至多 {max_length} 项",
}


def _in_chinese(item: dict[str, Any]) -> str:
    template = _CHINESE.get(item["type"], "内容有误，请对照接口说明修改")
    try:
        return template.format(**{name: _plain(value) for name, value in item.get("ctx", {}).items()})
    except KeyError:
        return template.split("，")[0]


def _plain(value: Any) -> Any:
    """What pydantic tells of a limit, in our words: 'a', 'b' or 'c' → a、b、c; 180.0 → 180."""
    if isinstance(value, str):
        return value.replace("' or '", "、").replace("', '", "、").strip("'")
    return f"{value:g}" if isinstance(value, float) else value


async def _http_exception(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this class alone
    if error.status_code == 404:
        return answer(request, 404, "not-found", "没有找到", "没有这个页面或接口，请核对地址。")
    if error.status_code == 405:
        refused = answer(request, 405, "method-not-allowed", "方法不对", "这个地址不接受该请求方法，请查看接口说明。")
        refused.headers.update(error.headers or {})  # RFC 9110 §15.5.6: which methods it does take
        return refused
    if error.status_code == 413:
        return answer(request, 413, "too-large", "内容过大", TooLarge.detail)
    if error.status_code == 400:
        return answer(
            request, 400, "unreadable", "内容无法读取", "提交的内容无法读取，请按接口说明的格式以 UTF-8 编码提交。"
        )
    return answer(request, error.status_code, "http-error", "请求未完成", "请求未能完成，请检查后重试。")


class ValueDoesNotFit(Invalid):
    """Something that was sent can't be stored or looked for."""

    detail = "内容中有不能识别的字符，或超出范围的数字、日期，请检查后重新提交。"


async def _database_failed(request: Request, error: Exception) -> Response:
    if does_not_fit(error):
        # Without the driver's message, which quotes the value: it may be an informant's.
        log.warning(
            "value does not fit", error=type(error).__name__, route=getattr(request.scope.get("route"), "path", "-")
        )
        return await _refusal(request, ValueDoesNotFit())
    if not (is_away(error) or was_in_the_way(error)):
        raise error
    log.warning("database away or busy", error=type(error).__name__, path=request.url.path)
    return await _refusal(request, Unavailable())


async def _bug(request: Request, error: Exception) -> Response:
    log.error("unhandled error", error=type(error).__name__, path=request.url.path, exc_info=error)
    said = answer(request, 500, "internal", "系统错误", "系统出错，已记录。请将请求编号告知运维人员。")
    # The server drops this connection now; without the word a gateway puts somebody else's request on it.
    said.headers["connection"] = "close"
    said.headers.update(SECURITY_HEADERS)  # this answer is made outside of everything that adds them
    return said


def install(app: FastAPI) -> None:
    """Map the whole error tree, FastAPI's own refusals and bugs."""
    app.add_exception_handler(SunlotError, _refusal)
    app.add_exception_handler(RequestValidationError, _invalid_request)
    app.add_exception_handler(HTTPException, _http_exception)
    for failure in (SQLAlchemyError, ConnectionError, TimeoutError):  # the driver wraps only some of its own
        app.add_exception_handler(failure, _database_failed)
    app.add_exception_handler(Exception, _bug)
