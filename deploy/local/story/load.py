"""Step 1: the registry is filled through its import door; what one person enters another publishes."""

from __future__ import annotations

import time

from deploy.demo_data.generate import officers_csv, subjects, subjects_csv, units_csv
from deploy.local.machine import ROOT
from deploy.local.story.doors import Door
from deploy.local.story.scene import Scene
from libs.common.reference import COUNTIES

ITEMS = ROOT / "services" / "registry" / "reference" / "hrss-items-hainan-2020.csv"
REGISTRY = "/registry/api/v1"


async def load(scene: Scene) -> None:
    """Load units, officers, items and subjects, each whole or not at all; a file loaded before changes nothing."""
    people, show = scene.people, scene.show
    await people.join("lead1", "lead2", "section1", "auditor1")
    clerk, approver = people["lead1"], people["lead2"]
    files = {
        "units": ("单位", "units.csv", units_csv()),
        "officers": ("执法人员", "officers.csv", officers_csv(scene.today)),
        "items": ("抽查事项", ITEMS.name, ITEMS.read_bytes()),
        "subjects": ("检查对象", "subjects.csv", subjects_csv(scene.subjects)),
    }
    expected = {}
    for kind, (title, name, content) in files.items():
        began = time.monotonic()
        report = await clerk.upload(f"{REGISTRY}/imports/{kind}", name, content)
        expected[kind] = report["rows_total"]
        show.note(f"{title}：{report['rows_total']} 行，无错误（{time.monotonic() - began:.1f} 秒）")
    if await _drafts(approver):
        published = await approver.post(f"{REGISTRY}/items/publication")
        show.note(f"事项清单由另一人发布：{published['published']} 项")
    for kind, total in expected.items():
        listed = await clerk.get(f"{REGISTRY}/{kind}", per_page=1)
        show.must(listed["total"] == total, f"{kind} 应有 {total} 条，实有 {listed['total']} 条")
    show.must(await _drafts(clerk) == 0, "还有抽查事项未发布")
    show.verified("名录库数量与文件一致：" + "，".join(f"{files[kind][0]} {n}" for kind, n in expected.items()))


async def _drafts(who: Door) -> int:
    """Items that wait to be published."""
    return int((await who.get(f"{REGISTRY}/items", state="draft", per_page=1))["total"])


def firms(count: int) -> list[dict[str, str]]:
    """The generated subjects as the hotline's callers know firms: code, name, county, industry."""
    codes = {county.name: county.adcode for county in COUNTIES}
    return [
        {"uscc": one.uscc, "name": one.name, "county": codes[one.county], "industry": one.industry}
        for one in subjects(count)
    ]
