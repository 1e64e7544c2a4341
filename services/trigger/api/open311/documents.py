"""Answers as GeoReport v2 wants them: XML, or the same as JSON by the Spark convention."""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from xml.etree import ElementTree

from starlette.requests import Request
from starlette.responses import Response

from libs.common.clock import CHINA


class Format(StrEnum):
    """The ending of an address."""

    XML = "xml"
    JSON = "json"


# What the elements of a list are called.
_ELEMENT: Final = {
    "services": "service",
    "attributes": "attribute",
    "values": "value",
    "service_requests": "request",
    "service_request_updates": "request_update",
    "errors": "error",
    "endpoints": "endpoint",
    "formats": "format",
}
# XML 1.0 §2.2: what may not stand in a document in any form.
_NOT_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def format_of(request: Request) -> Format:
    """By the address' ending, else by Accept, else XML, which is the required one."""
    ending = request.url.path.rpartition(".")[2]
    for known in Format:
        if ending == known:
            return known
    return Format.JSON if "json" in request.headers.get("accept", "").split(",")[0] else Format.XML


def document(request: Request, root: str, content: Mapping[str, Any] | Sequence[Any], status: int = 200) -> Response:
    """`content` under `root`; a list stands bare in JSON."""
    if format_of(request) is Format.JSON:
        body = json.dumps(content, ensure_ascii=False).encode()
        return Response(body, status, media_type="application/json; charset=utf-8")
    tree = _tree(root, content)
    body = ElementTree.tostring(tree, encoding="utf-8", xml_declaration=True)
    return Response(body, status, media_type="text/xml; charset=utf-8")


def errors(request: Request, status: int, descriptions: Sequence[str]) -> Response:
    """The list of errors of the specification; each repeats the status as its code."""
    return document(request, "errors", [{"code": status, "description": text} for text in descriptions], status)


def _tree(name: str, content: Any) -> ElementTree.Element:
    element = ElementTree.Element(name)
    if isinstance(content, Mapping):
        element.extend(_tree(key, value) for key, value in content.items())
    elif isinstance(content, Sequence) and not isinstance(content, str):
        element.extend(_tree(_ELEMENT[name], value) for value in content)
    elif isinstance(content, bool):
        element.text = "true" if content else "false"
    elif content is not None:
        element.text = _NOT_XML.sub("", str(content))
    return element


def w3(moment: datetime) -> str:
    """A time with its offset from UTC, whole seconds (W3C NOTE-datetime)."""
    return moment.astimezone(CHINA).isoformat(timespec="seconds")
