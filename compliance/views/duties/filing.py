"""Filing: the officer's daily check on the phone, the director's week, the minutes of the month."""

import datetime as dt
import uuid

from django.contrib import messages
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.roles import Permission
from common.attachments.pages import KeepsFiles
from common.clock import local_date
from common.errors import NotVisible
from common.views import ScopedDetailPage, ScopedFormPage
from compliance.actions.duties import file_daily_check, file_report
from compliance.choices import DutyKind, period_words
from compliance.forms.duties import DailyCheckForm, ReportForm
from compliance.models import DutyAppointment, DutyRecord, UnitOnDuty
from compliance.queries.duties import (
    asked_of,
    bound_to,
    findings_of,
    holder_of,
    list_in_force,
    person_of,
    week_of,
    without_officer,
)
from compliance.rules.duties import FILED_BY, TEXTS, judged_on, period_of
from compliance.views.duties.units import file_url
from registry.models import Site


def a_day(text: str, otherwise: dt.date) -> dt.date:
    """A day of an address; what is none, or near an end of the calendar, is today."""
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        return otherwise
    return day if 2000 <= day.year <= 2200 else otherwise


def number_of(actor, key: str) -> uuid.UUID:
    """The record's number from the form's key: the same form sent again, on whatever connection, is the same record."""
    return uuid.uuid5(uuid.NAMESPACE_OID, f"{actor.key}:{key}")


def record_url(record) -> str:
    return reverse("compliance:duty_record", args=[record.public_id])


class _KeepsPhotos(KeepsFiles):
    """Photographs of single ×: the form has a field for each."""

    @cached_property
    def _photo_fields(self) -> dict:
        return self.get_form().fields

    def _fields(self):
        return self._photo_fields


class DailyCheckPage(_KeepsPhotos, ScopedFormPage):
    """One site: tick what is wrong, send. ?site= (none: elevators without one), ?day=, ?officer= (the director for somebody)."""

    permission = Permission.FILE_DUTY
    view_permission = Permission.VIEW_DUTY
    queryset = UnitOnDuty.objects.all()
    template_name = "compliance/duties/check.html"
    form_class = DailyCheckForm
    title = _("Daily check")
    submit_label = _("File the check")

    @cached_property
    def day(self) -> dt.date:
        return a_day(self.request.GET.get("day", ""), local_date(self.at))

    @cached_property
    def officer(self) -> User:
        if not (wanted := self.request.GET.get("officer")):
            person = person_of(self.actor)
        else:
            # of whom this unit ever appointed: of anybody else the page would say the name
            appointed = DutyAppointment.objects.filter(unit=self.object.pk).values("user")
            person = User.objects.filter(public_id=_as_uuid(wanted), pk__in=appointed).first()
        if person is None:
            raise NotVisible
        return person

    @cached_property
    def site(self) -> Site | None:
        if not (wanted := self.request.GET.get("site")):
            return None
        site = Site.objects.filter(public_id=_as_uuid(wanted)).first()
        if site is None:
            raise NotVisible
        return site

    @cached_property
    def elevators(self) -> list:
        """Those in use of the round; nobody's round is no page."""
        mine = bound_to(self.object, self.officer, self.day).filter(site=self.site, registration_state="IN_USE")
        rows = list(mine.order_by("building", "internal_number", "pk"))
        if not rows and self.request.GET.get("site"):
            raise NotVisible
        return rows

    @cached_property
    def risk_list(self):
        return list_in_force(self.object, self.day)

    def get_form_kwargs(self):
        return {"elevators": self.elevators, "items": asked_of(self.risk_list, DutyKind.DAILY_CHECK)}

    def get_context(self, **extra):
        there = DutyRecord.objects.filter(
            kind=DutyKind.DAILY_CHECK, unit=self.object, person=self.officer, site=self.site, due_on=self.day
        ).first()
        return super().get_context(
            unit=self.object,
            site=self.site,
            day=self.day,
            today=local_date(self.at),
            officer=self.officer,
            for_another=self.officer != person_of(self.actor),
            risk_list=self.risk_list,
            there=there,
            **extra,
        )

    def cancel_url(self):
        return reverse("compliance:duty_today")

    def save(self, form):
        record = file_daily_check(
            unit=self.object,
            officer=self.officer,
            site=self.site,
            day=self.day,
            client_id=number_of(self.actor, self.request.POST["idempotency_key"]),
            elevators=[one.pk for one in self.elevators],
            findings=form.findings(),
            by=self.actor,
            at=self.at,
        )
        if record.findings_count:
            messages.warning(
                self.request, _("Filed. What is wrong stands in the hazard ledger; see that it is mended.")
            )
        else:
            messages.success(self.request, _("Filed: nothing found."))
        mine = self.officer == person_of(self.actor)
        return HttpResponseRedirect(self.cancel_url() if mine else record_url(record))


