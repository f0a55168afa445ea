"""Base classes of pages, and the two addresses that machines ask."""

from django.contrib.auth.decorators import login_not_required
from django.http import JsonResponse
from django.views.decorators.cache import never_cache

from common import clock, readiness


@login_not_required
@never_cache
def healthz(_request):
    """Is the process alive? Asks nobody."""
    return JsonResponse({"status": "ok"})


@login_not_required
@never_cache
def readyz(_request):
    """Is the platform able to work? 503 with the same JSON when a part is not well."""
    ready, parts = readiness.report(clock.now())
    return JsonResponse({"ready": ready, "parts": parts}, status=200 if ready else 503)
