"""What informants say stands nowhere in the clear: in no database, message, log, number, page or file of the system."""

import pytest

from tests.system.canary import DEMO, PATTERN, SONG, writings
from tests.system.played import Played

pytestmark = [pytest.mark.system, pytest.mark.timeout(600)]
PAPERS = ("演示证件0", "演示卡号0")


@pytest.mark.article(2)
def test_an_informants_words_stand_nowhere_in_the_clear(played: Played) -> None:
    assert played.overheard.search.found == []


def test_everything_was_looked_through(played: Played) -> None:
    looked = played.overheard.search.looked
    kinds = {"databases", "disk", "messages", "answers", "metrics", "public pages", "API", "exports"}
    assert kinds <= set(looked)
    assert looked["databases"] > 10_000_000, "bytes of five databases"
    assert looked["disk"] > looked["databases"], "the servers' own files, their journals and all logs"
    assert looked["messages"] > 1_000_000
    assert looked["public pages"] > 100_000
    assert looked["pages for lead1"] > 100_000


def test_the_lead_section_reads_all_of_it_and_says_what_for(played: Played) -> None:
    assert all(word in played.overheard.demo["lead1"] for word in DEMO)
    assert played.overheard.own["lead1"].count(SONG) >= 9


def test_a_county_unit_reads_what_it_needs_and_no_papers(played: Played) -> None:
    read = played.overheard.demo["unit"]
    assert all(word in read for word in DEMO if word not in PAPERS)
    assert not any(word in read for word in PAPERS)


def test_nobody_else_reads_any_of_it(played: Played) -> None:
    for read in (played.overheard.demo, played.overheard.own):
        assert read["section1"] == read["auditor1"] == ""


@pytest.mark.parametrize("word", [SONG, *DEMO])
def test_the_search_knows_a_word_in_every_writing(word: str) -> None:
    for writing in writings(word):
        assert PATTERN.search(b"x" + writing + b"y"), writing
