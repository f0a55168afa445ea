"""A unit's filing: the list of units, the file of one, its records."""

import datetime as dt

from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.queries import reach_of
from accounts.roles import Permission
from common.attachments.answers import answer_attachment
from common.clock import local_date
from common.errors import NotVisible
from common.models import Attachment
from common.scoped_page import ScopedPage
from common.scoping import get_visible, may
from common.views import ScopedDetailPage, ScopedListPage
from compliance.choices import DIRECTOR_NAMED, OFFICER_NAMED, DutyKind, DutyRole, RiskListState
from compliance.forms.duties import REPORT_LABELS, RecordFilter, UnitFilter
from compliance.models import DutyAppointment, DutyRecord, RiskList, UnitOnDuty
from compliance.queries.duties import (
    asked_of,
    calendar_of,
    items_for,
    list_in_force,
    officers_with_counts,
    photos_of,
    standing_of,
    without_officer,
)
from compliance.rules.duties import TEXTS
from registry.models import Elevator

SHOWN = 20


def file_url(unit) -> str:
    return reverse("compliance:duty_unit", args=[unit.public_id])


def keeps(actor, unit, permission=Permission.KEEP_DUTY) -> bool:
    return may(actor, permission) and UnitOnDuty.objects.visible_to(actor, permission).filter(pk=unit.pk).exists()


class DutyUnitListPage(ScopedListPage):
    """Using units and how their filing stands; whoever has one unit alone is led to it."""

    permission = Permission.VIEW_DUTY
    template_name = "components/list_page.html"
    title = _("Safety duties")
    queryset = UnitOnDuty.objects.all()
    order = ("name", "id")
    filter_class = UnitFilter
    row_template = "compliance/duties/_unit_row.html"
    caption = _("Using units and their safety duties")
    empty_text = _("No using unit has an elevator in what you see.")
    columns = (
        {"label": _("Using unit")},
        {"label": _("Safety director")},
        {"label": _("Safety officers"), "num": True},
        {"label": pgettext_lazy("safety duties", "What is wanting")},
        {"label": _("Records overdue"), "num": True},
        {"label": _("Last record")},
    )

    def get(self, request, **kwargs):
        scope = reach_of(self.actor, self.permission)
        if len(scope.unit_ids) == 1 and not scope.areas and (own := self.get_queryset().first()) is not None:
            return HttpResponseRedirect(file_url(own))
        return super().get(request, **kwargs)

    def dress(self, rows):
        standing = standing_of(rows, local_date(self.at))
        for row in rows:
            row.standing = standing[row.pk]
            row.no_director = DIRECTOR_NAMED in row.standing.gaps
            row.no_officer = OFFICER_NAMED in row.standing.gaps


class DutyFilePage(ScopedDetailPage):
    """The unit's Order 74 file: people, elevators without officer, list, calendar, reports."""

    permission = Permission.VIEW_DUTY
    template_name = "compliance/duties/unit.html"
    queryset = UnitOnDuty.objects.all()

    def get_context(self, **extra):
        unit, today = self.object, local_date(self.at)
        people = list(
            DutyAppointment.objects.unfinished(today)
            .filter(unit=unit)
            .select_related("user")
            .order_by("started_on", "pk")
        )
        dress_people(people, unit, today)
        seen = Elevator.objects.visible_to(self.actor, self.permission)
        gaps = without_officer(unit, today, self.at).filter(pk__in=seen.values("pk"))
        keeping = keeps(self.actor, unit)
        calendar = calendar_of(unit, today)
        return super().get_context(
            unit=unit,
            today=today,
            people=[(role.label, [row for row in people if row.role == role]) for role in DutyRole],
            gaps=list(gaps.order_by("pk")[:SHOWN]),
            gap_count=gaps.count(),
            risk_list=list_in_force(unit, today),
            draft=RiskList.objects.filter(unit=unit, state=RiskListState.DRAFT).first() if keeping else None,
            calendar=calendar,
            counts=counted(calendar, today),
            reports=list(
                DutyRecord.objects.filter(unit=unit)
                .exclude(kind=DutyKind.DAILY_CHECK)
                .visible_to(self.actor, self.permission)
                .select_related("person")
                .order_by("-due_on", "-pk")[:8]
            ),
            keeps=keeping,
            files=keeps(self.actor, unit, Permission.FILE_DUTY),
            **extra,
        )


class UnboundListPage(ScopedListPage):
    """All elevators of a unit that no officer has: the file shows the first of them."""

    permission = Permission.VIEW_DUTY
    template_name = "compliance/duties/unbound.html"
    title = _("Elevators without safety officer")
    queryset = Elevator.objects.all()
    order = ("id",)
    row_template = "compliance/duties/_unbound_row.html"
    caption = _("Elevators without safety officer")
    empty_text = _("Each elevator in use has a named officer.")
    columns = ({"label": _("Elevator")}, {"label": _("Place")})

    def get(self, request, public_id, **kwargs):
        self.unit = get_visible(UnitOnDuty.objects.all(), public_id, actor=self.actor, view=self.permission)
        return super().get(request, **kwargs)

    def get_queryset(self):
        return (
            super().get_queryset().filter(pk__in=without_officer(self.unit, local_date(self.at), self.at).values("pk"))
        )

    def get_context(self, **extra):
        return super().get_context(unit=self.unit, lead=self.unit.name, **extra)


