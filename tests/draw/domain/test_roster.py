"""Committed officers and direct choices: what is published, and the rules that hold for both ways."""

import hashlib
import json

import pytest

from libs.common.canonical import canonical
from services.draw.domain.direct import (
    DirectChoice,
    DirectChoiceInvalid,
    DirectChoiceNeedsApprover,
    DirectChoiceUnreasoned,
    assign_directly,
)
from services.draw.domain.lottery import Drawn
from services.draw.domain.roster import (
    Officer,
    OpenPool,
    RaiseCap,
    Roster,
    RosterInvalid,
    Step,
    relative_loads,
    roster_from,
)

HERE = "410311"
OFFICERS = tuple(Officer(name, HERE, ("HR02", "HR01"), 9, 0) for name in ("b", "a", "c"))
SUBJECT = Drawn("00", "91410300000000000A", "B", HERE)
ROSTER = Roster(OFFICERS, ("HR01",), frozenset({("c", SUBJECT.id)}), (RaiseCap(1), OpenPool("410300")))


def test_the_file_and_its_two_roots_have_the_published_bytes() -> None:
    document = {
        "officers": [[name, HERE, ["HR01", "HR02"], 9, 0] for name in "abc"],
        "items": ["HR01"],
        "recusals": [["c", SUBJECT.id]],
        "escalation": [["cap", 1], ["pool", "410300"]],
    }
    assert ROSTER.bytes == canonical(document)
    rest = {name: part for name, part in document.items() if name != "recusals"}
    assert ROSTER.root == hashlib.sha256(canonical(rest)).hexdigest()
    assert ROSTER.recusals_root == hashlib.sha256(canonical(document["recusals"])).hexdigest()


def test_a_roster_reads_back_what_it_writes() -> None:
    read = roster_from(json.loads(ROSTER.bytes))
    assert read.bytes == ROSTER.bytes
    with pytest.raises(RosterInvalid):
        roster_from({"officers": []})
    with pytest.raises(RosterInvalid):
        roster_from({**ROSTER.document(), "escalation": [["magic", 1]]})


def test_a_recusal_is_published_without_its_reason() -> None:
    assert all(len(pair) == 2 for pair in ROSTER.document()["recusals"])


@pytest.mark.parametrize(
    "officers",
    [
        (OFFICERS[0], OFFICERS[0]),
        (Officer("", HERE, (), 1, 0),),
        (Officer("a b", HERE, (), 1, 0),),
        (Officer("a", "41", (), 1, 0),),
        (Officer("a", HERE, (), -1, 0),),
        (Officer("a", HERE, (), 1, -1),),
    ],
)
def test_an_officer_that_can_not_be_committed_is_refused(officers: tuple[Officer, ...]) -> None:
    with pytest.raises(RosterInvalid):
        Roster(officers, ("HR01",))


@pytest.mark.parametrize("step", [RaiseCap(0), OpenPool("city")])
def test_a_meaningless_escalation_is_refused(step: Step) -> None:
    with pytest.raises(RosterInvalid):
        Roster(OFFICERS, ("HR01",), frozenset(), (step,))


def test_loads_count_from_the_least_busy() -> None:
    assert relative_loads({"a": 5, "b": 3, "c": 9}) == {"a": 2, "b": 0, "c": 6}
    assert relative_loads({}) == {}


@pytest.mark.article(2, 7)
def test_a_direct_choice_needs_a_reason_and_another_approver() -> None:
    with pytest.raises(DirectChoiceUnreasoned):
        DirectChoice(" ", "p1", "p2")
    with pytest.raises(DirectChoiceNeedsApprover):
        DirectChoice("急办", "p1", "p1")
    assert DirectChoice("急办", "p1", "p2").document()["approved_by"] == "p2"


@pytest.mark.article(2, 10)
def test_directly_chosen_teams_keep_the_rules_of_random_ones() -> None:
    assert assign_directly([SUBJECT], ROSTER, 2, {SUBJECT.id: ["b", "a"]}).assignments == ((SUBJECT.id, ("b", "a")),)
    for team, why in (
        (["a"], "至少 2 名"),
        (["a", "a"], "不同"),
        (["a", "c"], "回避"),
        (["a", "z"], "执法权限"),
        ([], "2"),
    ):
        with pytest.raises(DirectChoiceInvalid, match=why):
            assign_directly([SUBJECT], ROSTER, 2, {SUBJECT.id: team})
