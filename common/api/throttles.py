"""Limits per person on endpoints that cost more than a look-up. Kept in the process: a worker that restarts forgets, and
nothing stops when a cache does."""

from rest_framework.throttling import SimpleRateThrottle

from common.proxies import client_network


class MapThrottle(SimpleRateThrottle):
    """Settings: REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"]["map"], per person and process; 429 with Retry-After beyond."""

    scope = "map"

    def get_cache_key(self, request, view):
        return self.cache_format % {"scope": self.scope, "ident": f"{request.actor.kind}:{request.actor.id}"}


class PerAddress(SimpleRateThrottle):
    """Limits of one place in the network (common.proxies.client_network)."""

    def get_cache_key(self, request, view):
        return self.cache_format % {"scope": self.scope, "ident": client_network(request)}

    def is_full(self, request) -> bool:
        """Would the next be one too many? Without counting it."""
        self.key = self.get_cache_key(request, None)
        self.now = self.timer()
        self.history = [at for at in self.cache.get(self.key, []) if at > self.now - self.duration]
        return len(self.history) >= self.num_requests
