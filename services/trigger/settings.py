"""What trigger is told by its environment beside what every service is told."""

from libs.common.settings import Settings


class TriggerSettings(Settings):
    """All names begin with SUNLOT_."""
