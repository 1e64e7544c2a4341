"""HTTP to addresses that others have named: each is looked up once, and only what may be called is connected to."""

import asyncio
import socket
from collections.abc import Sequence
from typing import Final

import httpx

from services.trigger.domain.callback import REFUSED, Network, may_be_called

_PORT: Final = {"http": 80, "https": 443}


class AddressRefused(httpx.ConnectError):
    """The host stands in a network that is not to be called."""


class CallOut(httpx.AsyncBaseTransport):
    """Connects to the very address that was checked, so that a name can't mean another one a moment later.

    Connections are not kept: two platforms behind one address must not share one.
    """

    def __init__(self, allowed: Sequence[Network]) -> None:
        self._allowed = allowed
        self._connect = httpx.AsyncHTTPTransport(limits=httpx.Limits(max_keepalive_connections=0))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request; raises AddressRefused and httpx's errors."""
        host = request.url.raw_host.decode()
        found = await _addresses(host, request.url.port or _PORT[request.url.scheme])
        if not all(may_be_called(address, self._allowed) for address in found):
            raise AddressRefused(REFUSED, request=request)
        failure: httpx.TransportError = httpx.ConnectError("no address", request=request)
        for address in found:
            try:
                return await self._connect.handle_async_request(_to(address, host, request))
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                failure = error
        raise failure

    async def aclose(self) -> None:
        """Give every connection back."""
        await self._connect.aclose()


def _to(address: str, host: str, request: httpx.Request) -> httpx.Request:
    """The request at this address; its Host header and the name in the certificate stay those of the host."""
    return httpx.Request(
        request.method,
        request.url.copy_with(host=address),
        headers=request.headers,
        stream=request.stream,
        extensions={**request.extensions, "sni_hostname": host},
    )


async def _addresses(host: str, port: int) -> list[str]:
    if not 0 < port < 65536:  # an address as such is looked up with any port
        raise httpx.ConnectError("no such port")
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise httpx.ConnectError(type(error).__name__) from None
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))
