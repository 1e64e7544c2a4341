"""The steps of a ceremony that need a choice or a reason: commit, hand over the beacon, open the seal."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from libs.common.clock import now
from libs.common.db.transaction import Transaction
from libs.common.errors import FieldError
from libs.common.http.app import Db
from libs.common.http.auth import Actor, Role, allow
from services.draw.domain.ceremony import ChoiceInvalid, SeedChoice
from services.draw.pages.inside import take_step
from services.draw.settings import DrawSettings
from services.draw.usecases.await_beacon import hand_over_round
from services.draw.usecases.choose_seed import choose_seed
from services.draw.usecases.commit_draw import commit_draw
from services.draw.usecases.open_seal import open_seal

router = APIRouter(prefix="/draw", include_in_schema=False)

Lead = Annotated[Actor, allow(Role.LEAD)]
Party = Annotated[Actor, allow(Role.LEAD, Role.SECTION)]
Text = Annotated[str, Form(max_length=500)]
Word = Annotated[str, Form(max_length=20)]

MINUTES = {"minutes": 1, "hours": 60}


def read_choice(sources: str, reveal: str, unit: str, seal: str, seal_reason: str) -> SeedChoice:
    """The choice as typed. Raises ChoiceInvalid."""
    if reveal and not (reveal.isascii() and reveal.isdecimal() and len(reveal) < 6):
        raise ChoiceInvalid(fields=[FieldError("reveal", "揭示时限请填写整数")])
    return SeedChoice(
        dice=sources != "beacon",
        beacon=sources in {"beacon", "both"},
        reveal_minutes=int(reveal) * MINUTES.get(unit, 1) if reveal else None,
        seal_reason=seal_reason.strip() if seal else None,
    )


@router.post("/draws/{draw_id}/commit")
async def commit(
    draw_id: str, request: Request, database: Db, actor: Lead, sources: Word = "dice", reveal: Word = "",
    unit: Word = "minutes", seal: Word = "", seal_reason: Text = "",
) -> Response:  # fmt: skip
    """Commit, with the sources, the time and the seal that the lead has chosen."""
    settings: DrawSettings = request.app.state.settings
    typed = {"sources": sources, "reveal": reveal, "unit": unit, "seal": seal, "seal_reason": seal_reason}

    async def step(tx: Transaction) -> None:
        choice = read_choice(sources, reveal.strip(), unit, seal, seal_reason)
        await choose_seed(tx, settings, draw_id, choice, actor)
        await commit_draw(tx, settings, draw_id, actor, now())

    return await take_step(request, database, actor, draw_id, step, typed)


@router.post("/draws/{draw_id}/beacon")
async def beacon(
    draw_id: str, request: Request, database: Db, actor: Party, round_json: Annotated[str, Form(max_length=4096)] = ""
) -> Response:
    """Hand over the round; a refusal is kept as a note before it is shown."""
    typed = {"round_json": round_json}
    refused: list[Any] = []

    async def note(tx: Transaction) -> None:
        if error := await hand_over_round(tx, draw_id, round_json.strip(), actor, now()):
            refused.append(error)

    async def tell(_: Transaction) -> None:
        raise refused[0]

    answer = await take_step(request, database, actor, draw_id, note, typed)
    return await take_step(request, database, actor, draw_id, tell, typed) if refused else answer


@router.post("/draws/{draw_id}/open")
async def open_(draw_id: str, request: Request, database: Db, actor: Lead, open_reason: Text = "") -> Response:
    """Open the seal before the inspections have ended."""
    typed = {"open_reason": open_reason}
    return await take_step(
        request, database, actor, draw_id, lambda tx: open_seal(tx, draw_id, open_reason, actor, now()), typed
    )
