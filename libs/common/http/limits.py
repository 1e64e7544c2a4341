"""How large a request may be: what is larger is refused before it fills the memory."""

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LARGEST_FORM = 1024 * 1024  # bytes of JSON or of a form without files
LARGEST_UPLOAD = 24 * 1024 * 1024  # bytes of a form with files; the routes ask for less


class Limited:
    """Pure ASGI; raises HTTPException 413 where the body is read, so that nothing is read that nobody asks for."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count what comes, whatever length was claimed."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        kind = dict(scope["headers"]).get(b"content-type", b"")
        largest = LARGEST_UPLOAD if kind.startswith(b"multipart/form-data") else LARGEST_FORM
        size = 0

        async def counting() -> Message:
            nonlocal size
            message = await receive()
            size += len(message.get("body", b""))
            if size > largest:
                raise HTTPException(413)
            return message

        await self.app(scope, counting, send)
