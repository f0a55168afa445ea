"""Forms of the safety duties of a using unit."""

import django_filters
from django import forms
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.roles import Permission
from common.attachments.fields import AttachmentsField
from common.clock import now, today
from common.forms import FreeText
from compliance.actions.duties import Finding
from compliance.actions.duties.refusals import DutyNotDone
from compliance.choices import (
    DIRECTOR_NAMED,
    OFFICER_NAMED,
    CheckFrequency,
    DutyKind,
    DutyRole,
    RiskScope,
)
from compliance.forms.elevators import ElevatorCodeField
from compliance.models import DutyRecord, HazardItem, Obligation, UnitOnDuty
from compliance.queries.duties import in_use, items_for
from compliance.rules.duties import TEXTS, DutyRefused, require_mending

DAY = forms.DateInput(attrs={"type": "date"})
MOST_PHOTOS = 3  # of one ×


class WantingFilter(django_filters.ChoiceFilter):
    """Units that lack somebody, or are late with what they file."""

    WORDS = (
        ("director", _("without safety director")),
        ("officer", _("elevators without safety officer")),
        ("late", _("late with a record")),
    )
    KINDS = {"director": [DIRECTOR_NAMED], "officer": [OFFICER_NAMED], "late": DutyKind.values}

    def __init__(self, **options):
        super().__init__(choices=self.WORDS, **options)

    def filter(self, rows, value):
        if value not in self.KINDS:
            return rows
        owed = Obligation.objects.filter(for_unit=OuterRef("pk"), kind__in=self.KINDS[value], status="PENDING")
        return rows.filter(Exists(owed.filter(alert_after__lt=today()) if value == "late" else owed))


class UnitFilter(django_filters.FilterSet):
    wanting = WantingFilter(label=pgettext_lazy("safety duties", "What is wanting"))

    class Meta:
        model = UnitOnDuty
        fields: tuple = ()


class RecordFilter(django_filters.FilterSet):
    """Records of a duty: which, of which days, of which unit, with findings or late."""

    kind = django_filters.ChoiceFilter(label=pgettext_lazy("obligation", "What"), choices=DutyKind.choices)
    since = django_filters.DateFilter(label=_("From day"), field_name="due_on", lookup_expr="gte", widget=DAY)
    until = django_filters.DateFilter(label=_("Until day"), field_name="due_on", lookup_expr="lte", widget=DAY)
    found = django_filters.ChoiceFilter(
        label=_("Result"),
        choices=(("some", _("something found")), ("none", _("nothing found")), ("late", _("filed late"))),
        method="by_result",
    )
    unit = django_filters.UUIDFilter(field_name="unit__public_id", widget=forms.HiddenInput)

    class Meta:
        model = DutyRecord
        fields: tuple = ()

    def by_result(self, rows, _name, value):
        wanted = {"some": Q(findings_count__gt=0), "none": Q(findings_count=0, risk_list__isnull=False)}
        return rows.filter(wanted.get(value, Q(days_late__gt=0)))


class AppointForm(forms.Form):
    """Who is appointed for what, since when, by which letter."""

    role = forms.ChoiceField(label=_("Appointed as"), choices=[("", _("Choose")), *DutyRole.choices])
    person = forms.ModelChoiceField(
        label=_("Person"),
        queryset=None,
        to_field_name="public_id",
        empty_label=_("Choose"),
        help_text=_("People of the unit whose role lets them file. The unit administrator gives roles."),
    )
    day = forms.DateField(label=_("Appointed from"), widget=DAY)
    reference = FreeText(label=_("Number of the letter"), max_length=120, required=False)
    files = AttachmentsField(label=_("Letter of appointment"), most=3)

    def __init__(self, *args, people, **options):
        super().__init__(*args, **options)
        self.fields["person"].queryset = people
        self.fields["day"].initial = today()


class DismissForm(forms.Form):
    """From which day on, and why."""

    day = forms.DateField(label=_("First day without the appointment"), widget=DAY)
    reason = FreeText(label=_("Why"), max_length=200)

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.fields["day"].initial = today()


