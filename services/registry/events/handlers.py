"""What registry does on hearing what."""

from libs.common.messaging.inbox import Handlers
from services.registry.settings import RegistrySettings


def handlers(_settings: RegistrySettings) -> Handlers:
    """Every handler of this service."""
    return Handlers()
