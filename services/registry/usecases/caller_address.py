"""The address that wrong passwords are counted by, behind our own gateway."""

from ipaddress import ip_address, ip_network


def caller_address(peer: str, forwarded_for: str, trusted_networks: str) -> str:
    """The caller's address: X-Forwarded-For is believed only when `peer` is in a trusted network (CIDR, commas).

    The gateway throws away what a client claims and puts one address there, so the last one is taken.
    """
    networks = [ip_network(part.strip()) for part in trusted_networks.split(",") if part.strip()]
    try:
        believed = any(ip_address(peer) in network for network in networks)
    except ValueError:
        return peer
    last = forwarded_for.rpartition(",")[2].strip()
    return last[:64] if believed and last else peer