class BindForm(forms.Form):
    """Which elevators an officer gets, from which day on: whole sites, all that have none, or single ones."""

    officer = forms.ModelChoiceField(
        label=_("Safety officer"), queryset=None, to_field_name="public_id", empty_label=_("Choose")
    )
    day = forms.DateField(label=_("From day"), widget=DAY)
    sites = forms.ModelMultipleChoiceField(
        label=_("Whole sites"),
        queryset=None,
        to_field_name="public_id",
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    unbound = forms.BooleanField(label=_("All elevators that have no officer"), required=False)
    elevators = forms.ModelMultipleChoiceField(
        label=_("Single elevators"),
        queryset=None,
        to_field_name="public_id",
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args, officers, sites, elevators, **options):
        super().__init__(*args, **options)
        self.fields["officer"].queryset = officers
        self.fields["officer"].label_from_instance = lambda row: row.user.display_name
        self.fields["sites"].queryset = sites
        self.fields["elevators"].queryset = elevators
        self.fields["elevators"].label_from_instance = lambda row: (
            f"{row.main_code} {row.address} {row.building}".strip()
        )
        self.fields["day"].initial = today()

    def clean(self):
        given = super().clean()
        if not (given.get("sites") or given.get("unbound") or given.get("elevators")) and not self.errors:
            raise forms.ValidationError(_("Choose which elevators: sites, all without officer, or single ones."))
        return given


class RiskItemForm(forms.Form):
    """One line of a draft of the risk-control list."""

    risk = FreeText(label=_("Risk"), max_length=120)
    measure = FreeText(label=_("Measure"), max_length=200, widget=forms.Textarea(attrs={"rows": 2}))
    scope = forms.ChoiceField(label=pgettext_lazy("risk list", "About"), choices=RiskScope.choices)
    frequency = forms.ChoiceField(label=_("How often"), choices=CheckFrequency.choices)
    owner = forms.ChoiceField(label=pgettext_lazy("risk list", "Who"), choices=DutyRole.choices)
    hazard_item = forms.ModelChoiceField(
        label=_("As which hazard it counts"), queryset=HazardItem.objects.all(), empty_label=_("Choose")
    )
    remove = forms.BooleanField(label=_("Take this line out of the list"), required=False)

    def __init__(self, *args, removable: bool, **options):
        super().__init__(*args, **options)
        if not removable:
            del self.fields["remove"]


class NothingForm(forms.Form):
    """A step that asks for nothing but to be confirmed."""


class DailyCheckForm(forms.Form):
    """One site of an officer: everything is right but what is ticked. Fields are made for each elevator."""

    def __init__(self, *args, elevators, items, **options):
        super().__init__(*args, **options)
        self.elevators = elevators
        for one in elevators:
            key = one.public_id.hex
            choices = [(item.public_id.hex, item.name) for item in items_for(items, one)]
            self.fields[f"wrong_{key}"] = forms.MultipleChoiceField(
                label=_("What is not right"), choices=choices, required=False, widget=forms.CheckboxSelectMultiple
            )
            self.fields[f"remark_{key}"] = FreeText(label=_("What you saw"), max_length=300, required=False)
            self.fields[f"stopped_{key}"] = forms.BooleanField(
                label=_("I took it out of use at once and told the director"), required=False
            )
            self.fields[f"photos_{key}"] = _photos()
        self.items = {item.public_id.hex: item for item in items}

    @property
    def cards(self) -> list[dict]:
        """The elevators with their fields, for the page."""
        cards = []
        for one in self.elevators:
            key = one.public_id.hex
            fields = {name: self[f"{name}_{key}"] for name in ("wrong", "remark", "stopped", "photos")}
            cards.append({"elevator": one, **fields, "open": _is_given(self, fields)})
        return cards

    def clean(self):
        given = super().clean()
        for one in self.elevators:
            key = one.public_id.hex
            wrong, remark = given.get(f"wrong_{key}"), given.get(f"remark_{key}")
            if wrong and not remark and f"remark_{key}" not in self.errors:
                self.add_error(f"remark_{key}", _("Say what you saw: whoever mends it was not there."))
            more = remark or given.get(f"stopped_{key}") or given.get(f"photos_{key}")
            if not wrong and f"wrong_{key}" not in self.errors and more:
                self.add_error(f"wrong_{key}", _("Tick what is not right."))
        return given

    def findings(self) -> list[Finding]:
        """Photographs belong to one × alone: those of an elevator with several to the first of them."""
        given, found = self.cleaned_data, []
        for one in self.elevators:
            key = one.public_id.hex
            photos = given[f"photos_{key}"]
            for code in given[f"wrong_{key}"]:
                remark, stopped = given[f"remark_{key}"], given[f"stopped_{key}"]
                found.append(Finding(one.pk, self.items[code].pk, remark, stopped, photos=photos))
                photos = []
        return found


def _photos() -> AttachmentsField:
    return AttachmentsField(label=_("Photographs of what is wrong"), required=False, most=MOST_PHOTOS)


def _is_given(form: forms.Form, fields: dict) -> bool:
    """Did somebody write into any of these? Then their card stays open."""
    if not form.is_bound:
        return False
    return any(field.data or field.errors or getattr(field.field, "kept", None) for field in fields.values())


REPORT_LABELS = {
    "summary": (_("What was looked at this week"), ""),
    "analysis": (_("Risks, and what follows from them"), ""),
    "supervision": (_("Maintenance: visits seen, what they did"), ""),
    "plan": (_("Plan for next week"), ""),
    "attendees": (_("Who took part"), _("Names and roles; no phone numbers.")),
    "heard": (_("What the safety director reported"), ""),
    "decisions": (_("What was decided"), ""),
    "tasks": (_("Tasks: who does what until when"), ""),
}
LONGEST = 2000


class ReportForm(forms.Form):
    """The items of a weekly review or a monthly meeting, all right but what is ticked, and its texts, each of them needed."""

    PARTS = ("wrong", "remark", "mender", "until", "elevator", "photos")
    WANTED = {
        "remark": _("Say what you saw: whoever mends it was not there."),
        "mender": _("Say who mends it."),
        "until": _("Say until when."),
    }

    def __init__(self, *args, kind: str, items=(), unit=None, actor=None, **options):
        super().__init__(*args, **options)
        self.items, self.unit = list(items), unit
        for item in self.items:
            self._add(item, actor)
        for name in TEXTS[kind]:
            label, help_text = REPORT_LABELS[name]
            self.fields[name] = FreeText(
                label=label, help_text=help_text, max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 3})
            )
        self.text_names = TEXTS[kind]

    def _add(self, item, actor) -> None:
        key = item.public_id.hex
        elevator = ElevatorCodeField(
            permission=Permission.FILE_DUTY,
            label=_("Elevator"),
            required=False,
            help_text=_("Its six digits, if it is about one: then it enters the hazard ledger at once."),
        )
        elevator.actor = actor
        self.fields |= {
            f"wrong_{key}": forms.BooleanField(label=_("This is not right"), required=False),
            f"remark_{key}": FreeText(label=_("What was found"), max_length=300, required=False),
            f"mender_{key}": FreeText(label=_("Who mends it"), max_length=120, required=False),
            f"until_{key}": forms.DateField(label=_("Until when"), required=False, widget=DAY),
            f"elevator_{key}": elevator,
            f"photos_{key}": _photos(),
        }

    @property
    def cards(self) -> list[dict]:
        """The items with their fields, for the page."""
        cards = []
        for item in self.items:
            fields = {name: self[f"{name}_{item.public_id.hex}"] for name in self.PARTS}
            cards.append({"item": item, **fields, "open": _is_given(self, fields)})
        return cards

    @property
    def texts(self) -> list:
        return [self[name] for name in self.text_names]

    def clean(self):
        given = super().clean()
        for item in self.items:
            self._clean_item(item, {name: given.get(f"{name}_{item.public_id.hex}") for name in self.PARTS})
        return given

    def _clean_item(self, item, given: dict) -> None:
        key = item.public_id.hex
        if not given["wrong"]:
            if any(given.values()):
                self.add_error(f"wrong_{key}", _("Tick that it is not right, or empty the fields below."))
            return
        for name, words in self.WANTED.items():
            if not given[name] and f"{name}_{key}" not in self.errors:
                self.add_error(f"{name}_{key}", words)
        if given["until"]:
            try:
                require_mending("-", given["until"], today())
            except DutyRefused as refused:
                self.add_error(f"until_{key}", DutyNotDone.WORDS[refused.reason])
        if (elevator := given["elevator"]) is not None:
            if not in_use(self.unit, now()).filter(pk=elevator.pk).exists():
                self.add_error(f"elevator_{key}", DutyNotDone.WORDS["elevator_not_used"])
            elif not items_for([item], elevator):
                self.add_error(f"elevator_{key}", _("This item of the list is not about that elevator."))

    def findings(self) -> list[Finding]:
        found = []
        for item in self.items:
            given = {name: self.cleaned_data[f"{name}_{item.public_id.hex}"] for name in self.PARTS}
            if given["wrong"]:
                key = given["elevator"].pk if given["elevator"] else None
                words = {"remark": given["remark"], "mender": given["mender"]}
                found.append(Finding(key, item.pk, **words, mend_by=given["until"], photos=given["photos"]))
        return found
