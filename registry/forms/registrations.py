"""Forms of applications: built from the rows of law, kept as typed, judged by the rules when they are submitted."""

import django_filters
from django import forms
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from accounts.fields import AreaSelect
from accounts.models import Area
from common.attachments.fields import AttachmentsField
from common.clock import local_date
from common.forms import FreeText
from registry.actions.registration_effects import NEW_NUMBER
from registry.choices import ApplicationKind, ApplicationState, DocumentKind, RegistrationState
from registry.models import RegistrationApplication
from registry.rules.registration import ENDINGS, FIELDS, LONGEST_TEXT, Remark

LABELS = {
    "used_from": _("Put into use on"),
    "changed_on": _("Alteration finished on"),
    "work": _("What was altered"),
    "stopped_on": _("Out of use from"),
    "stopped_until": _("Out of use until"),
    "reason": _("Reason"),
    "protection": _("How it is protected"),
    "self_checked_on": _("Checked by yourselves on"),
    "next_inspection_on": _("Next inspection due on"),
    "new_unit": _("Credit code of the new using unit"),
    "handover_on": _("Handed over on"),
    "area": _("New area"),
    "address": _("New address"),
    "building": _("New building"),
    "moved_on": _("Relocated on"),
    "ending": _("What is to happen"),
    "scrapped_on": _("Stopped for good on"),
    "function_removed": _("The elevator can no longer be used"),
}
HELP = {
    "used_from": _("The day on which people ride it first. Apply before that day, or within 30 days after it."),
    "protection": _("Locked, power cut, a sign at each landing."),
    "next_inspection_on": _("From the inspection report. It stands on the use label."),
    "new_unit": _("18 characters, as on its business licence. The unit must be known to the platform."),
    "function_removed": _("Car and doors are blocked or taken out, the power is cut for good."),
}
FAULTS = {
    "required": _("This answer is needed."),
    "form": _("This cannot be read. Check what you typed."),
    "future": _("This day is still to come."),
    "over": _("This day is over. Take it from the newest inspection report."),
    "backwards": _("The end must lie after the beginning."),
    "unanswered": _("Nothing was changed here since it was returned. Change what was asked, or write why it stays."),
    "document": _("This document is needed: attach it, or choose one of the e-file."),
}


class AsTyped:
    """A field whose answer is kept whatever it is; `required` only tells the page to say so."""

    def validate(self, value):
        pass


class TypedText(AsTyped, FreeText):
    pass


class TypedCheck(AsTyped, forms.BooleanField):
    pass


class Papers(AttachmentsField):
    """Files of one kind of document; that some must come is asked when the application is submitted."""

    def clean(self, data, initial=None):
        return super().clean(data, initial) if data else []


class Standing(forms.ModelMultipleChoiceField):
    """Documents that stand in the e-file already."""

    def label_from_instance(self, document):
        return f"{document} · {local_date(document.filed_at):%Y-%m-%d}"


def field_for(name: str, required: bool) -> forms.Field:
    """The input of one answer."""
    given = {"label": LABELS[name], "required": required, "help_text": HELP.get(name, "")}
    match FIELDS[name].form:
        case "DATE":
            return TypedText(widget=forms.DateInput(attrs={"type": "date"}), max_length=40, **given)
        case "CHECK":
            return TypedCheck(**given)
        case "ENDING":
            choices = [("", _("Choose")), *((each, RegistrationState(each).label) for each in ENDINGS)]
            return TypedText(widget=forms.Select(choices=choices), max_length=40, **given)
        case "AREA":
            return TypedText(widget=forms.Select(choices=AreaSelect().choices), max_length=12, **given)
        case _ if name in ("work", "reason", "protection"):
            return TypedText(widget=forms.Textarea(attrs={"rows": 3}), max_length=LONGEST_TEXT, **given)
        case _:
            return TypedText(max_length=160, **given)


