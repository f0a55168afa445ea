"""Where a request came from, behind as many proxies of ours as the settings say."""

import ipaddress

from django.conf import settings


def client_address(request) -> str:
    """The address that our outermost proxy saw; without proxies, the peer's.

    Each proxy appends the address it saw to X-Forwarded-For, so with N of ours the N-th from the right is true; what
    stands left of it is whatever the client wrote. Fewer entries than proxies: somebody came past them, and counts as
    the peer.
    """
    peer = request.META.get("REMOTE_ADDR", "")
    trusted = settings.TRUSTED_PROXIES
    if not trusted:
        return peer
    seen = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
    if len(seen) < trusted:
        return peer
    try:
        return str(ipaddress.ip_address(seen[-trusted]))
    except ValueError:
        return peer


def is_local(request) -> bool:
    """Asked from this very machine, past every proxy. Whatever came through one says so, also where none is configured."""
    if "HTTP_X_FORWARDED_FOR" in request.META or "HTTP_FORWARDED" in request.META:
        return False
    try:
        return ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


def client_network(request) -> str:
    """What counts as one place when tries are counted: an IPv4 address, of IPv6 the /64 that every household is given,
    or whoever has one would be 2^64 places."""
    try:
        address = ipaddress.ip_address(client_address(request))
    except ValueError:
        return ""
    if address.version == 4:
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((address, 64), strict=False).network_address)
