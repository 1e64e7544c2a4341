"""What draw is told by its environment beside what every service is told."""

from datetime import date
from enum import StrEnum

from pydantic import Field, model_validator

from libs.common.settings import Settings
from services.draw.domain.beacon import Chain, ChainInvalid
from services.draw.domain.commitment import Profile
from services.draw.domain.eligibility import Rules


class CapPolicy(StrEnum):
    """What happens at a cap."""

    WARN = "warn"
    ENFORCE = "enforce"


# League of Entropy, https://api.drand.sh/52db9ba7…e971/info; the tests check recorded rounds against this key.
QUICKNET = Chain(
    beacon_id="quicknet",
    public_key="83cf0f2896adee7eb8b5f01fcad3912212c437e0073e911fb90022d3e760183c8c4b450b6a0a6c3ac6a5776a2d106451"
    "0d1fec758c921cc22b0e17e63aaf4bcb5ed66304de9cf809bd274ca73bab4af5a6e9c76a4bc09e76eae8991ef5ece45a",
    genesis=1692803367,
    period=3,
    group_hash="f477d5c89f21a17c863a7f937c6a6d15859414d2be09cd448d4279af331c5d3e",
)


class DrawSettings(Settings):
    """All names begin with SUNLOT_."""

    draw_profile: Profile = Field(
        default=Profile.MASKED,
        description="masked hides the credit class from the public pool; open shows it",
    )
    authority: str = Field(default="洛阳市人力资源和社会保障局", description="the authority named on commitments")
    merge_days: int = Field(
        default=30, ge=0, description="days after its dispatch in which other tasks join a firm's case; 0 is never"
    )
    inspected_window_days: int = Field(default=90, ge=0, description="days after an inspection without another draw")
    yearly_cap: int = Field(default=2, ge=0, description="inspections of a firm in a year; 0: no cap")
    yearly_cap_policy: CapPolicy = Field(
        default=CapPolicy.WARN, description="warn shows who is at a cap; enforce keeps them out of draws"
    )
    yearly_cap_exempts_triggers: bool = Field(
        default=True, description="whether triggered draws may take firms that are at a cap; they are counted always"
    )
    item_window_days: int = Field(
        default=0,
        ge=0,
        description="days after an inspection on an item without another on the same item; 0: no window",
    )
    officer_cap: int = Field(default=20, ge=1, description="most cases an officer takes in one draw")
    reveal_hours: int = Field(default=48, ge=1, description="hours that parties have to reveal after the commitment")
    result_hours: int = Field(default=96, ge=2, description="hours after the commitment until a result must stand")
    beacon_url: str = Field(
        default="", description="a drand relay (GET /{chain}/public/{round}); empty: no draw may name a beacon"
    )
    beacon_timeout: float = Field(default=10, gt=0, description="seconds to wait for the relay's answer")
    beacon_chain: str = Field(default=QUICKNET.hash, description="the chain's hash, from its operators")
    beacon_id: str = Field(default=QUICKNET.beacon_id, description="the chain's name")
    beacon_public_key: str = Field(default=QUICKNET.public_key, description="the chain's key, 192 hex digits")
    beacon_genesis: int = Field(default=QUICKNET.genesis, description="Unix second of the chain's first round")
    beacon_period: int = Field(default=QUICKNET.period, description="seconds from round to round")
    beacon_group_hash: str = Field(default=QUICKNET.group_hash, description="the hash of the chain's group")

    @property
    def chain(self) -> Chain | None:
        """The chain whose rounds a draw may name; none without a relay."""
        return self._chain() if self.beacon_url else None

    def _chain(self) -> Chain:
        return Chain(
            self.beacon_id, self.beacon_public_key, self.beacon_genesis, self.beacon_period, self.beacon_group_hash
        )

    @model_validator(mode="after")
    def _is_that_chain(self) -> "DrawSettings":
        # A key, name or time that was copied wrongly would show only when the round comes.
        try:
            found = self._chain().hash
        except ChainInvalid as error:
            raise ValueError(error.detail) from error
        if found != self.beacon_chain:
            raise ValueError(f"SUNLOT_BEACON_…: these parts are those of chain {found}, not of {self.beacon_chain}")
        return self

    def rules(self, as_of: date, items: tuple[str, ...], *, triggered: bool, spare_a: bool) -> Rules:
        """What keeps subjects out of a draw on `as_of` with these items."""
        return Rules(
            as_of=as_of,
            triggered=triggered,
            window_days=self.inspected_window_days,
            spare_a=spare_a,
            yearly_cap=self.yearly_cap,
            item_window_days=self.item_window_days,
            items=items,
            enforce_caps=self.yearly_cap_policy is CapPolicy.ENFORCE,
            caps_exempt_triggers=self.yearly_cap_exempts_triggers,
        )
