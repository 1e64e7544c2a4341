"""A publication as the public may see it: names of persons masked, triggers and accounts left out."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import RowMapping

from libs.common.db.transaction import Transaction
from libs.common.web.filters import masked_name
from services.publicity.domain.correction import Difference, differences
from services.publicity.domain.errors import NoSuchPublication, NothingPublished
from services.publicity.domain.log import Kind, utc_text
from services.publicity.domain.publication import Publication
from services.publicity.domain.results import subject_result_name
from services.publicity.store.corrections import Decided, load_corrections
from services.publicity.store.log import find_reference
from services.publicity.store.publications import load_publication


@dataclass(frozen=True, slots=True)
class Disclosed:
    """A public result with its corrections and the places in the log that prove both."""

    publication: Publication
    log_index: int | None
    corrections: list[tuple[Decided, list[Difference], int | None]]


async def disclose(tx: Transaction, publication_id: str) -> Disclosed:
    """Raises NothingPublished for what is not public, without telling whether it exists."""
    try:
        publication = await load_publication(tx, publication_id)
    except NoSuchPublication as error:
        raise NothingPublished from error
    if not publication.state.public:
        raise NothingPublished
    confirmed = [item for item in await load_corrections(tx, publication_id) if item.confirmed]
    return Disclosed(
        publication,
        await find_reference(tx, Kind.PUBLICATION, publication_id),
        [
            (item, difference_of(item), await find_reference(tx, Kind.CORRECTION, f"{publication_id}/{number}"))
            for item in confirmed
            if (number := item.correction.number)
        ],
    )


def difference_of(item: Decided) -> list[Difference]:
    """What a correction changes in the public statement."""
    correction = item.correction
    return differences(correction.before.lines(masked_name), correction.after.lines(masked_name))


def summary(publication: Publication) -> dict[str, Any]:
    """One public result in a list."""
    content = publication.content
    return {
        "publication_id": publication.publication_id,
        "state": publication.state.chinese,
        "subject_name": masked_name(content.subject_name),
        "uscc": content.uscc,
        "county": content.county,
        "unit_name": content.unit_name,
        "task_id": content.task_id,
        "task_name": content.task_name,
        "kind_of_draw": content.kind_of_draw,
        "ended_on": content.ended_on.isoformat(),
        "subject_result": content.subject_result,
        "subject_result_name": subject_result_name(content.subject_result),
        "published_at": utc_text(publication.published_at) if publication.published_at else None,
        "in_time": publication.in_time,
        "address": publication.address,
    }


def document(found: Disclosed) -> dict[str, Any]:
    """The whole public result as JSON."""
    publication = found.publication
    closed_on = publication.follow_up_closed_on
    return summary(publication) | {
        "content": publication.content.disclosed(masked_name),
        "due": publication.deadline.due.isoformat(),
        "follow_up_closed_on": closed_on.isoformat() if closed_on else None,
        "log_index": found.log_index,
        "corrections": [
            {
                "number": item.correction.number,
                "reason": item.correction.reason,
                "corrected_at": utc_text(item.at) if item.at else None,
                "log_index": index,
                "differences": [
                    {
                        "label": line.label,
                        "old": "".join(text for text, _ in line.old),
                        "new": "".join(text for text, _ in line.new),
                    }
                    for line in lines
                ],
                "before": item.correction.before.disclosed(masked_name),
            }
            for item, lines, index in found.corrections
        ],
    }


def plain(row: RowMapping) -> dict[str, Any]:
    """A row of the catalogue as JSON, days and moments as text."""
    return {
        key: utc_text(value) if isinstance(value, datetime) else value.isoformat() if isinstance(value, date) else value
        for key, value in row.items()
    }
