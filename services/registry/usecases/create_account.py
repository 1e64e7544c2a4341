"""An administrator makes an account."""

from dataclasses import dataclass
from datetime import datetime

from libs.common.db.transaction import Transaction
from libs.common.http.auth import Actor
from services.registry.domain.account import Account, check_account
from services.registry.domain.errors import AccountExists
from services.registry.store import accounts


@dataclass(frozen=True, slots=True)
class CreateAccount:
    """The account and the hash of its first password."""

    account: Account
    password_hash: str


async def create_account(tx: Transaction, command: CreateAccount, actor: Actor, now: datetime) -> bool:
    """Write it; False when the same account is there already (a second click). Raises AccountExists."""
    account = check_account(command.account)
    await accounts.lock_creation(tx)
    if known := await accounts.load_account(tx, account.account_id, lock=True):
        if known[0] == account:
            return False
        raise AccountExists
    await accounts.add_account(tx, account, command.password_hash, now)
    await accounts.log_account(tx, account.account_id, actor.account_id, f"建立账号，角色 {account.role}", now)
    return True
