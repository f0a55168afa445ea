"""Everything about one obligation: why its days are what they are, what was told, what became of its waivers."""

import datetime as dt

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from compliance import rules
from compliance.models import AlertCause, Obligation, Waiver, WaiverStep
from compliance.queries import planners, policies_on
from compliance.queries.standing import alert_label
from compliance.queries.steps import steps_in_words
from compliance.rules.waivers import WAIVED, Excuse
from compliance.signals import Reason


def reasons_of(row: Obligation, today: dt.date) -> list[Reason]:
    """The chain of facts from which its days follow, oldest first: by the app that knows the law, where it says so."""
    if row.elevator_id is None:
        return []
    for planner in planners():
        if planner.explain is not None and row.kind in {kind.code for kind in planner.kinds}:
            return planner.explain(row.elevator_id, row.kind, row.period, today)
    return []


def days_of(row: Obligation, excuses: list[Excuse], today: dt.date) -> list[Reason]:
    """Its days with what each of them means: opening, warnings, the last day, the alert. One statement."""
    owed = row.status == "PENDING" or (row.status == "WAIVED" and row.law_alert_after is not None)
    policy = policies_on(today)[row.kind]
    found = [Reason(row.opens_on, _("may be done from this day"))]
    if row.apply_by is not None:
        found.append(Reason(row.apply_by, _("apply for it by this day")))
    if owed:
        found += _warnings(row, policy, excuses)
    if row.law_due_on is not None and row.law_due_on != row.due_on:
        found.append(Reason(row.law_due_on, _("last day by the law alone")))
        found.append(Reason(row.due_on, _("last day as the authority has put it off")))
    else:
        found.append(Reason(row.due_on, _("last day")))
    if row.alert_after != row.due_on:
        found.append(Reason(row.alert_after, _("last day as the inspection body printed it")))
    if not owed:
        return sorted(found, key=lambda one: one.on)
    severity = _("alert; the elevator must not be used") if policy.severity == "RED" else _("alert; it is overdue")
    found.append(Reason(row.alert_after + rules.ONE_DAY, severity, _("policy %(row)s") % {"row": policy.version}))
    return sorted(found, key=lambda one: one.on)


def _warnings(row: Obligation, policy, excuses: list[Excuse]) -> list[Reason]:
    """Before the last day, at most one a day; none while it is waived."""
    days = {max(row.opens_on, row.due_on - dt.timedelta(days=ahead)): ahead for ahead in policy.warn_days if ahead}
    silent = [one for one in excuses if one.kind == WAIVED]
    return [
        Reason(
            day,
            ngettext("warning %(days)s day before the last", "warning %(days)s days before the last", ahead)
            % {"days": ahead},
        )
        for day, ahead in days.items()
        if not any(one.holds_on(day) for one in silent)
    ]


def told_about(row: Obligation) -> list[dict]:
    """What was told of it, the newest first, as a timeline: warnings, alerts, how these moved on and ended. Four statements."""
    events = [
        {"at": notice.told_at, "title": _stage(notice.step), "detail": _("last day %(day)s") % {"day": notice.due_on}}
        for notice in row.notices.all()
    ]
    causes = (
        AlertCause.objects.filter(obligation=row).select_related("alert", "waiver").prefetch_related("alert__steps")
    )
    for cause in causes:
        label, url = alert_label(cause.alert), f"/due/alerts/{cause.alert.public_id}/"
        for step in cause.alert.steps.all():
            if step.at >= cause.since:
                title = _("alert, turn of: %(level)s") % {"level": step.get_level_display()}
                events.append({"at": step.at, "title": title, "detail": label, "url": url})
        if cause.ended_at is not None:
            why = _("ended by the waiver %(reference)s") if cause.waiver else _("ended by a fact")
            detail = why % {"reference": cause.waiver.reference} if cause.waiver else why
            events.append({"at": cause.ended_at, "title": _("alert ended"), "detail": detail, "url": url})
    return sorted(events, key=lambda event: event["at"], reverse=True)


def _stage(step: int) -> str:
    if step == rules.OVERDUE:
        return _("told that it is overdue")
    return ngettext("warned %(days)s day ahead", "warned %(days)s days ahead", step) % {"days": step}


def waivers_of(row: Obligation) -> list[Waiver]:
    """Newest first."""
    return list(Waiver.objects.filter(obligation=row).order_by("-pk"))


def waiver_record(row: Obligation) -> list[dict]:
    """Every step of its waivers, as a timeline. Two statements."""
    return steps_in_words(WaiverStep.objects.filter(waiver__obligation=row))
