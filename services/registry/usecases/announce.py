"""What the registry tells the other services: whole states, in portions that a message carries."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Final, TypeVar

from libs.common.clock import china_date
from libs.common.db.transaction import Transaction
from libs.common.reference import CITY
from services.registry.domain.item import KnownItem
from services.registry.domain.officer import KnownOfficer
from services.registry.domain.subject import KnownSubject
from services.registry.domain.unit import Unit
from services.registry.events import published

T = TypeVar("T")

SUBJECTS_A_MESSAGE: Final = 200
OFFICERS_A_MESSAGE: Final = 200
ITEMS_A_MESSAGE: Final = 60


def announce_subjects(tx: Transaction, changed: Iterable[tuple[KnownSubject, str]], now: datetime) -> None:
    """Tell of changed subjects in their county; the second of each pair is the county of before, or nothing.

    Who serves only the county of before must hear that the subject has gone, so it is told there too.
    """
    by_county: dict[str, list[KnownSubject]] = {}
    for one, before in changed:
        for county in dict.fromkeys(filter(None, (one.subject.county, before))):
            by_county.setdefault(county, []).append(one)
    year = china_date(now).year
    for county in sorted(by_county):
        for portion in _portions(by_county[county], SUBJECTS_A_MESSAGE):
            event = published.SubjectsChanged(subjects=[_subject(one, year) for one in portion])
            tx.emit(event, aggregate=f"subjects/{county}", county=county, at=now)


def announce_officers(tx: Transaction, changed: Iterable[tuple[KnownOfficer, str]], now: datetime) -> None:
    """Tell of changed officers in their county, and in the county of before."""
    by_county: dict[str, list[KnownOfficer]] = {}
    for one, before in changed:
        for county in dict.fromkeys(filter(None, (one.county, before))):
            by_county.setdefault(county, []).append(one)
    for county in sorted(by_county):
        for portion in _portions(by_county[county], OFFICERS_A_MESSAGE):
            event = published.OfficersChanged(officers=[_officer(one) for one in portion])
            tx.emit(event, aggregate=f"officers/{county}", county=county, at=now)


def announce_units(tx: Transaction, changed: Sequence[tuple[Unit, int]], now: datetime) -> None:
    """Tell of changed units."""
    if changed:
        states = [
            published.UnitState(
                unit_id=unit.unit_id, version=version, name=unit.name, county=unit.county, kind=unit.kind
            )
            for unit, version in changed
        ]
        tx.emit(published.UnitsChanged(units=states), aggregate="units", county=CITY.adcode, at=now)


def announce_items(tx: Transaction, items: Iterable[KnownItem], today: date, now: datetime) -> None:
    """Tell of published items, by category."""
    by_category: dict[int, list[KnownItem]] = {}
    for one in items:
        by_category.setdefault(one.category_number, []).append(one)
    for number in sorted(by_category):
        for portion in _portions(by_category[number], ITEMS_A_MESSAGE):
            event = published.ItemsPublished(items=[_item(one, today, now) for one in portion])
            tx.emit(event, aggregate=f"items/{number}", county=CITY.adcode, at=now)


def _portions(things: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    return (things[start : start + size] for start in range(0, len(things), size))


def _subject(one: KnownSubject, year: int) -> published.SubjectState:
    subject = one.subject
    return published.SubjectState(
        uscc=subject.uscc,
        version=one.version,
        name=subject.name,
        kind=subject.kind,
        enterprise_type=subject.enterprise_type,
        legal_representative=subject.legal_representative,
        registered_address=subject.registered_address,
        registered_county=subject.registered_county,
        address=subject.address,
        county=subject.county,
        industry=subject.industry,
        scale=subject.scale,
        headcount=subject.headcount,
        insured_headcount=subject.insured_headcount,
        live=subject.live,
        credit_class=subject.credit_class,
        integrity_grade=subject.integrity_grade,
        whitelisted=subject.whitelisted,
        last_inspected_on=one.visits.last_on,
        inspections_this_year=one.visits.in_year(year),
    )


def _officer(one: KnownOfficer) -> published.OfficerState:
    officer = one.officer
    return published.OfficerState(
        officer_id=officer.officer_id,
        version=one.version,
        name=officer.name,
        unit_id=officer.unit_id,
        county=one.county,
        certificate_number=officer.certificate_number,
        certificate_valid_to=officer.certificate_valid_to,
        staff_kind=officer.staff_kind,
        on_duty=officer.on_duty,
        items_allowed=list(officer.items_allowed),
        recusals=[recusal.uscc for recusal in officer.recusals],
    )


def _item(one: KnownItem, today: date, now: datetime) -> published.ItemState:
    item = one.item
    return published.ItemState(
        code=item.code,
        version=one.version,
        category=item.category,
        name=item.name,
        subject_kinds=item.subject_kinds,
        level=item.level,
        methods=list(item.methods),
        authority=item.authority,
        legal_basis=item.legal_basis,
        section=item.section,
        check_points=[
            published.CheckPointState(text=point.text, method=point.method, materials=list(point.materials))
            for point in item.check_points
        ],
        valid_from=item.valid_from or today,
        valid_to=item.valid_to,
        published_at=now,
    )
