"""A platform to be mirrored to: takes records, answers 记名成功, 记名不成功 or 处理中, and can be made to fail.

    python -m deploy.standins.national --port 8092

This is **not** the interface of any official system: those interfaces are not public. It is the reference stand-in
of Sunlot's mirror port, so that pushing, polling, refusals and repetitions can be played on real HTTP.

    POST /records            the exact bytes of a record: {"record_id", "operation": "i" | "u", "record", "upload"};
                             the same id with the same bytes gets the same answer, with other bytes 409
    GET  /receipts/{id}      {"record_id", "status", "code", "message"}; 404 for an id that never came
    GET  /records            {"count", "records": [{"record_id", "operation", "status", "code", "sha256", "posts"}]}
    GET  /records/{id}       the bytes exactly as they came
    PUT  /failures           {"mode": "none" | "down" | "lost_answer" | "refuse_all" | "pending_all", "times": 3}:
                             the next `times` posts (-1: all) fail that way; lost_answer keeps the record, then says 502
    GET  /failures           the present setting
    GET  /healthz            {"status": "alive"}

A record is judged once, deterministically: contradictions are refused (E203), a code with a wrong form is refused
(E101), else the first byte of SHA-256(record_id) decides: below 20 → refused E305 when it is an "i", below 70 → 处理中
for the first `--polls` looks and 记名成功 after them, else 记名成功 at once.
"""

import argparse
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

ACCEPTED, REFUSED, PENDING = "记名成功", "记名不成功", "处理中"
MODES = ("none", "down", "lost_answer", "refuse_all", "pending_all")
MESSAGES = {
    "E101": "统一社会信用代码格式不正确",
    "E203": "检查结果与事项结果矛盾",
    "E305": "抽查任务未登记",
}
_USCC = re.compile(r"[0-9A-Z]{8,22}")


@dataclass
class Kept:
    """One record as it came, what was decided, and how often it was looked at."""

    body: bytes
    operation: str
    status: str
    code: str
    polls_left: int
    posts: int = 1

    def answer(self, record_id: str) -> dict[str, str]:
        """What the platform says about it now."""
        message = MESSAGES.get(self.code, "") if self.status == REFUSED else ""
        return {"record_id": record_id, "status": self.status, "code": self.code, "message": message}


class National:
    """The stand-in's memory and its judgement."""

    def __init__(self, polls: int = 2, refused_below: int = 20, pending_below: int = 70) -> None:
        self.records: dict[str, Kept] = {}
        self.mode, self.times = "none", 0
        self._polls, self._refused, self._pending = polls, refused_below, pending_below

    def failure(self) -> str:
        """The failure that this post suffers; counts it."""
        if self.mode == "none" or self.times == 0:
            return "none"
        self.times -= self.times > 0
        return self.mode

    def take(self, record_id: str, body: bytes, document: Mapping[str, Any], failure: str) -> Kept:
        """Keep and judge a record that has not come before."""
        status, code = self._judge(record_id, document, failure)
        kept = Kept(body, str(document["operation"]), status, code, self._polls)
        self.records[record_id] = kept
        return kept

    def look(self, kept: Kept) -> None:
        """Somebody asks for a receipt: after enough looks a pending record is accepted."""
        if kept.status == PENDING:
            kept.polls_left -= 1
            if kept.polls_left <= 0:
                kept.status = ACCEPTED

    def _judge(self, record_id: str, document: Mapping[str, Any], failure: str) -> tuple[str, str]:
        if failure == "pending_all":
            return PENDING, ""
        if failure == "refuse_all":
            return REFUSED, "E305"
        if not _USCC.fullmatch(str(document["record"]["pripId"])):
            return REFUSED, "E101"
        results = {detail["raninsCheckResName"] for detail in document["record"]["details"]}
        if document["upload"]["结果"] == "未发现问题" and "不合格" in results:
            return REFUSED, "E203"
        lot = hashlib.sha256(record_id.encode()).digest()[0]
        if lot < self._refused and document["operation"] == "i":
            return REFUSED, "E305"
        return (PENDING, "") if lot < self._pending else (ACCEPTED, "")


def create_app(national: National) -> FastAPI:
    """The stand-in's doors."""
    app = FastAPI(title="National platform (reference stand-in)", openapi_url=None)
    _intake(app, national)
    _looks(app, national)
    _failures(app, national)
    return app


def _intake(app: FastAPI, national: National) -> None:

    @app.post("/records")
    async def post(request: Request) -> Response:
        """Take one record."""
        failure = national.failure()
        if failure == "down":
            return JSONResponse({"error": "unavailable"}, 503)
        body = await request.body()
        try:
            document = json.loads(body)
            record_id = str(document["record_id"])
            known = national.records.get(record_id)
            if known is None:
                known = national.take(record_id, body, document, failure)
            elif known.body != body:
                return JSONResponse({"error": "another record has this id"}, 409)
            else:
                known.posts += 1
        except (ValueError, KeyError, TypeError):
            return JSONResponse({"error": "not a record"}, 400)
        if failure == "lost_answer":
            return JSONResponse({"error": "bad gateway"}, 502)
        return JSONResponse(known.answer(record_id), 202 if known.status == PENDING else 201)


def _looks(app: FastAPI, national: National) -> None:
    @app.get("/receipts/{record_id}")
    async def receipt(record_id: str) -> Response:
        """What became of a record."""
        known = national.records.get(record_id)
        if known is None:
            return JSONResponse({"error": "no such record"}, 404)
        national.look(known)
        return JSONResponse(known.answer(record_id))

    @app.get("/records")
    async def records() -> dict[str, Any]:
        """Everything that came, without its bytes."""
        listed = [
            {
                "record_id": record_id,
                "operation": kept.operation,
                "status": kept.status,
                "code": kept.code,
                "sha256": hashlib.sha256(kept.body).hexdigest(),
                "posts": kept.posts,
            }
            for record_id, kept in sorted(national.records.items())
        ]
        return {"count": len(listed), "records": listed}

    @app.get("/records/{record_id}")
    async def record(record_id: str) -> Response:
        """One record's bytes."""
        known = national.records.get(record_id)
        if known is None:
            return JSONResponse({"error": "no such record"}, 404)
        return Response(known.body, media_type="application/json")


def _failures(app: FastAPI, national: National) -> None:
    @app.put("/failures")
    async def fail(wanted: dict[str, Any]) -> Response:
        """Switch a failure on or off."""
        if wanted.get("mode") not in MODES or not isinstance(wanted.get("times", -1), int):
            return JSONResponse({"error": f"mode is one of {', '.join(MODES)}, times a number"}, 422)
        national.mode, national.times = str(wanted["mode"]), int(wanted.get("times", -1))
        return JSONResponse({"mode": national.mode, "times": national.times})

    @app.get("/failures")
    async def failing() -> dict[str, Any]:
        """The present setting."""
        return {"mode": national.mode, "times": national.times}

    @app.get("/healthz")
    async def alive() -> dict[str, str]:
        """The process runs."""
        return {"status": "alive"}


def main() -> None:
    """Run the stand-in until it is stopped; what it was sent lives as long as the process."""
    parser = argparse.ArgumentParser(prog="python -m deploy.standins.national", description=__doc__.splitlines()[0])
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8092)
    parser.add_argument("--polls", type=int, default=2, help="looks at a receipt until 处理中 becomes 记名成功")
    options = parser.parse_args()
    print(f"national stand-in: http://{options.host}:{options.port}", flush=True)
    uvicorn.run(create_app(National(options.polls)), host=options.host, port=options.port, log_level="warning")


if __name__ == "__main__":
    main()
