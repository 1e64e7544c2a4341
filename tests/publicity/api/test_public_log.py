"""A verifier that knows nothing but public answers."""

import asyncio
import base64
import hashlib
import json
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from libs.common import clock, merkle
from libs.common.testing.doors import House
from services.draw.events.published import DrawAborted, DrawCommitted, SealOpened, SeedFixed, SubjectsDrawn
from services.publicity.domain.errors import CommitmentNotItsHash
from services.publicity.domain.log import Kind
from services.publicity.domain.note import open_note, parse_checkpoint, parse_verifier
from services.publicity.store.tables import log_entries
from tests.publicity.conftest import LOG

COMMIT = '{"draw_id":"410311202611220001-1","type":"sunlot-draw/1/commit"}'
COMMIT_SHA256 = hashlib.sha256(COMMIT.encode()).hexdigest()


def commitment(number: int = 1, **more: Any) -> DrawCommitted:
    values = {"draw_id": f"410311202611220001-{number}", "task_id": "410311202611220001", "commit": COMMIT}
    return DrawCommitted.model_validate({**values, "commit_sha256": COMMIT_SHA256, **more})


async def log_draws(house: House, count: int, first: int = 1) -> None:
    for number in range(first, first + count):
        await house.hear(commitment(number), aggregate=f"draw/{number}", county="410311")


async def verify_everything(client: httpx.AsyncClient, earlier: tuple[int, bytes] | None = None) -> tuple[int, bytes]:
    """Rebuild the log from what anybody can fetch; raise AssertionError at the first lie."""
    about = (await client.get("/public/log.json")).json()
    note = (await client.get("/public/log/checkpoint")).text
    head = parse_checkpoint(open_note(note, parse_verifier(about["verifier_key"])))
    assert head.origin == about["origin"]
    leaves: list[bytes] = []
    while len(leaves) < head.size:
        page = (await client.get("/public/log/entries", params={"start": len(leaves), "end": head.size})).json()
        for entry in page["entries"]:
            assert entry["index"] == len(leaves)
            leaves.append(merkle.leaf_hash(entry["entry"].encode()))
            assert json.loads(entry["entry"])["type"] == "sunlot-log/1"
    assert merkle.root(leaves) == head.root
    for index in {0, len(leaves) // 2, len(leaves) - 1}:
        proof = (await client.get("/public/log/proof/inclusion", params={"index": index, "size": head.size})).json()
        path = [bytes.fromhex(node) for node in proof["path"]]
        assert merkle.verify_inclusion(leaves[index], index, head.size, path, head.root)
    if earlier:
        size, root = earlier
        proof = (await client.get("/public/log/proof/consistency", params={"from": size, "to": head.size})).json()
        path = [bytes.fromhex(node) for node in proof["path"]]
        assert merkle.verify_consistency(size, head.size, root, head.root, path)
    return head.size, head.root


@pytest.mark.article(5)
async def test_anybody_can_check_the_whole_log_from_public_answers(house: House) -> None:
    async with house.client() as client:
        await log_draws(house, 5)
        earlier = await verify_everything(client)
        await log_draws(house, 8, first=6)
        assert (await verify_everything(client, earlier))[0] == 13


@pytest.mark.article(5)
async def test_a_commitment_is_answered_with_its_proof(house: House) -> None:
    await log_draws(house, 3)
    _, payload = (await house.said("publicity.entry_logged"))[-1]
    said = json.loads(payload)
    leaf, root = bytes.fromhex(said["leaf_hash"]), bytes.fromhex(said["root_hash"])
    path = [bytes.fromhex(node) for node in said["inclusion"]]
    assert merkle.leaf_hash(said["entry"].encode()) == leaf
    assert merkle.verify_inclusion(leaf, said["index"], said["tree_size"], path, root)
    head = parse_checkpoint(open_note(said["checkpoint"], LOG.verifier))
    assert (head.size, head.root) == (3, root)
    assert COMMIT_SHA256 in said["entry"]
    assert base64.b64encode(root).decode() in said["checkpoint"]


async def test_a_whole_draw_stands_in_the_log_in_order(house: House) -> None:
    draw, aggregate = "410311202611220001-1", "draw/1"
    await house.hear(commitment(), aggregate=aggregate)
    await house.hear(
        SeedFixed(draw_id=draw, seed_txt="sunlot-draw/1 seed\n", seed_sha256="0" * 64), aggregate=aggregate
    )
    result = SubjectsDrawn(
        draw_id=draw, task_id="t", plan_id="p", trigger_ids=["secret"], pool_rows=900, drawn=9,
        result_sha256="1" * 64, certificate_sha256="2" * 64,
    )  # fmt: skip
    await house.hear(result, aggregate=aggregate)
    await house.hear(DrawAborted(draw_id="other", reason="一方未揭示"), aggregate="draw/other")
    opened = SealOpened(
        draw_id="kept", reason="检查已结束", by_rule=False, certificate_sha256="3" * 64, opened_at=clock.now()
    )
    await house.hear(opened, aggregate="draw/kept")
    async with house.client() as client:
        entries = [json.loads(e["entry"]) for e in (await client.get("/public/log/entries")).json()["entries"]]
    assert [entry["kind"] for entry in entries] == [
        Kind.DRAW_COMMIT, Kind.DRAW_SEED, Kind.DRAW_RESULT, Kind.DRAW_ABORT, Kind.DRAW_OPENED,
    ]  # fmt: skip
    assert "secret" not in json.dumps(entries)


async def test_the_same_thing_is_logged_once(house: House) -> None:
    await house.hear(commitment(), aggregate="draw/1")
    await house.hear(commitment(), aggregate="draw/1-again")
    assert len(await house.said("publicity.entry_logged")) == 1


async def test_a_commitment_that_is_not_its_hash_is_not_logged(house: House) -> None:
    with pytest.raises(CommitmentNotItsHash):
        await house.hear(commitment(commit_sha256="0" * 64), aggregate="draw/1")
    assert await house.said("publicity.entry_logged") == []


async def test_two_appenders_leave_no_gap_and_no_fork(house: House) -> None:
    await asyncio.gather(*(log_draws(house, 4, first=1 + 4 * lane) for lane in range(4)))
    async with house.client() as client:
        assert (await verify_everything(client))[0] == 16


@pytest.mark.article(16)
@pytest.mark.parametrize(
    "statement",
    ["update log_entries set kind = 'x'", "delete from log_entries", "truncate log_entries", "delete from log_nodes"],
)
async def test_the_database_itself_refuses_to_change_the_log(house: House, statement: str) -> None:
    await log_draws(house, 1)
    with pytest.raises(DBAPIError, match="append-only"):
        async with house.database.transaction() as tx:
            await tx.execute(text(statement))
    async with house.database.transaction() as tx:
        assert len(await tx.all(log_entries.select())) == 1


async def test_an_empty_log_has_a_signed_head_too(house: House) -> None:
    async with house.client() as client:
        note = (await client.get("/public/log/checkpoint")).text
        assert parse_checkpoint(open_note(note, LOG.verifier)).size == 0
        for address in ("proof/inclusion?index=0", "proof/consistency?from=1", "entries/0.json"):
            answer = await client.get(f"/public/log/{address}")
            assert answer.status_code == 404, address
