"""After the record is frozen, only notes are added to it (细则第十条)."""

from datetime import datetime

from libs.common.db.transaction import Transaction
from libs.common.errors import FieldError, Invalid
from libs.common.http.auth import Actor
from libs.common.ids import natural_id
from services.inspection.store import afterwards, cases
from services.inspection.usecases.access import must_be_on_team, open_case


async def append_supplement(tx: Transaction, case_id: str, text: str, actor: Actor, now: datetime) -> None:
    """Add a note; the record itself stays as it was."""
    case = await open_case(tx, case_id, actor)
    must_be_on_team(actor, case)
    case.must_be_over()
    if not text.strip():
        raise Invalid(fields=[FieldError("supplement", "请填写补充说明")])
    supplement_id = str(natural_id("supplement", case.id, actor.account_id, text.strip()))
    await afterwards.append_supplement(tx, case.id, supplement_id, text.strip(), actor.account_id, actor.name, now)
    await cases.remember(tx, case.id, "追加补充说明", actor.name, actor.account_id, now)
