"""A drand relay that serves recorded rounds of the real quicknet chain, and can be late, wrong or away.

    python -m deploy.standins.drand --port 8093

The rounds in quicknet.json are real: every signature checks against quicknet's public key. A round that is not
recorded does not exist here, so whoever tests with this sets the clock before a recorded one.

    GET /{chain}/info              the chain's parts, as a public relay gives them
    GET /{chain}/public/{round}    {"round", "randomness", "signature"}; 404 for a round that is not there
    GET /{chain}/public/latest     the newest recorded one
    PUT /failures                  {"mode": …, "times": 3}: the next `times` rounds asked for (-1: all) fail that way:
                                   late (404), down (503), other_round (another round as it is), forged (the number
                                   asked for with another round's signature), garbage (no JSON), flood (a megabyte)
    GET /failures                  the present setting, and how many rounds were asked for
    GET /healthz                   {"status": "alive"}
"""

import argparse
import json
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI, Response
from fastapi.responses import JSONResponse

RECORDED = Path(__file__).with_name("quicknet.json")
MODES = ("none", "late", "down", "other_round", "forged", "garbage", "flood")


class Relay:
    """The recorded chain and the failure that is switched on."""

    def __init__(self) -> None:
        recorded = json.loads(RECORDED.read_text("utf-8"))
        self.info: dict[str, Any] = recorded["info"]
        self.rounds: dict[int, dict[str, Any]] = {each["round"]: each for each in recorded["rounds"]}
        self.mode, self.times, self.asked = "none", 0, 0

    def failure(self) -> str:
        """The failure that this question suffers; counts it."""
        self.asked += 1
        if self.mode == "none" or self.times == 0:
            return "none"
        self.times -= self.times > 0
        return self.mode

    def another_than(self, number: int) -> dict[str, Any]:
        """Some other recorded round."""
        return next(each for each in self.rounds.values() if each["round"] != number)

    def answer(self, number: int, failure: str) -> Response:
        """What the relay says about a round."""
        other = self.another_than(number)
        wrong = {
            "late": Response("Too early", 404),
            "down": Response("Service Unavailable", 503),
            "other_round": JSONResponse(other),
            "forged": JSONResponse(other | {"round": number}),
            "garbage": Response("<html>login</html>", media_type="text/html"),
            "flood": Response(b"[" * 1_000_000, media_type="application/json"),
        }
        if failure in wrong:
            return wrong[failure]
        known = self.rounds.get(number)
        return JSONResponse(known) if known else Response("Not Found", 404)


def create_app(relay: Relay) -> FastAPI:
    """The stand-in's doors."""
    app = FastAPI(title="drand relay (recorded rounds)", openapi_url=None)

    @app.get("/healthz")
    async def alive() -> dict[str, str]:
        """The process runs."""
        return {"status": "alive"}

    @app.put("/failures")
    async def fail(wanted: dict[str, Any]) -> Response:
        """Switch a failure on or off."""
        if wanted.get("mode") not in MODES or not isinstance(wanted.get("times", -1), int):
            return JSONResponse({"error": f"mode is one of {', '.join(MODES)}, times a number"}, 422)
        relay.mode, relay.times = str(wanted["mode"]), int(wanted.get("times", -1))
        return JSONResponse({"mode": relay.mode, "times": relay.times})

    @app.get("/failures")
    async def failing() -> dict[str, Any]:
        """The present setting."""
        return {"mode": relay.mode, "times": relay.times, "asked": relay.asked}

    @app.get("/{chain}/info")
    async def info(chain: str) -> Response:
        """The chain's parts."""
        return JSONResponse(relay.info) if chain == relay.info["hash"] else Response("Not Found", 404)

    @app.get("/{chain}/public/{number}")
    async def public(chain: str, number: str) -> Response:
        """One round."""
        if chain != relay.info["hash"] or not (number.isdecimal() or number == "latest"):
            return Response("Not Found", 404)
        wanted = max(relay.rounds) if number == "latest" else int(number)
        return relay.answer(wanted, relay.failure())

    return app


def main() -> None:
    """Run the stand-in until it is stopped."""
    parser = argparse.ArgumentParser(prog="python -m deploy.standins.drand", description=__doc__.splitlines()[0])
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8093)
    options = parser.parse_args()
    print(f"drand stand-in: http://{options.host}:{options.port}", flush=True)
    uvicorn.run(create_app(Relay()), host=options.host, port=options.port, log_level="warning")


if __name__ == "__main__":
    main()
