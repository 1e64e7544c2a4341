"""The drand stand-in as a program of its own: real rounds, and every failure it can be told."""

import asyncio
import sys
from collections.abc import AsyncIterator

import httpx
import pytest

from libs.common.testing.waiting import eventually
from services.draw.domain.beacon import BeaconRefused, signature_in
from tests.conftest import ROOT
from tests.draw.beacons import QUICKNET, ROUND, SIGNATURES, recorded
from tests.trigger.serving import free_port


@pytest.fixture
async def relay() -> AsyncIterator[httpx.AsyncClient]:
    """The program on a free port, and a client for it."""
    port = free_port()
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "deploy.standins.drand", "--port", str(port), cwd=ROOT, stdout=asyncio.subprocess.DEVNULL
    )
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=5) as client:

        async def alive() -> bool:
            try:
                return (await client.get("/healthz")).is_success
            except httpx.HTTPError:
                return False

        await eventually(alive, "the stand-in")
        yield client
    program.terminate()
    await program.wait()


async def test_it_serves_the_real_chain_and_its_recorded_rounds(relay: httpx.AsyncClient) -> None:
    info = (await relay.get(f"/{QUICKNET.hash}/info")).json()
    assert (info["hash"], info["period"], info["schemeID"]) == (QUICKNET.hash, 3, "bls-unchained-g1-rfc9380")
    answer = await relay.get(f"/{QUICKNET.hash}/public/{ROUND}")
    recorded().check(signature_in(answer.content, recorded()))
    latest = (await relay.get(f"/{QUICKNET.hash}/public/latest")).json()
    assert latest["round"] == max(SIGNATURES)
    for missing in (f"/{QUICKNET.hash}/public/7", f"/{'00' * 32}/public/1", f"/{'00' * 32}/info"):
        assert (await relay.get(missing)).status_code == 404


@pytest.mark.parametrize("mode", ["other_round", "forged", "garbage", "flood"])
async def test_a_failure_lasts_as_long_as_it_was_told(relay: httpx.AsyncClient, mode: str) -> None:
    assert (await relay.put("/failures", json={"mode": "nonsense"})).status_code == 422
    await relay.put("/failures", json={"mode": mode, "times": 1})
    address = f"/{QUICKNET.hash}/public/{ROUND}"
    with pytest.raises(BeaconRefused):
        recorded().check(signature_in((await relay.get(address)).content, recorded()))
    recorded().check(signature_in((await relay.get(address)).content, recorded()))
    assert (await relay.get("/failures")).json() == {"mode": mode, "times": 0, "asked": 2}


async def test_it_can_be_late_and_away(relay: httpx.AsyncClient) -> None:
    for mode, status in (("late", 404), ("down", 503)):
        await relay.put("/failures", json={"mode": mode, "times": -1})
        assert (await relay.get(f"/{QUICKNET.hash}/public/{ROUND}")).status_code == status
