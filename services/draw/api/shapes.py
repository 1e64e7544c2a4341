"""How plans, tasks and draws look as JSON and as columns of lists."""

from datetime import datetime
from typing import Any

from fastapi.encoders import jsonable_encoder
from sqlalchemy import RowMapping

from libs.common.web import Column
from services.draw.domain.draw import Draw, DrawState
from services.draw.store.draws import DrawRecord
from services.draw.store.plans import PlanRecord, TaskRecord

PLAN_COLUMNS = (
    Column("plan_id", "计划编号", code=True, sortable=True, width=18),
    Column("title", "计划名称", sortable=True, width=40),
    Column("county", "县区", sortable=True),
    Column("kind", "类型"),
    Column("source", "触发来源"),
    Column("document_number", "文号", width=24),
    Column("state", "状态", sortable=True),
    Column("proposed_at", "提出时间", sortable=True, width=20),
)
TASK_COLUMNS = (
    Column("task_id", "任务编号", code=True, sortable=True, width=22),
    Column("title", "任务名称", sortable=True, width=40),
    Column("county", "县区", sortable=True),
    Column("directed", "抽查方式"),
    Column("source", "触发来源"),
    Column("deadline", "完成期限", sortable=True),
    Column("state", "状态", sortable=True),
)
DRAW_COLUMNS = (
    Column("draw_id", "抽取编号", code=True, sortable=True, width=24),
    Column("title", "抽查任务", sortable=True, width=40),
    Column("county", "县区", sortable=True),
    Column("pool_rows", "名录户数", numeric=True, sortable=True),
    Column("dispatched", "抽中户数", numeric=True),
    Column("inspected", "已检查", numeric=True),
    Column("state", "状态", sortable=True),
    Column("committed_at", "承诺时间", sortable=True, width=20),
)


def plain(row: RowMapping) -> dict[str, Any]:
    """A row as JSON values."""
    result: dict[str, Any] = jsonable_encoder(dict(row))
    return result


def plan(record: PlanRecord) -> dict[str, Any]:
    """A plan inside."""
    one = record.plan
    return {
        "plan_id": one.plan_id,
        "title": one.title,
        "county": record.county,
        "kind": record.kind,
        "scope": record.scope,
        "reason": record.reason,
        "source": record.source,
        "policy": record.policy,
        "ratio": record.ratio,
        "rounding": record.quota.rounding,
        "minimum": record.quota.minimum,
        "spare_a": record.spare_a,
        "version": one.version,
        "trigger_ids": list(one.triggers),
        "proposal": record.proposal.document(),
        "state": one.state.value,
        "document_number": one.document_number,
        "proposed_at": one.proposed.at.isoformat(),
    }


def task(record: TaskRecord) -> dict[str, Any]:
    """A task inside."""
    one = record.task
    return {
        "task_id": one.task_id,
        "plan_id": one.plan_id,
        "title": one.title,
        "county": record.county,
        "items": list(one.items),
        "directed": one.directed,
        "cells": list(one.cells),
        "order_only": one.order_only,
        "filter": [condition.document() for condition in one.filter],
        "deadline": one.deadline.isoformat(),
        "sections": list(one.sections),
        "participants": list(one.participants),
        "state": one.state.value,
        "draw_id": one.draw_id,
    }


def draw(record: DrawRecord, now: datetime) -> dict[str, Any]:
    """A draw inside: what everybody may know plus what keeps it from going on."""
    return public_draw(record, now) | {"problem": record.problem}


def public_draw(record: DrawRecord, now: datetime) -> dict[str, Any]:
    """A draw as the public sees it; what is not there yet is null."""
    one = record.draw
    return {
        "draw_id": one.draw_id,
        "task_id": one.task_id,
        "attempt": one.attempt,
        "state": one.state.value,
        "county": record.county,
        "profile": record.profile.value,
        "pool": {"root": record.pool.root, "rows": record.pool.rows, "pages": record.pool.pages},
        "parties": [{"name": p.party.name, "commit": p.party.commit} for p in one.promises],
        "commit_sha256": one.commitment.sha256 if one.commitment else None,
        "log_index": one.receipt.index if one.receipt else None,
        "revealed": [r.name for r in one.reveals if r.reveal],
        "waiting_for": list(one.waiting_for),
        "dice": one.dice[-1].digits if one.dice and one.dice[-1].confirmed else None,
        "dice_typed": bool(one.dice),
        "seed_txt": one.seed.decode() if one.seed else None,
        "result_sha256": one.result_sha256,
        "supersedes": one.supersedes.document() if one.supersedes else None,
        "aborted": one.aborted.reason if one.aborted else None,
        "result_deadline": one.commitment.result_deadline.isoformat() if one.commitment else None,
        "overdue": one.is_overdue(now),
        "beacon": _beacon(one),
        "reveals": _reveals(one),
        "sealed": one.sealed,
        "seal": _seal(one),
    }


def _beacon(one: Draw) -> dict[str, Any] | None:
    beacon = one.commitment.sources.beacon if one.commitment else None
    if beacon is None:
        return None
    return {
        "chain": beacon.chain.hash,
        "round": beacon.round,
        "due": beacon.due.isoformat(),
        "signature": one.beacon.signature if one.beacon else None,
    }


def _reveals(one: Draw) -> list[dict[str, str | None]]:
    """What was revealed, once nobody can adapt to it; null is a party that stayed away."""
    if one.state in {DrawState.LOGGED, DrawState.REVEALING}:
        return []
    return [{"name": entry.name, "reveal": entry.reveal} for entry in one.reveals]


def _seal(one: Draw) -> dict[str, Any] | None:
    if one.sealing is None:
        return None
    return {
        "reason": one.sealing.reason,
        "result_log_index": one.result_receipt.index if one.result_receipt else None,
        "opened_because": one.opening.reason if one.opening else None,
        "opened_at": one.opening.entered.at.isoformat() if one.opening else None,
    }
