"""A report as it is written on a page: the head, one line for each item, and what of it goes into a draft."""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django import forms
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from accounts.models import Unit
from common.forms import FreeText
from inspection.actions import Filing, ItemLine
from inspection.choices import ItemSign, ReportKind, RuleGeneration, Verdict
from inspection.models import CatalogueItem, ReportDraft
from inspection.queries.filing import Certified
from inspection.queries.items import Answer
from inspection.rules import last_of, report_number

SIGNS = (
    (ItemSign.MEETS, "√"),
    (ItemSign.DOES_NOT, "×"),
    (ItemSign.RECTIFIED, "△"),
    (ItemSign.NOT_APPLICABLE, "−"),
)
PARTS = ("sign", "measured", "remark")
LONGEST = {"measured": 60, "remark": 200}
MOST_KEPT, MOST_ITEMS, MOST_PEOPLE = 400, 200, 10  # characters of an answer in a draft; items; people
_MONTH = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")


def believable_day(value) -> None:
    if not 1950 <= value.year <= 2199:
        raise forms.ValidationError(forms.DateField.default_error_messages["invalid"], code="day")


def day_field(**options) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(widget=widget, validators=[believable_day], **options)


class MonthField(forms.Field):
    """Year and month ("2026-05"); cleans to the last day of the month."""

    widget = forms.TextInput(attrs={"type": "month", "placeholder": "2026-05", "autocomplete": "off"})
    default_error_messages = {"invalid": _("A month is written as year and month: 2026-05.")}

    def to_python(self, value):
        if value in self.empty_values:
            return None
        found = _MONTH.fullmatch(str(value).strip())
        if found is None or not 1950 <= int(found[1]) <= 2199:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return last_of(int(found[1]), int(found[2]))


class BeginForm(forms.Form):
    """What a report is about: its kind, and the unit in whose name, where there are several."""

    kind = forms.ChoiceField(label=_("Kind of report"), widget=forms.RadioSelect)
    unit = forms.ChoiceField(label=_("In the name of"), required=False)

    def __init__(self, *args, kinds: Sequence[ReportKind], units: Sequence[Unit], due: Mapping, **options):
        super().__init__(*args, **options)
        self.units = {str(unit.public_id): unit for unit in units}
        self.fields["kind"].choices = [(kind.value, _kind_shown(kind, due.get(kind))) for kind in kinds]
        self.fields["unit"].choices = [(key, unit.name) for key, unit in self.units.items()]
        if len(units) < 2:
            del self.fields["unit"]

    def clean_unit(self):
        return self.units.get(self.cleaned_data["unit"]) or next(iter(self.units.values()))

    @property
    def unit_chosen(self) -> Unit:
        return self.cleaned_data.get("unit") or next(iter(self.units.values()))


def _kind_shown(kind: ReportKind, due):
    """A kind, and the month in which it is due."""
    if due is None:
        return kind.label
    return format_html(
        '{} <span class="note">{}</span>', kind.label, _("due %(month)s") % {"month": f"{due.due_on:%Y-%m}"}
    )


class NothingForm(forms.Form):
    """A button and nothing to fill in. Refusals stand above it."""


@dataclass
class Line:
    """One item as the page shows it. `place` counts from 1 and names the inputs. `answer`: what the register lets propose."""

    item: CatalogueItem
    place: int
    sign: str = ""
    measured: str = ""
    remark: str = ""
    errors: list[str] = field(default_factory=list)
    answer: Answer | None = None

    @property
    def proposed(self) -> str:
        return self.answer.proposed if self.answer else ""

    @property
    def is_open(self) -> bool:
        return bool(self.measured or self.remark or self.errors)

    @property
    def signs(self):
        return [(value, value.label, mark, value == self.sign) for value, mark in SIGNS]