def dress_people(people: list, unit, today: dt.date) -> None:
    """Appointments with their letter and how many elevators they have. Two statements."""
    counts = officers_with_counts(unit, today)
    letters = {
        row.subject_id: row
        for row in Attachment.objects.filter(
            subject_type=DutyAppointment._meta.label_lower, subject_id__in=[row.pk for row in people], state="KEPT"
        ).order_by("-pk")
    }
    for row in people:
        row.elevators, row.letter = counts.get(row.pk, 0), letters.get(row.pk)
        row.ahead = row.started_on > today


def counted(calendar: list, today: dt.date) -> dict:
    """What the calendar says in numbers; today is not over."""
    past = [day for day in calendar if day.day < today]
    return {
        "wanted": sum(day.wanted for day in past),
        "filed": sum(day.filed for day in past),
        "late": sum(day.late for day in past),
        "missed": sum(day.missed for day in past),
        "findings": sum(day.findings for day in calendar),
    }


class DutyRecordListPage(ScopedListPage):
    """What was filed, newest first."""

    permission = Permission.VIEW_DUTY
    template_name = "components/list_page.html"
    title = _("Records of safety duties")
    queryset = DutyRecord.objects.all()
    filter_class = RecordFilter
    row_template = "compliance/duties/_record_row.html"
    caption = _("Records, newest first")
    empty_text = _("Nothing has been filed yet.")
    export_kind = "compliance.duty_records"
    columns = (
        {"label": pgettext_lazy("obligation", "What")},
        {"label": pgettext_lazy("duty record", "For")},
        {"label": _("Using unit")},
        {"label": _("Place")},
        {"label": pgettext_lazy("duty record", "By")},
        {"label": _("Result")},
        {"label": pgettext_lazy("duty record", "Filed"), "wide": True},
    )

    def decorate(self, queryset):
        return queryset.select_related("unit", "person", "site")

    def spoken(self, name, field, given, rows):
        if name == "unit":
            return next((row.unit.name for row in rows if str(row.unit.public_id) == str(given)), given)
        return super().spoken(name, field, given, rows)


class DutyRecordPage(ScopedDetailPage):
    """One record as it was filed, to read and to print."""

    permission = Permission.VIEW_DUTY
    template_name = "compliance/duties/record.html"
    queryset = DutyRecord.objects.select_related("unit", "person", "site", "risk_list")

    def get_context(self, **extra):
        record = self.object
        findings = list(record.findings.select_related("elevator", "item", "hazard").order_by("pk"))
        photos = photos_of(record)
        for one in findings:
            one.photos = photos.get(one.pk, [])
        wrong = {(one.elevator_id): True for one in findings}
        elevators = list(Elevator.objects.filter(pk__in=record.elevators).order_by("pk"))
        for one in elevators:
            one.wrong = wrong.get(one.pk, False)
        items = [] if record.risk_list is None else _asked(record, elevators)
        crossed = {one.item_id for one in findings}
        for item in items:
            item.wrong = item.pk in crossed
        return super().get_context(
            record=record,
            findings=findings,
            elevators=elevators,
            items=items,
            texts=[(REPORT_LABELS[name][0], record.content[name]) for name in TEXTS[record.kind]],
            photos=photos.get(None, []),
            on_behalf=record.filed_by_id != str(record.person.public_id),
            **extra,
        )


def _asked(record: DutyRecord, elevators: list) -> list:
    """The items of the list that the record answers; a daily check those that are about any of its elevators."""
    asked = asked_of(record.risk_list, record.kind)
    if record.kind != DutyKind.DAILY_CHECK:
        return asked
    about = {item.pk for one in elevators for item in items_for(asked, one)}
    return [item for item in asked if item.pk in about]


class _FilePage(ScopedPage):
    """A file of a row that one sees."""

    permission = Permission.VIEW_DUTY
    queryset = None

    def get(self, _request, public_id, attachment_id):
        row = get_visible(self.queryset.all(), public_id, actor=self.actor, view=self.permission)
        for file in self.files(row):
            if file.public_id == attachment_id:
                return answer_attachment(file, by=self.actor, via="page")
        raise NotVisible

    def files(self, row) -> list[Attachment]:
        return list(Attachment.objects.kept_for(row))


class LetterPage(_FilePage):
    queryset = DutyAppointment.objects


class PhotoPage(_FilePage):
    """Of the record, or of anything that it found."""

    queryset = DutyRecord.objects

    def files(self, row):
        return [file for files in photos_of(row).values() for file in files]
