"""Step 5: every case is approved with its notice, inspected by its two officers, recorded item by item, handed in."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from deploy.local.story.doors import Door
from deploy.local.story.scene import Json, Scene
from libs.common import clock

CASES = "/inspection/api/v1/cases"
AT_ONCE = 3  # cases recorded at the same time

# The smallest picture that is one: a PNG of one white pixel, as the photograph of a closed gate.
PHOTO = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b55"
    "0000000a49444154789c63f80f00010101005a4d6ff10000000049454e44ae426082"
)


def plot(number: int, of: int) -> str:
    """What is found in the `number`-th case (from 0): mostly 1, some E, a 6, one 8 with evidence (细则第十二条)."""
    if number == of - 1:
        return "8"
    if number == of - 2:
        return "6"
    return "E" if number % 3 == 1 else "1"


def signature(number: int, result: str) -> Json:
    """Signed by the representative, sealed, or refused with reason and witness (细则第十条)."""
    if result == "8":
        return {
            "kind": "refused",
            "reason": "负责人拒绝签字，经告知后仍不配合",
            "witness": "社区网格员（见证人）",
        }
    if result == "6":
        return {"kind": "refused", "reason": "登记住所无人，无法联系", "no_witness_reason": "现场及周边无人可作见证"}
    if number % 3 == 2:
        return {"kind": "sealed", "signer": "单位公章"}
    return {"kind": "signed", "signer": "单位负责人", "capacity": "法定代表人（负责人）"}


async def inspect(scene: Scene) -> None:
    """Bring every case of the draw to a completed record."""
    people, show = scene.people, scene.show
    cases = await cases_of(scene)
    await people.join(*{f"unit-{case['county']}-a" for case in cases})
    await people.join(*{officer["officer_id"].lower() for case in cases for officer in case["officers"]})
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(number: int, case: Json) -> None:
        async with gate:
            await _inspect(scene, case, plot(number, len(cases)), number)

    await asyncio.gather(*(one(number, case) for number, case in enumerate(cases)))
    done = await cases_of(scene)
    show.must(all(case["record_sha256"] for case in done), "有检查记录未固定")
    by_result: dict[str, int] = {}
    for case in done:
        by_result[case["subject_result"]] = by_result.get(case["subject_result"], 0) + 1
    show.must("8" in by_result and "1" in by_result, f"结果不全：{by_result}")
    found = "，".join(f"{result} × {count}" for result, count in sorted(by_result.items()))
    show.verified(f"{len(done)} 件检查完成（结果代码 {found}），含签名、盖章、拒签附理由与见证、不配合附证据")


async def cases_of(scene: Scene) -> list[Json]:
    """The cases of the story's task, in their order."""
    found = await scene.people["lead1"].get(CASES, q=scene.memory["task_id"], per_page=200)
    cases: list[Json] = sorted(found["cases"], key=lambda case: str(case["case_id"]))
    return cases


async def _inspect(scene: Scene, case: Json, result: str, number: int) -> None:
    path = f"{CASES}/{case['case_id']}"
    if case["record_sha256"]:
        return
    if case["state"] == "awaiting_approval":
        unit = scene.people[f"unit-{case['county']}-a"]
        await unit.post(f"{path}/approve", {"remark": "同意实施检查"})
    team: Sequence[Json] = case["officers"]
    officer = scene.people[team[0]["officer_id"].lower()]
    view = await officer.get(path)
    await _check_notice(scene, view)
    if not view["started_at"]:
        await officer.post(f"{path}/start", {"certificates_shown": [one["officer_id"] for one in team]})
    await _record(officer, path, await officer.get(path), result, number)
    await officer.post(f"{path}/complete")


async def _check_notice(scene: Scene, view: Json) -> None:
    """A firm scans the notice's code: the task is real, so are the officers (细则第十条)."""
    public = await scene.people.public.get(f"{view['notice']['address']}.json")
    numbers = {officer["certificate_number"] for officer in view["officers"]}
    scene.show.must(all(number in str(public) for number in numbers), f"通知书 {view['case_id']} 查不到执法证号")
    scene.show.must("LY12345" not in str(public), "通知书泄露了工单")


async def _record(officer: Door, path: str, view: Json, result: str, number: int) -> None:
    async def save(part: str, body: Json) -> None:
        key = part.replace("items/", "item/").replace("non-cooperation/", "non_cooperation/")
        version = view["parts"].get(key, {}).get("version", 0)
        await officer.put(f"{path}/{part}", body | {"version": version})

    now = clock.now()
    for place, item in enumerate(view["check_table"]):
        await save(f"items/{item['code']}", _item(place, result))
    await save(
        "visit",
        {"methods": ["1", "2"], "ended_at": now.isoformat(), "situation": "出示执法证件，按检查事项表逐项核对"},
    )
    if result == "8":
        await save("non-cooperation/1", {"facts": "负责人锁闭大门，拒绝检查人员进入，告知法律后果后仍拒绝"})
        await officer.upload(f"{path}/evidence", "gate.png", PHOTO, about="non_cooperation/1")
    conclusion: Json = {"subject_result": result}
    if result == "E":
        by = clock.china_date(now) + timedelta(days=15)
        conclusion |= {"rectify_by": by.isoformat(), "requirements": "补发所欠工资，健全工资支付台账"}
    if result == "8":
        conclusion |= {"follow_up": "case_office"}
    await save("conclusion", conclusion)
    await save("signature", signature(number, result))


def _item(place: int, result: str) -> Json:
    """The result of the `place`-th item of a case."""
    if result in {"6", "8"}:
        reason = "登记住所无人，无法核对" if result == "6" else "被拒绝进入，未能检查"
        return {"result": "未检查", "facts": reason}
    if result == "E" and place == 0:
        return {"result": "不合格", "facts": "抽查三个月工资台账，两名职工工资晚发十五日"}
    return {"result": "合格", "facts": "核对工资支付台账与银行流水，相符"}
