"""What is asked of who reports a hazard, of who mends it, and of who judges."""

import django_filters
from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from common.clock import today
from common.forms import FreeText
from compliance.choices import HazardGrade, HazardSource, HazardState
from compliance.forms.elevators import ElevatorCodeField
from compliance.models import Hazard
from compliance.queries.hazards import items_on
from compliance.rules.hazards import GRADES


class ReportForm(forms.Form):
    """What is wrong with which elevator, since when one knows of it."""

    elevator = ElevatorCodeField(permission=Permission.REPORT_HAZARD)
    item = forms.ChoiceField(label=_("What is wrong?"), choices=[])
    details = FreeText(
        label=_("What was seen"),
        max_length=500,
        help_text=_("Where exactly, and how to recognise it. No names and no phone numbers."),
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    found_on = forms.DateField(label=_("Found on"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))

    def __init__(self, *args, actor, **options):
        super().__init__(*args, **options)
        self.fields["elevator"].actor = actor
        items = [(row.code, f"{row.name} · {row.get_grade_display()}") for row in items_on(today())]
        self.fields["item"].choices = [("", _("Choose")), *items]


class NoteForm(forms.Form):
    note = FreeText(
        label=_("Why, or what was done"), max_length=500, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("It stays in the ledger, beside who said it and when."),
    )  # fmt: skip


class GradeForm(NoteForm):
    grade = forms.ChoiceField(label=_("Grade"), choices=HazardGrade.choices, widget=forms.RadioSelect)
    field_order = ["grade", "note"]


class ExtendForm(NoteForm):
    due_on = forms.DateField(label=_("New last day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    field_order = ["due_on", "note"]


class Turn(django_filters.ChoiceFilter):
    """Whose turn, and how late; days in Nanjing."""

    WORDS = (
        ("late", _("late")),
        ("confirm", _("to be confirmed")),
        ("mend", _("to be mended")),
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

    class Meta:
        model = Hazard
        fields: tuple = ()

    def filter_queryset(self, queryset):
        """What is settled only when it is asked for."""
        rows = super().filter_queryset(queryset)
        return rows if self.form.cleaned_data.get("turn") == "done" else rows.standing()


class HazardApiFilter(django_filters.FilterSet):
    turn = Turn(label=_("Whose turn"))
    grade = django_filters.ChoiceFilter(label=_("Grade"), choices=HazardGrade.choices)
    source = django_filters.ChoiceFilter(label=_("Who found it"), choices=HazardSource.choices)
    state = django_filters.ChoiceFilter(label=_("State"), choices=HazardState.choices)
    elevator = django_filters.UUIDFilter(field_name="elevator__public_id")

    class Meta:
        model = Hazard
        fields: tuple = ()
