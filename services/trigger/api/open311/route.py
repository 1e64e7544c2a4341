"""Refusals of GeoReport v2 in its own form, whatever refused."""

from collections.abc import Callable, Coroutine
from typing import Any, Final

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from libs.common.db.failures import does_not_fit
from libs.common.errors import NotAllowed, NotFound, NotSignedIn, SunlotError, TooOften, Unavailable
from services.trigger.api.open311.documents import errors

# How the specification refuses, for the OpenAPI document.
REFUSED: Final[dict[str, Any]] = {
    "description": "未被受理：按 GeoReport v2 的格式列出原因",
    "content": {
        "text/xml": {},
        "application/json": {
            "schema": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["code", "description"],
                    "properties": {"code": {"type": "integer"}, "description": {"type": "string"}},
                },
            }
        },
    },
}


_UNREADABLE: Final = {
    400: "the form can't be read; files are not taken, send their media_url / 表单无法读取；不接收文件，请填 media_url",
    413: "the request is too large / 内容过大，请精简后重新提交",
}


class Refused(SunlotError):
    """A request that the specification answers with one of its statuses; no description repeats what was sent."""

    def __init__(self, status: int, *descriptions: str, allowed: str = "") -> None:
        super().__init__()
        self.status = status
        self.descriptions = descriptions
        self.headers = {"Allow": allowed} if allowed else {}


class Open311Route(APIRoute):
    """Catches what a handler refuses: errors as `errors` / a JSON list, 400 for what is wrong, 403, 404."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler with the refusals around it."""
        inner = super().get_route_handler()

        async def handle(request: Request) -> Response:
            try:
                return await inner(request)
            except Refused as refused:
                answer = errors(request, refused.status, refused.descriptions)
                answer.headers.update(refused.headers)
                return answer
            except RequestValidationError as invalid:
                names = sorted({str(item["loc"][-1]) for item in invalid.errors()})
                return errors(request, 400, [f"{name} is not valid / 参数格式不正确" for name in names])
            except SunlotError as error:
                refusal = errors(request, _status(error), [error.detail])
                if isinstance(error, TooOften):
                    refusal.headers["Retry-After"] = str(error.retry_after)
                return refusal
            except HTTPException as error:
                return errors(request, error.status_code, [_UNREADABLE.get(error.status_code, _UNREADABLE[400])])
            except Exception as error:
                if not does_not_fit(error):
                    raise
                return errors(request, 400, ["a value can't be stored / 含有不能保存的字符"])

        return handle


def _status(error: SunlotError) -> int:
    if isinstance(error, NotFound):
        return 404
    if isinstance(error, NotSignedIn | NotAllowed):
        return 403
    if isinstance(error, TooOften):
        return 429
    return 503 if isinstance(error, Unavailable) else 400
