"""The rule language: which signals together are reason enough for a directed inspection (细则第二条、第四条)."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal, cast

from libs.common.errors import FieldError
from libs.common.reference import county_name
from services.trigger.domain.errors import BrokenRule

SOURCES: Final = ("投诉举报", "转办交办", "网络监测", "风险防控", "信用风险分类")  # 细则第二条、第四条


Mode = Literal["directed_draw", "one_subject"]
GROUPS: Final = ("county", "industry_letter", "subject")
_LONGEST: Final = 366  # days


@dataclass(frozen=True, slots=True)
class When:
    """The condition: at least so many distinct signals of one group within a window of so many days."""

    kinds: tuple[str, ...]
    categories: tuple[str, ...]
    group_by: tuple[str, ...]
    at_least: int
    distinct: str  # signal or subject
    window_days: int
    cool_down_days: int


@dataclass(frozen=True, slots=True)
class Effect:
    """What follows."""

    mode: Mode
    item_categories: tuple[str, ...]
    urgent: bool
    finish_within_days: int


@dataclass(frozen=True, slots=True)
class Rule:
    """One version of one rule, as its document says."""

    id: str
    version: int
    name: str
    article: str
    source: str
    when: When
    effect: Effect

    def document(self) -> dict[str, Any]:
        """The rule as the document that `read_rule` reads."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Seen:
    """A matched signal as a rule sees it: no text, no informant."""

    signal_id: str
    kind: str
    category: str
    county: str
    industry: str
    uscc: str
    accepted_at: datetime


@dataclass(frozen=True, slots=True)
class Group:
    """The signals that a rule counts together: a county and industry letter, or one subject."""

    county: str
    industry_letter: str
    uscc: str

    @property
    def key(self) -> str:
        """The group as text: parts that the rule does not group by are empty."""
        return f"{self.county}|{self.industry_letter}|{self.uscc}"


@dataclass(frozen=True, slots=True)
class Firing:
    """A rule fired: these signals, this window, these numbers."""

    rule: Rule
    group: Group
    signals: tuple[Seen, ...]
    counts: Mapping[str, int]
    reason: str


class _Reader:
    """Reads the fields of one part of a document and remembers each that is wrong."""

    def __init__(self, part: object, path: str, errors: list[FieldError]) -> None:
        self._part: Mapping[str, object] = part if isinstance(part, Mapping) else {}
        self._path = path
        self._errors = errors
        self._read: set[str] = set()

    def _take(self, name: str, fits: Callable[[Any], bool], hint: str, otherwise: object) -> Any:
        self._read.add(name)
        value = self._part.get(name)
        if fits(value):
            return value
        self._errors.append(FieldError(self._path + name, hint))
        return otherwise

    def part(self, name: str) -> object:
        """A part of its own."""
        return self._take(name, lambda value: isinstance(value, Mapping), "缺少这一部分，请补充", {})

    def number(self, name: str, low: int, high: int) -> int:
        """A whole number from `low` to `high`."""

        def fits(value: object) -> bool:
            return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high

        return cast("int", self._take(name, fits, f"请填写 {low} 至 {high} 的整数", low))

    def text(self, name: str, pattern: str, hint: str) -> str:
        """Text of the given shape."""
        return str(
            self._take(name, lambda value: isinstance(value, str) and bool(re.fullmatch(pattern, value)), hint, "")
        )

    def words(self, name: str, allowed: Sequence[str] = ()) -> tuple[str, ...]:
        """At least one word, of the allowed ones if there are any."""

        def fits(value: object) -> bool:
            return (
                isinstance(value, list | tuple)
                and len(value) > 0
                and all(isinstance(word, str) and word and (not allowed or word in allowed) for word in value)
            )

        hint = f"请从 {'、'.join(allowed)} 中选填至少一项" if allowed else "请填写至少一项"
        return tuple(self._take(name, fits, hint, ()))

    def flag(self, name: str) -> bool:
        """True or false."""
        return bool(self._take(name, lambda value: isinstance(value, bool), "请填写 true 或 false", False))

    def close(self) -> None:
        """Complain of what was not read: a misspelled field must not pass for nothing."""
        self._errors += [FieldError(self._path + name, "不认识的字段，请删除") for name in {*self._part} - self._read]


