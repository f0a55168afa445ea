from accounts.queries import actor_for
from common import clock


class ActorMiddleware:
    """`request.actor`: who acts, or None for somebody who has not signed in."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        user = request.user if request.session.session_key else None
        request.actor = actor_for(user, clock.now()) if user is not None and user.is_authenticated else None
        return self.get_response(request)
