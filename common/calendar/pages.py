"""The working-day calendar: a year's holidays and moved working days, for everybody to read, for one role to keep."""

import datetime as dt

from django import forms
from django.contrib import messages
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from common import clock
from common.calendar.actions import FIRST_YEAR, LAST_YEAR, remove_day, set_days
from common.errors import NotVisible
from common.forms import FreeText
from common.hooks import NavItem
from common.messages.permissions import KEEP_CALENDAR
from common.models import CalendarDay
from common.scoped_page import ScopedPage
from common.scoping import may
from common.views import ScopedFormPage


def navigation(actor) -> list[NavItem]:
    return [NavItem(_("Working days"), reverse("calendar:year"))] if may(actor, KEEP_CALENDAR) else []


def year_url(year: int) -> str:
    return f"{reverse('calendar:year')}?year={year}"


class YearPage(ScopedPage):
    """One year: each day that is not as its weekday says, or plainly that nobody has entered any."""

    template_name = "calendar/year.html"
    title = _("Working days")

    def get(self, request):
        today = clock.local_date(self.at)
        text = request.GET.get("year", "")
        year = int(text) if text.isascii() and text.isdecimal() and len(text) == 4 else today.year
        year = min(max(year, FIRST_YEAR), LAST_YEAR)
        days = list(CalendarDay.objects.filter(day__year=year).order_by("day"))
        return self.answer(
            year=year,
            days=days,
            missing=not days,
            pressing=not days and year <= today.year,
            previous=year - 1 if year > FIRST_YEAR else None,
            next=year + 1 if year < LAST_YEAR else None,
            may_keep=may(self.actor, KEEP_CALENDAR),
        )


class DaysForm(forms.Form):
    """One day or a run of days, as the notice has it."""

    first = forms.DateField(label=_("First day"), widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(
        label=_("Last day"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("Empty for a single day."),
    )
    working = forms.TypedChoiceField(
        label=_("Is it worked?"),
        choices=[("no", _("a day off")), ("yes", _("a working day, moved"))],
        coerce=lambda text: text == "yes",
        widget=forms.RadioSelect,
        initial="no",
    )
    name = FreeText(label=_("Holiday"), max_length=40)
    source = FreeText(
        label=_("Source"),
        max_length=200,
        help_text=_("The notice by its number and date, so that others can look it up."),
    )

    def values(self) -> dict:
        given = self.cleaned_data
        return {**given, "until": given["until"] or given["first"]}


class SetDaysPage(ScopedFormPage):
    """Enter or change days."""

    permission = KEEP_CALENDAR
    form_class = DaysForm
    title = _("Enter days")
    submit_label = _("Enter the days")
    consequence = _("Terms that are counted from now on follow it; terms that run already stay as they are.")

    def get_form_kwargs(self):
        row = day_of(self.request.GET.get("day", ""))
        if row is None:
            return {}
        worked = "yes" if row.working else "no"
        return {"initial": {"first": row.day, "working": worked, "name": row.name, "source": row.source}}

    def cancel_url(self):
        return reverse("calendar:year")

    def save(self, form):
        values = form.values()
        count = set_days(by=self.actor, at=self.at, **values)
        messages.success(self.request, _("Days changed: %(count)s.") % {"count": count})
        return HttpResponseRedirect(year_url(values["first"].year))


class RemoveDayPage(ScopedFormPage):
    """Let a day be what its weekday says."""

    permission = KEEP_CALENDAR
    form_class = forms.Form
    title = _("Remove a day")
    submit_label = _("Remove the day")
    danger = True
    consequence = _(
        "It is again a working day or a weekend as its weekday says. Terms that run already stay as they are."
    )

    def dispatch(self, request, *args, **kwargs):
        self.row = day_of(kwargs["day"])
        if self.row is None and may(request.actor, self.permission):
            raise NotVisible
        return super().dispatch(request, *args, **kwargs)

    def get_context(self, **extra):
        return super().get_context(lead=str(self.row), **extra)

    def cancel_url(self):
        return year_url(self.row.day.year)

    def save(self, form):
        remove_day(day=self.row, by=self.actor)
        return HttpResponseRedirect(year_url(self.row.day.year))


def day_of(text: str) -> CalendarDay | None:
    """The row of a day written 2026-10-01; None for any other text and for a day without one."""
    try:
        return CalendarDay.objects.filter(day=dt.date.fromisoformat(text)).first()
    except ValueError:
        return None
