"""How often one address may read plates. Kept in the process (common.api.throttles says why); half a city shares an address
behind its phone company, so good plates are hardly limited, and what only a guesser sends is."""

from rest_framework.throttling import SimpleRateThrottle

from common.api.throttles import PerAddress


class PlateThrottle(PerAddress):
    scope = "plate"


class BadPlateThrottle(PerAddress):
    """Plates that are none, and numbers typed without a signature."""

    scope = "bad-plate"


class ComplaintThrottle(PerAddress):
    """Complaints that are sent, not looked at: many people share one address, so only a flood is stopped."""

    scope = "complaint"


def seconds_to_wait(throttle: SimpleRateThrottle, request) -> int:
    """0: go on (and it counts); else whole seconds until the next may come."""
    if throttle.allow_request(request, None):
        return 0
    return max(1, round(throttle.wait() or 1))
