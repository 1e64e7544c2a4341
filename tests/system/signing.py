"""Requests that are signed as the hotline of the story signs them."""

import json
import time
from uuid import uuid4

import httpx

from deploy.local.story.scene import Scene
from services.trigger.domain.signature import sign


class Platform:
    """Signs as the hotline does, at the gateway."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene

    async def send(self, path: str, body: object, *, key: str = "") -> httpx.Response:
        """POST `body` to `path`; another key makes a wrong signature."""
        content = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        at, nonce = str(int(time.time())), uuid4().hex
        signature = sign(key or self._scene.memory["hotline_key"], "POST", path, at, nonce, content)
        headers = {"x-sunlot-timestamp": at, "x-sunlot-nonce": nonce, "x-sunlot-signature": signature}
        headers["content-type"] = "application/json"
        return await self._scene.outside.post(f"{self._scene.url}{path}", content=content, headers=headers)
