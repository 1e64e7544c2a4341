"""An account is disabled, or enabled again; it is never deleted."""

from datetime import datetime

from libs.common.db.transaction import Transaction
from libs.common.http.auth import Actor
from services.registry.domain.errors import AccountNotFound, LastAdmin
from services.registry.store import accounts, sessions


async def set_account_active(tx: Transaction, account_id: str, active: bool, actor: Actor, now: datetime) -> None:
    """Switch it and end its sign-ins; the last administrator stays. Raises AccountNotFound, LastAdmin."""
    await accounts.lock_creation(tx)
    known = await accounts.load_account(tx, account_id, lock=True)
    if known is None:
        raise AccountNotFound
    account = known[0]
    if account.active == active:
        return
    if not active and account.role == "admin" and await accounts.count_active_admins(tx) == 1:
        raise LastAdmin
    await accounts.save_active(tx, account_id, active)
    if not active:
        await sessions.revoke_sessions_of(tx, account_id)
    await accounts.log_account(tx, account_id, actor.account_id, "启用账号" if active else "停用账号", now)
