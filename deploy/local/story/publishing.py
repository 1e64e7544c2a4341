"""Step 6: another person of the unit publishes each result; it is logged, shown to everybody, and mirrored."""

from __future__ import annotations

import base64
import json
from collections import Counter
from typing import Any

from deploy.local.story.field import cases_of
from deploy.local.story.scene import Json, Scene
from libs.common import merkle

PUBLICATIONS = "/publicity/api/v1/publications"
WORDS = {"accepted": "记名成功", "refused": "记名不成功", "pending": "处理中", "queued": "待报送"}


async def publish(scene: Scene) -> None:
    """Review and publish every result before its deadline."""
    people, show = scene.people, scene.show
    cases = await cases_of(scene)
    await people.join(*{f"unit-{case['county']}-b" for case in cases})
    waiting = await show.until("检查结果进入公示审核", lambda: _publications(scene, len(cases)))
    await _arrange_receipts(scene, waiting)
    for publication in waiting:
        show.must(publication["days_left"] >= 0, f"{publication['case_id']} 已超过公示期限（细则第十四条）")
        if publication["state"] == "awaiting":
            reviewer = people[f"unit-{publication['county']}-b"]
            await reviewer.post(
                f"{PUBLICATIONS}/{publication['publication_id']}/publish", {"opinion": "核对无误，同意公示"}
            )
    shown = await people.public.get("/public/results.json", task=scene.memory["task_id"], per_page=200)
    show.must(shown["total"] == len(cases), f"公开网站上应有 {len(cases)} 条结果，实有 {shown['total']} 条")
    for publication in waiting:
        await people.public.get(f"/public/subjects/{publication['uscc']}.json")
    entries = await read_log(scene)
    published = {publication["publication_id"] for publication in waiting}
    logged = {entry["reference"] for entry in entries if entry["kind"] == "publication"}
    show.must(published <= logged, "公示未全部写入公开日志")
    show.verified(f"{len(cases)} 条结果由另一人审核、在期限内公示，公开日志 {len(entries)} 条，逐条重算根值相符")


async def _publications(scene: Scene, expected: int) -> list[Json] | None:
    found: list[Json] = []
    task = scene.memory["task_id"]
    listed = await scene.people["lead1"].get(PUBLICATIONS, per_page=200)
    found = [one for one in listed["publications"] if one["case_id"].startswith(task)]
    return found if len(found) == expected else None


async def _arrange_receipts(scene: Scene, waiting: list[Json]) -> None:
    """The stand-in of the national platform is to refuse one record, whatever its lot would be."""
    if all(publication["state"] == "awaiting" for publication in waiting):
        wanted = {"mode": "refuse_all", "times": 1}
        (await scene.outside.put(f"{scene.national}/failures", json=wanted)).raise_for_status()


async def read_log(scene: Scene) -> list[Json]:
    """Every entry of the public log, after its tree was computed again and found under the signed checkpoint."""
    public = scene.people.public
    note = await public.text("/public/log/checkpoint")
    _, size, root = note.splitlines()[:3]
    rows: list[Any] = []
    while len(rows) < int(size):
        rows += (await public.get("/public/log/entries", start=len(rows), end=int(size)))["entries"]
    texts = [row["entry"].encode() for row in rows]
    scene.show.must(merkle.root(map(merkle.leaf_hash, texts)) == base64.b64decode(root), "公开日志的根值与检查点不符")
    return [json.loads(text) for text in texts]


async def mirror(scene: Scene) -> None:
    """The national platform has answered for every record; what it refused is mended and sent again."""
    show = scene.show
    cases = await cases_of(scene)
    first = await show.until("国家平台回执", lambda: _answered(scene, len(cases)), seconds=90)
    refused = [record for record in first["records"] if record["state"] == "refused"]
    show.must(refused, "国家平台应拒收一条，实际没有")
    for record in refused:
        show.note(f"记名不成功 {record['code']}：{record['message']}，核对后重新报送")
    done = await show.until("全部记名成功", lambda: _all_accepted(scene, len(cases)), seconds=90)
    there = (await scene.outside.get(f"{scene.national}/records")).json()["records"]
    ours = {record["record_id"]: record["payload_sha256"] for record in done["records"]}
    show.must(all(ours.get(one["record_id"]) == one["sha256"] for one in there), "平台收到的与留存的不一致")
    states = Counter(one["state"] for one in done["records"])
    receipts = "，".join(f"{WORDS.get(state, state)} {number}" for state, number in sorted(states.items()))
    show.verified(f"国家平台收到 {len(there)} 条，与留存逐字节一致；回执 {receipts}")


async def _answered(scene: Scene, expected: int) -> Json | None:
    mirrored: Json = await scene.people["lead1"].get("/publicity/api/v1/mirror", per_page=200)
    answered = [one for one in mirrored["records"] if one["state"] in {"accepted", "refused"}]
    return mirrored if len({one["publication_id"] for one in answered}) >= expected else None


async def _all_accepted(scene: Scene, expected: int) -> Json | None:
    mirrored: Json = await scene.people["lead1"].get("/publicity/api/v1/mirror", per_page=200)
    states: dict[str, set[str]] = {}
    for record in mirrored["records"]:
        states.setdefault(record["publication_id"], set()).add(record["state"])
    for publication_id, sent in states.items():
        if sent == {"refused"}:
            await scene.people["lead1"].post(f"{PUBLICATIONS}/{publication_id}/mirror/resend")
    return mirrored if sum("accepted" in sent for sent in states.values()) >= expected else None
