"""Accounts, in and out, with the log of what was done to them."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import RowMapping, func, insert, or_, select, update

from libs.common.db.transaction import Transaction
from libs.common.ids import new_id
from libs.common.web.tables import ListQuery
from services.registry.domain.account import Account
from services.registry.domain.errors import AccountNotFound
from services.registry.store.tables import account_log, accounts

_FIELDS = ("account_id", "name", "role", "county", "unit_id", "officer_id", "active")


def _account(row: RowMapping) -> Account:
    return Account(**{name: row[name] for name in _FIELDS})


async def load_account(tx: Transaction, account_id: str, *, lock: bool = False) -> tuple[Account, str] | None:
    """The account and the hash of its password, or None."""
    statement = select(accounts).where(accounts.c.account_id == account_id)
    row = await tx.first(statement.with_for_update() if lock else statement)
    return (_account(row), row["password_hash"]) if row else None


async def add_account(tx: Transaction, account: Account, password_hash: str, now: datetime) -> None:
    """Write a new account."""
    values = {name: getattr(account, name) for name in _FIELDS}
    await tx.execute(insert(accounts).values(**values, password_hash=password_hash, created_at=now))


async def save_password(tx: Transaction, account_id: str, password_hash: str) -> None:
    """Replace the hash of the password."""
    await tx.execute(update(accounts).where(accounts.c.account_id == account_id).values(password_hash=password_hash))


async def save_active(tx: Transaction, account_id: str, active: bool) -> None:
    """Enable or disable the account."""
    await tx.execute(update(accounts).where(accounts.c.account_id == account_id).values(active=active))


async def note_sign_in(tx: Transaction, account_id: str, now: datetime) -> None:
    """Remember when somebody last signed in."""
    await tx.execute(update(accounts).where(accounts.c.account_id == account_id).values(last_sign_in_at=now))


async def log_account(tx: Transaction, account_id: str, who: str, what: str, now: datetime) -> None:
    """Append to the account's log."""
    await tx.execute(insert(account_log).values(account_id=account_id, entry_id=new_id(), at=now, who=who, what=what))


async def count_active_admins(tx: Transaction) -> int:
    """How many administrators can sign in."""
    statement = select(func.count()).where(accounts.c.role == "admin", accounts.c.active)
    return int(await tx.scalar(statement))


async def any_account(tx: Transaction) -> bool:
    """Whether there is any account at all."""
    return bool(await tx.scalar(select(accounts.c.account_id).limit(1)))


async def list_accounts(tx: Transaction, query: ListQuery, *, every: bool = False) -> tuple[Sequence[RowMapping], int]:
    """One page (or all) of the accounts and their number; never a password hash."""
    columns = [accounts.c[name] for name in (*_FIELDS, "created_at", "last_sign_in_at")]
    where = []
    if text := query.value("q"):
        where.append(or_(accounts.c.account_id.contains(text, autoescape=True),
                         accounts.c.name.contains(text, autoescape=True)))  # fmt: skip
    if role := query.value("role"):
        where.append(accounts.c.role == role)
    if county := query.value("county"):
        where.append(accounts.c.county == county)
    order = accounts.c[query.sort or "account_id"]
    statement = select(*columns).where(*where)
    statement = statement.order_by(order.desc() if query.descending else order, accounts.c.account_id)
    if not every:
        statement = statement.limit(query.limit).offset(query.offset)
    total = await tx.scalar(select(func.count()).select_from(accounts).where(*where))
    return await tx.all(statement), int(total)


async def lock_creation(tx: Transaction) -> None:
    """Let one transaction at a time look which accounts there are and make another."""
    await tx.execute(select(func.pg_advisory_xact_lock(func.hashtext("accounts"))))


async def get_account(tx: Transaction, account_id: str) -> Account:
    """The account. Raises AccountNotFound."""
    known = await load_account(tx, account_id)
    if known is None:
        raise AccountNotFound
    return known[0]


async def log_of(tx: Transaction, account_id: str) -> Sequence[RowMapping]:
    """What was done to the account, the latest first."""
    return await tx.all(
        select(account_log).where(account_log.c.account_id == account_id).order_by(account_log.c.entry_id.desc())
    )
