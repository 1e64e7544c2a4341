"""Refresh sessions and the count of wrong passwords."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import case, delete, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from libs.common.db.transaction import Transaction
from services.registry.domain.session import FAILURE_WINDOW, RefreshSession
from services.registry.store.tables import login_failures, refresh_sessions


async def count_attempt(tx: Transaction, account_id: str, address: str, now: datetime) -> int:
    """Count one attempt; how many there have been in the present window, this one included."""
    old = login_failures.c.started_at <= now - FAILURE_WINDOW
    statement = upsert(login_failures).values(account_id=account_id, address=address, failures=1, started_at=now)
    return int(
        await tx.scalar(
            statement.on_conflict_do_update(
                index_elements=["account_id", "address"],
                set_={
                    "failures": case((old, 1), else_=login_failures.c.failures + 1),
                    "started_at": case((old, now), else_=login_failures.c.started_at),
                },
            ).returning(login_failures.c.failures)
        )
    )


async def forget_attempts(tx: Transaction, account_id: str, address: str, now: datetime) -> None:
    """Forget this account's and address's attempts, and all whose window has passed."""
    mine = (login_failures.c.account_id == account_id) & (login_failures.c.address == address)
    await tx.execute(delete(login_failures).where(mine))
    passed = (
        select(login_failures.c.account_id, login_failures.c.address)
        .where(login_failures.c.started_at <= now - FAILURE_WINDOW)
        .limit(100)
        .with_for_update(skip_locked=True)
        .subquery()
    )
    await tx.execute(
        delete(login_failures).where(
            login_failures.c.account_id == passed.c.account_id, login_failures.c.address == passed.c.address
        )
    )


async def load_session(tx: Transaction, session_id: UUID) -> RefreshSession | None:
    """The refresh session, locked, or None."""
    row = await tx.first(
        select(
            refresh_sessions.c.session_id, refresh_sessions.c.account_id, refresh_sessions.c.token_hash,
            refresh_sessions.c.previous_hash, refresh_sessions.c.rotated_at, refresh_sessions.c.expires_at,
            refresh_sessions.c.revoked,
        ).where(refresh_sessions.c.session_id == session_id).with_for_update()
    )  # fmt: skip
    return RefreshSession(**row) if row else None


async def add_session(tx: Transaction, session: RefreshSession) -> None:
    """Write a new refresh session."""
    await tx.execute(
        insert(refresh_sessions).values(
            session_id=session.session_id,
            account_id=session.account_id,
            token_hash=session.token_hash,
            previous_hash=session.previous_hash,
            created_at=session.rotated_at,
            rotated_at=session.rotated_at,
            expires_at=session.expires_at,
            revoked=session.revoked,
        )
    )


async def rotate_session(tx: Transaction, session: RefreshSession, token_hash: str, now: datetime) -> None:
    """The next token; the one before is kept for other tabs and to notice theft."""
    await tx.execute(
        update(refresh_sessions)
        .where(refresh_sessions.c.session_id == session.session_id)
        .values(token_hash=token_hash, previous_hash=session.token_hash, rotated_at=now)
    )


async def revoke_session(tx: Transaction, session_id: UUID) -> None:
    """End one sign-in."""
    await tx.execute(update(refresh_sessions).where(refresh_sessions.c.session_id == session_id).values(revoked=True))


async def revoke_sessions_of(tx: Transaction, account_id: str) -> None:
    """End every sign-in of an account."""
    await tx.execute(
        update(refresh_sessions)
        .where(refresh_sessions.c.account_id == account_id, ~refresh_sessions.c.revoked)
        .values(revoked=True)
    )
