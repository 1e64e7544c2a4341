"""What anybody gets to check: one firm's proof, the self-audit, and the comparison; each page with its JSON."""

import json
import re
from contextlib import suppress
from typing import Any

import pytest

from libs.common import merkle
from libs.common.clock import now
from libs.common.web import render, templates_for
from services.draw.app import SERVICE
from services.draw.domain.commitment import Profile
from services.draw.domain.fairness import DIMENSIONS, Waiting, groups
from services.draw.domain.pool_proof import PoolProof, ProvenPage, holds
from services.draw.pages import words
from services.draw.pages.fairness import class_totals, group_name
from services.draw.store import portions
from services.draw.usecases import audit_fairness
from services.draw.usecases.audit_fairness import Findings, tally_next
from tests.conftest import MakeHouse
from tests.draw.conftest import City, settle
from tests.draw.domain.samples import rows
from tests.draw.domain.test_exact_tests import audit, drawn_by_lot


async def proof(city: City, draw_id: str, uscc: str) -> dict[str, Any]:
    answer = await city.get(f"/public/draws/{draw_id}/proof/{uscc}.json")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def true_of_the_pool(found: dict[str, Any]) -> bool:
    pages = tuple(ProvenPage(one["index"], one["page"].encode(), tuple(one["path"])) for one in found["pages"])
    told = PoolProof(found["uscc"], found["present"], pages)
    return holds(told, found["pool"]["root"], found["pool"]["pages"])


@pytest.mark.article(5, 6)
@pytest.mark.parametrize("profile", Profile)
async def test_every_firm_learns_whether_it_had_to_be_drawn(make_house: MakeHouse, profile: Profile) -> None:
    house = await make_house(SERVICE)
    house.settings = house.settings.model_copy(update={"draw_profile": profile})
    await settle(house)
    city = City(house)
    draw_id = await city.drawn()
    certificate = json.loads((await city.get(f"/public/draws/{draw_id}/certificate.json")).text)
    drawn = {row[0] for row in certificate["selected"]}
    for number in (*range(0, 300, 29), 299):
        uscc = f"91410311MA{number:08d}"
        found = await proof(city, draw_id, uscc)
        assert true_of_the_pool(found)
        assert found["drawn"] == (uscc in drawn)
        if profile is Profile.OPEN:
            assert (found["verdict"] == "must_be_drawn") == (uscc in drawn)
        else:
            assert found["verdict"] in {"cannot_be_drawn", "depends_on_class"}
            assert uscc not in drawn or found["verdict"] == "depends_on_class"
    text = (await city.get(f"/public/draws/{draw_id}/proof/{next(iter(drawn))}")).text
    assert "已抽中" in text
    assert ("必须抽中" in text) == (profile is Profile.OPEN) or "取决于信用风险分类" in text


async def test_a_firm_outside_the_pool_gets_a_proof_of_that(city: City) -> None:
    draw_id = await city.committed()
    for uscc in ("00000000", "91410311MA00000255X", "ZZZZZZZZ"):
        found = await proof(city, draw_id, uscc)
        assert not found["present"]
        assert true_of_the_pool(found)
        assert found["verdict"] == "not_in_pool"
    assert len((await proof(city, draw_id, "91410311MA00000255X"))["pages"]) == 2


async def test_before_the_draw_the_page_says_so(city: City) -> None:
    draw_id = await city.committed()
    found = await proof(city, draw_id, "91410311MA00000007")
    assert found["verdict"] == "not_drawn_yet"
    assert found["ticket"] is None
    assert found["drawn"] is None
    assert "还没有完成" in (await city.get(f"/public/draws/{draw_id}/verify")).text
    assert "还没有抽取" in (await city.get(f"/public/draws/{draw_id}/proof/91410311MA00000007")).text


