"""How long a sign-in lasts, when it is renewed, and how many wrong passwords are borne."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Final
from uuid import UUID

REFRESH_LIFETIME: Final = timedelta(hours=12)
MAX_FAILURES: Final = 5
FAILURE_WINDOW: Final = timedelta(minutes=15)
# Two tabs renew at the same moment: the second comes with the token that the first has just replaced.
_TWO_TABS: Final = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class RefreshSession:
    """One sign-in of one browser; the token changes at every renewal, only hashes are kept."""

    session_id: UUID
    account_id: str
    token_hash: str
    previous_hash: str
    rotated_at: datetime
    expires_at: datetime
    revoked: bool


class Renewal(Enum):
    """What to do with a refresh token."""

    ROTATE = "rotate"
    KEEP = "keep"  # good, but another tab has just rotated it
    REFUSE = "refuse"
    REVOKE = "revoke"  # an old token came back: it was stolen, so the whole sign-in ends


def judge_renewal(session: RefreshSession, token_hash: str, now: datetime) -> Renewal:
    """What becomes of a token with this hash at this moment."""
    if session.revoked or now >= session.expires_at:
        return Renewal.REFUSE
    if token_hash == session.token_hash:
        return Renewal.ROTATE
    if token_hash == session.previous_hash and now < session.rotated_at + _TWO_TABS:
        return Renewal.KEEP
    # Whoever names the session and not its newest token has an older one, however often it was renewed since.
    return Renewal.REVOKE
