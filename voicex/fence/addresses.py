"""Checks of URLs and IP addresses: which of them a request of an organization may reach."""

import ipaddress
from typing import Final

import httpx2

from voicex.errors import EndpointRefused

MAX_URL: Final = 200  # characters

# What routers carry over the internet; IPv4 written as IPv6 (mapped, NAT64) lies outside of it.
_IPV6_PUBLIC: Final = ipaddress.ip_network("2000::/3")
# Excluded from that range: Teredo and similar, 6to4 (which embeds an IPv4 address), documentation.
_IPV6_SPECIAL: Final = tuple(
    ipaddress.ip_network(each) for each in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")
)
# Assignments of protocols, and relays of 6to4.
_IPV4_SPECIAL: Final = tuple(map(ipaddress.ip_network, ("192.0.0.0/24", "192.88.99.0/24")))
# May be allowed, for models on a local network. Never link-local: cloud metadata services.
_PRIVATE: Final = tuple(
    ipaddress.ip_network(each)
    for each in (
        "127.0.0.0/8",
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "100.64.0.0/10",
        "::1/128",
        "fc00::/7",
    )
)
# Metadata services at private addresses.
_METADATA: Final = (
    ipaddress.ip_address("fd00:ec2::254"),
    ipaddress.ip_address("fd20:ce::254"),
    ipaddress.ip_address("100.100.100.200"),
)

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def is_allowed(text: str, *, allow_private: bool) -> bool:
    """Whether a connection may be opened to this IP address.

    text: as returned by the resolver or the socket, possibly with a zone. Public addresses are
    allowed; with allow_private also loopback and private networks.
    """
    try:
        address: Address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    if _is_public(address):
        return True
    return allow_private and address not in _METADATA and _is_in(address, _PRIVATE)


def _is_public(address: Address) -> bool:
    if not address.is_global or address.is_multicast or address.is_reserved:
        return False
    if isinstance(address, ipaddress.IPv4Address):
        return not _is_in(address, _IPV4_SPECIAL)
    return address in _IPV6_PUBLIC and not _is_in(address, _IPV6_SPECIAL)


def _is_in(
    address: Address, networks: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]
) -> bool:
    return any(address in network for network in networks if network.version == address.version)


def clean_url(text: str, *, allow_private: bool) -> str:
    """The base address of a server as it is kept: no slash at its end, no query, no user.

    Raises EndpointRefused with the reason. Where its name leads is checked when it is requested.
    """
    text = text.strip()
    if len(text) > MAX_URL:
        raise EndpointRefused("no_url")
    try:
        url = httpx2.URL(str(httpx2.URL(text)))  # again: the first call keeps the default port
        is_port = url.port is None or 0 < url.port < 65_536
    except (httpx2.InvalidURL, ValueError) as error:
        raise EndpointRefused("no_url") from error
    if not url.host or not is_port or url.query or url.fragment:
        raise EndpointRefused("no_url")
    check_url(url, allow_private=allow_private)
    return str(url).rstrip("/")


def check_address(text: str, *, allow_private: bool, most: int) -> None:
    """Raises EndpointRefused for an address of a request that may not be asked, with the reason.

    It may have a path and a query, and has `most` characters at most. Where its name leads is
    checked when it is requested.
    """
    try:
        url = httpx2.URL(text)
        is_port = url.port is None or 0 < url.port < 65_536
    except (httpx2.InvalidURL, ValueError) as error:
        raise EndpointRefused("no_url") from error
    if len(text) > most or not url.host or not is_port or url.fragment:
        raise EndpointRefused("no_url")
    check_url(url, allow_private=allow_private)


def clean_target(text: str, *, allow_private: bool, most: int) -> str:
    """Validate and normalise the URL of an endpoint that receives posts.

    Raises EndpointRefused as `check_address`, and for digits that lead to no public network.
    """
    text = text.strip()
    if not text.isprintable() or " " in text:
        raise EndpointRefused("no_url")
    check_address(text, allow_private=allow_private, most=most)
    url = httpx2.URL(text)
    if _is_literal(url.host) and not is_allowed(url.host, allow_private=allow_private):
        raise EndpointRefused("address")
    return str(url)


def _is_literal(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def check_url(url: httpx2.URL, *, allow_private: bool) -> None:
    """Raises EndpointRefused for schemes other than https, and for user information in the URL.

    Plain http to this machine is allowed if private addresses are.
    """
    if url.userinfo:
        raise EndpointRefused("userinfo")
    if url.scheme == "https":
        return
    if url.scheme != "http" or not (allow_private and _names_this_machine(url.host)):
        raise EndpointRefused("scheme")


def _names_this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
