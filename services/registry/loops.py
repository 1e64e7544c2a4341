"""The first administrator, made from the environment when there is no account at all."""

import asyncio

from libs.common import clock
from libs.common.db.database import Database
from libs.common.db.transaction import Transaction
from libs.common.settings import secret
from libs.common.telemetry.logs import get_logger
from services.registry.domain.account import Account, check_password
from services.registry.settings import RegistrySettings
from services.registry.store import accounts
from services.registry.usecases.hash_password import hash_password

log = get_logger(__name__)

FIRST_ADMIN = "admin"


async def create_first_admin(settings: RegistrySettings, database: Database, _stop: asyncio.Event) -> None:
    """Make the account `admin` once; a later change of the setting changes nothing. Raises WeakPassword."""
    if settings.first_admin_password is None:
        return
    password = check_password(FIRST_ADMIN, secret(settings.first_admin_password))
    password_hash = await hash_password(password)
    async with database.transaction() as tx:
        if await _create(tx, password_hash):
            log.info("first administrator created", account=FIRST_ADMIN)


async def _create(tx: Transaction, password_hash: str) -> bool:
    # Two processes start at once: the second waits here and then finds the first one's account.
    await accounts.lock_creation(tx)
    if await accounts.any_account(tx):
        return False
    now = clock.now()
    await accounts.add_account(tx, Account(FIRST_ADMIN, "系统管理员", "admin", "410300"), password_hash, now)
    await accounts.log_account(tx, FIRST_ADMIN, "system", "按部署设置建立首个管理员账号", now)
    return True
