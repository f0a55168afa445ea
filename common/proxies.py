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
