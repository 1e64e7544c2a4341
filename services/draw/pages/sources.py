"""The sources of a seed in words: who gives what, how it stands, how long there is."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from services.draw.domain.beacon import Beacon
from services.draw.domain.draw import Draw
from services.draw.domain.seal import SEALED
from services.draw.domain.seed import LEAD
from services.draw.pages.words import PARTY
from services.draw.store.ceremony import BeaconNote

PUBLIC_RELAY = "https://api.drand.sh"  # named where no relay is configured any more
SOURCES = [
    ("dice", "现场掷骰", "各方揭示后在现场公开掷出，一人录入、另一人确认。"),
    ("beacon", "公共信标", "揭示截止后的第一轮，自动取回；不用掷骰。"),
    ("both", "掷骰和公共信标", "骰子须在信标公布之前掷出并确认。"),
]


@dataclass(frozen=True, slots=True)
class Source:
    """One line of the table of sources; `code` or `text` says what was fixed beforehand."""

    name: str
    code: str
    text: str
    status: str
    tone: str


def sources(draw: Draw, now: datetime) -> list[Source]:
    """The sources in the order in which they come."""
    lines = [_party(draw, promise.party.name, promise.party.commit) for promise in draw.promises]
    plan = draw.commitment.sources if draw.commitment else None
    if plan is None:
        return lines
    if plan.dice:
        done = bool(draw.dice and draw.dice[-1].confirmed)
        lines.append(Source("现场掷骰", "", "6 位以上数字，两人录入一致", *_status(done, "已确认", "未掷出")))
    if plan.beacon:
        text = f"{plan.beacon.chain.beacon_id} 第 {plan.beacon.round} 轮，{plan.beacon.chain.hash[:8]}…"
        waiting = "未取用" if draw.aborted else "未到时间" if now < plan.beacon.due else "等待取回"
        known = draw.beacon is not None
        lines.append(Source("公共信标", "", text, *_status(known, "签名已核验", waiting)))
    return lines


def _party(draw: Draw, name: str, commit: str) -> Source:
    status, tone = "未揭示", ""
    for entry in draw.reveals:
        if entry.name == name and entry.reveal is None:
            status, tone = "缺席", "warn"
        elif entry.name == name:
            kept = draw.sealed and name == LEAD
            status, tone = ("已揭示，密封", "live") if kept else ("已揭示", "good")
    return Source(PARTY.get(name, name), commit, "", status, tone)


def _status(done: bool, yes: str, no: str) -> tuple[str, str]:
    return (yes, "good") if done else (no, "")


def reveals(draw: Draw) -> list[tuple[str, str]]:
    """What everybody may know of the reveals."""
    kept = {None: "缺席", SEALED: "密封中，检查结束后公开"}
    return [(PARTY.get(entry.name, entry.name), kept.get(entry.reveal, entry.reveal or "")) for entry in draw.reveals]


def notes(kept: Iterable[BeaconNote]) -> list[dict[str, object]]:
    """Notes of a beacon that did not come, the newest first, for a timeline."""
    return [
        {"at": note.last, "text": note.text, "who": f"连续 {note.times} 次" if note.times > 1 else ""}
        for note in reversed(tuple(kept))
    ]


def left(until: datetime, now: datetime) -> str:
    """How long there is, in words."""
    seconds = int((until - now).total_seconds())
    if seconds <= 0:
        return "已到时间"
    days, hours, minutes = seconds // 86400, seconds // 3600 % 24, seconds // 60 % 60
    parts = [(days, "天"), (hours, "小时"), (minutes, "分"), (seconds % 60, "秒")]
    first = next(place for place, (number, _) in enumerate(parts) if number)
    return "还有 " + " ".join(f"{number} {unit}" for number, unit in parts[first : first + 2] if number)


def round_address(relay: str, beacon: Beacon) -> str:
    """Where anybody fetches the round."""
    return f"{relay.rstrip('/') or PUBLIC_RELAY}/{beacon.chain.hash}/public/{beacon.round}"
