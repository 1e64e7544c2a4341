"""Where a platform may be called: an address that reads one way only, outside of our own network unless it is named."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final
from urllib.parse import urlsplit

Network = IPv4Network | IPv6Network

WRONG: Final = "请填写以 http:// 或 https:// 开头的回推地址，不含账号密码、空格和汉字，端口为 1 至 65535"
REFUSED: Final = (
    "回推地址在内部网段，不允许访问；确属平台所在网段的，请运维人员写入 SUNLOT_CALLBACK_NETWORKS 并重启触发预警服务"
)
_PORTS: Final = range(1, 65536)
_BY_ANOTHER_NAME: Final = ip_network("64:ff9b::/96")  # RFC 6052: an IPv4 address, reached through a translator


def read_networks(text: str) -> tuple[Network, ...]:
    """Networks in CIDR notation, parted by commas; raises ValueError for anything else."""
    return tuple(ip_network(part.strip()) for part in text.split(",") if part.strip())


def is_address(url: str) -> bool:
    """Whether `url` is a plain HTTP address: ASCII, no account, no fragment, a port that exists."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    return (
        url.isascii()
        and url.isprintable()
        and not set(url) & set(' "<>\\^`{|}')
        and parts.scheme in {"http", "https"}
        and bool(parts.hostname)
        and "@" not in parts.netloc
        and not parts.fragment
        and (port is None or port in _PORTS)
    )


def may_be_called(address: str, allowed: Sequence[Network]) -> bool:
    """Whether an IP address is a public one, or stands in a network that the operator has named."""
    found: IPv4Address | IPv6Address = ip_address(address)
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped is not None:
            found = found.ipv4_mapped
        elif found.sixtofour is not None or found.teredo is not None or found in _BY_ANOTHER_NAME:
            return False
    if any(found in network for network in allowed):
        return True
    return found.is_global and not found.is_multicast
