"""What trigger does on hearing what."""

from libs.common.messaging.inbox import Handlers
from services.trigger.settings import TriggerSettings


def handlers(_settings: TriggerSettings) -> Handlers:
    """Every handler of this service."""
    return Handlers()
