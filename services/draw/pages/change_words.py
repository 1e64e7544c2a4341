"""The Chinese words of changes to a drawn list."""

from collections.abc import Mapping
from typing import Any

from libs.common.http.auth import Role
from services.draw.domain.amendment import Amendment, AmendmentKind, AmendmentState
from services.draw.domain.replacement import Entry, Fresh, Reserve, Swap, SwapReason, Void, VoidReason

VOID_REASONS = [(reason.value, reason.label) for reason in VoidReason]
SWAP_REASONS = [
    (SwapReason.RECUSAL_REQUESTED.value, "回避（本人或近亲属与检查对象有利害关系）"),
    (SwapReason.NOT_AVAILABLE.value, "不能履行职责（请假、调离、证件失效等）"),
]
LISTED = {
    "drawn": ("现行", ""),
    "void": ("已作废", "bad"),
    "reserve": ("候补递补", "live"),
    "fresh": ("补抽", "live"),
}
KINDS = {
    "void": AmendmentKind.VOID.label,
    "reserve": AmendmentKind.RESERVE.label,
    "fresh": AmendmentKind.FRESH.label,
    "officer": AmendmentKind.OFFICER.label,
}
STATES = [("waiting", "待处理"), *((state.value, state.label) for state in AmendmentState)]
_TONES = {
    AmendmentState.PROPOSED: "warn",
    AmendmentState.RUNNING: "live",
    AmendmentState.DONE: "good",
    AmendmentState.REJECTED: "",
    AmendmentState.BLOCKED: "bad",
    AmendmentState.ENDED: "",
}


def state(value: AmendmentState | str) -> tuple[str, str]:
    """Label and tone of a request's state."""
    known = AmendmentState(value)
    return known.label, _TONES[known]


def role(value: str) -> str:
    """Who acted, without a name."""
    if value == "rule":
        return "按承诺的规则自动确定"
    return Role(value).chinese if value else "—"


def kind(entry: Entry) -> str:
    """The kind of an entry."""
    return KINDS[entry.document()["kind"]]


def _firm(uscc: str, names: Mapping[str, Any]) -> str:
    return f"{names[uscc]['name']}（{uscc}）" if uscc in names else uscc


def sentence(entry: Entry, names: Mapping[str, Any]) -> str:
    """What an entry changed; officers by public number."""
    match entry:
        case Void():
            return f"{_firm(entry.subject, names)}：{entry.reason.label}，证明材料 {len(entry.evidence)} 份"
        case Reserve():
            return f"补第 {entry.void} 条作废：{_firm(entry.taken.id, names)}，检查人员 {'、'.join(entry.officers)}"
        case Fresh():
            taken = "、".join(_firm(one.id, names) for one in entry.taken)
            return f"补第 {'、'.join(map(str, entry.voids))} 条作废：经 {entry.draw_id} 重新抽取，抽中 {taken}"
        case Swap():
            return (
                f"{_firm(entry.subject, names)}：第 {entry.seat} 名检查人员由 {entry.out} 换为 {entry.into}，"
                f"{entry.reason.label}"
            )


def request(amendment: Amendment, names: Mapping[str, Any], voids: Mapping[int, str]) -> str:
    """What is asked for, as a sentence; officers by public number."""
    body = amendment.body
    match amendment.kind:
        case AmendmentKind.VOID:
            return f"{_firm(body['subject'], names)}：{VoidReason(body['reason']).label}"
        case AmendmentKind.RESERVE:
            return (
                f"补第 {body['void']} 条作废（{_firm(voids.get(body['void'], ''), names)}），取同一分类的下一个抽签号"
            )
        case AmendmentKind.FRESH:
            gone = "、".join(_firm(voids.get(void, ""), names) for void in body["voids"])
            return f"补第 {'、'.join(map(str, body['voids']))} 条作废（{gone}），另行抽取"
        case AmendmentKind.OFFICER:
            who = "企业申请、单位同意的回避" if body.get("asked") else SwapReason(body["reason"]).label
            return f"{_firm(body['subject'], names)}：更换第 {body['seat']} 名检查人员 {body['out']}，{who}"
