"""A firm's own salt in the masked profile: it opens the firm's class, so only the firm gets it, and it is recorded."""

from dataclasses import dataclass
from datetime import datetime

from libs.common.db.transaction import Transaction
from libs.common.errors import FieldError, Invalid, NotFound, OutOfOrder
from libs.common.http.auth import Actor
from services.draw.domain.pool import PoolRow, is_plain, mask, salt
from services.draw.domain.seed import key
from services.draw.domain.verdict import Judgement, Threshold, judge
from services.draw.store import secrets as store
from services.draw.store.draws import DrawRecord, load_draw
from services.draw.store.portions import open_row

LONGEST = 200


class NothingMasked(OutOfOrder):
    """An open draw has no salts: its classes are public."""

    detail = "本次抽取公开分类，没有盐值：企业可直接在公开页面核对。"


class NotInPool(NotFound):
    """A firm outside the pool has no salt."""

    detail = "这一户不在本次抽取的待抽名录中，没有盐值；可在公开页面查看“不在名录中”的证明。"


class HandingUnexplained(Invalid):
    """A salt leaves the house to a known person only."""

    detail = "请写明交给谁、怎样核对身份：盐值能打开该户的信用风险分类，只能交给该户本身（细则第六条）。"


class SaltUnknown(NotFound):
    """No such handing out."""

    detail = "没有这条盐值领取记录。"


@dataclass(frozen=True, slots=True)
class Slip:
    """What the firm gets on paper: its rows, its salt, its ticket and what follows."""

    record: DrawRecord
    handed: dict[str, object]
    row: PoolRow
    shown: PoolRow
    salt: str
    judgement: Judgement


async def hand_out(
    tx: Transaction, draw_id: str, uscc: str, given_to: str, identity: str, actor: Actor, now: datetime
) -> int:
    """Record to whom a firm's salt goes and return the record's number. Raises NothingMasked, NotInPool and others."""
    record = await load_draw(tx, draw_id, to_change=True)
    wrong = [
        FieldError(name, what)
        for name, value, what in (
            ("given_to", given_to, "请写明领取人的姓名和职务"),
            ("identity", identity, "请写明怎样核对身份，如：营业执照副本和本人身份证"),
        )
        if not value.strip() or len(value) > LONGEST or not is_plain(value.strip())
    ]
    if wrong:
        raise HandingUnexplained(fields=wrong)
    row, _ = await _masked_row(tx, record, uscc)
    actor.must_see(row.county)
    return await store.add_handed(
        tx,
        draw_id,
        {
            "uscc": row.id,
            "county": row.county,
            "given_to": given_to.strip(),
            "identity": identity.strip(),
            "by": actor.account_id,
            "by_name": actor.name,
            "at": now,
        },
    )


async def slip_of(
    tx: Transaction, draw_id: str, n: int, thresholds: list[Threshold], actor: Actor, now: datetime
) -> Slip:
    """The slip of one handing out; each look at it is kept. Raises SaltUnknown."""
    record = await load_draw(tx, draw_id)
    handed = await store.handed(tx, draw_id, n)
    if handed is None:
        raise SaltUnknown
    actor.must_see(handed["county"])
    row, master = await _masked_row(tx, record, handed["uscc"])
    seed = record.draw.seed if record.draw.published else None  # a firm is told no sooner than everybody
    label = record.draw.commitment.ticket_label if record.draw.commitment else "subject"
    judgement = judge(row.id, row, key(label, seed) if seed else None, thresholds)
    await note_view(tx, draw_id, f"盐值 {row.id}", actor, now)
    return Slip(record, dict(handed), row, mask(row, master), salt(master, row.id), judgement)


async def note_view(tx: Transaction, draw_id: str, what: str, actor: Actor, now: datetime) -> None:
    """Keep who looked at a secret of a draw."""
    await store.add_view(tx, draw_id, {"what": what, "by": actor.account_id, "by_name": actor.name, "at": now})


async def _masked_row(tx: Transaction, record: DrawRecord, uscc: str) -> tuple[PoolRow, bytes]:
    if record.master is None:
        raise NothingMasked
    row = await open_row(tx, record, uscc.strip().upper())
    if row is None:
        raise NotInPool
    return row, record.master