class ApplicationForm(forms.Form):
    """The answers and documents of one application. `remarks` {(target, name): reason} stand at their place."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    use_required_attribute = False

    def __init__(self, data=None, files=None, *, needs, remarks, there, standing, **options):
        super().__init__(data, files, **options)
        self.needs = needs
        for need in needs:
            note = remarks.get((need.target, need.name))
            remark = note.reason if note else ""
            if need.target == "FIELD":
                self.fields[need.name] = field = field_for(need.name, need.required)
                field.help_text = with_remark(field.help_text, remark)
            else:
                self._add_document(need, remark, there.get(need.name, []), standing)
            if note:
                self.fields[reply_key(note)] = reply_field(note)

    def _add_document(self, need, remark, there, standing):
        label, key = DocumentKind(need.name).label, need.name.lower()
        field = Papers(label=str(label).capitalize(), required=need.required)
        brought = (
            [
                _("Attached: %(names)s. A wrong one is taken off on the page of the application.")
                % {"names": ", ".join(str(row) for row in there)}
            ]
            if there
            else []
        )
        field.help_text = with_remark(" ".join(str(part) for part in [*brought, field.help_text]), remark)
        self.fields[f"file_{key}"] = field
        rows = standing.filter(kind=need.name).exclude(pk__in=[row.pk for row in there])
        if rows.exists():
            self.fields[f"have_{key}"] = Standing(
                queryset=rows,
                to_field_name="public_id",
                label=_("%(kind)s in the e-file") % {"kind": str(label).capitalize()},
                required=False,
                widget=forms.CheckboxSelectMultiple,
            )

    def answers(self) -> dict:
        """What was typed, by name."""
        names = [need.name for need in self.needs if need.target == "FIELD"]
        return {name: self.cleaned_data.get(name) for name in names}

    def papers(self):
        """(kind, new files, documents of the e-file) for each kind."""
        for need in self.needs:
            if need.target == "DOCUMENT":
                key, data = need.name.lower(), self.cleaned_data
                yield need.name, data.get(f"file_{key}") or [], list(data.get(f"have_{key}") or [])

    def replies(self) -> dict[tuple[str, str], str]:
        """What is said of the remarks, by (target, name)."""
        keys = [(need.target, need.name) for need in self.needs]
        return {
            key: self.cleaned_data.get(name) or ""
            for key in keys
            if (name := "reply_{}_{}".format(*key)) in self.fields
        }

    def show_unanswered(self, remarks) -> None:
        """What was returned and neither changed nor replied to, each at its reply."""
        for remark in remarks:
            self.add_error(reply_key(remark), forms.ValidationError(FAULTS["unanswered"], code="unanswered"))

    def show_faults(self, faults: dict[str, str], missing: list[str]) -> None:
        """Each fault at its field."""
        for name, code in faults.items():
            self.add_error(name, forms.ValidationError(FAULTS[code], code=code))
        for kind in missing:
            self.add_error(f"file_{kind.lower()}", forms.ValidationError(FAULTS["document"], code="document"))


def reply_key(remark: Remark) -> str:
    return f"reply_{remark.target}_{remark.name}"


def reply_field(remark: Remark) -> forms.Field:
    """What the unit says of a remark."""
    return FreeText(
        label=_("Reply to the remark: %(name)s") % {"name": place_label(remark.target, remark.name)},
        help_text=_("Where nothing changes, write why it stays. The regulator reads it."),
        max_length=LONGEST_TEXT,
        required=False,
        initial=remark.reply,
    )


def place_label(target: str, name: str) -> str:
    """An answer or a document as people call it."""
    return str(LABELS[name]) if target == "FIELD" else str(DocumentKind(name).label).capitalize()


def with_remark(text, remark: str):
    """What the regulator asks for, behind the help."""
    if not remark:
        return text
    return format_html(
        '{} <br><span class="badge is-warning">{}</span> <strong>{}</strong>', text, _("to be mended"), remark
    )


class BeginForm(forms.Form):
    """What the application is about."""

    kind = forms.ChoiceField(label=_("What do you apply for?"), widget=forms.RadioSelect)

    def __init__(self, *args, kinds: list[str], **options):
        super().__init__(*args, **options)
        self.fields["kind"].choices = [(kind, ApplicationKind(kind).label) for kind in kinds]


class ConfirmForm(forms.Form):
    """Nothing to type."""


def number_field(carried: str) -> forms.Field:
    """What becomes of a certificate number that an unregistered elevator carries; asked for at the approval alone."""
    return forms.ChoiceField(
        label=_("Certificate number %(number)s, which the elevator carries already") % {"number": carried},
        widget=forms.RadioSelect,
        required=False,
        choices=[
            (carried, _("Keep it: I have compared it with the old certificate")),
            (NEW_NUMBER, _("Assign a new number")),
        ],
        help_text=_("Only for an approval. Your choice is put on record."),
    )


class ReviewForm(forms.Form):
    """The regulator's step, and what is to be mended where."""

    decision = forms.ChoiceField(label=_("Decision"), widget=forms.RadioSelect)
    reason = FreeText(
        label=_("Why it is refused"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Only for a refusal. The using unit reads it."),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)  # of what was read

    WORDS = {
        "accept": _("Take it up: the term for the decision begins"),
        "approve": _("Approve: it takes effect at once"),
        "return": _("Return it to be mended, with what you write below"),
        "refuse": _("Refuse"),
    }
    REMARK_LOST = _(
        "You wrote what is to be mended, which only a return carries. Choose to return it, or clear the remarks."
    )
    REASON_LOST = _(
        "You wrote why it is refused, which only a refusal carries. Choose to refuse it, or clear the reason."
    )

    def __init__(self, *args, steps: list[str], needs, carried: str = "", **options):
        super().__init__(*args, **options)
        if carried and "approve" in steps:
            self.fields["number"] = number_field(carried)
        self.fields["decision"].choices = [(step, self.WORDS[step]) for step in steps]
        self.needs = needs if "return" in steps else []
        for need in self.needs:
            name = place_label(need.target, need.name)
            self.fields[f"remark_{need.target}_{need.name}"] = FreeText(
                label=_("What to mend: %(name)s") % {"name": name}, max_length=500, required=False
            )

    def clean(self):
        """What was written must go where it is read: nobody loses a remark by another choice."""
        data = super().clean()
        decision = data.get("decision")
        if decision and decision != "return" and self.remarks():
            self.add_error("decision", forms.ValidationError(self.REMARK_LOST, code="remark-lost"))
        elif decision and decision != "refuse" and data.get("reason"):
            self.add_error("decision", forms.ValidationError(self.REASON_LOST, code="reason-lost"))
        return data

    def remarks(self) -> dict[tuple[str, str], str]:
        data = self.cleaned_data
        keys = [(need.target, need.name) for need in self.needs]
        return {key: text for key in keys if (text := data.get(f"remark_{key[0]}_{key[1]}", "").strip())}


class ApplicationFilter(django_filters.FilterSet):
    state = django_filters.ChoiceFilter(choices=ApplicationState, label=_("State"), empty_label=_("all"))
    kind = django_filters.ChoiceFilter(choices=ApplicationKind, label=_("Kind"), empty_label=_("all"))

    class Meta:
        model = RegistrationApplication
        fields: list = []


class QueueFilter(django_filters.FilterSet):
    kind = django_filters.ChoiceFilter(choices=ApplicationKind, label=_("Kind"), empty_label=_("all"))

    class Meta:
        model = RegistrationApplication
        fields: list = []


def shown_answer(name: str, raw) -> str:
    """An answer as a page says it; bad ones as typed."""
    if raw in (None, "", False):
        return ""
    if raw is True or FIELDS[name].form == "CHECK":
        return str(_("yes"))
    if FIELDS[name].form == "ENDING":
        return str(dict(RegistrationState.choices).get(raw, raw))
    if FIELDS[name].form == "AREA":
        area = Area.objects.filter(code=str(raw)[:12]).first()
        return str(area) if area else str(raw)
    return str(raw)
