"""What registry does on hearing what."""

from libs.common import clock
from libs.common.db.transaction import Transaction
from libs.common.messaging.envelope import Envelope
from libs.common.messaging.inbox import Handlers
from services.registry.events import received
from services.registry.settings import RegistrySettings
from services.registry.usecases.note_inspection import NoteInspection, note_inspection


def handlers(_settings: RegistrySettings) -> Handlers:
    """Every handler of this service."""
    heard = Handlers()
    heard.on(received.InspectionCompleted, _inspection_completed)
    return heard


async def _inspection_completed(tx: Transaction, event: received.InspectionCompleted, _envelope: Envelope) -> None:
    command = NoteInspection(event.case_id, event.uscc, event.ended_on, event.subject_result)
    await note_inspection(tx, command, clock.now())
