"""Open311 GeoReport v2 as its clients use it, and what nobody learns by it."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from libs.common import clock
from libs.common.http.auth import Role
from libs.common.testing.doors import House, actor
from services.trigger.api.open311.documents import _tree
from services.trigger.app import SERVICE
from services.trigger.domain.category import CATEGORIES
from services.trigger.domain.open311 import SERVICES
from services.trigger.store.tables import answers, signal_messages, signals
from tests.conftest import MakeHouse
from tests.trigger.knocking import LUOLONG, subject, tell_subjects
from tests.trigger.test_secrecy import clear, dump

V2 = "/open311/v2"
SECRETS = {
    "description": "canary-content-拖欠工资",
    "address_string": "canary-address-某路",
    "last_name": "canary-金丝雀",
    "phone": "13700canary",
    "email": "canary@example.org",
    "media_url": "https://canary.example.org/photo.jpg",
    "lat": "34.123456",
    "long": "112.987654",
}


def parse(xml: bytes) -> ElementTree.Element:
    """Read our own XML."""
    return ElementTree.fromstring(xml)  # noqa: S314 - made by us


async def client_key(house: House, code: str = "fms") -> str:
    """Register a platform that uses Open311 and return its api_key."""
    async with house.client(actor(Role.ADMIN)) as client:
        answer = await client.post(
            "/trigger/api/v1/platforms", json={"code": code, "name": "随手拍", "open311": True, "kinds": ["投诉举报"]}
        )
    assert answer.status_code == 201, answer.text
    return f"{code}.{answer.json()['keys'][0]}"


def report(key: str, **more: str) -> dict[str, str]:
    """A form about unpaid wages."""
    return SECRETS | {
        "api_key": key,
        "service_code": "wages",
        "attribute[employer_name]": "洛阳市恒通001号信息技术有限公司",
        "attribute[county]": LUOLONG,
    } | more  # fmt: skip


async def post(house: House, form: dict[str, str], ending: str = "json", path: str = "/requests") -> httpx.Response:
    async with house.client() as client:
        return await client.post(f"{V2}{path}.{ending}", data=form)


async def get(house: House, path: str, **query: str) -> httpx.Response:
    async with house.client() as client:
        return await client.get(f"{V2}{path}", params=query)


async def test_a_client_finds_its_way_from_the_discovery_to_the_questions(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    discovery = (await get(house, "/discovery.json")).json()
    (endpoint,) = discovery["endpoints"]
    assert endpoint["specification"] == "http://wiki.open311.org/GeoReport_v2"
    assert endpoint["url"] == f"{house.settings.public_url}{V2}"
    services = (await get(house, "/services.json")).json()
    assert [one["service_name"] for one in services] == list(CATEGORIES)
    assert {one["type"] for one in services} == {"realtime", "batch"}
    for one in services:
        definition = (await get(house, f"/services/{one['service_code']}.json")).json()
        assert definition["service_code"] == one["service_code"]
        assert [a["order"] for a in definition["attributes"]] == list(range(1, len(definition["attributes"]) + 1))
    counties = next(a for a in definition["attributes"] if a["code"] == "county")
    assert {"key": LUOLONG, "name": "洛龙区"} in counties["values"]


async def test_xml_is_the_form_without_an_ending_and_has_the_elements_of_the_specification(
    make_house: MakeHouse,
) -> None:
    house = await make_house(SERVICE)
    answer = await get(house, "/services")
    assert answer.headers["content-type"] == "text/xml; charset=utf-8"
    assert answer.content.startswith(b"<?xml version='1.0' encoding='utf-8'?>")
    tree = parse(answer.content)
    assert tree.tag == "services"
    assert [child.tag for child in tree] == ["service"] * len(SERVICES)
    assert [cell.tag for cell in tree[0]] == [
        "service_code", "service_name", "description", "metadata", "type", "keywords", "group",
    ]  # fmt: skip
    values = parse((await get(house, "/services/wages.xml")).content)
    assert values.find("./attributes/attribute[code='county']/values/value/key") is not None
    async with house.client() as client:
        asked = await client.get(f"{V2}/services", headers={"accept": "application/json"})
    assert asked.json()[0]["metadata"] is True


@pytest.mark.article(2)
async def test_a_request_becomes_a_signal_and_can_be_followed(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    key = await client_key(house)
    await tell_subjects(house, subject(1))
    (sent,) = (await post(house, report(key))).json()
    assert "token" not in sent
    request_id = sent["service_request_id"]
    async with house.database.transaction() as tx:
        row = await tx.first(select(signals).where(signals.c.signal_id == request_id))
    assert row is not None
    assert (row["state"], row["category"], row["county"]) == ("matched", "工资支付和最低工资标准", LUOLONG)
    (told,) = (await get(house, f"/requests/{request_id}.json")).json()
    assert told["status"] == "open"
    assert told["service_code"] == "wages"
    assert "受理" in told["status_notes"]
    updates = (await get(house, "/servicerequestupdates.json")).json()
    assert [one["service_request_id"] for one in updates] == [request_id, request_id]
    async with house.database.transaction() as tx:
        assert set(await states(tx)) == {"offered"}  # nothing is pushed to a platform that asks by itself


async def states(tx: Any) -> list[str]:
    return [row["state"] for row in await tx.all(select(answers.c.state))]


async def test_nothing_public_shows_employer_text_or_place_and_nothing_stored_is_in_the_clear(
    make_house: MakeHouse,
) -> None:
    house = await make_house(SERVICE)
    key = await client_key(house)
    await tell_subjects(house, subject(1))
    (sent,) = (await post(house, report(key))).json()
    said = b"".join(
        [
            (await get(house, path)).content
            for ending in ("xml", "json")
            for path in (
                f"/requests.{ending}", f"/requests/{sent['service_request_id']}.{ending}",
                f"/servicerequestupdates.{ending}",
            )
        ]
    )  # fmt: skip
    assert sent["service_request_id"].encode() in said
    assert clear(said) == []
    for word in ("恒通", LUOLONG, "洛龙", "34.12", "91410300"):
        assert word.encode() not in said
    assert clear(await dump(house)) == []
    assert key.partition(".")[2].encode() not in await dump(house)


async def test_other_matters_get_a_token_until_a_person_has_sorted_them(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    form = report(await client_key(house), service_code="other")
    form["attribute[employer_name]"] = "谁也不认识的厂"
    (sent,) = (await post(house, form)).json()
    assert "service_request_id" not in sent
    path = f"/tokens/{sent['token']}.json"
    assert (await get(house, path)).json() == [{"service_request_id": None, "token": sent["token"]}]
    assert (await get(house, "/requests.json")).json() == []
    assert (await get(house, "/servicerequestupdates.json")).json() == []
    async with house.database.transaction() as tx:
        signal_id = await tx.scalar(select(signals.c.signal_id))
    async with house.client(actor(Role.LEAD)) as client:
        returned = await client.post(f"/trigger/api/v1/signals/{signal_id}/return", json={"reason": "信息不足"})
    assert returned.status_code in {200, 204}, returned.text
    assert {one["service_request_id"] for one in (await get(house, "/servicerequestupdates.json")).json()} == {
        signal_id
    }
    assert (await get(house, path)).json()[0]["service_request_id"] == signal_id
    (told,) = (await get(house, "/requests.json", status="closed")).json()
    assert told["status"] == "closed"
    assert (await get(house, "/requests.json", status="open")).json() == []


async def test_the_same_form_sent_again_is_the_same_request(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    form = report(await client_key(house))
    first, second = (await post(house, form)).json(), (await post(house, form)).json()
    assert first == second
    other = (await post(house, form | {"description": "另一件事"})).json()
    assert other != first
    async with house.database.transaction() as tx:
        assert await tx.scalar(select(func.count()).select_from(signals)) == 2


async def test_an_update_is_kept_once_and_only_by_the_client_of_the_request(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    key, other = await client_key(house), await client_key(house, "another")
    (sent,) = (await post(house, report(key))).json()
    form = {
        "api_key": key, "service_request_id": sent["service_request_id"], "update_id": "77", "status": "OPEN",
        "updated_datetime": "2026-11-22T09:00:00Z", "description": "canary-content-拖欠工资",
    }  # fmt: skip
    path = "/servicerequestupdates"
    first, second = await post(house, form, path=path), await post(house, form, path=path)
    assert first.status_code == 200
    assert first.json() == second.json()
    assert (await post(house, form | {"api_key": other}, path=path)).status_code == 404
    async with house.database.transaction() as tx:
        assert await tx.scalar(select(func.count()).select_from(signal_messages)) == 1
    assert clear(await dump(house)) == []


REFUSED: list[tuple[dict[str, str], int, str]] = [
    ({"api_key": ""}, 403, "api_key"),
    ({"api_key": "fms.wrong"}, 403, "api_key"),
    ({"api_key": "nobody.wrong"}, 403, "api_key"),
    ({"service_code": ""}, 400, "service_code"),
    ({"service_code": "potholes"}, 404, "service_code"),
    ({"jurisdiction_id": "city.example"}, 404, "jurisdiction_id"),
    ({"lat": "", "long": "", "address_string": ""}, 400, "location"),
    ({"lat": ""}, 400, "lat and long"),
    ({"lat": "91"}, 400, "WGS84"),
    ({"lat": "nan"}, 400, "WGS84"),
    ({"description": ""}, 400, "description"),
    ({"description": "字" * 4001}, 400, "description"),
    ({"attribute[employer_name]": ""}, 400, "attribute[employer_name]"),
    ({"attribute[county]": "洛龙区"}, 400, "attribute[county]"),
    ({"attribute[amount]": "很多"}, 400, "attribute[amount]"),
    ({"attribute[employer_name]": "甲\x00乙"}, 400, "value"),
]


async def test_a_refusal_names_what_is_wrong_in_the_form_of_the_specification(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    key = await client_key(house)
    for change, status, named in REFUSED:
        form = report(key) | change
        answer = await post(house, form)
        assert answer.status_code == status, change
        assert {error["code"] for error in answer.json()} == {status}
        assert any(named in error["description"] for error in answer.json()), answer.text
        assert "canary" not in answer.text
        xml = await post(house, form, "xml")
        tree = parse(xml.content)
        told = (xml.status_code, tree.tag, tree[0].tag, tree[0].findtext("code"))
        assert told == (status, "errors", "error", str(status))
    async with house.database.transaction() as tx:
        assert await tx.scalar(select(func.count()).select_from(signals)) == 0


async def test_a_platform_without_open311_may_not_use_it(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    async with house.client(actor(Role.ADMIN)) as client:
        body = {"code": "ly-12345", "name": "热线", "callback_url": "http://127.0.0.1:9/", "kinds": ["投诉举报"]}
        keys = (await client.post("/trigger/api/v1/platforms", json=body)).json()["keys"]
        silent = await client.post("/trigger/api/v1/platforms", json=body | {"code": "x-1", "callback_url": ""})
    assert (await post(house, report(f"ly-12345.{keys[0]}"))).status_code == 403
    assert silent.status_code == 422  # nobody could ever hear an answer


async def test_lists_are_bounded_filtered_and_refuse_what_is_not_a_time(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    key = await client_key(house)
    ids = [
        (await post(house, report(key, service_code=code))).json()[0]["service_request_id"]
        for code in ("wages", "heat", "contracts")
    ]
    both = (await get(house, "/requests.json", service_request_id=",".join(ids[:2]), status="closed")).json()
    assert {one["service_request_id"] for one in both} == set(ids[:2])  # ids override all else
    heat = (await get(house, "/requests.json", service_code="heat,other")).json()
    assert [one["service_request_id"] for one in heat] == [ids[1]]
    assert len((await get(house, "/requests.json", service_request_id=" , ", status="OPEN")).json()) == 3
    past = (clock.now() - timedelta(days=1)).isoformat()
    assert (await get(house, "/requests.json", end_date=past)).json() == []
    assert len((await get(house, "/requests.json", start_date=past)).json()) == 3
    for query in (
        {"start_date": "yesterday"}, {"start_date": "2026-11-22"}, {"status": "broken"},
        {"start_date": "2026-01-01T00:00:00Z", "end_date": "2026-11-22T00:00:00Z"},
        {"start_date": "2026-11-22T00:00:00Z", "end_date": "2026-01-01T00:00:00Z"},
    ):  # fmt: skip
        answer = await get(house, "/requests.json", **query)
        assert answer.status_code == 400
        assert answer.json()[0]["code"] == 400
    assert (await get(house, "/requests/unknown.json")).status_code == 404
    assert (await get(house, "/tokens/unknown.xml")).status_code == 404
    assert (await get(house, "/services/unknown.xml")).status_code == 404
    assert (await get(house, "/requests.html")).status_code == 400


async def test_what_is_nowhere_is_refused_in_the_form_of_the_specification_too(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    async with house.client() as client:
        for path in ("", "/", "/potholes.xml", "/requests/1/2.xml"):
            answer = await client.get(V2 + path)
            assert (answer.status_code, parse(answer.content)[0].findtext("code")) == (404, "404")
        for method, path, allowed in (
            ("DELETE", "/requests.json", "GET, POST"), ("POST", "/services.json", "GET"),
            ("PUT", "/requests", "GET, POST"), ("OPTIONS", "/tokens/x.json", "GET"),
        ):  # fmt: skip
            answer = await client.request(method, V2 + path, headers={"accept": "application/json"})
            assert (answer.status_code, answer.headers["allow"]) == (405, allowed)
            assert answer.json()[0]["code"] == 405
        large = await client.post(f"{V2}/requests.xml", data={"description": "x" * 2**20})
        assert (large.status_code, parse(large.content)[0].findtext("code")) == (413, "413")
        photograph = await client.post(f"{V2}/requests.json", data={"api_key": "a.b"}, files={"media": b"x"})
        assert photograph.status_code == 400
        assert "media_url" in photograph.json()[0]["description"]


async def test_clients_send_long_decimals_answers_that_nobody_asked_for_and_several_photographs(
    make_house: MakeHouse,
) -> None:
    house = await make_house(SERVICE)
    form = report(await client_key(house), lat="+34.12345678901234567", long="112.1")
    form["attribute[Asset-ID 7]"] = "x" * 200
    photographs = ["https://canary.example.org/1.jpg", "https://canary.example.org/2.jpg"]
    async with house.client() as client:
        answer = await client.post(f"{V2}/requests.json", data=form | {"media_url": photographs})
    assert answer.status_code == 200, answer.text
    request_id = answer.json()[0]["service_request_id"]
    async with house.client(actor(Role.LEAD)) as client:
        read = await client.post(f"/trigger/signals/{request_id}/open", data={"purpose": "核实投诉内容"})
    assert all(photograph in read.text for photograph in photographs)


async def test_text_is_utf_8_encoded_or_not_and_anything_else_is_refused(make_house: MakeHouse) -> None:
    house = await make_house(SERVICE)
    form = {"api_key": await client_key(house), "service_code": "wages", "address_string": "x", "description": "欠薪"}
    form |= {"attribute[employer_name]": "某某公司"}
    bare = "&".join(f"{name}={value}" for name, value in form.items())
    kind = {"content-type": "Application/X-WWW-Form-Urlencoded; charset=UTF-8"}
    async with house.client() as client:
        for wrong in (bare.encode("gbk"), urlencode(form, encoding="gbk").encode()):
            answer = await client.post(f"{V2}/requests.json", content=wrong, headers=kind)
            assert answer.status_code == 400
            assert "UTF-8" in answer.json()[0]["description"]
        plain = await client.post(f"{V2}/requests.json", content=bare.encode(), headers=kind)  # as curl --data sends it
        assert plain.json() == (await client.post(f"{V2}/requests.json", data=form)).json()


@given(st.dictionaries(st.sampled_from(["a", "b"]), st.none() | st.booleans() | st.text(), min_size=1))
@settings(max_examples=200, deadline=None)
def test_any_text_gives_well_formed_xml(content: dict[str, Any]) -> None:
    parse(ElementTree.tostring(_tree("root", content), encoding="utf-8"))
