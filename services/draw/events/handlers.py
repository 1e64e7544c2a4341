"""What draw does on hearing what."""

from libs.common.messaging.inbox import Handlers
from services.draw.settings import DrawSettings


def handlers(_settings: DrawSettings) -> Handlers:
    """Every handler of this service."""
    return Handlers()
