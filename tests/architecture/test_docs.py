"""What the documents promise is there: links, addresses, commands, numbers of records, words."""

import ast
import hashlib
import os
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from urllib.parse import unquote

import pytest
from fastapi.routing import APIRoute, iter_route_contexts
from pydantic.fields import FieldInfo

from libs.common.settings import ROOT, Settings
from tests.architecture.services import NAMES, SERVICES, app

README = ROOT / "README.md"
RECORDS = ROOT / "docs" / "adr"
GLOSSARY = ROOT / "docs" / "glossary.md"

# The words that the project began with, one each for ever; renaming one is a decision, not an edit.
FOUNDING_WORDS = {
    "检查对象": "subject", "执法人员": "officer", "抽查事项": "item", "线索": "signal", "触发": "trigger",
    "规则": "rule", "抽查计划": "plan", "抽查任务": "task", "待抽名录": "pool", "抽取": "draw",
    "抽取凭证": "certificate", "派发": "dispatch", "匹配人员": "assignment", "回避": "recusal", "检查": "case",
    "检查表": "check table", "移交": "transfer", "责令整改": "rectification", "后续监管": "follow-up",
    "公示": "publication", "更正": "correction", "镜像": "mirror", "牵头科室": "lead section",
    "业务科室": "section", "单位": "unit", "县区": "county",
}  # fmt: skip
CANVAS = ("Pages", "API", "Events", "Tables", "Invariants", "What survives a crash")


def _walk() -> Iterator[tuple[str, list[str]]]:
    for folder, folders, names in os.walk(ROOT):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield folder, names


@cache
def _documents() -> tuple[Path, ...]:
    """Every document of the checkout; what is installed or made lies in folders whose name begins with a dot."""
    return tuple(Path(folder) / name for folder, names in _walk() for name in sorted(names) if name.endswith(".md"))


def _prose(file: Path) -> str:
    """The document without fenced code, in which a bracket is no link."""
    return re.sub(r"^```.*?^```$", "", file.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)


def _links(file: Path) -> Iterator[str]:
    prose = re.sub(r"`[^`\n]*`", "", _prose(file))
    yield from re.findall(r"!?\[[^\]]*\]\(([^)\s]+)\)", prose)
    yield from re.findall(r'<img[^>]*\ssrc="([^"]+)"', prose)


