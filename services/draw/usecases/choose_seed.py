"""Keep how the lead section lets the seed come about: dice, beacon, time to reveal, seal (细则第五条)."""

from libs.common.db.transaction import Transaction
from libs.common.errors import FieldError
from libs.common.http.auth import Actor
from services.draw.domain.ceremony import ChoiceInvalid, SeedChoice
from services.draw.domain.draw import DrawState
from services.draw.settings import DrawSettings
from services.draw.store.ceremony import save_choice
from services.draw.store.draws import load_draw


async def choose_seed(tx: Transaction, settings: DrawSettings, draw_id: str, choice: SeedChoice, actor: Actor) -> None:
    """Keep the choice for the commitment that follows; once that stands, it alone counts. Raises ChoiceInvalid."""
    record = await load_draw(tx, draw_id, to_change=True)
    actor.must_see(record.county)
    if choice.beacon and settings.chain is None:
        raise ChoiceInvalid(fields=[FieldError("sources", "没有配置信标，请选择掷骰，或请系统管理员配置信标地址")])
    if record.draw.state is DrawState.FROZEN:
        await save_choice(tx, draw_id, choice)