class ReportForm(forms.Form):
    """The head of a report, and its `lines`. Shape only; rules decide."""

    verdict = forms.ChoiceField(label=_("Conclusion"), help_text=_("As printed."))
    concluded_on = day_field(label=_("Concluded on"))
    number = forms.CharField(
        label=_("Report number"), max_length=40, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    people = forms.MultipleChoiceField(
        label=_("Inspectors or testers"),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("People of your unit with a certificate for this work, and until when it holds."),
        error_messages={"required": _("Name at least one inspector or tester.")},
    )
    next_on = MonthField(label=_("Next month as printed"), required=False)
    issued_on = day_field(label=_("Issued on"), required=False)
    next_label = forms.CharField(label=_("Number of the label"), max_length=40, required=False)
    supervised_use = forms.BooleanField(
        label=_("The using unit promises to use it under guard until it is mended"), required=False
    )
    notice_number = forms.CharField(
        label=_("Number of the opinion notice"),
        max_length=60,
        required=False,
        help_text=_("Where items do not meet the requirement."),
    )
    notice_due_on = day_field(
        label=_("To be mended by"), required=False, help_text=_("As printed on the notice; empty: as the rule says.")
    )
    generation = forms.ChoiceField(
        label=_("Rule"), choices=[("", _("not said")), *RuleGeneration.choices], required=False
    )
    correction_reason = FreeText(label=_("Why it is corrected"), max_length=300)

    def __init__(
        self,
        data=None,
        *,
        draft: ReportDraft,
        items: Sequence[CatalogueItem],
        people: Sequence[Certified],
        verdicts: Sequence[tuple],
        answers: Mapping[str, Answer],
    ):
        initial = {"generation": RuleGeneration.T7001_2023, **draft.answers}
        super().__init__(data, initial=initial)
        self.draft, self.certified = draft, {one.public_id: one for one in people}
        self.fields["verdict"].choices = [("", _("Choose")), *_verdicts_shown(verdicts, draft.answers)]
        self.fields["people"].choices = [(one.public_id, _name_of(one)) for one in people]
        if draft.corrects_id is None:
            del self.fields["correction_reason"]
        said = items_said(data) if data is not None else draft.items
        self.lines = [_line(item, place, said.get(item.code)) for place, item in enumerate(items, 1)]
        for line in self.lines:
            line.answer = answers.get(line.item.code)

    def clean_number(self):
        """What is typed is kept; nothing that is seen is nothing."""
        if not report_number(self.cleaned_data["number"]):
            raise forms.ValidationError(self.fields["number"].error_messages["required"], code="required")
        return self.cleaned_data["number"]

    def clean_people(self):
        chosen = self.cleaned_data["people"]
        if len(chosen) > MOST_PEOPLE:
            raise forms.ValidationError(_("At most %(most)s people."), params={"most": MOST_PEOPLE})
        return chosen

    def clean(self):
        for line in self.lines:
            self._judge(line)
        return super().clean()

    def _judge(self, line: Line) -> None:
        """Shape of one item; what is wrong stands at it, and above with a link to it."""
        if not line.sign and (line.measured or line.remark):
            line.errors.append(str(_("Give the result: √, ×, △ or −.")))
        for name in ("measured", "remark"):
            try:
                FreeText(max_length=LONGEST[name], required=False).clean(getattr(line, name))
            except forms.ValidationError as error:
                line.errors += error.messages
        for words in line.errors:
            self.add_error(None, format_html('<a href="#item-{}">{}: {}</a>', line.place, line.item.code, words))

    def filing(self) -> Filing:
        """What `file_draft` takes."""
        said = dict(self.cleaned_data)
        people = tuple(self.certified[one].username for one in said.pop("people"))
        items = tuple(
            ItemLine(line.item.code, line.sign, line.measured, line.remark) for line in self.lines if line.sign
        )
        corrects = self.draft.corrects
        return Filing(
            self.draft.elevator_id,
            self.draft.kind,
            people=people,
            items=items,
            supersedes=corrects.public_id if corrects else None,
            **said,
        )


def _verdicts_shown(verdicts: Sequence[tuple], answers: Mapping) -> list[tuple]:
    """Wordings with what they mean; the code of a report that came without a wording stays a choice when it is corrected."""
    shown = [(text, text if text == str(label) else f"{text} · {label}") for text, label in verdicts]
    code = answers.get("verdict", "")
    return [*shown, (code, Verdict(code).label)] if code in Verdict.values else shown


def _name_of(one: Certified):
    if one.until is None:
        return format_html('{} <span class="note">{}</span>', one.name, _("no certificate on record"))
    return format_html('{} <span class="note">{}</span>', one.name, _("until %(day)s") % {"day": one.until.isoformat()})


def _line(item: CatalogueItem, place: int, said: Sequence[str] | None) -> Line:
    sign, measured, remark = said or ("", "", "")
    return Line(item, place, sign if sign in ItemSign.values else "", measured, remark)


# --- what of a request is kept ------------------------------------------------------------------------------------------


def _kept(text: str) -> str:
    return text.replace("\0", "")[:MOST_KEPT]


def answers_said(data) -> dict:
    """The head as typed, right or wrong; nothing that the form does not ask."""
    names = [name for name in ReportForm.base_fields if name != "people" and name in data]
    people = [_kept(one) for one in data.getlist("people")[:MOST_PEOPLE]]
    return {name: _kept(data.get(name)) for name in names} | {"people": people}


def window_said(data) -> str:
    """In which window of the browser it was typed."""
    return data.get("window", "").replace("\0", "")[:40]


def items_said(data) -> dict[str, list[str]]:
    """{code: [sign, measured, remark]} of the items for which something is said."""
    found: dict[str, list[str]] = {}
    for name, value in data.items():
        part, _dot, code = name.partition(":")
        if part not in PARTS or not value or not code or len(code) > 24 or "\0" in code:
            continue
        if code in found or len(found) < MOST_ITEMS:
            found.setdefault(code, ["", "", ""])[PARTS.index(part)] = _kept(value)
    return found


def day_said(answers: Mapping, otherwise: dt.date) -> dt.date:
    """The conclusion date of a draft, where it is one."""
    try:
        day = dt.date.fromisoformat(answers.get("concluded_on", ""))
    except ValueError:
        return otherwise
    return day if 1950 <= day.year <= 2199 else otherwise
