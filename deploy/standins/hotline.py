"""A 12345 platform to play against: pushes signed work orders to Sunlot and receives its signed answers.

    python -m deploy.standins.hotline --port 8091 --sunlot http://127.0.0.1:8000 --platform ly-12345 [--key …]

The key is what /trigger/platforms shows once; instead of `--key` it may stand in SUNLOT_HOTLINE_KEY, where other
users of the machine do not see it. The program owes nothing to Sunlot's code: it signs as the documentation in
docs/hotline.md says, so it also proves that the documentation is enough.

    POST /push?count=60   {"subjects": [{uscc, name, county, industry}, …], "seed": "…"?, "cluster": [county, letter]?}
                          or {"orders": [order, …]} → {pushed, created, known, refused, statuses: {order_id: status}}
    POST /answers         Sunlot's callback: verifies the signature and keeps the answer
    GET  /answers         {count, repeated, rejected, out_of_order, answers: [{answer_id, order_id, sequence, …}]}
    GET  /orders          {count, orders: [{order_id, status, signal_id}]}
    PUT  /failures        {"answers": "ok" | "down" (503) | "slow" (answers after 3 s) | "refuse" (422)
                           | "lost" (kept, but answered with 503, as when the line breaks after delivery),
                           "refused": [order_id, …]? (422 for these alone)}
    POST /messages        {"order_id": …, "message": {…}} → {status, receipt}: a signed message on an order
    GET  /healthz
"""

import argparse
import asyncio
import hashlib
import hmac
import json
import os
import secrets
import time
from datetime import datetime, timedelta, timezone
from typing import Any, Literal
from urllib.parse import urlsplit

import httpx
import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel

from deploy.standins.hotline_orders import make_orders

CHINA = timezone(timedelta(hours=8))
AT_ONCE = 8  # orders on their way at the same time
SLOW = 3.0  # seconds
MAX_AGE = 300  # seconds

Failure = Literal["ok", "down", "slow", "refuse", "lost"]


def signature(key: str, method: str, target: str, timestamp: str, nonce: str, body: bytes) -> str:
    """HMAC-SHA256 in hexadecimal over method, path with query, timestamp, nonce and the body's SHA-256."""
    text = "\n".join(["SUNLOT-HMAC-SHA256", method, target, timestamp, nonce, hashlib.sha256(body).hexdigest()])
    return hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest()


def signed_headers(platform: str, key: str, method: str, target: str, body: bytes) -> dict[str, str]:
    """The headers of a signed request made now."""
    timestamp, nonce = str(int(time.time())), secrets.token_hex(16)
    return {
        "content-type": "application/json",
        "x-sunlot-platform": platform,
        "x-sunlot-timestamp": timestamp,
        "x-sunlot-nonce": nonce,
        "x-sunlot-signature": signature(key, method, target, timestamp, nonce, body),
    }


class Push(BaseModel):
    """What to push: ready orders, or the subjects to make orders about."""

    orders: list[dict[str, Any]] | None = None
    subjects: list[dict[str, str]] | None = None
    seed: str = "12345"
    cluster: tuple[str, str] | None = None


class Failures(BaseModel):
    """What goes wrong from now on."""

    answers: Failure = "ok"
    refused: list[str] = []  # orders whose answers alone get 422


class Say(BaseModel):
    """A message on an order."""

    order_id: str
    message: dict[str, Any]


