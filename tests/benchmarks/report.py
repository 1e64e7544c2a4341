"""docs/benchmarks.md from what was measured: the same layout every time, whatever the numbers are."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.benchmarks.measure import Goal, Line, line_from

HEAD = Path(__file__).with_name("head.md")


def ratio(line: Line, lines: Iterable[Line]) -> float | None:
    """How many times the base's seconds a line took."""
    base = next((other for other in lines if other.base and other.rows == line.rows), None)
    if base is None or not base.seconds or line.seconds is None or not line.compared:
        return None
    return line.seconds / base.seconds


def met(goal: Goal, line: Line, lines: Iterable[Line]) -> bool | None:
    """Whether a line reaches a goal; None when it was not measured."""
    what, sign, bound = goal
    seen = {"s": line.seconds, "MiB": line.mib, "p": line.p, "×": ratio(line, lines)}[what]
    if seen is None:
        return None
    return {"≤": seen <= bound, "≥": seen >= bound, "<": seen < bound}[sign]


def table(lines: Sequence[Line]) -> str:
    """A Markdown table; columns that no line fills are left out."""
    columns = {
        "做法 way": [line.what for line in lines],
        "户数 rows": [f"{line.rows:,}" for line in lines],
        "秒 s": [_seconds(line.seconds) for line in lines],
        "倍数 ratio": [_number(ratio(line, lines), "{:.2f} ×") for line in lines],
        "MiB": [_number(line.mib, "{:.0f}") for line in lines],
        "p": [_chance(line.p) for line in lines],
        "目标 goal": ["，".join(_goal(goal, line, lines) for goal in line.goals) for line in lines],
        "备注 note": [line.note.replace("|", "\\|").replace("\n", " ") for line in lines],
    }
    kept = {name: cells for name, cells in columns.items() if any(cells)}
    rows = [" | ".join(kept), " | ".join("---" if name[0] in "做备目" else "--:" for name in kept)]
    rows += [" | ".join(cells) for cells in zip(*kept.values(), strict=True)]
    return "\n".join(f"| {row} |" for row in rows)


def _goal(goal: Goal, line: Line, lines: Sequence[Line]) -> str:
    what, sign, bound = goal
    mark = {True: " ✓", False: " ✗", None: ""}[met(goal, line, lines)]
    return f"p {sign} {bound:g}{mark}" if what == "p" else f"{sign} {bound:g} {what}{mark}"


def _seconds(seconds: float | None) -> str:
    if seconds is None:
        return ""
    return f"{seconds:.3f}" if seconds < 1 else f"{seconds:.2f}" if seconds < 10 else f"{seconds:.1f}"


def _number(number: float | None, shape: str) -> str:
    return "" if number is None else shape.format(number)


def _chance(p: float | None) -> str:
    if p is None:
        return ""
    return f"{p:.3f}" if p >= 0.001 else "< 1e-300" if p < 1e-300 else f"{p:.0e}"


def report(parts: Mapping[str, tuple[str, str]], runs: Sequence[Mapping[str, Any]], alarm: float) -> str:
    """The whole document; `parts` are key → (title, what is measured), `runs` one document of results a size."""
    text = [HEAD.read_text("utf-8").format(alarm=alarm)]
    names = ("运行 run", "日期 date", "版本 version", "机器 machine", "一个块 one block", "负载 load")
    text += ["## Machine 机器", "", f"| {' | '.join(names)} |",
             "| --- | --- | --- | --- | --: | --: |"]  # fmt: skip
    text += [_machine(run) for run in runs]
    for key, (title, about) in parts.items():
        lines = [line_from(each) for run in runs for each in run["sections"].get(key, {}).get("lines", [])]
        problems = [run["sections"][key]["failed"] for run in runs if run["sections"].get(key, {}).get("failed")]
        text += ["", f"## {title}", "", about, ""]
        text += [table(lines)] if lines else [] if problems else ["未测 not measured"]
        text += [f"\n未完成 failed: `{problem}`" for problem in problems]
    return "\n".join(text).rstrip() + "\n"


def _machine(run: Mapping[str, Any]) -> str:
    it = run["machine"]
    machine = f"{it['cores']} × {it['model']}，{it['memory_gib']} GiB，{it['system']}"
    programs = f"Python {it['python']}，{it['openssl']}，PostgreSQL {it['postgres']}"
    began, version, block = run["started"][:16], run["version"], it["block_ns"]
    return f"| {run['name']} | {began} | {version} | {machine}，{programs} | {block:.1f} ns | {it.get('load', 0):.1f} |"
