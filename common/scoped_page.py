"""What every page of signed-in people shares: the actor, the moment, the permission, the template."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views import View

from common import clock
from common.scoping import require


class ScopedPage(View):
    """A page for people whose roles carry `permission` somewhere; others get 403."""

    permission = None
    template_name = ""
    title = ""

    @property
    def actor(self):
        return self.request.actor

    @property
    def at(self):
        return clock.now()

    def dispatch(self, request, *args, **kwargs):
        if self.permission is not None:
            require(request.actor, self.permission)
        return super().dispatch(request, *args, **kwargs)

    def get_context(self, **extra) -> dict:
        """What the template gets; subclasses add to it."""
        return {"title": self.title, "view": self, **extra}

    def answer(self, *, status: int = 200, **extra) -> HttpResponse:
        return render(self.request, self.template_name, self.get_context(**extra), status=status)
