"""What leaves the house: files, the sheet to be signed, results of past draws, and a firm's own salt."""

import asyncio
import csv
import io
import json
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from libs.common.canonical import sha256_hex
from libs.common.http.auth import Role
from libs.common.testing.doors import actor
from services.draw.app import SERVICE
from services.draw.domain.commitment import Profile
from services.draw.domain.results import RESULTS
from services.draw.domain.seed import key
from services.draw.loops import commit_one
from services.inspection.events.published import InspectionCompleted
from tests.conftest import MakeHouse
from tests.draw.conftest import LEAD, SECTION, City, settle
from tests.draw.test_public_checks import count_all

AUDITOR = actor(Role.AUDITOR, account="auditor-1")
UNIT = actor(Role.UNIT, "410311", account="unit-1")
FAR_UNIT = actor(Role.UNIT, "410328", account="unit-2")


CASE_FIELDS = (
    "case_id", "draw_id", "task_id", "task_name", "plan_id", "plan_name", "directed", "county", "unit_id", "unit_name",
    "trigger_ids",
)  # fmt: skip


def sheet(data: bytes) -> list[list[Any]]:
    return CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()


@pytest.fixture
async def masked(make_house: MakeHouse) -> City:
    house = await make_house(SERVICE)
    house.settings = house.settings.model_copy(update={"draw_profile": Profile.MASKED})
    await settle(house)
    return City(house)


@pytest.mark.article(5, 7)
async def test_list_pool_officers_and_certificate_are_workbooks(city: City) -> None:
    draw_id = await city.drawn()
    certificate = (await city.get(f"/public/draws/{draw_id}/certificate.json")).json()
    rows = sheet((await city.get(f"/public/draws/{draw_id}/export/list")).content)
    assert [row[2] for row in rows[1:]] == [one[0] for one in certificate["selected"]]
    assert [row[6].split("、") for row in rows[1:]] == [team for _, team in certificate["assignments"]]
    pool = sheet((await city.get(f"/public/draws/{draw_id}/export/pool")).content)
    tsv = (await city.get(f"/public/draws/{draw_id}/pool.tsv")).text.splitlines()
    assert ["\t".join(map(str, row)) for row in pool[1:]] == tsv
    assert len(sheet((await city.get(f"/public/draws/{draw_id}/export/officers")).content)) == 13
    told = dict(sheet((await city.get(f"/public/draws/{draw_id}/export/certificate")).content)[1:])
    assert told["结果摘要"] == certificate["result_sha256"]
    assert told["密钥 subject"] == certificate["keys"]["subject"]
    inside = (await city.get(f"/draw/draws/{draw_id}/export/list?format=csv", SECTION)).text
    assert "测试员" in inside
    public = (await city.get(f"/public/draws/{draw_id}/export/list?format=csv")).text
    assert "测试员" not in public


async def test_what_is_not_there_yet_is_not_exported(city: City) -> None:
    draw_id = await city.committed()
    for what in ("list", "certificate"):
        assert (await city.get(f"/public/draws/{draw_id}/export/{what}")).status_code == 404
        assert (await city.get(f"/draw/draws/{draw_id}/export/{what}", LEAD)).status_code == 404
    assert (await city.get(f"/public/draws/{draw_id}/print")).status_code == 404
    assert (await city.get(f"/public/draws/{draw_id}/export/pool")).status_code == 200
    assert (await city.get(f"/draw/draws/{draw_id}/export/list", FAR_UNIT)).status_code == 404


@pytest.mark.article(6)
async def test_no_public_file_of_a_masked_draw_shows_a_class(masked: City) -> None:
    draw_id = await masked.drawn()
    rows = list(csv.reader(io.StringIO((await masked.get(f"/public/draws/{draw_id}/export/list?format=csv")).text)))
    assert {row[4] for row in rows[1:]} == {"（已脱敏）"}
    pool = sheet((await masked.get(f"/public/draws/{draw_id}/export/pool")).content)
    assert {row[6] for row in pool[1:]} == {"-"}
    inside = sheet((await masked.get(f"/draw/draws/{draw_id}/export/pool", AUDITOR)).content)
    assert {row[5] for row in inside[1:]} == set("ABCDU")
    assert "名录（含分类）" in (await masked.get(f"/draw/draws/{draw_id}/salts", AUDITOR)).text
    assert (await masked.get(f"/draw/draws/{draw_id}/export/pool", SECTION)).status_code == 403


