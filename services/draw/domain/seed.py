"""The seed: what each party promised, what it revealed, and the keys that everything is drawn with."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from libs.common.canonical import sha256_hex
from libs.common.errors import Invalid, OutOfOrder
from services.draw.domain.beacon import Beacon, randomness_of

FORMAT = "sunlot-draw/1"
REVEAL_BYTES = 32
ABSENT = "ABSENT"
LEAD = "lead"  # whose reveal is kept inside while a draw is sealed
MIN_DICE = 6
MAX_DICE = 64

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")
_HEX64 = re.compile(r"[0-9a-f]{64}")
_DICE = re.compile(rf"[0-9]{{{MIN_DICE},{MAX_DICE}}}")


class PartyInvalid(Invalid):
    """A party's name or promise has the wrong form."""


class SeedPlanTooWeak(Invalid):
    """One source alone could choose the result."""

    detail = "随机种子至少需要两个独立来源（两方随机数，或一方随机数加现场掷骰），请补充参与方（细则第五条）。"


class RevealDoesNotMatch(Invalid):
    """The revealed number is not the promised one."""


class DiceInvalid(Invalid):
    """The digits thrown in public have the wrong form."""

    detail = f"骰子结果应为 {MIN_DICE} 至 {MAX_DICE} 位数字，请按现场结果重新录入。"


class SealNeedsLead(Invalid):
    """A draw is sealed by the lead's reveal, so there must be one."""

    detail = "密封抽取须有牵头科室作为参与方：由其暂不公开的随机数保密名单，请先登记牵头科室的承诺。"


class PartyAbsent(OutOfOrder):
    """A party did not reveal, and no later public source makes up for it."""


class NobodyRevealed(PartyAbsent):
    """Dice alone can be listed before the throw."""

    detail = "没有任何一方揭示随机数，只凭掷骰不能抽取，本次抽取应中止后重新登记。"


class SeedIncomplete(OutOfOrder):
    """A source that the plan names is missing."""


@dataclass(frozen=True, slots=True)
class Party:
    """A party's name (`lead`, `supervisor`, …) and the promise it gave before the commitment."""

    name: str
    commit: str

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise PartyInvalid(f"参与方代号“{self.name}”无效：只用小写字母、数字、下划线和连字符。")
        if not _HEX64.fullmatch(self.commit):
            raise PartyInvalid(f"参与方 {self.name} 的承诺应为 64 位十六进制摘要，请在其浏览器中重新生成。")


@dataclass(frozen=True, slots=True)
class SeedSources:
    """Every source that the seed must have, in order; all of them are mandatory.

    Sealed: the lead's reveal, and so the seed, is published only after the inspections.
    """

    parties: tuple[Party, ...]
    dice: bool
    beacon: Beacon | None = None
    sealed: bool = False

    def __post_init__(self) -> None:
        names = [party.name for party in self.parties]
        if len(set(names)) != len(names):
            raise PartyInvalid("参与方不能重复：" + "、".join(names) + "。")
        if not names or len(names) + self.dice + (self.beacon is not None) < 2:
            raise SeedPlanTooWeak
        if self.sealed and LEAD not in names:
            raise SealNeedsLead

    @property
    def allows_absence(self) -> bool:
        """Whether a later public source makes up for a party that does not reveal."""
        return self.dice or self.beacon is not None


def party_commit(name: str, reveal: bytes) -> str:
    """Return the promise of a party for its 32 random bytes. Raises PartyInvalid."""
    if len(reveal) != REVEAL_BYTES:
        raise PartyInvalid(f"参与方 {name} 的随机数应为 {REVEAL_BYTES} 字节。")
    return hashlib.sha256(f"{FORMAT} party {name} ".encode() + reveal).hexdigest()


def check_reveal(party: Party, reveal_hex: str) -> None:
    """Refuse a reveal (64 lower-case hexadecimal digits) that was not promised. Raises RevealDoesNotMatch."""
    if not _HEX64.fullmatch(reveal_hex) or party_commit(party.name, bytes.fromhex(reveal_hex)) != party.commit:
        raise RevealDoesNotMatch(
            f"参与方 {party.name} 揭示的随机数与事先登记的承诺不一致，请核对后重新揭示，否则按缺席处理。"
        )


def check_dice(digits: str) -> None:
    """Refuse anything but 6 to 64 decimal digits. Raises DiceInvalid."""
    if not _DICE.fullmatch(digits):
        raise DiceInvalid


def seed_txt(
    commit_sha256: str,
    sources: SeedSources,
    reveals: Sequence[str | None],
    *,
    dice: str | None = None,
    beacon_signature: str | None = None,
) -> bytes:
    """Return the bytes of seed.txt; `reveals` stand in the plan's order, None is a party that stayed away.

    Raises RevealDoesNotMatch, DiceInvalid, PartyAbsent, SeedIncomplete, BeaconRefused.
    """
    lines = [f"{FORMAT} seed", f"commit {commit_sha256}"]
    if (beacon_signature is None) != (sources.beacon is None):
        raise SeedIncomplete(f"信标：计划{_said(sources.beacon)}，实际{_said(beacon_signature)}，两者必须一致。")
    if sources.beacon is not None and beacon_signature is not None:
        sources.beacon.check(beacon_signature)
        lines.append(f"beacon {sources.beacon.chain.hash} {sources.beacon.round} {randomness_of(beacon_signature)}")
    if len(reveals) != len(sources.parties):
        raise SeedIncomplete(f"计划有 {len(sources.parties)} 个参与方，收到 {len(reveals)} 个结果，请逐一揭示。")
    for number, (party, reveal) in enumerate(zip(sources.parties, reveals, strict=True), 1):
        if reveal is not None:
            check_reveal(party, reveal)
        lines.append(f"reveal {number} {party.name} {party.commit} {reveal or ABSENT}")
    _check_absence(sources, reveals)
    if (dice is None) == sources.dice:
        raise SeedIncomplete(f"掷骰：计划{_said(sources.dice)}，实际{_said(dice)}，两者必须一致。")
    if dice is not None:
        check_dice(dice)
        lines.append(f"dice {dice}")
    return ("\n".join(lines) + "\n").encode()


def _said(value: object) -> str:
    return "有" if value else "无"


def _check_absence(sources: SeedSources, reveals: Sequence[str | None]) -> None:
    absent = [party.name for party, reveal in zip(sources.parties, reveals, strict=True) if reveal is None]
    if absent and not sources.allows_absence:
        raise PartyAbsent(f"参与方 {'、'.join(absent)} 未揭示，且没有掷骰或信标，本次抽取应中止后重新登记。")
    # Six digits of dice alone have 10^6 outcomes, which can be listed before the throw.
    if len(absent) == len(reveals) and sources.beacon is None:
        raise NobodyRevealed


def key(label: str, seed: bytes) -> str:
    """Return 32 hexadecimal digits for a purpose (`subject`, `officer`, `replace/1`) from seed.txt's bytes."""
    return hashlib.sha256(f"{FORMAT}\n{label}\n{sha256_hex(seed)}\n".encode()).hexdigest()[:32]
