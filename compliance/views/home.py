"""The head of a unit's home page: what must be done now, in the order of urgency, and the weeks ahead."""

import datetime as dt

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from common.clock import local_date
from common.hooks import Panel
from common.scoping import may
from compliance.queries.hazards import major_standing
from compliance.queries.now import LATE, SOON, STOP, groups_of, month_ahead, owed_by_units
from compliance.queries.standing import with_next_steps

# urgency: (heading, colour, what to do where nobody knows the next step)
WORDS = {
    STOP: (_("Must not be used until it is done"), "danger", _("Stop it and see to it")),
    LATE: (_("Overdue"), "warning", _("Do it now")),
    SOON: (_("Due or to be applied for within 30 days"), "attention", _("See to it")),
}


def now_panel(actor, at) -> Panel | None:
    """For people of units that answer for elevators, the maintenance unit's as the using unit's. Eleven statements, and what
    those who know the next steps ask."""
    if not (may(actor, Permission.VIEW_OBLIGATION) and may(actor, Permission.MEND_HAZARD)):
        return None  # an inspection body sees what is due, and owes nothing of it
    rows, today = owed_by_units(actor), local_date(at)
    if rows is None:
        return None
    groups = groups_of(rows, today)
    with_next_steps([row for group in groups for _site, lines in group.sites for row in lines], actor, today)
    for group in groups:
        group.heading, group.colour, group.otherwise = WORDS[group.urgency]
        group.url = f"{reverse('compliance:obligations')}?when={'month' if group.urgency == SOON else 'overdue'}"
    context = {
        "groups": groups,
        "weeks": [
            (week, week + dt.timedelta(days=6), number, _week_url(week)) for week, number in month_ahead(rows, today)
        ],
        "major": major_standing(actor),
        "unread": actor.unread,
        "today": today,
    }
    return Panel("now", _("To be done now"), "compliance/panels/now.html", context, lead=True)


def _week_url(week: dt.date) -> str:
    return f"{reverse('compliance:calendar')}?month={week:%Y-%m}"
