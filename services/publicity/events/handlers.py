"""What publicity does on hearing what."""

from libs.common.messaging.inbox import Handlers
from services.publicity.settings import PublicitySettings


def handlers(_settings: PublicitySettings) -> Handlers:
    """Every handler of this service."""
    return Handlers()
