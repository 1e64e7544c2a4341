"""How the lead section lets a seed come about: which public sources, how long the parties have, and whether sealed."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from libs.common.errors import FieldError, Invalid
from services.draw.domain.beacon import Beacon, Chain
from services.draw.domain.seed import Party, SeedSources

LONGEST = timedelta(days=30)
MINUTES = int(LONGEST.total_seconds()) // 60


class ChoiceInvalid(Invalid):
    """The choice can't be carried out as it stands; `fields` say what to change."""

    detail = "随机来源或时限选择有误，请按提示改正后再登记承诺。"


@dataclass(frozen=True, slots=True)
class SeedChoice:
    """What the lead chooses at the commitment; `reveal_minutes` None is the usual time, `seal_reason` None not sealed.

    Raises ChoiceInvalid.
    """

    dice: bool = True
    beacon: bool = False
    reveal_minutes: int | None = None
    seal_reason: str | None = None

    def __post_init__(self) -> None:
        wrong = []
        if not (self.dice or self.beacon):
            wrong.append(FieldError("sources", "请选择掷骰、公共信标或两者：最后一个来源须公开产生（细则第五条）"))
        if self.reveal_minutes is not None and not 1 <= self.reveal_minutes <= MINUTES:
            wrong.append(FieldError("reveal", f"揭示时限应为 1 分钟至 {LONGEST.days} 天"))
        if self.seal_reason is not None and not self.seal_reason.strip():
            wrong.append(FieldError("seal_reason", "密封须写明理由，理由将公开"))
        if wrong:
            raise ChoiceInvalid(fields=wrong)

    @property
    def sealed(self) -> bool:
        """Whether the list is kept until the inspections have ended."""
        return self.seal_reason is not None

    def document(self) -> dict[str, Any]:
        """The choice as it is kept."""
        return asdict(self)


def choice_from(document: Mapping[str, Any] | None) -> SeedChoice:
    """Read back a choice; nothing kept is the usual one."""
    return SeedChoice(**document) if document else SeedChoice()


@dataclass(frozen=True, slots=True)
class Schedule:
    """The sources of a seed and when they are closed, as the commitment says."""

    sources: SeedSources
    reveal_deadline: datetime
    result_deadline: datetime


def schedule(
    choice: SeedChoice,
    parties: tuple[Party, ...],
    chain: Chain | None,
    start: datetime,
    reveal: timedelta,
    result: timedelta,
) -> Schedule:
    """Reckon from `start` (aware): the parties have the chosen time, else `reveal`; the result stands later.

    `reveal` and `result` are the usual times after the start. The beacon is the first round at or after the deadline.
    Raises ChoiceInvalid when a beacon is chosen and no `chain` is configured, and what SeedSources raises.
    """
    if choice.beacon and chain is None:
        raise ChoiceInvalid(fields=[FieldError("sources", "没有配置信标，请选择掷骰，或请系统管理员配置信标地址")])
    # Whole seconds: the commitment's times are written so, and what is read back must be the same.
    begin = start.astimezone(UTC).replace(microsecond=0)
    chosen = reveal if choice.reveal_minutes is None else timedelta(minutes=choice.reveal_minutes)
    deadline = begin + chosen
    beacon = Beacon(chain, chain.round_at_or_after(deadline)) if choice.beacon and chain else None
    sources = SeedSources(parties, choice.dice, beacon, choice.sealed)
    return Schedule(sources, deadline, deadline + max(result - reveal, timedelta(hours=1)))
