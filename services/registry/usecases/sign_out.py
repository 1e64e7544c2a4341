"""Signing out ends every sign-in of the account."""

from libs.common.db.transaction import Transaction
from services.registry.store import sessions


async def sign_out(tx: Transaction, account_id: str) -> None:
    """No refresh token of the account is good any more; a session token ends within the hour."""
    await sessions.revoke_sessions_of(tx, account_id)
