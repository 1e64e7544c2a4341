"""A session that has ended is begun again with the refresh token of the same sign-in."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from libs.common.db.transaction import Transaction
from libs.common.http.auth import Actor
from services.registry.domain.session import Renewal, judge_renewal
from services.registry.store import accounts, sessions
from services.registry.usecases.sign_in import actor_for, token_hash


@dataclass(frozen=True, slots=True)
class Renewed:
    """Who acts, the next refresh token (None: keep the one you have) and when the sign-in ends for good."""

    actor: Actor
    token: str | None
    expires_at: datetime


async def renew_session(tx: Transaction, token: str, now: datetime) -> Renewed | None:
    """The renewed session; None when somebody has to sign in again."""
    name, _, word = token.partition(".")
    try:
        session_id = UUID(name)
    except ValueError:
        return None
    session = await sessions.load_session(tx, session_id)
    if session is None:
        return None
    verdict = judge_renewal(session, token_hash(word), now)
    if verdict is Renewal.REVOKE:
        await sessions.revoke_session(tx, session_id)
    known = await accounts.load_account(tx, session.account_id)
    if verdict in {Renewal.REFUSE, Renewal.REVOKE} or known is None or not known[0].active:
        return None
    if verdict is Renewal.KEEP:
        return Renewed(actor_for(known[0]), None, session.expires_at)
    fresh = secrets.token_urlsafe(32)
    await sessions.rotate_session(tx, session, token_hash(fresh), now)
    return Renewed(actor_for(known[0]), f"{session_id}.{fresh}", session.expires_at)
