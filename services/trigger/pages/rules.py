"""The pages of rules: what is in force, writing a version, its back-test, and putting it in force."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from libs.common.clock import now
from libs.common.errors import NotFound, SunlotError
from libs.common.http.app import Db
from libs.common.http.auth import Actor, Role, allow
from libs.common.http.pages import Errors, done, errors_of
from libs.common.http.problems import status_of
from libs.common.reference import county_name
from libs.common.web import ListQuery
from libs.common.web.export import export_response
from services.trigger.api import shapes
from services.trigger.domain.rule_reader import read_rule
from services.trigger.domain.rule_text import LONGEST, BrokenText, Fault, read_text, write_text
from services.trigger.domain.rule_words import condition, consequence
from services.trigger.domain.severity import SEVERE
from services.trigger.pages import words
from services.trigger.pages.shown import HOME, on_map, show
from services.trigger.store import back_tests, lists, rules, subjects
from services.trigger.usecases.back_test import KEPT, ask_back_test
from services.trigger.usecases.manage_rules import activate_rule, write_rule

router = APIRouter(prefix="/trigger", include_in_schema=False)

Reader = Annotated[Actor, allow(Role.LEAD, Role.SECTION, Role.UNIT, Role.AUDITOR)]
Author = Annotated[Actor, allow(Role.LEAD, Role.SECTION)]
Looker = Annotated[Actor, allow(Role.LEAD, Role.SECTION, Role.AUDITOR)]
Lead = Annotated[Actor, allow(Role.LEAD)]
Written = Annotated[str, Form(max_length=4 * LONGEST)]

RULES = ("规则", "/trigger/rules")
NAMED = 3  # firms of a firing that the table names


@router.get("/rules")
async def show_rules(request: Request, database: Db, actor: Reader) -> Response:
    """Every version of every rule."""
    async with database.transaction() as tx:
        found = await rules.every(tx)
    return show(
        request, "rules.html", actor, title="规则", crumbs=[HOME, ("规则", None)], rules=found, may_write=_writes(actor)
    )


def _writes(actor: Actor) -> bool:
    return actor.role in {Role.LEAD, Role.SECTION}


@router.get("/rules/new")
async def show_writing(
    request: Request, database: Db, actor: Looker, rule: str = "wages-county-industry", version: int = 0
) -> Response:
    """The text of a version, to be changed into the next one."""
    async with database.transaction() as tx:
        row = await rules.load(tx, rule, version) if version else await rules.newest(tx, rule)
    if row is None:
        raise NotFound
    return _writing(request, actor, row["text"] or write_text(row["document"]))


def _writing(
    request: Request, actor: Actor, text: str, *, faults: Sequence[Fault] = (), status: int = 200,
    preview: Mapping[str, Any] | None = None,
) -> Response:  # fmt: skip
    errors = [("text", f"第 {one.line} 行 {one.field}：{one.message}") for one in faults]
    return show(
        request, "rule_edit.html", actor, title="起草规则", crumbs=[HOME, RULES, ("起草", None)], text=text,
        errors=errors, faults=faults, lines=text.splitlines(), preview=preview, severe=SEVERE, status=status,
    )  # fmt: skip


@router.post("/rules/new")
async def write(
    request: Request, database: Db, actor: Author, text: Written = "", action: Annotated[str, Form()] = ""
) -> Response:
    """Show what the text means, or save it as the next version."""
    text = text.replace("\r\n", "\n").strip() + "\n"
    try:
        rule, _ = read_text(text)
        if action == "preview":
            preview = {"name": rule.name, "when": condition(rule), "effect": consequence(rule)}
            return _writing(request, actor, text, preview=preview)
        async with database.transaction() as tx:
            rule = await write_rule(tx, text, actor, now())
    except BrokenText as broken:
        return _writing(request, actor, text, faults=broken.faults, status=422)
    return done(f"/trigger/rules/{rule.id}/{rule.version}")


@router.get("/rules/{rule_id}/{version}")
async def show_rule(rule_id: str, version: int, request: Request, database: Db, actor: Reader) -> Response:
    """One version of a rule."""
    return await _rule(rule_id, version, request, database, actor)


async def _rule(
    rule_id: str, version: int, request: Request, database: Db, actor: Actor, errors: Errors = (), status: int = 200
) -> Response:
    async with database.transaction() as tx:
        row = await rules.load(tx, rule_id, version)
        tests = await back_tests.of_version(tx, rule_id, version)
    if row is None:
        raise NotFound
    rule = read_rule(row["document"])
    return show(
        request, "rule.html", actor, title=rule.name, crumbs=[HOME, RULES, (rule.name, None)], rule=row, errors=errors,
        status=status, condition=condition(rule), consequence=consequence(rule), tests=tests, may_write=_writes(actor),
        text=row["text"] or write_text(row["document"]),
        may_approve=actor.role is Role.LEAD and not row["approved_by"] and row["author"] != actor.account_id,
    )  # fmt: skip


@router.post("/rules/{rule_id}/{version}/activate")
async def activate(rule_id: str, version: int, request: Request, database: Db, actor: Lead) -> Response:
    """Put the version in force."""
    try:
        async with database.transaction() as tx:
            await activate_rule(tx, rule_id, version, actor, now())
    except SunlotError as error:
        return await _rule(rule_id, version, request, database, actor, errors_of(error), status_of(error)[0])
    return done(f"/trigger/rules/{rule_id}/{version}")


@router.post("/rules/{rule_id}/{version}/back-tests")
async def start(rule_id: str, version: int, request: Request, database: Db, actor: Author) -> Response:
    """Try the version on the stored history, in the background."""
    try:
        async with database.transaction() as tx:
            back_test_id = await ask_back_test(tx, rule_id, version, actor, now())
    except SunlotError as error:
        return await _rule(rule_id, version, request, database, actor, errors_of(error), status_of(error)[0])
    return done(f"/trigger/back-tests/{back_test_id}")


@router.get("/back-tests/{back_test_id}")
async def show_back_test(back_test_id: str, request: Request, database: Db, actor: Reader) -> Response:
    """How far a back-test is, and what it found: chart, numbers, and each firing beside what really fired."""
    query = ListQuery.from_params(request.query_params, shapes.FIRING_COLUMNS, filters=shapes.FIRING_FILTERS)
    async with database.transaction() as tx:
        row = await back_tests.load(tx, back_test_id)
        if row is None:
            raise NotFound
        found = await lists.page_of(tx, back_tests.firings_of(back_test_id, actor, query), query, bounded=True)
        firms = await subjects.named(tx, {uscc for line in found for uscc in line["usccs"]})
    if query.format:
        rows = [_readable(line, firms) for line in found]
        return await export_response(query.format, shapes.FIRING_COLUMNS, rows, "规则回测")
    name = row["document"]["name"]
    return show(
        request, "back_test.html", actor, title=f"回测：{name}", block="list", test=row, page=found,
        crumbs=[HOME, RULES, (name, f"/trigger/rules/{row['rule_id']}/{row['version']}"), ("回测", None)],
        columns=shapes.FIRING_COLUMNS, firms=firms, named=NAMED, kept=KEPT,
        on_map=on_map(actor, row["summary"].get("counties", {})),
        months=[month[2:] for month, _, _ in row["summary"].get("months", ())],
        running=row["state"] in {back_tests.WAITING, back_tests.RUNNING}, done=row["state"] == back_tests.DONE,
    )  # fmt: skip


def _readable(line: Mapping[str, Any], firms: Mapping[str, str]) -> dict[str, Any]:
    return {
        **line,
        "county": county_name(line["county"]),
        "compared": words.COMPARED[line["compared"]],
        "names": "、".join(firms.get(uscc, uscc) for uscc in line["usccs"]),
    }
