"""A completed inspection asks to be published within 20 working days (细则第十四条)."""

from datetime import datetime

from libs.common.db.transaction import Transaction
from libs.common.telemetry.context import correlation_id
from services.publicity.domain.content import Content
from services.publicity.domain.publication import Publication, awaiting
from services.publicity.store.publications import Step, append_history, insert_publication


async def open_publication(
    tx: Transaction, content: Content, trigger_ids: tuple[str, ...], recorded_by: str, now: datetime
) -> Publication:
    """Take the result in for review; the same case once."""
    publication = awaiting(content, trigger_ids, recorded_by, correlation_id(), now)
    if await insert_publication(tx, publication):
        await append_history(tx, publication, Step("收到检查结果", "检查已完成", recorded_by, "", now))
    return publication
