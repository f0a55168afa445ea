"""What is asked of who reports a hazard, of who mends it, and of who judges."""

import datetime as dt

import django_filters
from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.roles import Permission
from common.attachments.fields import AttachmentsField
from common.clock import today
from common.errors import Changed
from common.forms import FreeText
from compliance.choices import HazardGrade, HazardSource, HazardState
from compliance.forms.areas import district_filter, inside
from compliance.forms.elevators import ElevatorCodeField
from compliance.models import Hazard
from compliance.queries.hazards import item_choices
from compliance.rules.hazards import GRADES


class ReportForm(forms.Form):
    """What is wrong with which elevator, since when one knows of it."""

    elevator = ElevatorCodeField(
        permission=Permission.REPORT_HAZARD,
        help_text=_("Scan the plate in the car, or type its six digits or another code that stands in the register."),
    )
    item = forms.ChoiceField(label=_("What is wrong?"), choices=[])
    details = FreeText(
        label=_("What was seen"),
        max_length=500,
        help_text=_("Where exactly, and how to recognise it. No names and no phone numbers."),
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    found_on = forms.DateField(label=_("Found on"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    photos = AttachmentsField(label=_("Photographs of what is wrong"), required=False)

    def __init__(self, *args, actor, **options):
        super().__init__(*args, **options)
        self.fields["elevator"].actor = actor
        self.fields["item"].choices = [("", _("Choose")), *item_choices(today())]


class NoteForm(forms.Form):
    """`seen`: the version of the hazard that its page showed."""

    seen = forms.IntegerField(
        widget=forms.HiddenInput, error_messages={"required": Changed.message, "invalid": Changed.message}
    )
    note = FreeText(
        label=_("Why, or what was done"), max_length=500, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("It stays in the ledger, beside who said it and when."),
    )  # fmt: skip


class BulkNoteForm(forms.Form):
    """One text for all of them."""

    note = FreeText(
        label=_("Why, or what was done"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("It stays with each of them in the ledger, beside who said it and when."),
    )  # fmt: skip


class EvidenceForm(NoteForm):
    photos = AttachmentsField(label=_("Photographs"), required=False)


class GradeForm(NoteForm):
    """`now`: the present grade, which is no change. `proposed`: the lower one that waits for a second officer."""

    grade = forms.ChoiceField(label=_("Grade"), choices=HazardGrade.choices, widget=forms.RadioSelect)
    field_order = ["grade", "note"]

    def __init__(self, *args, now: str, proposed: str = "", **options):
        super().__init__(*args, **options)
        field, words = self.fields["grade"], {"now": HazardGrade(now).label}
        field.choices = [(value, label) for value, label in HazardGrade.choices if value != now]
        field.help_text = _("Now: %(now)s.") % words
        if proposed:
            field.help_text = _("Now: %(now)s. A first officer proposes: %(proposed)s.") % {
                **words,
                "proposed": HazardGrade(proposed).label,
            }


class ExtendForm(NoteForm):
    due_on = forms.DateField(label=_("New last day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    field_order = ["due_on", "note"]

    def __init__(self, *args, due: dt.date, until: dt.date, **options):
        super().__init__(*args, **options)
        field, words = self.fields["due_on"], {"due": due, "until": until}
        field.help_text = _("Now %(due)s, at the latest %(until)s. It is extended once.") % words
        field.widget.attrs |= {"min": str(due + dt.timedelta(days=1)), "max": str(until)}


class Turn(django_filters.ChoiceFilter):
    """Whose turn, and how late; days in Nanjing."""

    WORDS = (
        ("late", _("late")),
        ("confirm", _("to be confirmed")),
        ("mend", pgettext_lazy("hazard", "to be mended")),
        ("verify", _("to be verified")),
        ("done", _("settled")),
    )
    STATES = {"confirm": ["FOUND"], "mend": ["CONFIRMED"], "verify": ["CLAIMED_FIXED"], "done": ["CLOSED", "REJECTED"]}

    def __init__(self, **options):
        super().__init__(choices=self.WORDS, **options)

    def filter(self, rows, value):
        if value == "late":
            return rows.overdue(today())
        return rows.filter(state__in=self.STATES[value]) if value in self.STATES else rows


class HazardFilter(django_filters.FilterSet):
    turn = Turn(label=_("Whose turn"))
    grade = django_filters.ChoiceFilter(label=_("Grade"), choices=[(g, HazardGrade(g).label) for g in reversed(GRADES)])
    source = django_filters.ChoiceFilter(label=_("Who found it"), choices=HazardSource.choices)
    district = district_filter()

    class Meta:
        model = Hazard
        fields: tuple = ()

    def filter_queryset(self, queryset):
        """What is settled only when it is asked for."""
        rows = super().filter_queryset(queryset)
        return rows if self.form.cleaned_data.get("turn") == "done" else rows.standing()


class HazardApiFilter(django_filters.FilterSet):
    """`updated_since`: reported, or taken a step further, at that moment or later."""

    turn = Turn(label=_("Whose turn"))
    grade = django_filters.ChoiceFilter(label=_("Grade"), choices=HazardGrade.choices)
    source = django_filters.ChoiceFilter(label=_("Who found it"), choices=HazardSource.choices)
    state = django_filters.ChoiceFilter(label=_("State"), choices=HazardState.choices)
    elevator = django_filters.UUIDFilter(field_name="elevator__public_id")
    district = django_filters.CharFilter(method=lambda rows, _name, code: inside(rows, code))
    updated_since = django_filters.IsoDateTimeFilter(field_name="changed_at", lookup_expr="gte")

    class Meta:
        model = Hazard
        fields: tuple = ()
