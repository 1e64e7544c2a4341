"""The part of others' events that registry relies on; fields it does not use are not named."""

from datetime import date
from typing import ClassVar

from libs.common.messaging.envelope import Received


class InspectionCompleted(Received):
    """A case has been inspected: the subject's last day and yearly count change."""

    TYPE: ClassVar[str] = "inspection.inspection_completed"
    case_id: str
    uscc: str
    ended_on: date
    subject_result: str
