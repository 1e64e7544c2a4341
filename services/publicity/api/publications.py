"""REST: publications — list, read, publish, return, correct."""

from typing import Annotated

from fastapi import APIRouter, Query

from libs.common import clock
from libs.common.http.app import Db
from services.publicity.api.doors import Config, Publisher, Reader
from services.publicity.api.models import (
    CorrectionIn,
    CorrectionOut,
    PublicationList,
    PublicationOut,
    Reason,
    Review,
    Statement,
    publication_out,
)
from services.publicity.domain.publication import State
from services.publicity.store.publication_lists import Search, list_publications
from services.publicity.store.publications import load_publication
from services.publicity.usecases.decide_correction import confirm_correction, reject_correction
from services.publicity.usecases.propose_correction import propose_correction
from services.publicity.usecases.publish_result import publish_result
from services.publicity.usecases.return_publication import hand_in_again, return_publication

router = APIRouter(prefix="/publicity/api/v1/publications", tags=["结果公示"])


@router.get("")
async def find(
    database: Db,
    actor: Reader,
    state: Annotated[State | None, Query(description="状态")] = None,
    county: Annotated[str, Query(max_length=6, description="县区代码")] = "",
    q: Annotated[str, Query(max_length=100, description="名称或代码")] = "",
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
    per_page: Annotated[int, Query(ge=1, le=200)] = 50,
) -> PublicationList:
    """List publications, the one that is due first on top."""
    seen = county if actor.whole_city else actor.county
    search = Search(text=q, county=seen, states=(state,) if state else ())
    async with database.transaction() as tx:
        rows, total = await list_publications(
            tx, search, sort="due", descending=False, limit=per_page, offset=(page - 1) * per_page
        )
    return PublicationList(
        total=total, page=page, per_page=per_page, publications=[publication_out(row) for row in rows]
    )


@router.get("/{publication_id}")
async def read(database: Db, actor: Reader, publication_id: str) -> PublicationOut:
    """One publication."""
    async with database.transaction() as tx:
        publication = await load_publication(tx, publication_id)
    actor.must_see(publication.content.county)
    return publication_out(publication)


@router.post("/{publication_id}/publish")
async def publish(
    database: Db, settings: Config, actor: Publisher, publication_id: str, review: Review | None = None
) -> PublicationOut:
    """Review and make public; repeating it changes nothing."""
    async with database.transaction() as tx:
        publication = await publish_result(
            tx,
            publication_id,
            review.opinion if review else "",
            actor,
            signer=settings.signer,
            mirrored=bool(settings.mirror_url),
            now=clock.now(),
        )
    return publication_out(publication)


@router.post("/{publication_id}/return")
async def send_back(database: Db, actor: Publisher, publication_id: str, body: Reason) -> PublicationOut:
    """Send back to whoever entered the result."""
    async with database.transaction() as tx:
        publication = await return_publication(tx, publication_id, body.reason, actor, clock.now())
    return publication_out(publication)


@router.post("/{publication_id}/resubmit")
async def resubmit(database: Db, actor: Publisher, publication_id: str, body: Statement) -> PublicationOut:
    """Hand in again what was returned."""
    async with database.transaction() as tx:
        publication = await hand_in_again(tx, publication_id, body.statement, actor, clock.now())
    return publication_out(publication)


@router.post("/{publication_id}/corrections", status_code=201)
async def correct(database: Db, actor: Publisher, publication_id: str, body: CorrectionIn) -> CorrectionOut:
    """Ask for a correction; another person confirms it."""
    async with database.transaction() as tx:
        correction = await propose_correction(tx, publication_id, body.amendment(), body.reason, actor, clock.now())
    return CorrectionOut(publication_id=publication_id, number=correction.number)


@router.post("/{publication_id}/corrections/{number}/confirm")
async def confirm(database: Db, settings: Config, actor: Publisher, publication_id: str, number: int) -> PublicationOut:
    """Put a correction in force."""
    async with database.transaction() as tx:
        publication = await confirm_correction(
            tx,
            publication_id,
            number,
            actor,
            signer=settings.signer,
            mirrored=bool(settings.mirror_url),
            now=clock.now(),
        )
    return publication_out(publication)


@router.post("/{publication_id}/corrections/{number}/reject")
async def reject(database: Db, actor: Publisher, publication_id: str, number: int) -> PublicationOut:
    """Leave what is public as it is."""
    async with database.transaction() as tx:
        publication = await reject_correction(tx, publication_id, number, actor, clock.now())
    return publication_out(publication)
