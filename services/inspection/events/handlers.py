"""What inspection does on hearing what."""

from libs.common.messaging.inbox import Handlers
from services.inspection.settings import InspectionSettings


def handlers(_settings: InspectionSettings) -> Handlers:
    """Every handler of this service."""
    return Handlers()
