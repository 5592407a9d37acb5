"""The client's address, as it is counted for limits."""

import ipaddress
from collections.abc import Iterable
from typing import Final

# IPv6 is counted by network: a customer has at least a /64, with 2 ** 64 addresses.
_IPV6_PREFIX: Final = 64


def limited_address(text: str) -> str:
    """The key of an address for limits; "" for this machine, and for text that is no address.

    A proxy on this machine brings all connections from its own address.
    """
    try:
        address = ipaddress.ip_address(text.strip())
    except ValueError:
        return ""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is None:
            network = ipaddress.ip_network((address, _IPV6_PREFIX), strict=False)
            return "" if address.is_loopback else str(network.network_address)
        address = address.ipv4_mapped
    return "" if address.is_loopback else str(address)


def forwarded_address(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> str:
    """The client's address in the proxy's header `name` (lower case), as it is counted above."""
    values = [value for key, value in headers if key == name]
    return limited_address(values[-1].decode("latin-1")) if values else ""
