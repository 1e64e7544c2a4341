"""The commands `rotate-fields` and `fingerprint-key`: a field key is changed, and the old one can be taken out."""

import asyncio
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from libs.common.db import Database
from services.trigger.settings import TriggerSettings
from services.trigger.store.sealed import SEALED, SealedColumn, claim_rotation, standing
from services.trigger.store.vault import Vault
from services.trigger.usecases.rotate_fields import BATCH, rotate_portion

REPORT_EVERY: Final = 20  # portions
LOOK: Final = 1.0  # seconds between looks whether the other one has ended


async def rotate_fields(settings: TriggerSettings, database: Database, limit: int = BATCH) -> int:
    """Re-encrypt everything under the newest key and say what stands under which; 1 when a value did not open."""
    vault = Vault.from_setting(settings.field_keys)
    async with alone(database):
        broken = 0
        for column in SEALED:
            broken += await _rotate(column, vault, database, limit)
        return await _conclude(vault, database, broken)


@asynccontextmanager
async def alone(database: Database) -> AsyncIterator[None]:
    """Wait for a rotation that is running: this one must not say that it is done while that one is not."""
    async with database.engine.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        told = False
        while not await claim_rotation(connection):
            if not told:
                _say("另一个 rotate-fields 正在运行，等它结束后继续……")
            told = True
            await asyncio.sleep(LOOK)
        try:
            yield
        finally:
            await connection.invalidate()  # the lock ends with its session, however this ends


async def _rotate(column: SealedColumn, vault: Vault, database: Database, limit: int) -> int:
    done = broken = portions = 0
    after = None
    while True:
        async with database.transaction() as tx:
            portion = await rotate_portion(tx, column, vault, after, limit)
        done, broken, portions = done + portion.done, broken + portion.broken, portions + 1
        if portion.after is None:
            _say(f"{column.name}：改用密钥 {vault.newest} 加密 {done} 项" + (f"，{broken} 项打不开" if broken else ""))
            return broken
        after = portion.after
        if portions % REPORT_EVERY == 0:
            _say(f"{column.name}：已处理 {done} 项……")


async def _conclude(vault: Vault, database: Database, broken: int) -> int:
    async with database.transaction() as tx:
        found = await standing(tx)
    under: Counter[str] = Counter()
    for _, key, number in found:
        under[key] += number
    for key in vault.key_ids:
        _say(f"密钥 {key}：{under[key]} 项" + ("" if under[key] or key == vault.newest else "，可以移除"))
    for key in sorted(set(under) - set(vault.key_ids)):
        _say(f"密钥 {key}：{under[key]} 项，但设置中没有这把密钥，请补回后再次运行")
    if len(vault.key_ids) > 1 and not vault.has_fingerprint:
        _say("移除第一把密钥之前，请先运行 fingerprint-key，把输出的一项加入 SUNLOT_FIELD_KEYS。")
    if broken:
        _say(f"有 {broken} 项打不开：缺少密钥，或内容被移动、改动。旧密钥请不要移除。")
    return 1 if broken else 0


async def print_fingerprint_key(settings: TriggerSettings, _database: Database) -> int:
    """Print the entry with which fingerprints stay the same when the first key is taken out; it is a secret."""
    _say(Vault.from_setting(settings.field_keys).fingerprint_entry())
    return 0


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
