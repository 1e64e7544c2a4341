"""Forms that anybody may send, signed in or not: they must at least stand on our own site."""

from urllib.parse import urlsplit

from fastapi import Request

from libs.common.errors import NotAllowed


class ForeignForm(NotAllowed):
    """The form was sent from another site."""

    detail = "请从本平台的页面提交。"


def check_origin(request: Request) -> None:
    """Raise ForeignForm when a browser says that the form stands on another site."""
    origin = request.headers.get("origin")
    if origin is None:
        if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
            raise ForeignForm
        return
    hosts = {urlsplit(request.app.state.settings.public_url).netloc, request.headers.get("host", "")}
    if urlsplit(origin).netloc not in hosts - {""}:
        raise ForeignForm
