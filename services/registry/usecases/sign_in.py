"""Signing in: count the attempt, check the password outside any transaction, then open the session."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime

from libs.common.db.transaction import Transaction
from libs.common.http.auth import Actor, Role
from libs.common.ids import new_id
from services.registry.domain.account import Account
from services.registry.domain.errors import TooManyAttempts
from services.registry.domain.session import MAX_FAILURES, REFRESH_LIFETIME, RefreshSession
from services.registry.store import accounts, sessions


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt to sign in: who is claimed, from where, and the hash to check (None: nobody can sign in so)."""

    account_id: str
    address: str
    account: Account | None
    password_hash: str | None


async def begin_sign_in(tx: Transaction, account_id: str, address: str, now: datetime) -> Attempt:
    """Count the attempt before the password is looked at, so that parallel guesses count too; TooManyAttempts."""
    if await sessions.count_attempt(tx, account_id, address, now) > MAX_FAILURES:
        raise TooManyAttempts
    known = await accounts.load_account(tx, account_id)
    if known is None or not known[0].active:
        return Attempt(account_id, address, None, None)
    return Attempt(account_id, address, known[0], known[1])


async def finish_sign_in(tx: Transaction, attempt: Attempt, account: Account, now: datetime) -> tuple[Actor, str]:
    """After the right password: who acts from now on, and the token that renews the session."""
    await sessions.forget_attempts(tx, attempt.account_id, attempt.address, now)
    await accounts.note_sign_in(tx, account.account_id, now)
    session_id, word = new_id(), secrets.token_urlsafe(32)
    await sessions.add_session(
        tx, RefreshSession(session_id, account.account_id, token_hash(word), "", now, now + REFRESH_LIFETIME, False)
    )
    return actor_for(account), f"{session_id}.{word}"


def token_hash(word: str) -> str:
    """What is kept of a refresh token: its 256 random bits need no slow hash."""
    return hashlib.sha256(word.encode()).hexdigest()


def actor_for(account: Account) -> Actor:
    """The actor of a new session token, with a CSRF secret of its own."""
    return Actor(
        account_id=account.account_id,
        name=account.name,
        role=Role(account.role),
        county=account.county,
        unit_id=account.unit_id,
        officer_id=account.officer_id,
        csrf=secrets.token_hex(16),
    )
