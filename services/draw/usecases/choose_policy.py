"""Find the ratio policy that a plan cites, and the level of its items (细则第六条)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from libs.common.db.transaction import Transaction
from libs.common.errors import Invalid
from services.draw.domain.ratios import ORDER_ONLY, Level, RatioPolicy, in_force, must_be_usable
from services.draw.store.policies import approved_policies, load_policy
from services.draw.store.reference import items_of_categories


class OrderOnlyForKeyItems(Invalid):
    """General items have a strictly limited ratio, so that not everybody may be inspected on them."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What a plan of these categories is drawn by; `policies` are the versions that it may cite."""

    policy: RatioPolicy
    ruling: RatioPolicy
    level: Level
    general: tuple[str, ...]  # codes of items that are not 重点
    items: tuple[str, ...]  # codes of all items
    policies: tuple[RatioPolicy, ...]


async def choose_policy(
    tx: Transaction, county: str, categories: Sequence[str], day: date, wanted: str = "", *, order_only: bool = False
) -> Choice:
    """The wanted version, or the one in force. Raises PolicyUnknown, PolicyNotUsable, OrderOnlyForKeyItems."""
    found = await items_of_categories(tx, categories, day) if categories else ()
    general = tuple(row["code"] for row in found if row["level"] != Level.KEY)
    level = Level.KEY if found and not general else Level.GENERAL
    approved = await approved_policies(tx, county)
    ruling = in_force(approved, county, level, day)
    usable = tuple(one for one in approved if one.valid_from <= day and (one.level is level or level is Level.KEY))
    items = tuple(row["code"] for row in found)
    if order_only:
        if level is not Level.KEY:
            named = f"事项 {'、'.join(general[:5])} 是一般检查事项，" if general else ""
            raise OrderOnlyForKeyItems(
                f"{named}只有全部事项都是重点检查事项的计划，才能全部检查、只抽顺序；"
                "一般检查事项应按比例抽取（细则第二条、第六条）。"
            )
        everybody = replace(ORDER_ONLY, spare_a=ruling.spare_a)
        return Choice(everybody, ruling, level, general, items, usable)
    chosen = ruling
    if wanted and wanted != ruling.version:
        chosen = await load_policy(tx, wanted)
        must_be_usable(chosen, ruling, county, level, day)
    return Choice(chosen, ruling, level, general, items, usable)