async def test_what_is_being_prepared_can_not_be_asked_for(city: City) -> None:
    draw_id = await city.frozen()
    for rest in ("proof/91410311MA00000007", "proof/91410311MA00000007.json", "verify", "verify.json"):
        assert (await city.get(f"/public/draws/{draw_id}/{rest}")).status_code == 404


async def test_a_code_that_no_firm_has_is_refused(city: City) -> None:
    draw_id = await city.committed()
    answer = await city.get(f"/public/draws/{draw_id}/proof/1%202")
    assert answer.status_code == 422
    assert "8 至 22 位" in answer.text


async def test_the_verify_page_has_its_list_of_files(city: City) -> None:
    draw_id = await city.drawn()
    files = (await city.get(f"/public/draws/{draw_id}/verify.json")).json()
    for name in ("certificate", "pool", "officers", "verifier"):
        assert (await city.get(files[name])).status_code == 200
    page = (await city.get(f"/public/draws/{draw_id}/verify")).text
    assert "<noscript>" in page
    assert "onclick" not in page
    assert "<script>" not in page


async def count_all(city: City) -> int:
    """What the loop does, until there is nothing left to count; how many steps it took."""
    steps = 0
    while True:
        async with city.house.database.transaction() as tx:
            if not await tally_next(tx, now()):
                return steps
        steps += 1


@pytest.mark.article(5)
async def test_a_draw_is_counted_once_however_often_the_loop_looks(city: City) -> None:
    await city.drawn()
    assert await count_all(city) == 1
    assert await count_all(city) == 0
    found = (await city.get("/public/fairness.json")).json()
    [waiting] = found["never_drawn"]
    assert (waiting["times"], waiting["firms"], waiting["never"]) == (1, 300, 271)
    assert abs(waiting["expected"] - 271) < 1e-9
    assert {draw["draw_id"] for draw in found["draws"]}


