"""REST: what was sent to the national platform, packages and receipts."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query, UploadFile

from libs.common import clock
from libs.common.http.app import Db
from services.publicity.api.doors import Config, Lead, Publisher, Reader
from services.publicity.api.models import PackageOut, RecordList, RecordOut, Resent, Taken
from services.publicity.domain.mirror import Delivery
from services.publicity.store.mirror import count_deliveries, list_deliveries
from services.publicity.usecases.package_files import MOST_BYTES, package_json, package_xlsx, read_receipts
from services.publicity.usecases.package_records import export_package, import_receipts
from services.publicity.usecases.resend_record import resend_record

router = APIRouter(prefix="/publicity/api/v1", tags=["国家平台报送"])


@router.get("/mirror")
async def find(
    database: Db,
    actor: Reader,
    state: Annotated[Delivery | None, Query(description="报送状态")] = None,
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
    per_page: Annotated[int, Query(ge=1, le=200)] = 50,
) -> RecordList:
    """List what was sent, the newest first, with counts by state."""
    county = "" if actor.whole_city else actor.county
    async with database.transaction() as tx:
        counts = await count_deliveries(tx, county)
        rows, total = await list_deliveries(
            tx,
            text="",
            state=state.value if state else "",
            channel="",
            county=county,
            sort="updated_at",
            descending=True,
            limit=per_page,
            offset=(page - 1) * per_page,
        )
    records = [RecordOut.model_validate({name: row[name] for name in RecordOut.model_fields}) for row in rows]
    return RecordList(total=total, page=page, per_page=per_page, counts=counts, records=records)


@router.post("/publications/{publication_id}/mirror/resend", status_code=201)
async def resend(database: Db, settings: Config, actor: Publisher, publication_id: str) -> Resent:
    """Send a refused record again under a new id."""
    async with database.transaction() as tx:
        mirrored = bool(settings.mirror_url)
        record_id = await resend_record(tx, publication_id, actor, mirrored=mirrored, now=clock.now())
    return Resent(record_id=record_id)


@router.post("/mirror/packages", status_code=201)
async def export(database: Db, actor: Lead) -> PackageOut:
    """Make a file package of everything that waits for manual upload."""
    async with database.transaction() as tx:
        package_id = await export_package(tx, actor, as_json=package_json, as_xlsx=package_xlsx, now=clock.now())
    address = f"/publicity/mirror/packages/{package_id}"
    return PackageOut(package_id=package_id, json_file=f"{address}.json", xlsx_file=f"{address}.xlsx")


@router.post("/mirror/receipts")
async def receipts(database: Db, settings: Config, actor: Lead, file: UploadFile) -> Taken:  # noqa: ARG001 - the audience
    """Read the platform's receipt file (XLSX, CSV or JSON) back in, whole or not at all."""
    found = await asyncio.to_thread(read_receipts, file.filename or "", await file.read(MOST_BYTES + 1), clock.now())
    async with database.transaction() as tx:
        return Taken(taken=await import_receipts(tx, found, signer=settings.signer, now=clock.now()))
