"""Step 8: the counts from signal to answer, as the doors tell them, where to look, and who can sign in."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from deploy.local.story.answers import all_answers
from deploy.local.story.channels import CHANNELS, TRIGGER, came_by
from deploy.local.story.field import cases_of
from deploy.local.story.scene import Scene


@dataclass(frozen=True)
class Counts:
    """How many at each stage of the way."""

    signals: int
    came_by: dict[str, int]  # signals by channel
    matched: int
    triggers: int
    drawn: int
    inspected: int
    published: int
    mirrored: int
    refused: int
    answers: int
    answered: int  # orders that know that their matter is published

    def rows(self) -> list[tuple[str, str, int]]:
        """(Chinese, English, number) in the order of the way."""
        return [
            ("线索", "signals", self.signals),
            *((f"  {name}", code, self.came_by[name]) for code, name in CHANNELS.items()),
            ("  已匹配检查对象", "matched", self.matched),
            ("触发", "triggers", self.triggers),
            ("抽取", "drawn", self.drawn),
            ("检查", "inspected", self.inspected),
            ("公示", "published", self.published),
            ("国家平台记名成功", "mirrored", self.mirrored),
            ("  其间记名不成功", "refused", self.refused),
            ("答复", "answers", self.answers),
            ("  得知结果的工单", "answered", self.answered),
        ]


async def count(scene: Scene) -> Counts:
    """Ask the doors."""
    lead = scene.people["lead1"]
    overview = await lead.get(f"{TRIGGER}/overview")
    cases = await cases_of(scene)
    shown = await scene.people.public.get("/public/results.json", task=scene.memory["task_id"], per_page=1)
    mirrored = await lead.get("/publicity/api/v1/mirror", per_page=200)
    answers = await all_answers(scene)
    certificate = await scene.people.public.get(f"/public/draws/{scene.memory['draw_id']}/certificate.json")
    return Counts(
        signals=sum(overview["states"].values()),
        came_by=await came_by(lead),
        matched=overview["states"].get("matched", 0),
        triggers=overview["triggers"],
        drawn=len(certificate["selected"]),
        inspected=sum(bool(case["record_sha256"]) for case in cases),
        published=shown["total"],
        mirrored=len({one["publication_id"] for one in mirrored["records"] if one["state"] == "accepted"}),
        refused=sum(one["state"] == "refused" for one in mirrored["records"]),
        answers=sum(one["state"] == "sent" for one in answers),
        answered=len({one["order_id"] for one in answers if one["stage"] == "published" and one["state"] == "sent"}),
    )


def show_table(counts: Counts) -> None:
    """The table of counts."""
    print()
    for chinese, english, number in counts.rows():
        print(f"  {_padded(chinese, 22)}{english:<12}{number:>6}")
    print(flush=True)


def show_addresses(scene: Scene) -> None:
    """Where to look."""
    draw = scene.memory["draw_id"]
    places = [
        ("公开网站", "/public/"),
        ("抽取复核", f"/public/draws/{draw}"),
        ("抽取凭证", f"/public/draws/{draw}/certificate.json"),
        ("公开日志检查点", "/public/log/checkpoint"),
        ("结果公告", "/public/results"),
        ("工作台（登录）", "/registry/desk"),
    ]
    for name, path in places:
        print(f"  {_padded(name, 18)}{scene.url}{path}")
    print(flush=True)


def show_accounts(scene: Scene) -> None:
    """Who can sign in with which password."""
    print(f"  账号（口令随机生成，保存在 {scene.home}/accounts.json）")
    for username, password, what in scene.people.everybody():
        print(
            f"    {username:<16}{password:<66}{what}"
            if len(password) > 40
            else f"    {username:<16}{password:<24}{what}"
        )
    print(flush=True)


def _padded(text: str, width: int) -> str:
    """`text` filled to `width` columns of a terminal, where a Chinese character takes two."""
    taken = sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)
    return text + " " * max(0, width - taken)
