"""The head of a unit's home page: what must be done now, in the order of urgency, and the weeks ahead."""

import datetime as dt

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext

from accounts.roles import Permission
from common.clock import local_date
from common.hooks import Panel
from common.scoping import may
from compliance.choices import DutyKind
from compliance.queries.hazards import major_standing, to_mend
from compliance.queries.now import (
    LATE,
    SOON,
    STOP,
    Others,
    falls_to,
    groups_of,
    month_ahead,
    of_others,
    owed_apart,
    owed_by_units,
)
from compliance.queries.standing import with_next_steps
from compliance.views.hazard_rows import dressed

# urgency: (heading, colour, what to do where one has no next step oneself: the page behind offers none)
WORDS = {
    STOP: (_("Must not be used until it is done"), "danger", _("Stop it and look at it")),
    LATE: (_("Overdue"), "warning", _("Look at it")),
    SOON: (_("Due or to be applied for within 30 days"), "attention", _("Look at it")),
}

HAZARDS = 6  # lines; the list has all
NAMED = 6  # people of one line


def now_panel(actor, at) -> Panel | None:
    """For people of units that answer for elevators, the maintenance unit's as the using unit's. Thirteen statements, and
    what those who know the next steps ask."""
    if not (may(actor, Permission.VIEW_OBLIGATION) and may(actor, Permission.MEND_HAZARD)):
        return None  # an inspection body sees what is due, and owes nothing of it
    rows, today = owed_by_units(actor), local_date(at)
    if rows is None:
        return None
    groups = groups_of(rows.filter(falls_to(actor, today)), today)
    with_next_steps([row for group in groups for _site, lines in group.sites for row in lines], actor, today)
    for group in groups:
        group.heading, group.colour, group.otherwise = WORDS[group.urgency]
        group.url = f"{reverse('compliance:obligations')}?when={'month' if group.urgency == SOON else 'overdue'}"
    about, own = owed_apart(actor)
    context = {
        "groups": groups,
        "weeks": [
            (week, week + dt.timedelta(days=6), number, _week_url(week))
            for week, number in month_ahead([about, own], today)
        ],
        "major": major_standing(actor),
        "others": [(_said(line), line) for line in of_others(own, today, actor)],
        **_hazards(actor, today),
        "unread": actor.unread,
        "today": today,
    }
    return Panel("now", _("To be done now"), "compliance/panels/now.html", context, lead=True)


def _said(line: Others) -> str:
    """What others have to file, in one sentence with their names or their role."""
    if line.kind == DutyKind.WEEKLY_REVIEW:
        words = ngettext(
            "%(n)s weekly review is the director's", "%(n)s weekly reviews are the director's", line.number
        )
    elif line.kind == DutyKind.MONTHLY_MEETING:
        words = ngettext("%(n)s monthly meeting is the head's", "%(n)s monthly meetings are the head's", line.number)
    else:
        words = ngettext(
            "%(n)s daily check is an officer's: %(names)s",
            "%(n)s daily checks are the officers': %(names)s",
            line.number,
        )
    names = pgettext("between things of a list", ", ").join(line.names[:NAMED]) + (
        "…" if len(line.names) > NAMED else ""
    )
    return words % {"n": line.number, "names": names}


def _hazards(actor, today: dt.date) -> dict:
    """What has to be mended: the first lines, and whether there are more."""
    rows = dressed(to_mend(actor, HAZARDS + 1), today)
    return {"hazards": rows[:HAZARDS], "more_hazards": len(rows) > HAZARDS}


def _week_url(week: dt.date) -> str:
    return f"{reverse('compliance:obligations')}?week={week}"