@pytest.mark.article(7)
async def test_the_printed_sheet_has_everything_that_is_signed(city: City) -> None:
    draw_id = await city.drawn()
    certificate = (await city.get(f"/public/draws/{draw_id}/certificate.json")).json()
    text = (await city.get(f"/draw/draws/{draw_id}/print", LEAD)).text
    for part in (
        draw_id, certificate["commit_sha256"], certificate["result_sha256"], certificate["keys"]["subject"],
        certificate["selected"][-1][0], "测试员", "见证人", "牵头科室", "<svg", f"/public/draws/{draw_id}",
    ):  # fmt: skip
        assert part in text
    public = (await city.get(f"/public/draws/{draw_id}/print")).text
    assert "测试员" not in public
    assert "见证人" in public


async def finish_cases(city: City, draw_id: str, *results: str) -> None:
    """Inspection says what it found, for the first cases of a draw."""
    cases = [json.loads(payload) for _, payload in await city.house.said("draw.case_dispatched")]
    mine = [case for case in cases if case["draw_id"] == draw_id]
    for case, result in zip(mine, results, strict=False):
        event = InspectionCompleted(
            **{name: case[name] for name in CASE_FIELDS}, uscc=case["subject"]["uscc"],
            subject_name=case["subject"]["name"], subject_kind="企业", methods=["1"], started_on=date(2026, 11, 22),
            ended_on=date(2026, 11, 23), subject_result=result, item_results=[], non_cooperation=[], officers=[],
            recorded_by="x", follow_up="none", record_sha256="0" * 64,
        )  # fmt: skip
        await city.house.hear(event, aggregate=f"case/{case['case_id']}", county=case["county"])


@pytest.mark.article(6, 14)
async def test_results_are_summed_up_by_draw_county_industry_and_year_in_public_and_by_class_inside(
    city: City,
) -> None:
    assert "没有符合条件" in (await city.get("/public/draws/results")).text
    draw_id = await city.drawn()
    await count_all(city)
    await city.post(LEAD, f"/draws/{draw_id}/dispatch")
    await finish_cases(city, draw_id, "1", "1", "1", "E", "6", "8")
    found = (await city.get("/public/draws/results.json")).json()
    assert found["total"] == {
        "drawn": 29, "dispatched": 29, "inspected": 6, "in_progress": 23, "problems": 2, "judged": 5,
        "problem_rate": [2, 5], "withdrawn": 0,
    }  # fmt: skip
    assert [(one["group"], one["drawn"]) for one in found["by_county"]] == [("410311", 29)]
    assert [(one["group"], one["drawn"]) for one in found["by_industry"]] == [("C", 29)]
    assert {one["code"]: one["subjects"] for one in found["by_result"]} == {"1": 3, "E": 1, "6": 1, "8": 1}
    assert "by_class" not in found
    assert [one["draw_id"] for one in found["draws"]] == [draw_id]
    inside = (await city.get("/draw/api/v1/results", SECTION)).json()
    assert {one["group"]: one["drawn"] for one in inside["by_class"]} == {"A": 1, "B": 2, "C": 6, "D": 18, "U": 2}
    text = (await city.get("/public/draws/results")).text
    assert "40.0%" in text
    assert "按信用风险分类" not in text
    assert RESULTS["8"] in text
    assert "÷ 能够判定的户次" in text
    assert "按信用风险分类" in (await city.get("/draw/results", LEAD)).text
    assert (await city.get("/public/draws/results.json?county=410328")).json()["total"]["drawn"] == 0
    assert (await city.get("/draw/api/v1/results", FAR_UNIT)).json()["total"]["drawn"] == 0
    rows = sheet((await city.get("/public/draws/results?format=xlsx")).content)
    assert rows[1][0] == draw_id
    assert rows[1][5:11] == [29, 6, 23, 2, "40.0%", 0]


async def give(city: City, who: Any, draw_id: str, **fields: str) -> Any:
    values = {"uscc": "91410311MA00000003", "given_to": "王经理", "identity": "营业执照副本、身份证", **fields}
    async with city.house.client(who) as client:
        return await client.post(f"/draw/draws/{draw_id}/salts", data={"csrf": who.csrf, **values})


