"""The ledger outside the system: what the two outsiders hold, against what the five services say, as sets."""

from collections import Counter
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from deploy.local.stack import SERVICES
from deploy.local.story.answers import all_answers
from deploy.local.story.channels import BY_APP, BY_FILE, BY_LETTER, TRIGGER
from deploy.local.story.field import cases_of
from deploy.local.story.publishing import read_log
from deploy.local.story.scene import Json, Scene

T = TypeVar("T", bound=Hashable)


def once(things: Iterable[T]) -> set[T]:
    """The things as a set; fails when one of them is there twice."""
    counted = Counter(things)
    doubled = [thing for thing, number in counted.items() if number > 1]
    assert doubled == []
    return set(counted)


@dataclass(frozen=True)
class Ledger:
    """Everything that can be told from outside."""

    ordered: list[Json]  # at the hotline
    answered: Json  # at the hotline
    recorded: list[Json]  # at the national platform
    signals: list[Json]
    triggers: list[Json]
    plans: list[Json]
    certificate: Json
    cases: list[Json]
    publications: list[Json]
    results: list[Json]
    log: list[Json]
    mirrored: list[Json]
    answers: list[Json]


async def read(scene: Scene) -> Ledger:
    """Ask every door."""
    lead, public, outside = scene.people["lead1"], scene.people.public, scene.outside
    draw = scene.memory["draw_id"]
    return Ledger(
        ordered=(await outside.get(f"{scene.hotline}/orders")).json()["orders"],
        answered=(await outside.get(f"{scene.hotline}/answers")).json(),
        recorded=(await outside.get(f"{scene.national}/records")).json()["records"],
        signals=(await lead.get(f"{TRIGGER}/signals", per_page=200))["items"],
        triggers=(await lead.get(f"{TRIGGER}/triggers", per_page=200))["items"],
        plans=(await lead.get("/draw/api/v1/plans", per_page=200))["rows"],
        certificate=await public.get(f"/public/draws/{draw}/certificate.json"),
        cases=await cases_of(scene),
        publications=(await lead.get("/publicity/api/v1/publications", per_page=200))["publications"],
        results=(await public.get("/public/results.json", per_page=200))["results"],
        log=await read_log(scene),
        mirrored=(await lead.get("/publicity/api/v1/mirror", per_page=200))["records"],
        answers=await all_answers(scene),
    )


def nothing_lost_nothing_doubled(ledger: Ledger) -> None:
    """Compare the sets along the whole way."""
    signals = once(one["order_id"] for one in ledger.signals)
    signed = {one["order_id"] for one in ledger.signals if one["came_by"] == "order"}
    assert signed == once(one["order_id"] for one in ledger.ordered)
    assert len(signals - signed) == BY_APP + BY_FILE + BY_LETTER
    assert len(ledger.triggers) == len(ledger.plans) == 1

    drawn = once(uscc for uscc, _, _ in ledger.certificate["selected"])
    assert once(one["uscc"] for one in ledger.cases) == drawn
    cases = once(one["case_id"] for one in ledger.cases)
    assert once(one["case_id"] for one in ledger.publications) == cases
    published = once(one["publication_id"] for one in ledger.publications)
    assert once(one["publication_id"] for one in ledger.results) == published

    entries: set[tuple[str, str]] = once((one["kind"], one["reference"]) for one in ledger.log)
    assert {reference for kind, reference in entries if kind == "publication"} == published

    sent = {one["record_id"]: one["payload_sha256"] for one in ledger.mirrored}
    assert {one["record_id"]: one["sha256"] for one in ledger.recorded} == sent
    accepted = [one["publication_id"] for one in ledger.mirrored if one["state"] == "accepted"]
    assert once(accepted) == published

    arrived = once(one["answer_id"] for one in ledger.answered["answers"])
    assert arrived == once(one["answer_id"] for one in ledger.answers if one["state"] == "sent")
    once((one["order_id"], one["stage"]) for one in ledger.answers)
    assert ledger.answered["out_of_order"] == 0


async def everything_said_was_heard(scene: Scene) -> None:
    """Each producer's event log equals its consumers' inboxes, by county and type."""
    for service in SERVICES:
        await scene.show.until(f"{service} 的消息全部送达", partial(scene.all_have_heard, service))