class Hotline:
    """Everything the platform remembers."""

    def __init__(self, sunlot: str, platform: str, key: str) -> None:
        self.sunlot = sunlot.rstrip("/")
        self.platform = platform
        self.key = key
        self.failures = Failures()
        self.orders: dict[str, dict[str, Any]] = {}
        self.answers: dict[str, dict[str, Any]] = {}
        self.repeated = 0
        self.rejected = 0
        self.out_of_order = 0
        self._last: dict[str, int] = {}

    async def push(self, orders: list[dict[str, Any]]) -> dict[str, Any]:
        """Send every order, a few at a time, and count what became of them."""
        gate = asyncio.Semaphore(AT_ONCE)
        async with httpx.AsyncClient(timeout=30) as client:

            async def one(order: dict[str, Any]) -> int:
                async with gate:
                    return await self._send(client, order)

            codes = await asyncio.gather(*(one(order) for order in orders))
        return {
            "pushed": len(codes),
            "created": codes.count(201),
            "known": codes.count(200),
            "refused": sum(code >= 400 for code in codes),
            "statuses": {order["order_id"]: self.orders[order["order_id"]]["status"] for order in orders},
        }

    async def say(self, order_id: str, message: dict[str, Any]) -> dict[str, Any]:
        """Send a message on an order; the HTTP status and what Sunlot said."""
        url = f"{self.sunlot}/trigger/api/v1/platforms/{self.platform}/orders/{order_id}/messages"
        body = json.dumps(message, ensure_ascii=False).encode()
        headers = signed_headers(self.platform, self.key, "POST", urlsplit(url).path, body)
        async with httpx.AsyncClient(timeout=30) as client:
            answer = await client.post(url, content=body, headers=headers)
        said = answer.json() if answer.headers.get("content-type", "").endswith("json") else {}
        return {"status": answer.status_code, "receipt": said}

    async def _send(self, client: httpx.AsyncClient, order: dict[str, Any]) -> int:
        url = f"{self.sunlot}/trigger/api/v1/platforms/{self.platform}/orders"
        body = json.dumps(order, ensure_ascii=False).encode()
        try:
            answer = await client.post(
                url, content=body, headers=signed_headers(self.platform, self.key, "POST", urlsplit(url).path, body)
            )
        except httpx.HTTPError as error:
            self.orders[order["order_id"]] = {"order_id": order["order_id"], "status": type(error).__name__}
            return 503
        said = answer.json() if answer.headers.get("content-type", "").endswith("json") else {}
        self.orders[order["order_id"]] = {
            "order_id": order["order_id"],
            "status": said.get("status", answer.status_code),
            "signal_id": said.get("signal_id"),
        }
        return answer.status_code

    def genuine(self, request: Request, body: bytes) -> bool:
        """Whether Sunlot signed this request, not long ago."""
        given = request.headers
        timestamp = given.get("x-sunlot-timestamp", "")
        if not timestamp.isdigit() or abs(time.time() - int(timestamp)) > MAX_AGE:
            return False
        target = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        expected = signature(self.key, "POST", target, timestamp, given.get("x-sunlot-nonce", ""), body)
        return hmac.compare_digest(expected, given.get("x-sunlot-signature", ""))

    async def receive(self, request: Request) -> Response:
        """Answer Sunlot's push as the switched failure wants it."""
        body = await request.body()
        failure = self.failures.answers
        if failure == "down":
            return JSONResponse({"error": "down"}, 503)
        if not self.genuine(request, body):
            self.rejected += 1
            return JSONResponse({"error": "signature"}, 401)
        if failure == "refuse":
            return JSONResponse({"error": "refused"}, 422)
        if failure == "slow":
            await asyncio.sleep(SLOW)
        if (answer := json.loads(body))["order_id"] in self.failures.refused:
            return JSONResponse({"error": "refused"}, 422)
        self.keep(answer)
        return JSONResponse({"received": True}, 503 if failure == "lost" else 200)

    def keep(self, answer: dict[str, Any]) -> None:
        """Keep an answer once; count repeats, and answers that overtook an earlier one of their order."""
        if answer["answer_id"] in self.answers:
            self.repeated += 1
            return
        if answer["sequence"] != self._last.get(answer["order_id"], 0) + 1:
            self.out_of_order += 1
        self._last[answer["order_id"]] = answer["sequence"]
        self.answers[answer["answer_id"]] = answer


def create_app(hotline: Hotline) -> FastAPI:
    """The platform's doors."""
    app = FastAPI(title="12345 stand-in", openapi_url=None)

    @app.get("/healthz")
    async def healthz() -> dict[str, str]:
        return {"status": "alive"}

    @app.post("/push")
    async def push(what: Push, count: int = 60) -> dict[str, Any]:
        now = datetime.now(CHINA).replace(microsecond=0)
        orders = what.orders
        if orders is None:
            orders = make_orders(what.subjects or [], count, now, seed=what.seed, cluster=what.cluster)
        return await hotline.push(orders)

    @app.post("/messages")
    async def say(what: Say) -> dict[str, Any]:
        return await hotline.say(what.order_id, what.message)

    @app.post("/answers")
    async def receive(request: Request) -> Response:
        return await hotline.receive(request)

    @app.get("/answers")
    async def answers() -> dict[str, Any]:
        kept = list(hotline.answers.values())
        return {
            "count": len(kept),
            "repeated": hotline.repeated,
            "rejected": hotline.rejected,
            "out_of_order": hotline.out_of_order,
            "answers": kept,
        }

    @app.get("/orders")
    async def orders() -> dict[str, Any]:
        return {"count": len(hotline.orders), "orders": list(hotline.orders.values())}

    @app.put("/failures")
    async def failures(wanted: Failures) -> Failures:
        hotline.failures = wanted
        return wanted

    return app


def main() -> None:
    """Serve until ended."""
    parser = argparse.ArgumentParser(prog="python -m deploy.standins.hotline", description="a 12345 stand-in")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8091)
    parser.add_argument("--sunlot", default="http://127.0.0.1:8000", help="where the gateway is")
    parser.add_argument("--platform", default="ly-12345")
    parser.add_argument("--key", default=os.environ.get("SUNLOT_HOTLINE_KEY", ""))
    options = parser.parse_args()
    if not options.key:
        parser.error("give --key or SUNLOT_HOTLINE_KEY: the key that /trigger/platforms showed")
    hotline = Hotline(options.sunlot, options.platform, options.key)
    uvicorn.run(create_app(hotline), host=options.host, port=options.port, log_level="warning")


if __name__ == "__main__":
    main()
