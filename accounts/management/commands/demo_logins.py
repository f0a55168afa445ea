import unicodedata

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from accounts.models import AreaGrant, Membership
from accounts.roles import ROLES, Permission
from common import clock
from common.demo import PASSWORD


class Command(BaseCommand):
    help = "List the demonstration's people: role, name, password and what they see."

    def handle(self, **_options):
        rows = list(_rows())
        if not rows:
            self.stdout.write(_("There are no demonstration people; `manage.py seed_city` makes them."))
            return
        head = (_("role"), _("username"), _("password"), _("sees the elevators of"))
        widths = [max(_width(row[i]) for row in [head, *rows]) for i in range(len(head))]
        for row in [head, *rows]:
            cells = [f"{cell}{' ' * (width - _width(cell))}" for cell, width in zip(row, widths, strict=True)]
            self.stdout.write("  ".join(cells).rstrip())
        self.stdout.write("")
        self.stdout.write(
            _("Whoever is asked for a code as well finds it with: .venv/bin/python manage.py demo_codes NAME")
        )


def _rows():
    """(role, username, password, what it sees), one per synthetic person in the order in which they were made."""
    at = clock.now()
    held: dict = {}
    for membership in Membership.objects.current(at).filter(user__synthetic=True).select_related("user", "unit"):
        held.setdefault(membership.user, []).append((membership.role, membership.unit.name))
    for grant in AreaGrant.objects.current(at).filter(user__synthetic=True).select_related("user", "area"):
        places = dict(grant._meta.get_field("place_types").base_field.choices)
        where = grant.area.name if grant.area else _("all cities")
        if grant.place_types:
            where += f" ({', '.join(str(places[place]) for place in grant.place_types)})"
        held.setdefault(grant.user, []).append((grant.role, where))
    for user in sorted((user for user in held if user.has_usable_password()), key=lambda user: user.pk):
        roles = [ROLES[role] for role, _where in held[user]]
        seen = [
            where
            for role, (_code, where) in zip(roles, held[user], strict=True)
            if Permission.VIEW_ELEVATOR in role.permissions
        ]
        yield " + ".join(str(role.label) for role in roles), user.username, PASSWORD, " + ".join(seen) or "-"


def _width(text: str) -> int:
    """Columns on a terminal: a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)
