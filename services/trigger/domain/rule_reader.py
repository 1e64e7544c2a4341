"""Reads a rule's document field by field, and names everything that is wrong with it."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, Final, cast

from libs.common.errors import FieldError
from services.trigger.domain.category import CATEGORIES
from services.trigger.domain.errors import BrokenRule
from services.trigger.domain.rule import (
    CLASSES,
    DISTINCT,
    GROUPS,
    KINDS,
    SCALES,
    SOURCES,
    Asked,
    Effect,
    Mode,
    Narrowed,
    Points,
    Rule,
    When,
)
from services.trigger.domain.severity import SEVERE

_LONGEST: Final = 366  # days
_MOST_POINTS: Final = 1000  # of one signal
_RATIO: Final = "抽查比例由经批准的比例方案确定（细则第二条、第六条），规则不能另定比例，请删除"


class _Reader:
    """Reads the fields of one part of a document and remembers each that is wrong."""

    def __init__(self, part: object, path: str, errors: list[FieldError]) -> None:
        self._part: Mapping[str, object] = part if isinstance(part, Mapping) else {}
        self._path = path
        self._errors = errors
        self._read: set[str] = set()

    def has(self, name: str) -> bool:
        """Whether the field says something; an empty one that need not be there is as good as none."""
        self._read.add(name)
        return self._part.get(name) not in (None, [], (), {}, "")

    def wrong(self, name: str, hint: str) -> None:
        """Remember that the field is wrong."""
        self._errors.append(FieldError(self._path + name, hint))

    def _take(self, name: str, fits: Callable[[Any], bool], hint: str, otherwise: object) -> Any:
        self._read.add(name)
        value = self._part.get(name)
        if fits(value):
            return value
        self.wrong(name, hint)
        return otherwise

    def inner(self, name: str, *, needed: bool = False) -> "_Reader | None":
        """A part of its own; None when there is none and none is needed."""
        if not needed and not self.has(name):
            return None
        part = self._take(name, lambda value: isinstance(value, Mapping), "缺少这一部分或不是键值形式，请补充", {})
        return _Reader(part, f"{self._path}{name}.", self._errors)

    def number(self, name: str, low: int, high: int) -> int:
        """A whole number from `low` to `high`."""
        return cast("int", self._take(name, _between(low, high), f"请填写 {low} 至 {high} 的整数", low))

    def number_if(self, name: str, low: int, high: int) -> int | None:
        """The same, if it is there."""
        return self.number(name, low, high) if self.has(name) else None

    def numbers(self, name: str, allowed: Sequence[str]) -> dict[str, int]:
        """Points by word, if there are any."""
        if not self.has(name):
            return {}

        def fits(value: object) -> bool:
            enough = _between(0, _MOST_POINTS)
            return isinstance(value, Mapping) and all(
                key in allowed and enough(points) for key, points in value.items()
            )

        return dict(self._take(name, fits, f"请用 {'、'.join(allowed)} 作键，值为 0 至 {_MOST_POINTS} 的整数", {}))

    def text(self, name: str, pattern: str, hint: str) -> str:
        """Text of the given shape."""
        return str(
            self._take(name, lambda value: isinstance(value, str) and bool(re.fullmatch(pattern, value)), hint, "")
        )

    def words(self, name: str, allowed: Sequence[str] = (), pattern: str = "", hint: str = "") -> tuple[str, ...]:
        """At least one word, of the allowed ones or of the given shape."""

        def fits(value: object) -> bool:
            return (
                isinstance(value, list | tuple)
                and len(value) > 0
                and all(
                    isinstance(word, str)
                    and 0 < len(word) <= 60
                    and (not allowed or word in allowed)
                    and (not pattern or re.fullmatch(pattern, word) is not None)
                    for word in value
                )
            )

        said = hint or (f"请从 {'、'.join(allowed)} 中选填至少一项" if allowed else "请用 [ ] 列出至少一项")
        return tuple(self._take(name, fits, said, ()))

    def words_if(self, name: str, allowed: Sequence[str] = (), pattern: str = "", hint: str = "") -> tuple[str, ...]:
        """The same, if they are there."""
        return self.words(name, allowed, pattern, hint) if self.has(name) else ()

    def flag(self, name: str) -> bool:
        """True or false."""
        return bool(self._take(name, lambda value: isinstance(value, bool), "请填写 true 或 false", False))

    def flag_if(self, name: str) -> bool:
        """The same, if it is there."""
        return self.flag(name) if self.has(name) else False

    def day_if(self, name: str) -> date | None:
        """A day, if it is there."""
        if not self.has(name):
            return None
        value = self._part.get(name)
        try:
            return value if type(value) is date else date.fromisoformat(str(value))
        except ValueError:
            self.wrong(name, "请填写日期，如 2026-12-31")
            return None

    def close(self) -> None:
        """Complain of what was not read: a misspelled field must not pass for nothing."""
        self._errors += [
            FieldError(f"{self._path}{name}", "不认识的字段，请删除") for name in {*self._part} - self._read
        ]


def _between(low: int, high: int) -> Callable[[object], bool]:
    return lambda value: isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def read_rule(document: Mapping[str, object]) -> Rule:
    """The rule that `document` states; raises BrokenRule naming each wrong field."""
    errors: list[FieldError] = []
    top = _Reader(document, "", errors)
    rule = Rule(
        id=top.text("id", r"[a-z0-9-]{3,60}", "请用 3 至 60 位小写字母、数字和连字符"),
        version=top.number("version", 1, 100_000),
        name=top.text("name", r".{4,80}", "请填写规则名称，4 至 80 字"),
        article=top.text("article", r".{4,80}", "请填写依据条款，如 细则第二条"),
        source=top.text("source", "|".join(SOURCES), f"请从 {'、'.join(SOURCES)} 中选填（细则第二条、第四条）"),
        when=_when(top.inner("when", needed=True)),
        effect=_effect(top.inner("effect", needed=True)),
        valid_from=top.day_if("valid_from"),
        valid_until=top.day_if("valid_until"),
    )
    top.close()
    if not errors:
        _check_whole(rule, errors)
    if errors:
        raise BrokenRule(fields=errors)
    return rule


def _when(when: _Reader | None) -> When:
    assert when is not None  # noqa: S101 - a needed part is always read
    found = When(
        kinds=when.words("kinds", KINDS),
        categories=when.words("categories", CATEGORIES),
        group_by=when.words("group_by", GROUPS),
        at_least=when.number("at_least", 1, 1000),
        distinct=when.text("distinct", "|".join(DISTINCT), f"请填写 {'、'.join(DISTINCT)} 之一"),
        window_days=when.number("window_days", 1, _LONGEST),
        cool_down_days=when.number("cool_down_days", 0, _LONGEST),
        sources=when.words_if("sources", SOURCES),
        items=when.words_if("items"),
        flags=when.words_if("flags", tuple(SEVERE)),
        supervised=when.flag_if("supervised"),
        subject=_asked(when.inner("subject")),
        points=_points(when.inner("points")),
        county_at_least=when.number_if("county_at_least", 1, 1_000_000) or 0,
        industry_at_least=when.number_if("industry_at_least", 1, 1_000_000) or 0,
    )
    when.close()
    return found


def _asked(part: _Reader | None) -> Asked:
    if part is None:
        return Asked()
    found = Asked(
        classes=part.words_if("classes", CLASSES),
        scales=part.words_if("scales", SCALES),
        types=part.words_if("types"),
        industries=part.words_if("industries", (), r"[A-T]\d{0,4}", "请填写行业代码或其开头，如 I、C13"),
        headcount_from=part.number_if("headcount_from", 0, 10_000_000),
        headcount_to=part.number_if("headcount_to", 0, 10_000_000),
        uninsured_from=part.number_if("uninsured_from", 1, 10_000_000),
    )
    if (
        found.headcount_from is not None
        and found.headcount_to is not None
        and found.headcount_from > found.headcount_to
    ):
        part.wrong("headcount_to", "不应小于 headcount_from")
    part.close()
    return found


def _points(part: _Reader | None) -> Points | None:
    if part is None:
        return None
    found = Points(
        at_least=part.number("at_least", 1, 1_000_000),
        each=1 if (each := part.number_if("each", 0, _MOST_POINTS)) is None else each,
        categories=part.numbers("categories", CATEGORIES),
        flags=part.numbers("flags", tuple(SEVERE)),
        supervised=part.number_if("supervised", 0, _MOST_POINTS) or 0,
        half_life_days=part.number_if("half_life_days", 1, _LONGEST),
    )
    part.close()
    return found


def _effect(effect: _Reader | None) -> Effect:
    assert effect is not None  # noqa: S101 - a needed part is always read
    if effect.has("ratio"):
        effect.wrong("ratio", _RATIO)
    found = Effect(
        mode=cast("Mode", effect.text("mode", "directed_draw|one_subject", "请填写 directed_draw")),
        item_categories=effect.words("item_categories"),
        urgent=effect.flag("urgent"),
        finish_within_days=effect.number("finish_within_days", 1, _LONGEST),
        filter=_narrowed(effect.inner("filter")),
    )
    effect.close()
    return found


def _narrowed(part: _Reader | None) -> Narrowed:
    if part is None:
        return Narrowed()
    found = Narrowed(part.words_if("classes", CLASSES), part.words_if("scales", SCALES), part.words_if("types"))
    part.close()
    return found


def _check_whole(rule: Rule, errors: list[FieldError]) -> None:
    by_subject = "subject" in rule.when.group_by
    if by_subject or rule.effect.mode == "one_subject":
        # A draw has no filter by firm, so nobody could act on it: better said now than when it fires.
        errors.append(
            FieldError(
                "effect.mode",
                "抽取须随机进行（细则第五条、第八条），不能只抽一户：请按县区（和行业）归组开展定向抽查；"
                "单个对象的线索由承办单位依投诉举报程序直接核查",
            )
        )
    elif "county" not in rule.when.group_by:
        errors.append(FieldError("when.group_by", "定向抽查须按县区归组（细则第三条 属地负责）"))
    if rule.valid_from and rule.valid_until and rule.valid_from > rule.valid_until:
        errors.append(FieldError("valid_until", "不应早于 valid_from"))
