"""Who did more self-tests in a month than the rule allows, where a unit is warned of it (registered at compliance.next_steps)."""

from django.utils.translation import gettext as _

from accounts.roles import Permission
from common.scoping import may
from compliance.signals import NextStep
from inspection.models import TesterExcess
from inspection.queries import TESTER_EXCESS


def next_steps(actor, rows, today) -> dict[int, NextStep]:
    """The tester by name and how many it were, for whoever sees the excess over REST, too. One statement, none where no row is of
    this kind."""
    asked = {row.source_id: row.pk for row in rows if row.kind == TESTER_EXCESS}
    if not asked or not may(actor, Permission.VIEW_REPORT):
        return {}
    seen = TesterExcess.objects.visible_to(actor, Permission.VIEW_REPORT).filter(public_id__in=asked)
    return {asked[str(each.public_id)]: NextStep(about=_words(each)) for each in seen.select_related("person")}


def _words(excess: TesterExcess) -> str:
    words = {"name": excess.person.display_name, "count": excess.count, "limit": excess.limit}
    if excess.code == "TOO_MANY_CITIES":
        return _("%(name)s: %(count)s cities, %(limit)s at most") % words
    return _("%(name)s: %(count)s elevators, %(limit)s at most") % words
