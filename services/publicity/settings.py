"""What publicity is told by its environment beside what every service is told."""

from libs.common.settings import Settings


class PublicitySettings(Settings):
    """All names begin with SUNLOT_."""
