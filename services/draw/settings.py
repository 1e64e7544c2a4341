"""What draw is told by its environment beside what every service is told."""

from pydantic import Field

from libs.common.settings import Settings
from services.draw.domain.commitment import Profile


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
    officer_cap: int = Field(default=20, ge=1, description="most cases an officer takes in one draw")
    reveal_hours: int = Field(default=48, ge=1, description="hours that parties have to reveal after the commitment")
    result_hours: int = Field(default=96, ge=2, description="hours after the commitment until a result must stand")
