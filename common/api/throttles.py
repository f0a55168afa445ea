"""Limits per person on endpoints that cost more than a look-up. Kept in the process: a worker that restarts forgets, and
nothing stops when a cache does."""

from rest_framework.throttling import SimpleRateThrottle


class MapThrottle(SimpleRateThrottle):
    """Settings: REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"]["map"], per person and process; 429 with Retry-After beyond."""

    scope = "map"

    def get_cache_key(self, request, view):
        return self.cache_format % {"scope": self.scope, "ident": f"{request.actor.kind}:{request.actor.id}"}
