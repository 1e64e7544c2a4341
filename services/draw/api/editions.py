"""Every edition of a certificate for everybody, and what changed from one to the next."""

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, Response
from sqlalchemy import RowMapping

from libs.common.db.transaction import Transaction
from libs.common.http.app import Db
from libs.common.http.auth import anyone
from services.draw.api.public import FOR_EVER, StillSealed, load_public
from services.draw.store.amendments import edition_bytes, fresh_draws_of
from services.draw.store.draws import DrawRecord
from services.draw.usecases.open_certificate import open_certificate
from services.draw.usecases.show_changes import Edition, editions_after_the_first

router = APIRouter(prefix="/public", tags=["公开复核"], dependencies=[anyone()])


@router.get("/draws/{draw_id}/certificate-{edition:int}.json")
async def get_edition(draw_id: str, edition: int, database: Db) -> Response:
    """抽取凭证的某一版；各版都不更改、不删除。"""
    async with database.transaction() as tx:
        record = await load_public(tx, draw_id)
        if record.draw.sealed:
            raise StillSealed
        document = await edition_bytes(tx, draw_id, edition)
    return Response(document, media_type="application/json", headers=FOR_EVER)


@router.get("/draws/{draw_id}/editions.json")
async def get_editions(draw_id: str, database: Db) -> list[dict[str, Any]]:
    """抽取凭证各版的变更：内容、理由、录入和审批的角色、公开日志序号。"""
    async with database.transaction() as tx:
        record = await load_public(tx, draw_id)
        if record.draw.sealed:
            raise StillSealed
        opened = await open_certificate(tx, record)
        return [one.document() for one in await editions_after_the_first(tx, opened)]


async def later(tx: Transaction, record: DrawRecord) -> tuple[list[Edition], Sequence[RowMapping]]:
    """What changed after a draw that is public, and the fresh draws for its voids that are committed."""
    if record.draw.sealed or record.draw.result_sha256 is None:
        return [], []
    opened = await open_certificate(tx, record)
    fresh = [row for row in await fresh_draws_of(tx, record.draw.draw_id) if row["commitment"]]
    return await editions_after_the_first(tx, opened), fresh
