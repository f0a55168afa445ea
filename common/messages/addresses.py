"""Where webhooks may lead: never into the platform's own networks (SSRF). Plain Python.

A name is resolved by us, every address that it has is judged, and the connection goes to the very address that was judged:
a name that changes between the two (DNS rebinding) gains nothing.
"""

import ipaddress
from collections.abc import Iterable
from urllib.parse import urlsplit

LONGEST = 400
_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")  # NAT64 (RFC 6052): an IPv4 address in the last 32 bits


class UnfitAddress(ValueError):
    """`reason`: "form", "scheme", "userinfo", "host", "forbidden"."""

    def __init__(self, reason: str):
        self.reason = reason
        super().__init__(reason)


def checked_url(url: str, *, https_only: bool, allowed: Iterable[str] = ()) -> str:
    """The address as it is stored. Raises UnfitAddress; a host that is an address is judged here already."""
    if len(url) > LONGEST or not url.isascii() or any(character <= " " or character == "\x7f" for character in url):
        raise UnfitAddress("form")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise UnfitAddress("form") from None
    if parts.scheme not in (("https",) if https_only else ("https", "http")):
        raise UnfitAddress("scheme")
    if parts.username is not None or parts.password is not None or "@" in parts.netloc:
        raise UnfitAddress("userinfo")
    if not parts.hostname or parts.fragment or port == 0 or "\\" in url:
        raise UnfitAddress("host" if not parts.hostname else "form")
    try:
        address = ipaddress.ip_address(parts.hostname)
    except ValueError:
        return url
    if not may_call(str(address), allowed):
        raise UnfitAddress("forbidden")
    return url


def may_call(text: str, allowed: Iterable[str] = ()) -> bool:
    """Is this address of the public internet, or in a network that the operator has allowed by name?

    Loopback, private, link-local (169.254.169.254 with it), shared (RFC 6598), multicast, reserved and unspecified are
    not; nor is an IPv6 address that carries one of these inside.
    """
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    address = _inner(address)
    if any(address in ipaddress.ip_network(network) for network in allowed):
        return True
    site_local = address.version == 6 and address.is_site_local  # fec0::/10, given up long ago and called global
    return address.is_global and not (address.is_multicast or address.is_reserved or site_local)


def _inner(address):
    """The IPv4 address that an IPv6 one stands for, where it does."""
    if address.version == 4:
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address in _TRANSLATED:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    if int(address) >> 32 == 0 and int(address) > 1:  # ::a.b.c.d, long deprecated
        return ipaddress.IPv4Address(int(address))
    return address
