"""Deterministic work orders of an invented hotline about given subjects; no real person's data."""

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

WAGES = ["劳动和社会保障", "劳动关系", "拖欠工资"]
OTHERS = (
    ["劳动和社会保障", "社会保险", "未缴社会保险"],
    ["劳动和社会保障", "劳动关系", "未签劳动合同"],
    ["劳动和社会保障", "劳务派遣", "违规派遣"],
    ["劳动和社会保障", "工作时间", "超时加班"],
)
CLUSTER_SIZE = 150  # a group of about so many firms gives a draw of a handful
WAGE_SHARE = 4  # one order in four is about wages in the cluster
MISSPELLED = {"有限公司": "有限公同", "服务": "服物", "科技": "科枝", "劳务": "牢务", "建筑": "建铸", "商贸": "商茂"}

Subject = Mapping[str, str]


def number(*words: object) -> int:
    """A number that depends on `words` alone, the same on every machine."""
    text = "|".join(map(str, words)).encode()
    return int.from_bytes(hashlib.sha256(text).digest()[:8], "big")


def cluster_of(subjects: Sequence[Subject]) -> tuple[str, str]:
    """The county and GB/T 4754 letter whose group is nearest to CLUSTER_SIZE firms."""
    sizes: dict[tuple[str, str], int] = defaultdict(int)
    for subject in subjects:
        sizes[subject["county"], subject["industry"][:1]] += 1
    return min(sizes, key=lambda group: (abs(sizes[group] - CLUSTER_SIZE), group))


def make_orders(
    subjects: Sequence[Subject],
    count: int,
    now: datetime,
    *,
    seed: str = "12345",
    cluster: tuple[str, str] | None = None,
) -> list[dict[str, Any]]:
    """`count` orders: a quarter about wages in one county × industry; some misspelled, some without a match.

    A subject has `uscc, name, county, industry`. Of ten orders seven name a firm so that it can be found (by code,
    by name, or by a name written another way), two misspell it, and one names nobody of the list.
    """
    if not subjects:
        raise ValueError("orders need subjects to be about")
    home = cluster or cluster_of(subjects)
    inside = [subject for subject in subjects if (subject["county"], subject["industry"][:1]) == home]
    outside = [subject for subject in subjects if (subject["county"], subject["industry"][:1]) != home] or inside
    return [_order(index, inside, outside, now, seed) for index in range(count)]


def _order(
    index: int, inside: Sequence[Subject], outside: Sequence[Subject], now: datetime, seed: str
) -> dict[str, Any]:
    wages = index % WAGE_SHARE == 0
    group = inside if wages else outside
    subject = group[number(seed, index, "subject") % len(group)]
    categories = WAGES if wages else OTHERS[index % len(OTHERS)]
    name, uscc = _as_reported(index, number(seed, index, "way") % 10, subject)
    return {
        "order_id": f"LY{seed}-{now:%Y%m%d}-{index:05d}",
        "channel": ("市民热线", "网上留言", "市长专线")[index % 3],
        "accepted_at": (now - timedelta(hours=1 + number(seed, index, "age") % 240)).isoformat(),
        "kind": "投诉举报",
        "categories": categories,
        "content": f"（演示数据第 {index + 1} 号）来电人反映该单位存在{categories[-1]}问题，要求处理。",
        "address": f"演示路 {index + 1} 号",
        "street": "演示街道",
        "county": subject["county"],
        "urgency": "一般",
        "main_unit": "人力资源和社会保障局",
        "joint_units": [],
        "employer_name": name,
        "employer_uscc": uscc,
        "reporter": {
            "name": f"来电人{index + 1:03d}",
            "phone": f"000{number(seed, index, 'phone') % 10**8:08d}",
            "id_number": f"演示证件{index + 1:03d}",
            "bank_card": f"演示卡号{index + 1:03d}",
        },
        "attachments": [
            {"name": f"演示附件{index + 1:03d}.jpg", "url": f"https://attachments.invalid/demo-{index + 1:03d}.jpg"}
        ],
    }


def _as_reported(index: int, way: int, subject: Subject) -> tuple[str, str]:
    """How a caller names the firm, and the code if the platform has it."""
    name = subject["name"]
    way = (index // WAGE_SHARE + 3 * index) % 10  # takes every value, within the cluster and outside it
    if way == 9:
        return f"演示无此单位{index:03d}商行", ""
    if way >= 7:
        wrong = next((name.replace(right, bad, 1) for right, bad in MISSPELLED.items() if right in name), name[:-1])
        return wrong, ""
    if way >= 5:
        return name.replace("有限公司", "有限责任公司").replace("（", "(").replace("）", ")"), ""
    if way >= 3:
        return name, ""
    return name, subject["uscc"]
