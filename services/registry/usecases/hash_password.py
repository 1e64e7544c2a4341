"""Passwords as argon2id hashes; slow on purpose, so always outside a transaction and off the event loop."""

import asyncio
import secrets

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

# 19 MiB, two passes, one lane: OWASP's password storage recommendation for argon2id.
_HASHES = PasswordHash((Argon2Hasher(time_cost=2, memory_cost=19_456, parallelism=1),))
_NOBODY = _HASHES.hash(secrets.token_hex(16))


async def hash_password(password: str) -> str:
    """The argon2id hash to keep."""
    return await asyncio.to_thread(_HASHES.hash, password)


async def verify_password(password: str, password_hash: str | None) -> bool:
    """Whether the password fits; without a hash (no such account) it takes as long and is False."""
    fits = await asyncio.to_thread(_HASHES.verify, password, password_hash or _NOBODY)
    return fits and password_hash is not None
