"""Take in what an Open311 client sends: a request becomes one signal, an update a message on it."""

import json
from dataclasses import dataclass, replace
from datetime import datetime

from libs.common.db import Transaction
from libs.common.errors import NotFound
from libs.common.ids import natural_id, new_id
from services.trigger.domain.entry import OPEN311
from services.trigger.domain.open311 import RETRY, Service
from services.trigger.store import requests, signals
from services.trigger.store.platforms import Platform
from services.trigger.store.requests import Came
from services.trigger.store.vault import Vault
from services.trigger.usecases.receive_order import ReceiveOrder, receive_order


@dataclass(frozen=True, slots=True)
class UpdateRequest:
    """What a client adds to its own request; `content` is the whole update, which is encrypted."""

    request_id: str
    update_id: str
    content: dict[str, str]


async def receive_request(
    tx: Transaction, platform: Platform, service: Service, order: ReceiveOrder, vault: Vault, now: datetime
) -> Came:
    """The signal's id as request id; the same content from the same client within ten minutes is a retry of one."""
    mark = vault.mark(order.content)
    known = await requests.retried(tx, platform.code, mark, now - RETRY)
    if known is not None:
        return known
    # The address of a request can't be guessed from another's.
    order_id = f"open311-{new_id()}"
    received = await receive_order(tx, platform, replace(order, order_id=order_id, came_by=OPEN311), vault, now)
    token = str(natural_id("open311 token", str(new_id())))
    came = Came(received.signal_id, token, service.batch, platform.code, service.code, mark, now)
    await requests.add(tx, came)
    return came


async def receive_update(
    tx: Transaction, platform: Platform, command: UpdateRequest, vault: Vault, now: datetime
) -> str:
    """Keep a client's update on its own request, once for its update id, and return our id of it. Raises NotFound."""
    came = await requests.load(tx, command.request_id)
    if came is None or came.platform != platform.code:
        raise NotFound
    signal = await signals.load(tx, came.request_id, lock=True)
    assert signal is not None  # noqa: S101 - every request is a signal
    tx.follow(signal.correlation_id)
    if await requests.add_update(tx, came.request_id, command.update_id, now):
        number = len(await signals.marks(tx, came.request_id))
        text = json.dumps(command.content, ensure_ascii=False)
        sealed = vault.seal(came.request_id, f"message {number}", text)
        await signals.add_message(tx, came.request_id, number, sealed, vault.mark(text.encode()), now)
        await signals.note(tx, came.request_id, platform.name, f"平台补充内容（第 {number} 次）", now)
    return str(natural_id("open311 update", came.request_id, command.update_id))
