"""What a clerk does on a page a program of the agency does over the API, with the same end."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from libs.common import clock
from libs.common.http.auth import Role
from libs.common.testing.doors import House, actor
from services.trigger.app import SERVICE
from tests.conftest import MakeHouse
from tests.trigger.knocking import Platform, message, order, register, subject, tell_subjects
from tests.trigger.warning.test_alarms import one_alarm

API = "/trigger/api/v1"
LEAD = actor(Role.LEAD)


async def _ready(make_house: MakeHouse) -> tuple[House, Platform]:
    house = await make_house(SERVICE)
    await tell_subjects(house, subject(1), subject(2))
    return house, await register(house)


async def _says(client: httpx.AsyncClient, address: str) -> Any:
    answer = await client.get(API + address)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def _steps(client: httpx.AsyncClient, *steps: tuple[str, dict[str, Any], int]) -> None:
    for address, body, status in steps:
        answer = await client.post(API + address, json=body)
        assert answer.status_code == status, (address, answer.text)


@pytest.mark.article(2)
async def test_a_program_matches_as_a_clerk_does(make_house: MakeHouse) -> None:
    house, platform = await _ready(make_house)
    signal_id = (await platform.send(order("A-1", employer_name="洛阳市恒通信息技术有限公司"))).json()["signal_id"]
    here = f"/signals/{signal_id}"
    async with house.client(LEAD) as client:
        found = await _says(client, f"{here}/candidates")
        assert {one["uscc"] for one in found} == {subject(1).uscc, subject(2).uscc}
        assert (await client.post(f"{API}{here}/retry")).json() == {"matched": False}
        await _steps(
            client,
            (f"{here}/step", {"step": "later"}, 422),
            (f"{here}/step", {"step": "register"}, 204),
            (f"{here}/match", {"uscc": "91410300MA99999999"}, 422),
        )
        assert [one["signal_id"] for one in (await _says(client, "/to-register"))["items"]] == [signal_id]
        await _steps(client, (f"{here}/match", {"uscc": subject(1).uscc.lower()}, 204), (f"{here}/retry", {}, 409))
        assert (await _says(client, here))["state"] == "matched"
        assert (await _says(client, "/to-register"))["total"] == 0


async def test_what_a_change_of_the_registry_has_made_certain_is_matched_when_asked_again(
    make_house: MakeHouse,
) -> None:
    house, platform = await _ready(make_house)
    await tell_subjects(house, subject(3, name=subject(1).name))
    signal_id = (await platform.send(order("A-1", about=subject(1)))).json()["signal_id"]
    async with house.client(LEAD) as client:
        again = f"/trigger/signals/{signal_id}/retry"
        answer = await client.post(again, data={"csrf": LEAD.csrf})
        assert answer.headers["location"].endswith("/match")  # two firms of one name
        await tell_subjects(house, subject(3, name="偃师区鸿达机械制造有限公司", version=2))
        answer = await client.post(again, data={"csrf": LEAD.csrf})
        assert answer.headers["location"] == f"/trigger/signals/{signal_id}"
        assert (await _says(client, f"/signals/{signal_id}"))["uscc"] == subject(1).uscc


async def test_a_program_reads_messages_ends_a_review_and_keeps_a_signal(make_house: MakeHouse) -> None:
    house, platform = await _ready(make_house)
    signal_id = (await platform.send(order("A-1", about=subject(1)))).json()["signal_id"]
    await platform.say("A-1", message("urge", "M-1", text="催一下"))
    await platform.say("A-1", message("revisit", "M-2", result="unsatisfied", reason="partly", text="只发了一半"))
    here = f"/signals/{signal_id}"
    async with house.client(LEAD) as client:
        said = await _says(client, f"{here}/messages")
        assert [(one["kind"], one["result"]) for one in said] == [("urge", ""), ("revisit", "unsatisfied")]
        assert "一半" not in str(said)
        (review,) = await _says(client, f"{here}/reviews")
        assert (review["reason"], review["closed_at"]) == ("partly", None)
        done = {"conclusion": "corrected", "note": "已补发并核实到账"}
        await _steps(
            client,
            (f"{here}/review", {"conclusion": "nothing", "note": "已补发并核实到账"}, 422),
            (f"{here}/review", done, 204),
            (f"{here}/review", done, 409),
            (f"{here}/lift-hold", {}, 409),
            (f"{here}/hold", {"ground": "review", "document": "洛行复〔2026〕12号"}, 204),
            (f"{here}/hold", {"ground": "review", "document": "洛行复〔2026〕13号"}, 409),
        )
        assert (await _says(client, f"{here}/reviews"))[0]["conclusion"] == "corrected"
        assert (await _says(client, f"{here}/retention"))["held"] is True
        await _steps(client, (f"{here}/lift-hold", {}, 204))
        assert (await _says(client, f"{here}/retention"))["held"] is False
        terms = await _says(client, "/sla/terms")
        assert ("ly-12345", "accept", 5) in {(one["code"], one["clock"], one["days"]) for one in terms}


async def test_a_program_enters_a_referral_and_its_reply(make_house: MakeHouse) -> None:
    house, _ = await _ready(make_house)
    today = clock.china_date(clock.now())
    fields = {
        "sender": "洛阳市信访局", "document_number": "洛信转[2026]15号", "accepted_at": today.isoformat(),
        "reply_by": (today + timedelta(days=9)).isoformat(), "content": "转办欠薪事项", "category": "社会保险",
        "employer_name": subject(1).name, "county": subject(1).county,
    }  # fmt: skip
    form = {"what": "referral", "form_id": "0191-form-9", "fields": fields}
    reply = {"number": "洛人社函〔2026〕8号", "replied_on": today.isoformat(), "text": "已督促单位支付"}
    async with house.client(LEAD) as client:
        first, again = [await client.post(f"{API}/signals", json=form) for _ in range(2)]
        assert (first.status_code, again.status_code) == (201, 200), first.text
        signal_id = first.json()["signal_id"]
        assert again.json()["signal_id"] == signal_id
        here = f"/referrals/{signal_id}/reply"
        for days in (1, -1):  # tomorrow, and before it was received
            wrong = reply | {"replied_on": (today + timedelta(days=days)).isoformat()}
            await _steps(client, (here, wrong, 422))
        await _steps(client, (here, reply, 204), (here, reply, 409))
        (one,) = (await _says(client, "/referrals?state=replied"))["items"]
    assert (one["document_number"], one["reply_number"]) == ("洛信转〔2026〕15号", "洛人社函〔2026〕8号")


@pytest.mark.article(4)
async def test_a_program_reads_an_alarm_and_writes_down_what_was_concluded(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    alarm_id = await one_alarm(house)
    async with house.client(LEAD) as client:
        alarm = await _says(client, f"/alarms/{alarm_id}")
        assert alarm["findings"][0]["number"] >= alarm["findings"][0]["threshold"]
        here = f"/alarms/{alarm_id}/acknowledgement"
        judged = {"conclusion": "watch", "note": "与在建项目停工有关"}
        await _steps(client, (here, judged | {"conclusion": ""}, 422), (here, judged, 204), (here, judged, 204))
        alarm = await _says(client, f"/alarms/{alarm_id}")
    assert (alarm["state"], [note["conclusion"] for note in alarm["notes"]]) == ("acknowledged", ["watch"])
