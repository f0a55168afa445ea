"""The report that ends what a unit tests itself, one click from where it is due (registered at compliance.next_steps)."""

import datetime as dt
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.queries import reach_of
from accounts.roles import Permission
from compliance.signals import NextStep
from inspection.queries import PLANNED_KINDS, LawBook
from inspection.queries.filing import filer_rule, may_file
from inspection.rules import applications

# what is applied for has the application as its next step; whom a body inspects files nothing
KIND_OF = {planned: kind for kind, planned in PLANNED_KINDS.items() if planned not in applications.KINDS}
NEAR = dt.timedelta(
    days=60
)  # as the first warning: a whole year's checks with a button each would hide the one that counts


def next_steps(actor, rows, today) -> dict[int, NextStep]:
    """Self-tests, brake tests and governor checks that are open and near, for people of the unit that may file them (R13). One
    statement, none where nothing of one's own is open."""
    if not (asked := [row for row in rows if _open(row, today)]):
        return {}
    own = reach_of(actor, Permission.FILE_REPORT).unit_ids
    if not any(unit.pk in own for row in asked for unit in _units(row.elevator)):
        return {}
    book = LawBook()
    rules_of = {kind: filer_rule(book, kind, today) for kind in KIND_OF.values()}
    return {
        row.pk: NextStep(verb=_("File the report"), url=_url(row))
        for row in asked
        if any(unit.pk in own and may_file(unit, rules_of[KIND_OF[row.kind]]) for unit in _units(row.elevator))
    }


def _open(row, today) -> bool:
    near = row.opens_on <= today and row.due_on <= today + NEAR
    return bool(row.kind in KIND_OF and row.elevator_id and row.status == "PENDING" and near)


def _units(elevator) -> list:
    return [unit for unit in (elevator.maintenance_unit, elevator.using_unit) if unit is not None]


def _url(row) -> str:
    begin = reverse("inspection:begin", args=[row.elevator.public_id])
    return f"{begin}?{urlencode({'kind': KIND_OF[row.kind]})}"
