"""Everything about one obligation: why its days are what they are, what was told, what became of its waivers."""

import datetime as dt

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.queries import areas_by_id
from compliance import rules
from compliance.models import AlertCause, Obligation, Waiver, WaiverStep
from compliance.queries import planners, policies_on
from compliance.queries.standing import alert_label
from compliance.queries.steps import steps_in_words
from compliance.rules.waivers import WAIVED, Excuse
from compliance.signals import Reason
from registry.choices import EXCLUSIVE_ROLES
from registry.models import Responsibility


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
    if owed:
        found.append(_alert(row, policy))
    return sorted(found, key=lambda one: one.on)


def said_from(row: Obligation, today: dt.date) -> list[Reason]:
    """What would still be said of it as it stands: warnings and the alert, from today on. No statement but the policies'."""
    policy = policies_on(today)[row.kind]
    return sorted(
        (one for one in (*_warnings(row, policy, []), _alert(row, policy)) if one.on >= today), key=lambda one: one.on
    )


def _alert(row: Obligation, policy) -> Reason:
    severity = _("alert; the elevator must not be used") if policy.severity == "RED" else _("alert; it is overdue")
    return Reason(row.alert_after + rules.ONE_DAY, severity, _("by the platform's schedule of alerts"))


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
    """What was told of it to whom, the newest first, as a timeline: warnings, alerts, how these moved on and ended. Who it was is
    reckoned as the news are: who answered at that moment, and the officers whose turn it was. Five statements."""
    held = _answering(row)
    events = [
        {
            "at": notice.told_at,
            "title": _stage(notice.step),
            "detail": _("last day %(day)s") % {"day": notice.due_on},
            "actor": "" if notice.step == rules.OVERDUE else _told(row, held, notice.told_at),
        }
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
                officers = _officers(cause.alert, step.level)
                told = _told(row, held, step.at, *officers)
                events.append({"at": step.at, "title": title, "detail": label, "url": url, "actor": told})
        if cause.ended_at is not None:
            why = _("ended by the waiver %(reference)s") if cause.waiver else _("ended by a fact")
            detail = why % {"reference": cause.waiver.reference} if cause.waiver else why
            events.append({"at": cause.ended_at, "title": _("alert ended"), "detail": detail, "url": url})
    return sorted(events, key=lambda event: event["at"], reverse=True)


def _answering(row: Obligation) -> list[Responsibility]:
    """Who ever answered for its elevator. One statement, none where it is about a unit or a person."""
    if row.elevator_id is None:
        return []
    held = Responsibility.objects.filter(elevator=row.elevator_id, role__in=EXCLUSIVE_ROLES)
    return list(held.select_related("unit").order_by("role", "-started_at"))


def _told(row: Obligation, held: list[Responsibility], at: dt.datetime, *officers: str) -> str:
    """Who was told of it at a moment: those who answered then, or whose own duty it is, and the officers of an area."""
    then = [str(one.unit) for one in held if one.started_at <= at and (one.ended_at is None or one.ended_at > at)]
    whose = [] if row.elevator_id else [str(one) for one in (row.unit, row.person) if one]
    names = dict.fromkeys([*reversed(then), *whose, *officers])
    return _("told: %(names)s") % {"names": ", ".join(names)} if names else ""


def _officers(alert, level: str) -> list[str]:
    column = {"SUBDISTRICT": "area_id", "DISTRICT": "managing_district_id", "CITY": "city_id"}.get(level)
    area = areas_by_id().get(getattr(alert, column)) if column else None
    return [_("officers of %(area)s") % {"area": area}] if area else []


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
