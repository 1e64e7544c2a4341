"""Step 2, the other channels: an app by Open311, a clerk's file of visits, a letter of another authority."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from deploy.local.story.doors import Door
from deploy.local.story.scene import Json, Scene
from deploy.standins.hotline_orders import WAGES
from libs.common.web import Column
from libs.common.web.export import xlsx

TRIGGER = "/trigger/api/v1"
APP = "ly-app"
BY_APP, BY_FILE, BY_LETTER = 6, 5, 1  # of the orders; the hotline sends the others
CHANNELS = {"order": "平台签名接口", "open311": "Open311", "upload": "文件导入", "form": "人工登记"}
HEADERS = (
    "登记编号", "来访时间", "类型", "一级分类", "二级分类", "三级分类", "诉求内容", "所属区县", "被反映单位",
    "统一社会信用代码", "姓名", "联系电话",
)  # fmt: skip
# What a clerk says of the columns that are not known by their names.
FIELDS = (
    "order_id", "accepted_at", "kind", "category_1", "category_2", "category_3", "content", "county", "employer_name",
    "employer_uscc", "reporter_name", "reporter_phone",
)  # fmt: skip


def split(orders: Sequence[Json]) -> tuple[list[Json], list[Json], list[Json], list[Json]]:
    """Which orders come by the hotline, the app, the file and the letter."""
    places = (len(orders) - BY_LETTER - BY_FILE - BY_APP, len(orders) - BY_LETTER - BY_FILE, len(orders) - BY_LETTER)
    first, second, third = (max(0, place) for place in places)
    return list(orders[:first]), list(orders[first:second]), list(orders[second:third]), list(orders[third:])


async def came_by(who: Door) -> dict[str, int]:
    """How many signals came by each channel, by its Chinese name."""
    found = {}
    for code, name in CHANNELS.items():
        found[name] = int((await who.get(f"{TRIGGER}/signals", came_by=code, per_page=1))["total"])
    return found


async def take_from_others(scene: Scene, orders: Sequence[Json]) -> None:
    """Bring in what does not come by the hotline; what is there already is left alone."""
    _, by_app, by_file, by_letter = split(orders)
    there = await came_by(scene.people["lead1"])
    await _send_by_app(scene, by_app[there[CHANNELS["open311"]] :])
    if there[CHANNELS["upload"]] < len(by_file):
        await _upload(scene, by_file)
    for order in by_letter:
        await _enter_letter(scene, order)


async def _send_by_app(scene: Scene, orders: Sequence[Json]) -> None:
    """The app sends forms with its key, as GeoReport v2 says."""
    if not orders:
        return
    admin = scene.people.admin
    if APP not in {platform["code"] for platform in await admin.get(f"{TRIGGER}/platforms")}:
        agreement = {"code": APP, "name": "随手拍公众应用", "callback_url": "", "open311": True}
        scene.remember(app_key=(await admin.post(f"{TRIGGER}/platforms", agreement))["keys"][-1])
    elif "app_key" not in scene.memory:
        scene.remember(app_key=(await admin.post(f"{TRIGGER}/platforms/{APP}/keys"))["keys"][-1])
    for order in orders:
        form = {
            "api_key": f"{APP}.{scene.memory['app_key']}",
            "service_code": "wages" if order["categories"] == WAGES else "contracts",
            "address_string": order["address"],
            "description": order["content"],
            "attribute[employer_name]": order["employer_name"],
            "attribute[employer_uscc]": order["employer_uscc"],
            "attribute[county]": order["county"],
            "first_name": order["reporter"]["name"],
            "phone": order["reporter"]["phone"],
        }
        await scene.people.public.send("POST", "/open311/v2/requests.json", data=form)


async def _upload(scene: Scene, orders: Sequence[Json]) -> None:
    """A clerk hands in the register of visits, says what its columns are, and confirms."""
    clerk = scene.people["lead1"]
    handed = await clerk.upload(
        f"{TRIGGER}/uploads", "来访登记.xlsx", _workbook(orders), kind="complaint", platform="office"
    )
    upload = f"{TRIGGER}/uploads/{handed['upload_id']}"
    judged = await clerk.put(f"{upload}/columns", {"fields": list(FIELDS)})
    scene.show.must(judged["expected"]["faulty"] == 0, f"来访登记有问题：{judged['told']}")
    await clerk.post(f"{upload}/confirm")

    async def done() -> bool:
        return bool((await clerk.get(upload))["state"] == "done")

    await scene.show.until("来访登记导入完毕", done)


def _workbook(orders: Sequence[Json]) -> bytes:
    columns = [Column(str(place), header) for place, header in enumerate(HEADERS)]
    with xlsx(columns, [_line(order) for order in orders], "来访登记") as file:
        return file.read()


def _line(order: Json) -> list[str]:
    who = order["reporter"]
    return [
        f"LF-{order['order_id']}", order["accepted_at"][:19].replace("T", " "), "投诉", *order["categories"],
        order["content"], order["county"], order["employer_name"], order["employer_uscc"], who["name"], who["phone"],
    ]  # fmt: skip


async def _enter_letter(scene: Scene, order: Json) -> None:
    """A clerk takes down what another authority refers, with its number and deadline; again it is the same signal."""
    reply_by = scene.moment("orders_at") + timedelta(days=30)
    fields = {
        "sender": "洛阳市信访局", "document_number": "洛信转〔2026〕15号",
        "accepted_at": order["accepted_at"][:10], "reply_by": f"{reply_by:%Y-%m-%d}",
        "category": "工资支付和最低工资标准", "content": order["content"], "county": order["county"],
        "employer_name": order["employer_name"], "employer_uscc": order["employer_uscc"],
        "reporter_name": order["reporter"]["name"], "reporter_phone": order["reporter"]["phone"],
    }  # fmt: skip
    entered = {"what": "referral", "form_id": f"letter-{order['order_id']}", "fields": fields}
    await scene.people["lead1"].post(f"{TRIGGER}/signals", entered)
