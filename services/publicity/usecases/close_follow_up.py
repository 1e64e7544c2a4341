"""Note on a publication that its follow-up is over (细则第十五条)."""

from dataclasses import replace
from datetime import date, datetime

from libs.common.db.transaction import Transaction
from services.publicity.domain.publication import publication_id_of
from services.publicity.store.publications import Step, append_history, load_publication, save_publication


async def close_follow_up(tx: Transaction, case_id: str, closed_on: date, now: datetime) -> None:
    """The day is public; how it ended stays with the unit that follows up."""
    publication = await load_publication(tx, publication_id_of(case_id), to_change=True)
    publication = replace(publication, follow_up_closed_on=closed_on)
    await save_publication(tx, publication)
    await append_history(tx, publication, Step("后续处置办结", closed_on.isoformat(), "inspection", "", now))