def _anchors(file: Path) -> set[str]:
    """The anchors that a heading makes, as the usual viewers do: lower case, words joined by hyphens."""
    headings = re.findall(r"^#{1,6} (.+)$", _prose(file), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def _tables(file: Path) -> Iterator[tuple[str, list[list[str]]]]:
    """Each table under the heading it stands under, without its two head rows."""
    heading, rows = "", list[list[str]]()
    for line in [*_prose(file).splitlines(), ""]:
        if line.startswith("|"):
            rows.append([cell.strip() for cell in line.strip("|").split("|")])
            continue
        if rows:
            yield heading, rows[2:]
            rows = []
        if line.startswith("#"):
            heading = line.lstrip("# ")


def test_every_link_leads_somewhere() -> None:
    broken = []
    for file in _documents():
        for link in _links(file):
            if re.match(r"[a-z]+:", link):
                continue
            path, _, anchor = unquote(link).partition("#")
            target = (file.parent / path).resolve() if path else file
            if not target.exists() or (anchor and target.suffix == ".md" and anchor not in _anchors(target)):
                broken.append(f"{file.relative_to(ROOT)}: {link}")
    assert broken == []


def test_every_file_and_test_that_a_document_names_exists() -> None:
    missing = []
    for file in _documents():
        for path, test in re.findall(
            r"`((?:services|libs|deploy|tests|docs)/[\w./-]+\.\w+)(?:::(\w+))?`", _prose(file)
        ):
            target = ROOT / path
            if not target.is_file() or (test and f"def {test}(" not in target.read_text("utf-8")):
                missing.append(f"{file.relative_to(ROOT)}: {path} {test}")
    assert missing == []


def test_every_setting_stands_in_the_documents_with_its_default() -> None:
    tables = {heading.split()[0]: rows for heading, rows in _tables(ROOT / "docs" / "settings.md")}
    common = Settings.model_fields
    own = {
        service.name: {name: field for name, field in service.settings.model_fields.items() if name not in common}
        for service in SERVICES
    }
    assert set(tables) == {"各服务都有", *(name for name, fields in own.items() if fields)}
    for name, fields in {"各服务都有": common, **own}.items():
        told = {cells[0].strip("`"): cells[1].strip("`") for cells in tables.get(name, [])}
        meant = {f"SUNLOT_{field.upper()}": _as_set(known) for field, known in fields.items()}
        # Numbers that nobody reads are told by the name of their chain.
        assert told == {
            each: "quicknet" if len(value) == 64 or len(value) > 100 else value for each, value in meant.items()
        }


def _as_set(field: FieldInfo) -> str:
    """A default as the environment would say it."""
    if field.is_required():
        return "必填"
    if field.default in (None, ""):
        return "空"
    if isinstance(field.default, Path):
        return field.default.relative_to(ROOT).as_posix()
    return str(field.default).lower() if isinstance(field.default, bool) else str(field.default)


@cache
def _patterns() -> tuple[re.Pattern[str], ...]:
    return tuple(
        re.compile(re.sub(r"\\\{[^}]*\\\}", "[^/]+", re.escape(str(route.path))))
        for service in SERVICES
        for route in iter_route_contexts(app(service).routes)
        if isinstance(route.original_route, APIRoute)
    )


def _addresses(file: Path) -> set[str]:
    services = "|".join(NAMES)
    found = re.findall(rf"(?<![\w./])/(?:public|{services})(?:/[\w.{{}}*-]+)*/?(?![\w*])", _prose(file))
    return {address.rstrip(".") for address in found}


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md", "docs/runbook.md"])
def test_every_address_in_the_documents_is_answered(name: str) -> None:
    file = ROOT / name
    prefixes = {f"/{service}" for service in NAMES} | {f"/{service}/api/v1/" for service in NAMES}
    missing = [
        address
        for address in sorted(_addresses(file) - prefixes)
        if not any(pattern.fullmatch(address) for pattern in _patterns())
    ]
    assert missing == []


def test_the_readme_names_every_public_address() -> None:
    promised = {
        "/public/", "/public/items", "/public/plans", "/public/tasks", "/public/results", "/public/subjects/{uscc}",
        "/public/draws", "/public/draws/{draw_id}", "/public/log/checkpoint", "/public/log/entries",
        "/public/verify.py",
    }  # fmt: skip
    assert promised - _addresses(README) == set()


def test_the_readmes_example_is_what_sha256sum_says() -> None:
    example = re.search(
        r"printf '%s' \"([0-9a-f]{32}\|\w+)\" \| sha256sum\n([0-9a-f]{64})  -", README.read_text("utf-8")
    )
    assert example
    assert hashlib.sha256(example[1].encode()).hexdigest() == example[2]


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md", "CONTRIBUTING.md", "docs/runbook.md"])
def test_every_make_command_in_the_documents_exists(name: str) -> None:
    named = set(re.findall(r"\bmake ([a-z-]+)\b", "\n".join(_code(ROOT / name))))
    rules = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), flags=re.MULTILINE))
    assert named
    assert named - rules == set()


def _code(file: Path) -> list[str]:
    text = file.read_text("utf-8")
    return re.findall(r"^```.*?^```$", text, flags=re.DOTALL | re.MULTILINE) + re.findall(r"`([^`\n]+)`", text)


def test_a_number_is_given_to_one_record_and_stands_in_its_title() -> None:
    files = sorted(RECORDS.glob("*.md"))
    numbers = Counter(file.name[:4] for file in files)
    assert [number for number, times in numbers.items() if times > 1] == []
    assert sorted(map(int, numbers)) == list(range(1, len(files) + 1))
    for file in files:
        head = file.read_text("utf-8").splitlines()
        assert head[0].startswith(f"# {file.name[:4]} — "), file.name
        assert re.fullmatch(r"Status: (accepted|superseded by \d{4})", head[2]), file.name


def test_the_founding_words_stand_in_the_glossary() -> None:
    heading, rows = next(_tables(GLOSSARY))
    assert heading == "The words"
    assert {row[0]: row[1] for row in rows} == FOUNDING_WORDS


def test_a_word_has_one_name_and_one_meaning() -> None:
    terms = [row[0] for _, rows in _tables(GLOSSARY) for row in rows]
    assert [term for term, times in Counter(terms).items() if times > 1] == []


def test_the_founding_words_are_the_words_of_the_code() -> None:
    used = {
        part
        for folder in ("services", "libs/common")
        for file in (ROOT / folder).rglob("*.py")
        for name in _names(ast.parse(file.read_text("utf-8")))
        for part in re.findall(r"[a-z]+", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower())
    }
    unused = [
        english
        for english in FOUNDING_WORDS.values()
        if not all({part, f"{part}s", f"{part}es"} & used for part in re.findall("[a-z]+", english))
    ]
    assert unused == []


def _names(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name


@pytest.mark.parametrize("service", NAMES)
def test_the_canvases_are_alike(service: str) -> None:
    text = (ROOT / "services" / service / "README.md").read_text("utf-8")
    headings = re.findall(r"^## (.+)$", text, flags=re.MULTILINE)
    missing = [part for part in CANVAS if not any(heading.startswith(part) for heading in headings)]
    assert missing == []
    assert re.search(r"[Aa]rticle|细则第", text), "which articles it performs"
