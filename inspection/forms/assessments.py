"""What is asked at each step of a safety assessment, and the filters of its lists."""

import re
from decimal import Decimal

import django_filters
from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.choices import PlaceType, UnitKind
from accounts.models import Area, Unit
from accounts.roles import Permission
from common.clock import today
from common.forms import FreeText
from inspection.actions.assessments import MOST_FINDINGS, FindingLine, proofs
from inspection.choices import AssessmentDecision, AssessmentReason, AssessmentState, FundSource, FundState
from inspection.models import Assessment
from inspection.queries.assessments import assessing_bodies, is_officer, to_be_assessed
from inspection.rules.assessments import Ballot
from registry.models import Document, Elevator

_LINE = re.compile(r"([1-4])\s*([A-Fa-f])[\s,:，：]+(\S.*)")


def _day(label, **options) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, widget=widget, **options)


def _yuan(label, **options) -> forms.DecimalField:
    return forms.DecimalField(label=label, max_digits=12, decimal_places=2, min_value=0, **options)


def _square_metres(label) -> forms.DecimalField:
    return forms.DecimalField(label=label, max_digits=12, decimal_places=2, min_value=0, required=False)


def _heads(label) -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=0, max_value=1_000_000, required=False)


class StepForm(forms.Form):
    """`version`: the state of the case that the page showed. `case`, `actor`: what may be chosen depends on them."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)

    def __init__(self, *args, case: Assessment, actor, **options):
        super().__init__(*args, initial={"version": case.version, **options.pop("initial", {})}, **options)
        self.case, self.actor = case, actor

    def given(self) -> dict:
        """What the action of the step takes."""
        return self.cleaned_data

    def papers(self):
        rows = Document.objects.visible_to(self.actor, Permission.VIEW_DOCUMENT).standing()
        return rows.filter(elevator=self.case.elevator_id).order_by("-pk")


class ApplyForm(forms.Form):
    note = FreeText(
        label=_("What you saw of it"), required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("How often it stands still, what was repaired last. The body reads it."),
    )  # fmt: skip


class AssignForm(StepForm):
    body = forms.ModelChoiceField(
        label=_("Body"), queryset=Unit.objects.none(), to_field_name="public_id", empty_label=_("Choose"),
        help_text=_("It sees the e-file from now on. Which bodies are accredited for assessments is not known here: ask."),
    )  # fmt: skip

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.fields["body"].queryset = assessing_bodies().order_by("name")


class ReportForm(StepForm):
    number = FreeText(label=_("Number of the report"), max_length=40)
    reported_on = _day(_("Day of the report"))
    level = FreeText(
        label=_("Level as printed"), max_length=40, help_text=_("In the report's own words: nothing is computed.")
    )
    score = FreeText(label=_("Composite score as printed"), max_length=20, required=False)
    findings = FreeText(
        label=_("Risks"), required=False, max_length=20_000, widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("One in each line, as in “2C brake lining worn”. Those of class I become a hazard at once."),
    )  # fmt: skip
    document = forms.ModelChoiceField(
        label=_("Document"), queryset=Document.objects.none(), to_field_name="public_id", required=False,
        help_text=_("The report itself. File it among the documents of the e-file first."),
    )  # fmt: skip

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.fields["document"].queryset = self.papers()

    def clean_findings(self) -> list[FindingLine]:
        lines = [line.strip() for line in self.cleaned_data["findings"].splitlines() if line.strip()]
        if len(lines) > MOST_FINDINGS:
            raise forms.ValidationError(_("At most %(most)s risks."), params={"most": MOST_FINDINGS})
        found = []
        for place, line in enumerate(lines, start=1):
            read = _LINE.fullmatch(line)
            if read is None or len(read[3]) > 200:
                message = _("Line %(place)s: write severity 1 to 4, probability A to F, then at most 200 characters.")
                raise forms.ValidationError(message, params={"place": place})
            found.append(FindingLine(text=read[3], severity=int(read[1]), probability=read[2].upper()))
        return found


class DecideForm(StepForm):
    decision = forms.ChoiceField(label=_("Decision"), choices=AssessmentDecision.choices, widget=forms.RadioSelect)
    decided_on = _day(_("Decided on"))
    cost = _yuan(_("Estimated cost in yuan"), required=False, help_text=_("Of a repair, modernisation or replacement."))
    measures = FreeText(
        label=_("Measures"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("What is done and until when. Needed where the elevator is kept."),
    )  # fmt: skip


class VoteForm(StepForm):
    recorded = forms.TypedChoiceField(
        label=_("Is there a vote?"),
        choices=[("yes", _("yes, the owners voted")), ("no", _("no vote is on record"))],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
        help_text=_("Where there is one, its day and all six numbers are needed; where there is none, only why."),
    )
    voted_on = _day(_("Day of the vote"), required=False)
    area_all = _square_metres(_("All owners, m²"))
    area_voting = _square_metres(_("Voting, m²"))
    area_for = _square_metres(_("In favour, m²"))
    owners_all = _heads(_("All owners"))
    owners_voting = _heads(_("Owners voting"))
    owners_for = _heads(_("Owners in favour"))
    note = FreeText(label=_("Why, or where the minutes are"), max_length=500, required=False)

    COUNTED = tuple(Ballot.__slots__)

    def clean(self):
        data = super().clean()
        if data.get("recorded"):
            for name in ("voted_on", *self.COUNTED):
                if data.get(name) is None and name not in self.errors:
                    self.add_error(name, _("Enter it, or say that no vote is on record."))
        elif "recorded" in data and not data.get("note"):
            self.add_error("note", _("Say why there is none."))
        return data

    def given(self) -> dict:
        data = self.cleaned_data
        kept = {"version": data["version"], "note": data["note"]}
        if not data["recorded"]:
            return kept
        return {**kept, "voted_on": data["voted_on"], "ballot": Ballot(**{name: data[name] for name in self.COUNTED})}


class FundForm(StepForm):
    source = forms.ChoiceField(label=_("Source"), choices=FundSource.choices)
    amount = forms.DecimalField(label=_("Amount in yuan"), max_digits=12, decimal_places=2, min_value=Decimal("0.01"))
    state = forms.ChoiceField(label=_("How certain"), choices=FundState.choices, widget=forms.RadioSelect)


class WorksForm(StepForm):
    works_unit = forms.ModelChoiceField(
        label=_("Who works"), queryset=Unit.objects.none(), to_field_name="public_id", empty_label=_("Choose")
    )
    works_from = _day(_("First day"))
    works_until = _day(_("Last day as planned"), required=False)

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        kinds = (UnitKind.MAINTENANCE_UNIT, UnitKind.MANUFACTURER)
        self.fields["works_unit"].queryset = Unit.objects.filter(kind__in=kinds, closed_on=None).order_by("name")


class AcceptForm(StepForm):
    accepted_on = _day(_("Accepted on"))
    report = forms.ModelChoiceField(
        label=_("Supervisory inspection"), queryset=Document.objects.none(), to_field_name="public_id", required=False,
        help_text=_("A passed one since the works began."),
    )  # fmt: skip
    document = forms.ModelChoiceField(
        label=_("Or a document of the e-file"), queryset=Document.objects.none(), to_field_name="public_id", required=False
    )  # fmt: skip

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.fields["report"].queryset = proofs(self.case) if self.case.works_from else Document.objects.none()
        self.fields["document"].queryset = self.papers()


class NoteForm(StepForm):
    note = FreeText(label=_("Remark"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 3}))


class CancelForm(StepForm):
    note = FreeText(label=_("Why"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}))


# --- filters ----------------------------------------------------------------------------------------------------------


def district_choices() -> list[tuple]:
    rows = Area.objects.filter(kind__in=("DISTRICT", "MANAGEMENT")).order_by("code")
    return [(row.code, str(row)) for row in rows]


class CaseFilter(django_filters.FilterSet):
    state = django_filters.ChoiceFilter(label=_("Step"), choices=AssessmentState.choices)
    decision = django_filters.ChoiceFilter(label=_("Decision"), choices=AssessmentDecision.choices)

    class Meta:
        model = Assessment
        fields: tuple = ()


class WorklistFilter(django_filters.FilterSet):
    reason = django_filters.ChoiceFilter(
        label=_("Reason"), choices=[row for row in AssessmentReason.choices if row[0] != "REQUEST"], method="because"
    )
    place_type = django_filters.ChoiceFilter(label=_("Kind of place"), choices=PlaceType.choices)
    district = django_filters.ChoiceFilter(
        label=_("District"), choices=district_choices, field_name="managing_district__code"
    )
    case = django_filters.ChoiceFilter(
        label=_("Assessment"), choices=[("none", _("none yet")), ("under_way", _("under way"))], method="by_case"
    )

    class Meta:
        model = Elevator
        fields: tuple = ()

    def because(self, rows, _name, value):
        """An export asks without a request, about rows that its kind has narrowed already."""
        advised = self.request is not None and not is_officer(self.request.actor)
        return to_be_assessed(rows, today(), reason=value, advised=advised)

    def by_case(self, rows, _name, value):
        if value == "under_way":
            return rows.filter(pk__in=Assessment.objects.standing().values("elevator"))
        return rows.exclude(pk__in=Assessment.objects.exclude(state="CANCELLED").values("elevator"))