def read_rule(document: Mapping[str, object]) -> Rule:
    """The rule that `document` states; raises BrokenRule naming each wrong field."""
    errors: list[FieldError] = []
    top = _Reader(document, "", errors)
    when = _Reader(top.part("when"), "when.", errors)
    effect = _Reader(top.part("effect"), "effect.", errors)
    rule = Rule(
        id=top.text("id", r"[a-z0-9-]{3,60}", "请用 3 至 60 位小写字母、数字和连字符"),
        version=top.number("version", 1, 100_000),
        name=top.text("name", r".{4,80}", "请填写规则名称，4 至 80 字"),
        article=top.text("article", r".{4,80}", "请填写依据条款，如 细则第二条"),
        source=top.text("source", "|".join(SOURCES), f"请从 {'、'.join(SOURCES)} 中选填（细则第二条、第四条）"),
        when=When(
            kinds=when.words("kinds"),
            categories=when.words("categories"),
            group_by=when.words("group_by", GROUPS),
            at_least=when.number("at_least", 1, 1000),
            distinct=when.text("distinct", "signal|subject", "请填写 signal 或 subject"),
            window_days=when.number("window_days", 1, _LONGEST),
            cool_down_days=when.number("cool_down_days", 0, _LONGEST),
        ),
        effect=Effect(
            mode=cast("Mode", effect.text("mode", "directed_draw|one_subject", "请填写 directed_draw 或 one_subject")),
            item_categories=effect.words("item_categories"),
            urgent=effect.flag("urgent"),
            finish_within_days=effect.number("finish_within_days", 1, _LONGEST),
        ),
    )
    for reader in (top, when, effect):
        reader.close()
    if not errors:
        _check_grouping(rule, errors)
    if errors:
        raise BrokenRule(fields=errors)
    return rule


def _check_grouping(rule: Rule, errors: list[FieldError]) -> None:
    by_subject = "subject" in rule.when.group_by
    if by_subject != (rule.effect.mode == "one_subject"):
        errors.append(FieldError("effect.mode", "按检查对象归组的规则才能（且只能）直接检查该对象"))
    elif by_subject:
        # A draw has no filter by firm, so nobody could act on it: better said now than when it fires.
        errors.append(FieldError("effect.mode", "本版本还不能对单个对象发起检查，请按县区（和行业）归组，开展定向抽查"))
    if not by_subject and "county" not in rule.when.group_by:
        errors.append(FieldError("when.group_by", "定向抽查须按县区归组（细则第三条 属地负责）"))


def concerns(rule: Rule, signal: Seen) -> bool:
    """Whether the rule counts this signal."""
    return signal.kind in rule.when.kinds and signal.category in rule.when.categories


def group_of(rule: Rule, signal: Seen) -> Group:
    """The group in which the rule counts this signal."""
    by = rule.when.group_by
    return Group(
        county=signal.county,  # a subject lies in one county, so that every group has one
        industry_letter=signal.industry[:1] if "industry_letter" in by else "",
        uscc=signal.uscc if "subject" in by else "",
    )


def in_cool_down(rule: Rule, last_fired_at: datetime | None, now: datetime) -> bool:
    """Whether the group rests since it fired."""
    return last_fired_at is not None and now < last_fired_at + timedelta(days=rule.when.cool_down_days)


def evaluate(rule: Rule, group: Group, signals: Iterable[Seen], now: datetime) -> Firing | None:
    """The first window, in the order of acceptance, that holds enough; `signals` are those not yet used by the rule.

    The order in which the signals arrived does not matter. A window that ended more than its own length ago is
    history: what is imported late must not start an inspection today.
    """
    span = timedelta(days=rule.when.window_days)
    known = {signal.signal_id: signal for signal in signals if concerns(rule, signal)}
    ordered = sorted(known.values(), key=lambda signal: (signal.accepted_at, signal.signal_id))
    for end, last in enumerate(ordered):
        inside = tuple(s for s in ordered[: end + 1] if s.accepted_at > last.accepted_at - span)
        if _size(rule, inside) >= rule.when.at_least and last.accepted_at > now - span:
            later = tuple(s for s in ordered[end + 1 :] if s.accepted_at <= inside[0].accepted_at + span)
            return _firing(rule, group, inside + later)
    return None


def _size(rule: Rule, signals: Sequence[Seen]) -> int:
    return len({signal.uscc if rule.when.distinct == "subject" else signal.signal_id for signal in signals})


def _firing(rule: Rule, group: Group, signals: tuple[Seen, ...]) -> Firing:
    firms = len({signal.uscc for signal in signals})
    counts = {
        "signals": len(signals),
        "subjects": firms,
        "at_least": rule.when.at_least,
        "window_days": rule.when.window_days,
    }
    where = county_name(group.county) + (f"行业门类 {group.industry_letter} " if group.industry_letter else "")
    what = "、".join(dict.fromkeys(signal.category for signal in signals))
    reason = (
        f"{where}在 {rule.when.window_days} 日内收到“{what}”类{rule.source}线索 {len(signals)} 件，"
        f"涉及检查对象 {firms} 户，达到规则“{rule.name}”第 {rule.version} 版规定的 {rule.when.at_least} 件。"
    )
    return Firing(rule, group, signals, counts, reason)
