"""REST: the parts of a record, saved one by one, and the evidence."""

from typing import Annotated

from fastapi import APIRouter, Form, Path, Response, UploadFile

from libs.common import clock
from libs.common.http.app import Db
from services.inspection.api import models
from services.inspection.api.cases import Officer, Reader
from services.inspection.domain.evidence import GENERAL, MAX_BYTES, File
from services.inspection.domain.record import Part
from services.inspection.store import records
from services.inspection.usecases.access import look_at
from services.inspection.usecases.add_evidence import AddEvidence, add_evidence
from services.inspection.usecases.save_part import SavePart, save_part

router = APIRouter(prefix="/inspection/api/v1/cases/{case_id}", tags=["检查记录"])


async def _save(db: Db, actor: Officer, case_id: str, name: str, part: Part, version: int) -> models.SavedOut:
    async with db.transaction() as tx:
        return models.saved_out(name, await save_part(tx, SavePart(case_id, name, part, version), actor, clock.now()))


@router.put("/items/{code:path}")
async def save_item(db: Db, actor: Officer, case_id: str, code: str, body: models.ItemIn) -> models.SavedOut:
    """保存一个事项的检查结果；他人已保存新版本时返回 409。"""
    return await _save(db, actor, case_id, f"item/{code}", body.part(), body.version)


@router.put("/visit")
async def save_visit(db: Db, actor: Officer, case_id: str, body: models.VisitIn) -> models.SavedOut:
    """保存核查方式和起止时间（细则第九条）。"""
    return await _save(db, actor, case_id, "visit", body.part(), body.version)


@router.put("/conclusion")
async def save_conclusion(db: Db, actor: Officer, case_id: str, body: models.ConclusionIn) -> models.SavedOut:
    """保存检查结论和后续处置（细则第十五条）。"""
    return await _save(db, actor, case_id, "conclusion", body.part(), body.version)


@router.put("/signature")
async def save_signature(db: Db, actor: Officer, case_id: str, body: models.SignatureIn) -> models.SavedOut:
    """保存签名、盖章或无法取得的原因（细则第十条）。"""
    return await _save(db, actor, case_id, "signature", body.part(), body.version)


@router.put("/non-cooperation/{kind}")
async def save_non_cooperation(
    db: Db, actor: Officer, case_id: str, kind: Annotated[int, Path(ge=1, le=4)], body: models.NonCooperationIn
) -> models.SavedOut:
    """保存一种不予配合情形（细则第十二条）；证据另行上传。"""
    return await _save(db, actor, case_id, f"non_cooperation/{kind}", body.part(), body.version)


@router.post("/evidence", status_code=201)
async def upload_evidence(
    db: Db,
    actor: Officer,
    case_id: str,
    file: UploadFile,
    about: Annotated[
        str, Form(description="general、item/<事项代码> 或 non_cooperation/<1–4>", max_length=200)
    ] = GENERAL,
) -> models.EvidenceOut:
    """上传证据：JPEG、PNG、WebP 或 PDF，至多 10 MB。重复上传只存一份。"""
    content = await file.read(MAX_BYTES + 1)  # one more than allowed is enough to refuse it
    command = AddEvidence(case_id, about, File(file.filename or "", content))
    async with db.transaction() as tx:
        return models.evidence_out(await add_evidence(tx, command, actor, clock.now()))


@router.get("/evidence/{evidence_id}")
async def download_evidence(db: Db, actor: Reader, case_id: str, evidence_id: str) -> Response:
    """下载一份证据。"""
    async with db.transaction() as tx:
        await look_at(tx, case_id, actor)
        file = await records.load_file(tx, case_id, evidence_id)
    return Response(
        file["content"],
        media_type=file["media_type"],
        headers={"content-disposition": f'attachment; filename="{evidence_id}"'},
    )
