"""What is asked of who applies for an inspection and of the body that answers; filters of applications."""

import django_filters
from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.choices import AreaKind
from accounts.models import Unit, User
from accounts.queries import area_of, areas_by_id
from common.clock import now, today
from common.forms import FreeText
from inspection.choices import ApplicationKind, ApplicationState
from inspection.models import Application
from inspection.queries.applications import bodies_on, inspectors_of


def _day(**attrs):
    return forms.DateInput(attrs={"type": "date", **attrs}, format="%Y-%m-%d")


class ApplyForm(forms.Form):
    """Which body, on which days, who opens the door. For one inspection or for many alike."""

    body = forms.ModelChoiceField(
        label=_("Inspection body"), queryset=Unit.objects.none(), to_field_name="public_id", empty_label=_("Choose")
    )
    wanted_from = forms.DateField(label=_("First day that suits"), widget=_day())
    wanted_until = forms.DateField(label=_("Last day that suits"), widget=_day())
    contact = forms.CharField(
        label=_("Phone of who opens the door"),
        required=False,
        max_length=40,
        help_text=_("Only the body that you ask can look at it, and each look stays on record."),
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )

    def __init__(self, *args, rows, **options):
        """`rows`: the obligations; bodies are those that are licensed today for all that they ask."""
        super().__init__(*args, **options)
        day = today()
        self.fields["body"].queryset = bodies_on(day, {row.kind for row in rows}).order_by("name", "pk")
        first = max([day, *(row.opens_on for row in rows)])
        last = min((row.due_on for row in rows), default=first)
        self.initial.setdefault("wanted_from", first)
        if last >= first:
            self.initial.setdefault("wanted_until", last)


class _VersionForm(forms.Form):
    """What somebody read: an answer to an application that has changed since is refused."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)


class AppointForm(_VersionForm):
    """The day and who goes. A day after the last good one is asked about once."""

    day = forms.DateField(label=_("Day of the inspection"), widget=_day())
    inspector = forms.ModelChoiceField(
        label=_("Inspector"), queryset=User.objects.none(), required=False, to_field_name="public_id",
        empty_label=_("not yet known"),
    )  # fmt: skip
    late = forms.BooleanField(
        label=_("Appoint it all the same; the unit is told that it is late"), required=False, widget=forms.HiddenInput
    )

    def __init__(self, *args, rows, **options):
        super().__init__(*args, **options)
        self.rows = rows
        self.fields["inspector"].queryset = inspectors_of(rows[0].body, now()).order_by("display_name", "pk")

    def clean(self):
        """Warned, not refused: whoever says that they know is let through."""
        given = super().clean()
        day, last = given.get("day"), min(row.due_on for row in self.rows)
        if day is not None and day > last:
            self.fields["late"].widget = forms.CheckboxInput()
            if not given.get("late"):
                words = _(
                    "This day is after the last good day, %(due_on)s. Choose an earlier one, or tick that you know."
                )
                self.add_error("late", forms.ValidationError(words, code="late", params={"due_on": last}))
        return given


class ReasonForm(_VersionForm):
    reason = FreeText(
        label=_("Why?"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The other side reads it. No names and no phone numbers."),
    )  # fmt: skip


class PurposeForm(forms.Form):
    purpose = FreeText(label=_("What for?"), max_length=120, help_text=_("It stays on record."))


def district_choices() -> list[tuple[str, str]]:
    areas = [row for row in areas_by_id().values() if row.kind in (AreaKind.DISTRICT, AreaKind.MANAGEMENT)]
    return [(row.code, str(row)) for row in sorted(areas, key=lambda row: row.code)]


class Turn(django_filters.ChoiceFilter):
    """How it stands; days in Nanjing."""

    WORDS = (
        ("open", _("waits for an answer")),
        ("appointed", _("appointment made")),
        ("late", _("late, the body's fault")),
        ("unit", _("late, applied too late")),
        ("done", _("ended")),
    )

    def __init__(self, **options):
        super().__init__(choices=self.WORDS, **options)

    def filter(self, rows, value):
        if value in ("late", "unit"):
            return rows.late(today()).filter(in_time=value == "late")
        states = {"open": ["APPLIED"], "appointed": ["APPOINTED"], "done": ["DONE", "DECLINED", "WITHDRAWN", "GONE"]}
        return rows.filter(state__in=states[value]) if value in states else rows


class ApplicationFilter(django_filters.FilterSet):
    turn = Turn(label=_("State"))
    kind = django_filters.ChoiceFilter(label=_("Kind"), choices=ApplicationKind.choices)
    district = django_filters.ChoiceFilter(label=_("District"), choices=district_choices, method="inside")
    due = django_filters.DateFilter(
        label=_("Last good day until"), field_name="due_on", lookup_expr="lte", widget=_day()
    )

    class Meta:
        model = Application
        fields: tuple = ()

    def inside(self, rows, _name, code: str):
        found = area_of(code)
        return rows.filter(managing_district=found) if found else rows.none()

    def filter_queryset(self, queryset):
        """What has ended only when it is asked for."""
        rows = super().filter_queryset(queryset)
        return rows if self.form.cleaned_data.get("turn") else rows.standing()


class ApplicationApiFilter(django_filters.FilterSet):
    turn = Turn(label=_("State"))
    state = django_filters.ChoiceFilter(choices=ApplicationState.choices)
    kind = django_filters.ChoiceFilter(choices=ApplicationKind.choices)
    district = django_filters.CharFilter(method="inside")
    due_until = django_filters.DateFilter(field_name="due_on", lookup_expr="lte")
    elevator = django_filters.UUIDFilter(field_name="elevator__public_id")

    class Meta:
        model = Application
        fields: tuple = ()

    inside = ApplicationFilter.inside
