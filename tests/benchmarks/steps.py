"""What is measured, in order: sections that need a pool of some size, and sections that bring their own."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from libs.common.ids import new_id
from services.draw.domain.commitment import Profile
from tests.benchmarks import deals, exports, fairness, flow, intake, matching, peers, relay, rules_speed, verifying
from tests.benchmarks.machine import Machine
from tests.benchmarks.measure import Failed, Line, Measured, apart, best_of
from tests.benchmarks.pools import database_name, make_pool, plain_url

MEMORY = 600  # MiB, throughout
WITHIN_COPY = 1.2
MILLION, TEN_MILLION = 1_000_000, 10_000_000
SELECT_SECONDS = 6.0  # for ten million
MASKED_UP_TO = MILLION  # the masked profile costs two more hashes a row; its ratio is the same at any size


@dataclass
class Place:
    """Where a run works: the server, the number of rows (0: none), a folder, and what steps have found out."""

    server_url: str
    machine: Machine
    rows: int
    folder: Path
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Step:
    """A section of the report: its title, what it measures, and the work."""

    title: str
    about: str
    run: Callable[[Place], list[Line]]


def _line(what: str, rows: int, *parts: Measured, note: str = "", **more: Any) -> Line:
    return Line(
        what, rows, sum(each.seconds for each in parts), max(each.peak_mib for each in parts), note=note, **more
    )


def _freeze_and_commit(place: Place) -> list[Line]:
    server, rows = place.server_url, place.rows
    place.facts.pop("draw_id", None)
    database, _ = make_pool(server, rows)
    bare = exports.bare_copy(plain_url(server, database))
    found = [_line("COPY … TO（asyncpg）", rows, bare, base=True)]
    apart(flow.prepare, server, database, rows)
    if rows <= MASKED_UP_TO:
        masked = apart(flow.freeze, server, database, Profile.MASKED, str(new_id()))
        found.append(_line("冻结（遮蔽）freeze, masked", rows, masked, goals=(("MiB", "≤", MEMORY),)))
    twice = [apart(flow.freeze, server, database, Profile.OPEN, str(new_id())) for _ in range(2)]
    frozen = min(twice, key=lambda each: each.seconds)
    committed = apart(flow.commit, server, database, frozen.value)
    apart(flow.seed, server, database, frozen.value, committed.value)
    place.facts["draw_id"] = frozen.value
    within = (("×", "≤", WITHIN_COPY),) if rows >= MILLION else ()
    return [
        *found,
        _line("冻结（公开）freeze, open", rows, frozen, goals=(("MiB", "≤", MEMORY),)),
        _line("预演并登记 rehearse and commit", rows, committed, goals=(("MiB", "≤", MEMORY),)),
        _line("以上两步合计 both together", rows, frozen, committed, goals=within),
    ]


def _select(place: Place) -> list[Line]:
    server, rows, database = place.server_url, place.rows, database_name(place.rows, place.server_url)
    draw_id = place.facts.get("draw_id")
    if draw_id is None:
        raise Failed("no pool was frozen and committed")
    times = 2 if rows <= MILLION else 1
    selected = best_of(times, flow.select, server, database, draw_id)
    drawn = apart(flow.draw, server, database, draw_id)
    facts = apart(flow.download, server, database, draw_id, place.folder).value
    place.facts.update(facts)
    floor = place.machine.floor(rows)
    goals = (("s", "≤", SELECT_SECONDS),) if rows == TEN_MILLION else ()
    others = peers.lines(
        server,
        database,
        place.folder / "pool.tsv",
        rows,
        [(s, n, k) for s, n, k in facts["strata"]],
        facts["key"],
        times,
    )
    return [
        _line("本系统：读名录、算票号、入选 ours: read, tickets, selection", rows, selected, base=True,
              goals=(*goals, ("MiB", "≤", MEMORY)), note=f"下限的 {selected.seconds / floor:.1f} 倍 × the floor"),
        _line("本系统：直到凭证 ours, to the certificate", rows, drawn, goals=(("MiB", "≤", MEMORY),),
              compared=False, note=f"入选 {facts['drawn']:,} 户并派人 firms drawn, officers dealt"),
        Line("下限：每户一个 SHA-256 块 the floor", rows, floor, note=f"{place.machine.cores} 核 cores"),
        *others,
    ]  # fmt: skip


def _verify(place: Place) -> list[Line]:
    if not (place.folder / "certificate.json").exists():
        raise Failed("nothing was drawn")
    return verifying.lines(place.folder, place.rows)


SIZED: dict[str, Step] = {
    "copy": Step(
        "Bare export 单纯导出",
        "The frozen pool's columns of all firms in order of their code, sent to nobody.",
        lambda place: exports.lines(place.server_url, place.rows),
    ),
    "freeze": Step(
        "Freeze and commit 冻结名录、登记承诺",
        "From the firms in the database to the commitment: eligibility, pages, tree, storage; then the rehearsals of "
        "the officers, the roster, the commitment. Beside the bare COPY of the same rows.",
        _freeze_and_commit,
    ),
    "select": Step(
        "After the seed 种子确定以后",
        "Tickets and selection from the stored pool, and what else can draw k of N. The floor is SHA-256 of one block "
        "a row on all cores, measured on one long buffer: nothing that computes these tickets with this machine's "
        "OpenSSL can be quicker.",
        _select,
    ),
    "verify": Step(
        "verify.py",
        "The file that the public downloads, with the certificate, the pool and the officers of the draw above; its "
        "start and the reading of the files included.",
        _verify,
    ),
}

UNSIZED: dict[str, Step] = {
    "intake": Step(
        "Intake 接收平台工单",
        "One process of the service behind uvicorn, through its signed door: signature, quota, dedupe, encryption, "
        "matching among 20 000 firms, rules, answers, outbox. Of ten orders seven name their firm, one its code. "
        "Beside it FastAPI with asyncpg, which reads the same body by the same model and inserts it, with as many "
        "processes, connections to the database and clients. The load comes from a process of its own on the same "
        "machine; at a steady rate each order is timed from when it was due (open loop).",
        lambda place: intake.lines(place.server_url, *place.facts.get("intake", ())),
    ),
    "deal": Step(
        "Officers 派执法人员（deal/1）",
        "Two officers a firm, one process, no database.",
        lambda place: deals.lines(*place.facts.get("deal", ())),
    ),
    "fairness": Step(
        "Fairness over many seeds 大量种子下的公平性",
        "One pool with strata, counties and industries, whose officers are alike within a county; every seed draws and "
        "deals with the service's own code (`lottery.select`, `deal`).",
        lambda place: fairness.lines(*place.facts.get("fairness", ())),
    ),
    "matching": Step(
        "Matching 线索匹配",
        "Labelled reports against 20 000 subjects (precision and recall: docs/matching.md), and what a clerk and the "
        "intake wait for, there and among a million, in which each name occurs fifty times.",
        lambda place: matching.lines(place.server_url, *place.facts.get("matching", ())),
    ),
    "rules": Step(
        "Rules 触发规则",
        "A million stored signals of two years, in 15 counties and 20 industries. The back-test reads them in order of "
        "acceptance and weighs every group, from being asked for to its saved result; the plain query counts one "
        "window and no rest. The arrivals are weighed by the service's own `fire_rules`, events and answers included.",
        lambda place: rules_speed.lines(place.server_url, *place.facts.get("rules", ())),
    ),
    "relay": Step(
        "Messages 服务间消息",
        "One relay empties an outbox (publisher confirms of a quorum queue, then delete), one consumer applies what "
        "waits in its queue, and what came before an earlier message of its aggregate once its turn has come.",
        lambda place: relay.lines(place.server_url, *place.facts.get("relay", ())),
    ),
}