def _as_uuid(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError as error:
        raise NotVisible from error


def week_facts(unit, monday: dt.date, at: dt.datetime) -> dict:
    """What the director has to know about a week: who did what, gaps, findings and what became of them."""
    today, sunday = local_date(at), monday + dt.timedelta(days=6)
    return {
        "monday": monday,
        "sunday": sunday,
        "days": [monday + dt.timedelta(days=n) for n in range(7)],
        "officers": week_of(unit, monday, today),
        "findings": findings_of(unit, monday, sunday),
        "gap_count": without_officer(unit, today, at).count(),
        "record": DutyRecord.objects.filter(
            unit=unit, kind=DutyKind.WEEKLY_REVIEW, period=period_of(DutyKind.WEEKLY_REVIEW, monday).name
        ).first(),
    }


class WeekPage(ScopedDetailPage):
    """A week of the unit: what the officers did, gaps, hazards. ?day= lies in it."""

    permission = Permission.VIEW_DUTY
    template_name = "compliance/duties/week.html"
    queryset = UnitOnDuty.objects.all()
    title = _("The week")

    def get_context(self, **extra):
        today = local_date(self.at)
        day = a_day(self.request.GET.get("day", ""), today)
        monday = period_of(DutyKind.WEEKLY_REVIEW, day).opens_on
        holder = holder_of(self.object, FILED_BY[DutyKind.WEEKLY_REVIEW], today, self.at)
        return super().get_context(
            unit=self.object,
            previous=monday - dt.timedelta(days=7),
            next=monday + dt.timedelta(days=7) if monday + dt.timedelta(days=7) <= today else None,
            is_director=holder is not None and holder.user == person_of(self.actor),
            **week_facts(self.object, monday, self.at),
            **extra,
        )


class _ReportPage(_KeepsPhotos, ScopedFormPage):
    """The items of the list and texts of a period. ?day= lies in it; without one it is the present one."""

    permission = Permission.FILE_DUTY
    view_permission = Permission.VIEW_DUTY
    queryset = UnitOnDuty.objects.all()
    form_class = ReportForm
    kind = ""

    @cached_property
    def day(self) -> dt.date:
        return a_day(self.request.GET.get("day", ""), local_date(self.at))

    @cached_property
    def period(self):
        return period_of(self.kind, self.day)

    @cached_property
    def risk_list(self):
        return list_in_force(self.object, judged_on(self.period, local_date(self.at)))

    def get_form_kwargs(self):
        items = asked_of(self.risk_list, self.kind)
        return {"kind": self.kind, "items": items, "unit": self.object, "actor": self.actor}

    def get_context(self, **extra):
        holder = holder_of(self.object, FILED_BY[self.kind], local_date(self.at), self.at)
        return super().get_context(
            unit=self.object,
            period=self.period,
            period_label=period_words(self.period.name),
            holder=holder,
            kept_as=f"{self.actor.id}:{self.kind}:{self.object.public_id}:{self.period.name}",
            theirs=holder is not None and holder.user == person_of(self.actor),
            **extra,
        )

    def cancel_url(self):
        return file_url(self.object)

    def save(self, form):
        person = person_of(self.actor)
        if person is None:
            raise NotVisible
        record = file_report(
            kind=self.kind,
            unit=self.object,
            person=person,
            day=self.day,
            client_id=number_of(self.actor, self.request.POST["idempotency_key"]),
            content={name: form.cleaned_data[name] for name in TEXTS[self.kind]},
            findings=form.findings(),
            by=self.actor,
            at=self.at,
        )
        return HttpResponseRedirect(record_url(record))


class WeeklyReviewPage(_ReportPage):
    """The director's review of a week."""

    kind = DutyKind.WEEKLY_REVIEW
    template_name = "compliance/duties/review.html"
    title = _("Weekly review")
    submit_label = _("File the review")

    def get_context(self, **extra):
        return super().get_context(**week_facts(self.object, self.period.opens_on, self.at), **extra)


class MonthlyMeetingPage(_ReportPage):
    """The minutes of the month's meeting, by the head of the unit."""

    kind = DutyKind.MONTHLY_MEETING
    template_name = "compliance/duties/meeting.html"
    title = _("Monthly meeting")
    submit_label = _("File the minutes")

    def get_context(self, **extra):
        period = self.period
        return super().get_context(
            findings=findings_of(self.object, period.opens_on, period.due_on),
            reviews=list(
                DutyRecord.objects.filter(
                    unit=self.object, kind=DutyKind.WEEKLY_REVIEW, due_on__range=(period.opens_on, period.due_on)
                ).order_by("due_on")
            ),
            **extra,
        )
