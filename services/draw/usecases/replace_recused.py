"""A unit granted the request that an officer stand aside: the committed rule names another at once (细则第五条)."""

from datetime import datetime

from libs.common.db.transaction import Transaction
from services.draw.domain.amendment import Amendment, AmendmentKind
from services.draw.domain.plan import Signature
from services.draw.domain.replacement import SwapReason
from services.draw.settings import DrawSettings
from services.draw.store.amendments import add_amendment, amendments_of, save_amendment
from services.draw.store.cases import load_case
from services.draw.store.draws import load_draw
from services.draw.usecases.decide_amendment import carry_out_or_block
from services.draw.usecases.open_certificate import open_certificate

UNIT = "unit"  # who asked on behalf of the firm
BY_RULE = "rule"  # nobody chooses who comes instead


async def replace_recused(
    tx: Transaction, settings: DrawSettings, case_id: str, officer_id: str, granted_at: datetime, now: datetime
) -> None:
    """Replace the officer in the case's team; hearing of it again, or after somebody else has done it, changes nothing.

    Where nobody is left the request stays blocked, with what is lacking, for everybody to see.
    """
    case = await load_case(tx, case_id)
    if case is None or case["result"] is not None or case["withdrawn"] is not None:
        return
    record = await load_draw(tx, case["draw_id"], to_change=True)
    draw_id, subject = record.draw.draw_id, case["uscc"]
    team = (await open_certificate(tx, record)).standing.teams.get(subject, ())
    known = await amendments_of(tx, draw_id)
    asked = {"subject": subject, "out": officer_id, "asked": "firm"}
    if officer_id not in team or any(asked.items() <= other.body.items() for other in known):
        return
    body = asked | {"seat": team.index(officer_id) + 1, "reason": SwapReason.RECUSAL_REQUESTED.value}
    amendment = Amendment(
        draw_id,
        len(known) + 1,
        AmendmentKind.OFFICER,
        body,
        Signature(UNIT, granted_at),
        UNIT,
        decided=Signature(BY_RULE, now),
        decided_role=BY_RULE,
    )
    await add_amendment(tx, amendment)
    await save_amendment(tx, await carry_out_or_block(tx, settings, record, amendment, now))
