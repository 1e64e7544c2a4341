"""A rule in the words of those who approve it, and why it fired as a sentence made of numbers only."""

from collections.abc import Iterable, Mapping
from typing import Final

from libs.common.reference import county_name
from services.trigger.domain.rule import DISTINCT, Asked, Group, Narrowed, Points, Rule

GROUP_WORDS: Final = {"county": "县区", "industry_letter": "行业门类", "subject": "检查对象"}
_DISTINCT: Final = {"signal": "线索", "subject": "不同检查对象", "complainant": "不同反映人"}


def condition(rule: Rule) -> list[tuple[str, str]]:
    """What must be true, as pairs of a term and what it asks for."""
    when = rule.when
    asked = [
        ("触发来源", "、".join(when.sources) or rule.source),
        ("工单类型", "、".join(when.kinds)),
        ("事项类别", "、".join(when.categories)),
        ("平台分类含有", "、".join(when.items)),
        ("反映情节", "、".join(when.flags)),
        ("督办", "只计督办件" if when.supervised else ""),
        ("检查对象须", _subject(when.subject)),
        ("归组方式", "同一" + "、同一".join(GROUP_WORDS[name] for name in when.group_by)),
        ("达到数量", f"{_DISTINCT[when.distinct]} {when.at_least} {DISTINCT[when.distinct]}"),
        ("达到分值", _points(when.points)),
        ("同期全县区", f"不少于 {when.county_at_least} 件" if when.county_at_least else ""),
        ("同期全市同行业", f"不少于 {when.industry_at_least} 件" if when.industry_at_least else ""),
        ("时间窗口", f"{when.window_days} 日"),
        ("再次触发间隔", f"{when.cool_down_days} 日"),
        ("有效期", _validity(rule)),
    ]
    return [(term, text) for term, text in asked if text]


def consequence(rule: Rule) -> list[tuple[str, str]]:
    """What follows, in the same form."""
    effect = rule.effect
    follows = [
        ("方式", "定向抽查（细则第八条）"),
        ("抽查范围", "触发的县区" + ("和行业门类" if "industry_letter" in rule.when.group_by else "")),
        ("范围再限于", _narrowed(effect.filter)),
        ("抽查事项类别", "、".join(effect.item_categories)),
        ("抽查比例", "按经批准的比例方案"),
        ("紧急", "是" if effect.urgent else "否"),
        ("完成期限", f"触发之日起 {effect.finish_within_days} 日"),
    ]
    return [(term, text) for term, text in follows if text]


def _subject(asked: Asked) -> str:
    parts = [
        f"信用风险 {'、'.join(asked.classes)} 类" if asked.classes else "",
        f"规模 {'、'.join(asked.scales)}" if asked.scales else "",
        f"类型 {'、'.join(asked.types)}" if asked.types else "",
        f"行业代码以 {'、'.join(asked.industries)} 开头" if asked.industries else "",
        f"用工不少于 {asked.headcount_from} 人" if asked.headcount_from is not None else "",
        f"用工不超过 {asked.headcount_to} 人" if asked.headcount_to is not None else "",
        f"未参保不少于 {asked.uninsured_from} 人" if asked.uninsured_from is not None else "",
    ]
    return "；".join(part for part in parts if part)


def _points(points: Points | None) -> str:
    if points is None:
        return ""
    more = [f"每件 {points.each} 分"]
    more += [f"{name} {number} 分" for name, number in points.categories.items()]
    more += [f"有{name}加 {number} 分" for name, number in points.flags.items()]
    more += [f"督办加 {points.supervised} 分"] if points.supervised else []
    more += [f"每 {points.half_life_days} 日减半"] if points.half_life_days else []
    return f"{points.at_least} 分（{'，'.join(more)}）"


def _narrowed(filter_: Narrowed) -> str:
    parts = [
        f"信用风险 {'、'.join(filter_.classes)} 类" if filter_.classes else "",
        f"规模 {'、'.join(filter_.scales)}" if filter_.scales else "",
        f"类型 {'、'.join(filter_.types)}" if filter_.types else "",
    ]
    return "；".join(part for part in parts if part)


def _validity(rule: Rule) -> str:
    if rule.valid_from is None and rule.valid_until is None:
        return ""
    return f"{rule.valid_from or '即日'} 至 {rule.valid_until or '长期'}"


def reason(rule: Rule, group: Group, counts: Mapping[str, int], categories: Iterable[str]) -> str:
    """Why the rule fired: numbers and categories, no firm and no word of a complaint."""
    where = county_name(group.county) + (f"行业门类 {group.industry_letter} " if group.industry_letter else "")
    what = "、".join(dict.fromkeys(categories))
    unit = DISTINCT[rule.when.distinct]
    parts = [f"涉及检查对象 {counts['subjects']} 户"]
    if "complainants" in counts:
        parts.append(f"不同反映人 {counts['complainants']} 人")
    if "points" in counts:
        parts.append(f"累计 {counts['points']} 分（规定 {counts['points_at_least']} 分）")
    if "county" in counts:
        parts.append(f"全县区同期 {counts['county']} 件（规定 {counts['county_at_least']} 件）")
    if "industry" in counts:
        parts.append(f"全市同行业同期 {counts['industry']} 件（规定 {counts['industry_at_least']} 件）")
    return (
        f"{where}在 {rule.when.window_days} 日内收到“{what}”类{rule.source}线索 {counts['signals']} 件，"
        f"{'，'.join(parts)}，达到规则“{rule.name}”第 {rule.version} 版规定的 {rule.when.at_least} {unit}。"
    )
