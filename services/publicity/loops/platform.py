"""The HTTP adapter of the mirror port: one record out, one answer back."""

import httpx
from pydantic import BaseModel, ConfigDict, ValidationError

from libs.common import clock
from services.publicity.domain.errors import ReceiptFileWrong
from services.publicity.domain.mirror import Receipt, status_of


class PlatformAway(Exception):
    """The platform did not answer, or not in its own words: the record is sent again later."""


class _NotKnown(PlatformAway):
    """The platform has no record with this id."""


class _Answer(BaseModel):
    """What the platform says about a record."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    record_id: str
    status: str  # 记名成功 记名不成功 处理中
    code: str = ""
    message: str = ""


class Platform:
    """The national platform, or its reference stand-in, at `url`."""

    def __init__(self, client: httpx.AsyncClient, url: str) -> None:
        self._client = client
        self._url = url.rstrip("/")

    async def push(self, payload: bytes) -> Receipt:
        """Send a record as its exact bytes. Raises PlatformAway."""
        return await self._ask("POST", "/records", payload)

    async def receipt(self, record_id: str, payload: bytes) -> Receipt:
        """Ask what became of a record; one that the platform has lost is sent again. Raises PlatformAway."""
        try:
            return await self._ask("GET", f"/receipts/{record_id}", None)
        except _NotKnown:
            return await self.push(payload)

    async def _ask(self, method: str, path: str, body: bytes | None) -> Receipt:
        headers = {"content-type": "application/json"} if body is not None else {}
        try:
            response = await self._client.request(method, self._url + path, content=body, headers=headers)
            if response.status_code == 404 and method == "GET":
                raise _NotKnown("HTTP 404")
            if response.status_code not in {200, 201, 202}:
                raise PlatformAway(f"HTTP {response.status_code}")
            answer = _Answer.model_validate_json(response.content)
            return Receipt(answer.record_id, status_of(answer.status), answer.code, answer.message, clock.now())
        except (httpx.HTTPError, ValidationError, ReceiptFileWrong) as error:
            raise PlatformAway(type(error).__name__) from error
