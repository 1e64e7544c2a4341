"""An informant's words through every channel, well formed and malformed, while the whole system runs."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from deploy.local.stack import SERVICES
from deploy.local.story.channels import TRIGGER
from deploy.local.story.doors import Refused
from deploy.local.story.intake import PLATFORM
from deploy.local.story.scene import Scene
from deploy.local.theatre import Theatre
from libs.common import clock
from tests.system.canary import SONG, Search, exports, numbers
from tests.system.signing import Platform
from tests.system.whisper_clerks import whisper_to_clerks

CLIENT = "canary-open311"
PURPOSE = "核实单位名称"
ORDERS = f"{TRIGGER}/platforms/{PLATFORM}/orders"


@dataclass(frozen=True)
class Whispered:
    """Signals that came by each channel."""

    order: str
    request: str


@dataclass(frozen=True)
class Overheard:
    """Where informants' words were found outside, and what those who ask for them get to see, by account."""

    search: Search
    demo: dict[str, str]  # of an order of the story, which went all the way to publication
    own: dict[str, str]  # of an order that the tests sent


async def whisper(scene: Scene, search: Search) -> Whispered:
    """Send what may be sent, then everything that is refused; no answer repeats a word."""
    platform = Platform(scene)
    taken = await platform.send(ORDERS, _order("CANARY-001", clock.now()))
    assert taken.status_code == 201, taken.text
    messages = f"{ORDERS}/CANARY-001/messages"
    said = {"message_id": "CANARY-M1", "kind": "update", "at": clock.now().isoformat(), "text": f"补充 {SONG}"}
    assert (await platform.send(messages, said)).status_code == 201
    early = f"{ORDERS}/CANARY-NEVER/messages"
    assert (await platform.send(early, said)).status_code == 202
    request = await _open311(scene, search)
    await whisper_to_clerks(scene, search)
    refused = [
        await platform.send(ORDERS, _order("CANARY-002", clock.now()) | {"accepted_at": SONG}),
        await platform.send(ORDERS, _order("CANARY-003", clock.now()) | {"kind": SONG}),
        await platform.send(ORDERS, _order(SONG * 9, clock.now())),
        await platform.send(ORDERS, _order("CANARY-004", clock.now()), key="wrong"),
        await platform.send(ORDERS, f'{{"{SONG}'.encode()),
        await platform.send(ORDERS, f'{{"content": "{SONG * 9000}"}}'.encode()),
        await platform.send(messages, said | {"kind": SONG}),
        await platform.send(messages, said | {"text": f"又一 {SONG}"}),
        await scene.outside.post(f"{scene.url}/trigger/{SONG}", content=SONG),
        await scene.outside.get(f"{scene.url}{TRIGGER}/signals", params={"q": SONG}),
        await scene.outside.get(f"{scene.url}/open311/v2/requests.json", params={"service_request_id": SONG}),
        await scene.outside.get(f"{scene.url}/open311/v2/requests/{SONG}.json"),
        await scene.outside.post(f"{scene.url}/open311/v2/requests.json", data={"api_key": SONG, "description": SONG}),
    ]
    statuses = [one.status_code for one in refused]
    assert all(status < 500 for status in statuses), statuses
    for number, answer in enumerate([taken, *refused]):
        search.look("answers", f"{number} {answer.request.url.path}", answer.content)
    return Whispered(taken.json()["signal_id"], request)


def _order(order_id: str, now: datetime) -> dict[str, object]:
    reporter = {name: f"{SONG} {name}" for name in ("name", "phone", "id_number", "bank_card")}
    return {
        "order_id": order_id,
        "accepted_at": now.isoformat(),
        "kind": "投诉举报",
        "categories": ["劳动和社会保障", "劳动关系", "拖欠工资"],
        "content": f"{SONG} 拖欠工资",
        "address": f"{SONG} 路 1 号",
        "street": f"{SONG} 街道",
        "reporter": reporter,
        "attachments": [{"name": f"{SONG}.jpg", "url": f"https://attachments.invalid/{SONG}.jpg"}],
    }


