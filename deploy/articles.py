"""Writes docs/articles.md: for each article of the notice what it says, the code that cites it, the tests that hold it.

python -m deploy.articles
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from deploy.local.machine import ROOT

FILE = ROOT / "docs" / "articles.md"
CODE = ("services", "libs")

# What each article says, in a sentence; the notice is 洛人社监察〔2022〕5号.
ARTICLES = {
    2: "触发条件（投诉举报、转办交办、网络监测、风险防控等）；按比例随机抽取对象，随机抽取或直接选派人员；结果公开。",
    3: "依法监管、属地负责；同一对象的多个事项一次完成（一次抽查、全面体检）。",
    4: "不强制定期检查；风险预警、动态监测、多点触发，开展定向抽查。",
    5: "随机抽取对象、随机选派人员，限制自由裁量；执法人员名录库动态管理并培训。",
    6: "有信用风险分类结果的，按分类结果分类抽查。",
    7: "六步流程：制定计划、抽取名单、派发名单、匹配人员、实施检查、录入公示（谁检查、谁录入、谁公示）。",
    8: "不定向抽查与定向抽查（企业类型、经营规模、所属行业、地理区域）。",
    9: "以实地核查为主，可书面检查、网络监测，可邀请或委托专业机构，可利用其他部门的结果。",
    10: "检查人员不少于两人，出示证件，如实记录，签名或盖章；无法取得的注明原因，必要时有见证人。",
    11: "发现其他违法线索的，及时移交相关部门处理。",
    12: "不予配合情节严重的四种情形，须做好记录并留取证据。",
    13: "核查记录表、责令整改通知书、行政处罚决定书等及时整理归档。",
    14: "自检查结束之日起 20 个工作日内公示。",
    15: "发现的问题按“谁管辖、谁负责”实施后续监管。",
    16: "公示信息不准确的，及时更正。",
}

_DIGITS = {sign: number for number, sign in enumerate("一二三四五六七八九", start=1)}
_NUMBER = "[一二三四五六七八九十]+"
# 细则第五条 · 细则第五条、第十条 · 细则第五至八条 · 细则第七条第六项
_CITATION = re.compile(rf"细则((?:[、和]?第{_NUMBER}(?:至第?{_NUMBER})?条(?:第{_NUMBER}项)?)+)")
_ARTICLE = re.compile(rf"第({_NUMBER})(?:至第?({_NUMBER}))?条")


@dataclass
class Found:
    """Where an article is: code by file with the names that cite it, tests by file."""

    code: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    tests: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))


def number(chinese: str) -> int:
    """The number that a Chinese numeral below 100 means: 十 → 10, 十六 → 16."""
    tens, ten, ones = chinese.rpartition("十")
    return (_DIGITS.get(tens, 1) * 10 if ten else 0) + _DIGITS.get(ones, 0)


def cited(text: str) -> set[int]:
    """The articles that a text cites."""
    found: set[int] = set()
    for citation in _CITATION.finditer(text):
        for first, last in _ARTICLE.findall(citation[1]):
            found |= set(range(number(first), number(last or first) + 1))
    return found


def collect(root: Path = ROOT) -> dict[int, Found]:
    """Every article with its code and tests."""
    articles = {article: Found() for article in ARTICLES}
    for file in _files(root, CODE):
        text = file.read_text("utf-8")
        if not cited(text):
            continue
        for name, articles_there in _citing(text):
            for article in articles_there & set(articles):
                _add(articles[article].code[file.relative_to(root).as_posix()], name)
    for file in _files(root, ("tests",)):
        for name, marked in _marked(file):
            for article in marked & set(articles):
                _add(articles[article].tests[file.relative_to(root).as_posix()], name)
    return articles


def _add(names: list[str], name: str) -> None:
    if name not in names:
        names.append(name)


def _files(root: Path, folders: Iterable[str]) -> Iterator[Path]:
    for folder in folders:
        yield from sorted((root / folder).rglob("*.py"))


def _citing(text: str) -> Iterator[tuple[str, set[int]]]:
    """(name of the function or class, articles that it cites); what stands outside of any counts to the module: ""."""
    lines = text.splitlines()
    outside = set(range(len(lines)))
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            span = range(node.lineno - 1, node.end_lineno or node.lineno)
            outside -= set(span)
            if found := cited("\n".join(lines[line] for line in span)):
                yield node.name, found
    if found := cited("\n".join(lines[line] for line in sorted(outside))):
        yield "", found


def _marked(file: Path) -> Iterator[tuple[str, set[int]]]:
    """(test, articles of its marks)."""
    text = file.read_text("utf-8")
    if "mark.article" not in text:
        return
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test"):
            marked = {n for decorator in node.decorator_list for n in _numbers(decorator)}
            if marked:
                yield node.name, marked


def _numbers(decorator: ast.expr) -> Iterator[int]:
    if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == "pytest.mark.article":
        for argument in decorator.args:
            if isinstance(argument, ast.Constant) and isinstance(argument.value, int):
                yield argument.value


def text() -> str:
    """The document as it is checked in."""
    parts = [
        "# The notice, article by article (细则条文索引)",
        "Written by `make articles` from the citations in the code and the marks of the tests; not edited by hand.",
        "The notice is 洛人社监察〔2022〕5号; articles 1 and 17 say why and since when.",
    ]
    for article, found in collect().items():
        parts.append(f"## 第{_chinese(article)}条 (article {article})\n\n{ARTICLES[article]}")
        parts.append("**Code**\n\n" + "\n".join(_code_line(path, names) for path, names in found.code.items()))
        parts.append("**Tests**\n\n" + "\n".join(_test_lines(path, names) for path, names in found.tests.items()))
    return "\n\n".join(parts) + "\n"


def _code_line(path: str, names: list[str]) -> str:
    named = ", ".join(f"`{name}`" for name in names if name)
    return f"- [{path}](../{path})" + (f": {named}" if named else "")


def _test_lines(path: str, names: list[str]) -> str:
    claims = "\n".join(f"  - {name.removeprefix('test_').replace('_', ' ')}" for name in names)
    return f"- [{path}](../{path})\n{claims}"


def _chinese(article: int) -> str:
    tens, ones = divmod(article, 10)
    return ("十" if tens else "") + ("" if ones == 0 else "一二三四五六七八九"[ones - 1])


def main() -> None:
    """Write the file."""
    FILE.write_text(text(), "utf-8")
    print(f"written: {FILE.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
