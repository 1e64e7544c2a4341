"""A rule as it is written: YAML text, with the line of whatever is wrong with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import yaml

from libs.common.errors import FieldError
from services.trigger.domain.errors import BrokenRule
from services.trigger.domain.rule import Rule
from services.trigger.domain.rule_reader import read_rule

LONGEST: Final = 20_000  # characters
DEEPEST: Final = 10  # parts within parts; a rule has four


@dataclass(frozen=True, slots=True)
class Fault:
    """What to mend in which line (from 1)."""

    line: int
    field: str
    message: str


class BrokenText(BrokenRule):
    """The text is not a rule; `faults` says what is wrong in which line."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = sorted(faults, key=lambda fault: fault.line)
        super().__init__(
            fields=[FieldError("text", f"第 {one.line} 行 {one.field}：{one.message}") for one in self.faults]
        )


def read_text(text: str) -> tuple[Rule, dict[str, Any]]:
    """The rule that the text states, and its document; raises BrokenText."""
    document, lines = _document(text)
    try:
        return read_rule({**document, "version": document.get("version") or 1}), document
    except BrokenRule as broken:
        raise BrokenText([Fault(_line(lines, one.field), one.field, one.message) for one in broken.fields]) from None


def write_text(document: Mapping[str, Any]) -> str:
    """A document as text to be changed."""
    return yaml.dump(
        {name: value for name, value in document.items() if name != "version"},
        Dumper=_Dumper, allow_unicode=True, sort_keys=False, default_flow_style=None, width=100,
    )  # fmt: skip


class _Dumper(yaml.SafeDumper):
    """Never with aliases, which `read_text` refuses."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - the library's signature
        """Write everything out."""
        return True


def _document(text: str) -> tuple[dict[str, Any], dict[str, int]]:
    if len(text) > LONGEST:
        raise BrokenText([Fault(1, "规则", f"规则文本不应超过 {LONGEST} 字，请精简")])
    try:
        _refuse_bombs(text)
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        document = yaml.safe_load(text)
    except yaml.YAMLError as error:
        row = _row(getattr(error, "problem_mark", None))
        raise BrokenText([Fault(row, "规则", "不是有效的 YAML，请检查缩进、冒号后的空格和括号")]) from None
    except (ValueError, RecursionError):  # such as the day 2026-02-30, or brackets without end
        raise BrokenText([Fault(1, "规则", "含有无法识别的内容（如不存在的日期），请修改")]) from None
    if not isinstance(node, yaml.MappingNode) or not isinstance(document, dict):
        raise BrokenText([Fault(1, "规则", "请按“字段: 内容”的形式书写")])
    lines: dict[str, int] = {}
    faults: list[Fault] = []
    _find(node, "", lines, faults)
    if faults:
        raise BrokenText(faults)
    return document, lines


def _refuse_bombs(text: str) -> None:
    """Refuse what takes gigabytes or minutes to read, before reading it."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        if isinstance(event, yaml.AliasEvent):  # a few lines of them can stand for gigabytes
            raise BrokenText([Fault(_row(event.start_mark), "规则", "不支持引用（*），请直接写出内容")])
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:  # the reader's time grows with the square of it
            raise BrokenText([Fault(_row(event.start_mark), "规则", f"嵌套不应超过 {DEEPEST} 层，请检查缩进和括号")])


def _row(mark: Any) -> int:
    """The line of a mark of the YAML reader, from 1."""
    return mark.line + 1 if mark else 1


def _find(node: yaml.MappingNode, path: str, lines: dict[str, int], faults: list[Fault]) -> None:
    """Where each field stands; a field that is written twice would silently hide the first."""
    for key, value in node.value:
        name = f"{path}{key.value if isinstance(key, yaml.ScalarNode) else '?'}"
        line = key.start_mark.line + 1
        if name in lines:
            faults.append(Fault(line, name, f"与第 {lines[name]} 行重复，请删除其中一处"))
        lines[name] = line
        if isinstance(value, yaml.MappingNode):
            _find(value, f"{name}.", lines, faults)


def _line(lines: Mapping[str, int], field: str) -> int:
    """The line of a field; of one that is missing the line of the part in which it should stand."""
    parts = field.split(".")
    return next((lines[found] for end in range(len(parts), 0, -1) if (found := ".".join(parts[:end])) in lines), 1)