@pytest.mark.article(6)
async def test_a_firm_gets_its_own_salt_over_the_counter_and_opens_its_row_with_it(
    masked: City, tmp_path: Path
) -> None:
    draw_id = await masked.drawn()
    answer = await give(masked, UNIT, draw_id)
    assert answer.status_code == 303, answer.text
    slip = (await masked.get(answer.headers["location"], UNIT)).text
    assert "D 类" in slip
    [command] = [line for line in slip.splitlines() if line.startswith("python3 verify.py")]
    for name in ("certificate.json", "pool.tsv"):
        (tmp_path / name).write_bytes((await masked.get(f"/public/draws/{draw_id}/{name}")).content)
    (tmp_path / "verify.py").write_bytes((await masked.get("/public/verify.py")).content)
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, *command.removesuffix("</pre>").split()[1:]],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "91410311MA00000003" in done.stdout
    listed = (await masked.get(f"/draw/draws/{draw_id}/salts", AUDITOR)).text
    assert "王经理" in listed
    assert "盐值 91410311MA00000003" in listed
    csv_text = (await masked.get(f"/draw/draws/{draw_id}/salts?format=csv", LEAD)).text
    assert "营业执照副本" in csv_text


@pytest.mark.article(5)
async def test_the_slip_of_a_sealed_draw_does_not_say_whether_the_firm_was_drawn(masked: City) -> None:
    draw_id = await masked.promised()
    await masked.post(LEAD, f"/draws/{draw_id}/commit", {"seal_reason": "相关企业互通消息，可能转移台账"})
    assert await commit_one(masked.settings, masked.house.database) == draw_id
    await masked.fix_seed(draw_id)
    assert await masked.finish() == draw_id
    state = (await masked.get(f"/draw/api/v1/draws/{draw_id}", LEAD)).json()
    ticket = sha256_hex(f"{key('subject', state['seed_txt'].encode())}|91410311MA00000003".encode())
    slip = (await masked.get((await give(masked, UNIT, draw_id)).headers["location"], UNIT)).text
    assert "D 类" in slip
    assert "还没有抽取" in slip
    assert ticket not in slip
    assert "D 类界限" not in slip


async def test_a_salt_goes_to_a_known_person_of_ones_own_county_only(masked: City) -> None:
    draw_id = await masked.drawn()
    answer = await give(masked, UNIT, draw_id, given_to=" ")
    assert answer.status_code == 422
    assert 'href="#f-given_to"' in answer.text
    assert (await give(masked, FAR_UNIT, draw_id)).status_code == 404
    assert (await give(masked, AUDITOR, draw_id)).status_code == 403
    answer = await give(masked, LEAD, draw_id, uscc="91410311MA99999999")
    assert answer.status_code == 404
    assert "不在本次抽取的待抽名录中" in answer.text
    assert "还没有企业领取盐值" in (await masked.get(f"/draw/draws/{draw_id}/salts", LEAD)).text
    assert (await masked.get(f"/draw/draws/{draw_id}/salts", SECTION)).status_code == 403


async def test_an_open_draw_has_no_salts(city: City) -> None:
    city.house.settings = city.house.settings.model_copy(update={"draw_profile": Profile.OPEN})
    draw_id = await city.drawn()
    assert (await city.get(f"/draw/draws/{draw_id}/salts", LEAD)).status_code == 409
    assert (await city.get(f"/draw/draws/{draw_id}/master.hex", AUDITOR)).status_code == 409


@pytest.mark.article(6)
async def test_an_auditor_opens_every_row_and_every_download_is_kept(masked: City, tmp_path: Path) -> None:
    draw_id = await masked.drawn()
    for name, address in {
        "verify.py": "/public/verify.py",
        "certificate.json": f"/public/draws/{draw_id}/certificate.json",
        "pool.tsv": f"/public/draws/{draw_id}/pool.tsv",
        "pool.private.tsv": f"/draw/draws/{draw_id}/pool.private.tsv",
        "master.hex": f"/draw/draws/{draw_id}/master.hex",
    }.items():
        (tmp_path / name).write_bytes((await masked.get(address, AUDITOR)).content)
    command = [
        sys.executable,
        "verify.py",
        "certificate.json",
        "pool.tsv",
        "--private",
        "pool.private.tsv",
        "master.hex",
    ]
    done = await asyncio.to_thread(subprocess.run, command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    text = (await masked.get(f"/draw/draws/{draw_id}/salts", AUDITOR)).text
    assert "主密钥" in text
    assert "私有名录" in text
    for secret in ("master.hex", "pool.private.tsv"):
        assert (await masked.get(f"/draw/draws/{draw_id}/{secret}", LEAD)).status_code == 403
        assert (await masked.get(f"/draw/draws/{draw_id}/{secret}")).status_code in {303, 401}
