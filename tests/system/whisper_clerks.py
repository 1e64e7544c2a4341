"""An informant's words by the channels of clerks: form, file with good and faulty rows, monitoring, referral."""

import csv
import io

import httpx

from deploy.local.story.channels import TRIGGER
from deploy.local.story.intake import PLATFORM
from deploy.local.story.scene import Scene
from libs.common import clock
from tests.system.canary import SONG, Search
from tests.system.signing import Platform

WATCH = "canary-watch"
HEADER = (
    "工单编号",
    "受理时间",
    "反映内容",
    "地址",
    "反映人姓名",
    "联系电话",
    "身份证号",
    "银行卡号",
    "一级分类",
    "被反映单位",
)


async def whisper_to_clerks(scene: Scene, search: Search) -> None:
    """Enter, upload, and let others report; no answer repeats a word but the error sheet, which is its uploader's."""
    lead, moment = scene.people["lead1"], clock.now()
    fields = {
        "accepted_at": f"{scene.today} 00:05", "content": f"{SONG} 欠薪", "address": f"{SONG} 路 3 号",
        "category": "拖欠工资", "channel": "来电",
        "reporter_name": SONG, "reporter_phone": f"0379{SONG}", "reporter_id_number": SONG,
    }  # fmt: skip
    entered = {"what": "complaint", "form_id": "canary-form-1", "fields": fields}
    answers = [await lead.send("POST", f"{TRIGGER}/signals", json=entered)]
    agreed = {
        "code": WATCH, "name": "监测和转办", "kinds": ["网络监测", "转办交办"], "callback_url": "", "open311": True,
    }  # fmt: skip
    key = (await scene.people.admin.post(f"{TRIGGER}/platforms", agreed))["keys"][-1]
    platform, at = Platform(scene), f"{TRIGGER}/platforms/{WATCH}"
    hit = {"url": f"https://media.invalid/{SONG}", "accepted_at": moment.isoformat(), "title": SONG, "content": SONG}
    matter = {
        "document_number": "洛督〔2026〕7号", "sender": "上级机关", "accepted_at": moment.isoformat(),
        "reply_by": "2027-01-20", "content": SONG, "address": SONG, "reporter_name": SONG, "reporter_phone": SONG,
    }  # fmt: skip
    answers += [
        await platform.send(f"{at}/{what}", said, key=key)
        for what, said in (("monitoring", hit), ("referrals", matter))
    ]
    answers.append(await platform.send(f"{at}/monitoring", hit | {"accepted_at": SONG, "url": SONG}, key=key))
    answers += await _upload(scene)
    statuses = [one.status_code for one in answers]
    assert all(status < 500 for status in statuses), statuses
    assert statuses[:3] == [201, 201, 201], [one.text for one in answers[:3]]
    for answer in answers:
        search.look("answers", str(answer.request.url.path), answer.content)


async def _upload(scene: Scene) -> list[httpx.Response]:
    lead = scene.people["lead1"]
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(HEADER)
    for number in range(40):
        when = SONG if number % 4 == 0 else f"{scene.today} 00:10"  # every fourth row is faulty
        rows.writerow(
            [f"CANARY-F{number:03d}", when, f"{SONG} 欠薪", SONG, SONG, SONG, SONG, SONG, "工资", "演示无此单位"]
        )
    file = {"file": ("canary.csv", text.getvalue().encode("gb18030"))}
    form = {"kind": "complaint", "platform": PLATFORM}
    handed = await lead.send("POST", f"{TRIGGER}/uploads", data=form, files=file)
    upload = f"{TRIGGER}/uploads/{handed.json()['upload_id']}"
    confirmed = await lead.send("POST", f"{upload}/confirm")

    async def done() -> bool:
        return bool((await lead.get(upload))["state"] == "done")

    await scene.show.until("上传的文件导入完毕", done)
    return [handed, confirmed, await lead.send("GET", upload)]
