"""A new password, set by an administrator or by the owner who knows the old one."""

from datetime import datetime

from libs.common.db.transaction import Transaction
from services.registry.domain.errors import AccountNotFound
from services.registry.store import accounts, sessions


async def set_password(tx: Transaction, account_id: str, password_hash: str, who: str, now: datetime) -> None:
    """Replace the hash and end every sign-in of the account. Raises AccountNotFound."""
    if await accounts.load_account(tx, account_id, lock=True) is None:
        raise AccountNotFound
    await accounts.save_password(tx, account_id, password_hash)
    await sessions.revoke_sessions_of(tx, account_id)
    await accounts.log_account(tx, account_id, who, "修改口令" if who == account_id else "重设口令", now)