async def _open311(scene: Scene, search: Search) -> str:
    """A client of Open311 reports, adds something, and is answered."""
    agreed = {"code": CLIENT, "name": "公众客户端", "kinds": ["投诉举报"], "callback_url": "", "open311": True}
    key = (await scene.people.admin.post(f"{TRIGGER}/platforms", agreed))["keys"][-1]
    api_key = f"{CLIENT}.{key}"
    report = {
        "api_key": api_key, "jurisdiction_id": "410300", "service_code": "wages", "description": f"{SONG} 欠薪",
        "attribute[employer_name]": "演示无此单位商行", "attribute[county]": "410311",
        "address_string": f"{SONG} 路 2 号", "first_name": SONG, "last_name": SONG, "phone": f"0379{SONG}",
        "email": f"{SONG}@example.invalid", "media_url": f"https://attachments.invalid/{SONG}.png",
    }  # fmt: skip
    sent = await scene.outside.post(f"{scene.url}/open311/v2/requests.json", data=report)
    assert sent.is_success, sent.text
    request: str = sent.json()[0]["service_request_id"]
    update = {
        "api_key": api_key, "jurisdiction_id": "410300", "service_request_id": request, "update_id": "canary-1",
        "updated_datetime": clock.now().isoformat(), "status": "OPEN", "description": f"{SONG} 又来反映",
        "email": f"{SONG}@example.invalid", "media_url": f"https://attachments.invalid/{SONG}.png",
    }  # fmt: skip
    added = await scene.outside.post(f"{scene.url}/open311/v2/servicerequestupdates.json", data=update)
    assert added.is_success, added.text
    public = [await scene.outside.get(f"{scene.url}/open311/v2/requests/{request}.{form}") for form in ("json", "xml")]
    for answer in [sent, added, *public]:
        search.look("answers", answer.request.url.path, answer.content)
    return request


async def opened(scene: Scene, who: str, signal_id: str) -> str:
    """What somebody gets to see of a signal's protected text; nothing when refused."""
    path = f"/trigger/signals/{signal_id}/open"
    try:
        return (await scene.people[who].send("POST", path, data={"purpose": PURPOSE})).text
    except Refused as answer:
        if answer.status not in {403, 404}:
            raise
        return ""


async def search_everything(scene: Scene, theatre: Theatre, home: Path, heard: Sequence[bytes]) -> Overheard:
    """Whisper through every channel, then look everywhere; what the hotline itself logs is its own."""
    search = Search()
    whispered = await whisper(scene, search)
    for service in SERVICES:
        await scene.show.until(f"{service} 的消息全部送达", partial(scene.all_have_heard, service))
    matched = (await scene.people["lead1"].get(f"{TRIGGER}/signals", state="matched", per_page=200))["items"]
    demo = next(one for one in matched if one["came_by"] == "order")  # with every field that a platform can send
    unit = f"unit-{demo['county']}-a"
    await scene.people.join("lead1", "section1", "auditor1", unit)
    seen = {who: await opened(scene, who, demo["signal_id"]) for who in ("lead1", unit, "section1", "auditor1")}
    own = {who: await opened(scene, who, whispered.order) for who in ("lead1", "section1", "auditor1")}
    for number, message in enumerate(heard):
        search.look("messages", str(number), message)
    await search.pages("public pages", scene.people.public, "/", "/public/", "/open311/v2/requests.json")
    for who in ("section1", "auditor1", "lead1"):
        await search.pages(f"pages for {who}", scene.people[who], "/trigger/", "/trigger/signals", "/draw/plans")
    lead = scene.people["lead1"]
    for signal in (whispered.order, whispered.request, demo["signal_id"]):
        for part in ("", "/messages", "/reviews", "/candidates", "/retention"):
            told = await lead.content(f"{TRIGGER}/signals/{signal}{part}")
            search.look("API", f"signals/{signal}{part}", told)
    for listed in ("signals", "answers", "triggers", "views"):
        search.look("API", listed, await lead.content(f"{TRIGGER}/{listed}?per_page=200"))
    await exports(search, lead, *(f"/trigger/{listed}" for listed in ("signals", "answers", "triggers", "views")))
    await numbers(search, scene, [theatre.stack.service_url(service) for service in SERVICES])
    await search.databases(theatre.postgres_url)
    await asyncio.to_thread(search.disk, home, ("hotline.log",))
    return Overheard(search, {"unit" if who == unit else who: text for who, text in seen.items()}, own)
