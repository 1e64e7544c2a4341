"""Informants' words for the tests of secrecy, and what the database says of them."""

from typing import Any

from sqlalchemy import text

from libs.common.testing.doors import House
from tests.trigger.knocking import order, subject

CANARIES = {
    "content": "canary-content-拖欠工资",
    "address": "canary-address-某路",
    "street": "canary-street",
    "name": "canary-金丝雀",
    "phone": "13700canary",
    "id_number": "41030019canary",
    "bank_card": "6222canary",
    "attachment": "https://files.example.invalid/canary-photo.jpg",
}
PAPERS = (CANARIES["id_number"], CANARIES["bank_card"])


def whispered(order_id: str, **more: object) -> dict[str, object]:
    """An order in which every protected field is a canary."""
    reporter = {name: CANARIES[name] for name in ("name", "phone", "id_number", "bank_card")}
    place = {"content": CANARIES["content"], "address": CANARIES["address"], "street": CANARIES["street"]}
    media = {"attachments": [{"name": "canary-photo.jpg", "url": CANARIES["attachment"]}]}
    told = order(order_id, about=subject(1)) | place | media | {"reporter": reporter, "x": 112.987654, "y": 34.123456}
    return told | more


async def ask(house: House, statement: str, **values: object) -> list[dict[str, Any]]:
    """Rows of the database."""
    async with house.database.engine.begin() as connection:
        result = await connection.execute(text(statement), values)
        return [dict(row) for row in result.mappings()] if result.returns_rows else []
