"""What draw is told by its environment beside what every service is told."""

from datetime import date
from enum import StrEnum

from pydantic import Field

from libs.common.settings import Settings
from services.draw.domain.commitment import Profile
from services.draw.domain.eligibility import Rules


class CapPolicy(StrEnum):
    """What happens at a cap."""

    WARN = "warn"
    ENFORCE = "enforce"


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