async def test_a_count_that_is_killed_goes_on_where_it_was(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(portions, "PORTION_PAGES", 1)
    monkeypatch.setattr(audit_fairness, "PORTION_PAGES", 1)
    await city.drawn()
    with suppress(RuntimeError):
        async with city.house.database.transaction() as tx:
            await tally_next(tx, now())
            raise RuntimeError
    assert await count_all(city) == 2
    found = (await city.get("/public/fairness.json")).json()
    assert (found["firms"], found["never_drawn"][0]["never"]) == (300, 271)


@pytest.mark.article(5, 6)
@pytest.mark.parametrize("profile", Profile)
async def test_a_firm_learns_its_chance_over_the_year_and_no_hidden_class(
    make_house: MakeHouse, profile: Profile
) -> None:
    house = await make_house(SERVICE)
    house.settings = house.settings.model_copy(update={"draw_profile": profile})
    await settle(house)
    city = City(house)
    draw_id = await city.drawn()
    await count_all(city)
    firm = (await city.get("/public/fairness/91410311MA00000003.json")).json()  # of class D: 18 of 60
    assert [one["draw_id"] for one in firm["draws"]] == [draw_id]
    assert firm["at_least_once"] == ([0.3, 0.3] if profile is Profile.OPEN else [0.0, 0.3])
    other = (await city.get("/public/fairness/91410311MA00000000.json")).json()  # of class A: 1 of 60
    assert (other["at_least_once"] == firm["at_least_once"]) == (profile is Profile.MASKED)
    absent = (await city.get("/public/fairness/91410311MA99999999.json")).json()
    assert absent["at_least_once"] == [0.0, 0.0]
    assert (await city.get("/public/fairness/91410311MA00000003.json?year=2005")).json()["draws"] == []
    text = (await city.get("/public/fairness/91410311MA00000003")).text
    assert "30.00%" in text
    found = await city.get("/public/fairness/firm?uscc=91410311ma00000003&year=2026")
    assert found.headers["location"] == "/public/fairness/91410311MA00000003?year=2026"
    assert (await city.get("/public/fairness/x.json")).status_code == 422


async def test_every_table_of_the_self_audit_is_a_file(city: City) -> None:
    draw_id = await city.drawn()
    await count_all(city)
    for table, has in (("groups", "洛龙区"), ("never", "271"), ("chances", draw_id)):
        assert has in (await city.get(f"/public/fairness?table={table}&format=csv")).text
        assert (await city.get(f"/public/fairness?table={table}&format=xlsx")).content.startswith(b"PK")


@pytest.mark.article(5)
async def test_the_self_audit_counts_finished_draws_alone_and_shows_its_definitions(city: City) -> None:
    assert "还没有完成的抽取" in (await city.get("/public/fairness")).text
    draw_id = await city.drawn()
    assert (await city.get("/public/fairness.json")).json()["uncounted"] == 0
    await count_all(city)
    found = (await city.get("/public/fairness.json")).json()
    assert [draw["draw_id"] for draw in found["draws"]] == [draw_id]
    assert found["firms"] == 300
    certificate = (await city.get(f"/public/draws/{draw_id}/certificate.json")).json()
    drawn = len(certificate["selected"])
    for dimension in ("county", "industry", "size"):
        assert sum(group["drawn"] for group in found["groups"] if group["dimension"] == dimension) == drawn
    assert found["never_drawn"][0]["never"] == 300 - drawn
    page = (await city.get("/public/fairness")).text
    assert "超几何分布" in page
    assert "名录占比" in page
    assert "D 类" in page
    assert draw_id in page


async def test_the_comparison_with_systematic_sampling_is_public(city: City) -> None:
    short, long = (await city.get("/public/why.json")).json()
    assert (short["systematic"]["outcomes"], short["systematic"]["immune"]) == (2, 99)
    assert long["systematic"]["immune"] == 5999
    assert short["tickets"]["never"] == 0
    assert "99 户（33%）永远不会被抽到" in (await city.get("/public/why")).text


async def test_the_public_pages_lead_to_the_checks(city: City) -> None:
    draw_id = await city.drawn()
    assert f"/public/draws/{draw_id}/verify" in (await city.get(f"/public/draws/{draw_id}")).text
    for address in ("/public/draws", "/public/verify"):
        text = (await city.get(address)).text
        assert "/public/fairness" in text
        assert "/public/why" in text


def test_the_browser_verifier_is_made_of_small_files_that_know_nothing_else() -> None:
    files = sorted((SERVICE.folder / "pages" / "static" / "verify").glob("*.js"))
    assert {"verify.js", "worker.js", "page.js"} <= {file.name for file in files}
    for file in files:
        text = file.read_text("utf-8")
        assert len(text.splitlines()) < 400
        assert set(re.findall(r'from "([^"]+)"', text)) <= {f"./{other.name}" for other in files}
        assert "http" not in text
        assert "eval" not in text


def test_the_empty_tree_is_the_hash_of_nothing() -> None:
    assert holds(PoolProof("ANYTHING", False, ()), merkle.EMPTY_ROOT.hex(), 0)


def test_groups_of_several_draws_are_charted_beside_their_tables() -> None:
    pool = rows(600)
    tallies = audit(pool, [drawn_by_lot(pool, number) for number in range(2)])
    waiting = (Waiting(1, 300, 290, 289.5, 3.0), Waiting(2, 300, 280, 281.0, 4.0))
    found = Findings(tuple((one.draw_id, one.strata) for one in tallies), 600, tuple(groups(tallies)), waiting)
    tables = [
        (name, words.COLUMN[name], [group for group in found.groups if group.dimension == name]) for name in DIMENSIONS
    ]
    text = render(
        templates_for(SERVICE.folder), "draw/public_fairness.html", title="抽取公平性自查", found=found, tables=tables,
        classes=class_totals(found), group_name=group_name, words=words, smallest=20, limit=0.01, newest=60, year=2026,
    )  # fmt: skip
    assert "洛龙区" in text
    assert "实抽与应抽之比：按地理区域" in text
    assert "2 次应有" in text
