"""The officer's day: the tile, the navigation, the page on the phone that says what is still to be looked at."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from common.clock import local_date
from common.hooks import NavItem, Tile
from common.scoped_page import ScopedPage
from common.scoping import may
from compliance.queries.duties import day_of, person_of


def navigation(actor) -> list[NavItem]:
    return [NavItem(_("Safety duties"), reverse("compliance:duties"))] if may(actor, Permission.VIEW_DUTY) else []


def tiles(actor, at) -> list[Tile]:
    """Today's check, for whoever is bound to elevators."""
    if not may(actor, Permission.FILE_DUTY) or (person := person_of(actor)) is None:
        return []
    stops = day_of(person, local_date(at), at)
    if not stops:
        return []
    left = sum(stop.record is None for stop in stops)
    words, state = (_("sites still to be checked"), "warning") if left else (_("all checked"), "ok")
    return [Tile(_("today's check"), left, reverse("compliance:duty_today"), words, state)]


class TodayPage(ScopedPage):
    """The sites of an officer today, those still to be looked at first."""

    permission = Permission.FILE_DUTY
    template_name = "compliance/duties/today.html"
    title = _("Today's check")

    def get(self, request):
        today, person = local_date(self.at), person_of(self.actor)
        stops = day_of(person, today, self.at) if person else []
        return self.answer(stops=stops, today=today, left=sum(stop.record is None for stop in stops))
