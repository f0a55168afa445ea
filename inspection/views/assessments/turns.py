"""Whose turn it is in a safety assessment, to do what, until when: in words for its page."""

import datetime as dt

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inspection.models import Assessment
from inspection.rules import assessments as rules

TO_DO = {
    "assign": gettext_lazy("Give it to a body that assesses"),
    "report": gettext_lazy("Assess the elevator and file the report"),
    "decide": gettext_lazy("Decide: keep, repair, modernise or replace"),
    "fund": gettext_lazy("Find the money and enter who gives it"),
    "works": gettext_lazy("Have the works begun, and enter who works from when"),
    "accept": gettext_lazy("Have the works accepted, and enter what proves it"),
    "close": gettext_lazy("Look at what was done and close it"),
}


def turn_in_words(case: Assessment, steps: list[str], at: dt.datetime) -> dict | None:
    """{"what", "who", "own", "until"} of what is to be done now; None when it has ended. `steps`: those that the reader may take;
    `until`: the last day as planned, for no text sets one. `case.using_until`: until when the elevator's unit uses it."""
    found = rules.turn(case.state, decision=case.decision)
    if found is None:
        return None
    who, step = found
    until = case.works_until if step == "accept" else None
    return {"what": TO_DO[step], "who": _name(case, who, at), "own": step in steps, "until": until}


def _name(case: Assessment, who: str, at: dt.datetime) -> str:
    if who == "BODY":
        return str(case.body)
    if who == "OFFICER":
        district = case.managing_district
        return _("officers of %(district)s") % {"district": district} if district else _("officers of the place")
    current = case.using_until is None or case.using_until > at
    return str((current and case.elevator.using_unit) or case.unit)
