"""The public log for programs: checkpoint, entries, proofs; everything that a verifier needs."""

import json
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import PlainTextResponse
from pydantic import BaseModel, Field
from sqlalchemy import RowMapping

from libs.common.http.app import Db
from libs.common.http.auth import anyone
from services.publicity.api.doors import Config
from services.publicity.usecases.read_log import (
    MOST_ENTRIES,
    prove_consistency,
    prove_inclusion,
    read_checkpoint,
    read_entries,
    read_entry,
)

router = APIRouter(tags=["公开日志"], dependencies=[anyone()])

# PostgreSQL's bigint; a larger number can't be an index.
Index = Annotated[int, Query(ge=0, le=2**53)]


class EntryOut(BaseModel):
    """一条日志."""

    index: int
    entry: str = Field(description="规范 JSON 原文；叶子摘要 = SHA-256(0x00 ‖ 原文的 UTF-8 字节)")
    leaf_hash: str = Field(description="十六进制")


class EntriesOut(BaseModel):
    """[start, end) 的日志，一次至多 1000 条."""

    start: int
    entries: list[EntryOut]


class InclusionOut(BaseModel):
    """包含证明（RFC 9162 第 2.1.3 节）."""

    index: int
    size: int
    leaf_hash: str
    root_hash: str
    path: list[str]


class ConsistencyOut(BaseModel):
    """一致性证明（RFC 9162 第 2.1.4 节）."""

    from_size: int
    to_size: int
    path: list[str]


class LogOut(BaseModel):
    """日志概况."""

    origin: str
    verifier_key: str = Field(description="验证公钥（C2SP signed-note）")
    checkpoint: str


@router.get("/public/log.json")
async def about(database: Db, settings: Config) -> LogOut:
    """Who the log is and its newest checkpoint."""
    signer = settings.signer
    async with database.transaction() as tx:
        note = await read_checkpoint(tx, signer)
    return LogOut(origin=signer.verifier.name, verifier_key=str(signer.verifier), checkpoint=note)


@router.get("/public/log/checkpoint", response_class=PlainTextResponse)
async def checkpoint(database: Db, settings: Config) -> str:
    """The newest signed note."""
    async with database.transaction() as tx:
        return await read_checkpoint(tx, settings.signer)


@router.get("/public/log/entries")
async def entries(database: Db, start: Index = 0, end: Index | None = None) -> EntriesOut:
    """The entries [start, end), at most 1000."""
    stop = start + MOST_ENTRIES if end is None else end
    async with database.transaction() as tx:
        rows = await read_entries(tx, start, stop)
    return EntriesOut(start=start, entries=[_entry(row) for row in rows])


@router.get("/public/log/entries/{index}.json")
async def entry(database: Db, index: int) -> dict[str, Any]:
    """One entry, its text and its document."""
    async with database.transaction() as tx:
        row = await read_entry(tx, index)
    return _entry(row).model_dump() | {"document": json.loads(bytes(row["bytes"]))}


@router.get("/public/log/proof/inclusion")
async def inclusion(database: Db, index: Index, size: Index | None = None) -> InclusionOut:
    """That entry `index` is in the log of `size` entries (default: the newest)."""
    async with database.transaction() as tx:
        tree, root, path = await prove_inclusion(tx, index, size)
        row = await read_entry(tx, index)
    return InclusionOut(
        index=index,
        size=tree,
        leaf_hash=bytes(row["leaf_hash"]).hex(),
        root_hash=root.hex(),
        path=[node.hex() for node in path],
    )


@router.get("/public/log/proof/consistency")
async def consistency(
    database: Db, since: Annotated[int, Query(alias="from", ge=1)], to: Index | None = None
) -> ConsistencyOut:
    """That the log of `to` entries (default: the newest) extends the one of `from`."""
    async with database.transaction() as tx:
        size, path = await prove_consistency(tx, since, to)
    return ConsistencyOut(from_size=since, to_size=size, path=[node.hex() for node in path])


def _entry(row: RowMapping) -> EntryOut:
    return EntryOut(index=row["index"], entry=bytes(row["bytes"]).decode(), leaf_hash=bytes(row["leaf_hash"]).hex())
