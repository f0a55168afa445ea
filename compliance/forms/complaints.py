"""What is asked of who complains, of who takes the call, of who answers and who judges."""

import django_filters
from django import forms
from django.db.models import Q
from django.utils.formats import date_format
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from common.clock import local_date, today
from common.forms import FreeText
from compliance.choices import Answerer, ComplaintSource, ComplaintState, ForwardingState
from compliance.forms.elevators import ElevatorCodeField
from compliance.models import Complaint, Forwarding
from compliance.queries.complaints import categories_on, elevator_of_code, waiting_for
from compliance.queries.hazards import item_choices
from registry.models import Elevator


def category_choices() -> list[tuple]:
    return [(row.code, row.name) for row in categories_on(today())]


class CalledElevatorField(ElevatorCodeField):
    """For a hotline, which sees no elevators: whatever carries the six digits, as for its machine (Open311)."""

    def __init__(self, city: str):
        super().__init__(
            permission=Permission.ENTER_COMPLAINT,
            help_text=_("The six digits on the plate in the car; ask the caller."),
        )
        self.city = city

    def clean(self, value) -> Elevator:
        found = elevator_of_code(forms.CharField.clean(self, value), city=self.city)
        if found is None:
            raise forms.ValidationError(_("No elevator has these six digits. Ask the caller to read them out again."))
        return found


class EntryForm(forms.Form):
    """A complaint of somebody who called: which elevator, what they say, and the number that the call has elsewhere."""

    elevator = ElevatorCodeField(permission=Permission.ENTER_COMPLAINT)
    category = forms.ChoiceField(label=_("What is wrong?"), choices=[])
    text = FreeText(
        label=_("What happened?"),
        max_length=1000,
        help_text=_("When, and what was seen. No names and no phone numbers here: the unit reads this."),
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    contact = forms.CharField(
        label=_("Phone of who called"),
        required=False,
        max_length=40,
        help_text=_("Only the regulator can look at it, to ask back. The unit never sees it."),
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )
    outside_number = FreeText(
        label=_("Number elsewhere"),
        required=False,
        max_length=64,
        help_text=_("Of 12345 or another hotline, if it has one."),
    )

    def __init__(self, *args, actor, of_city: str = "", **options):
        """`of_city`: its six digits name any elevator of the city whose plates have this number, as a caller reads them out."""
        super().__init__(*args, **options)
        if of_city:
            self.fields["elevator"] = CalledElevatorField(of_city)
        self.fields["elevator"].actor = actor
        self.fields["category"].choices = [("", _("Choose")), *category_choices()]


class AnswerForm(forms.Form):
    """What was found and done."""

    answer = FreeText(
        label=_("Answer"),
        max_length=1000,
        help_text=_(
            "What you found, what you did, since when it is right again. Who complained reads it after the review."
        ),
        widget=forms.Textarea(attrs={"rows": 6}),
    )


class NoteForm(forms.Form):
    note = FreeText(
        label=_("Why"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Whoever works on the complaint reads it."),
    )  # fmt: skip


class ReturnForm(NoteForm):
    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.fields["note"].label, self.fields["note"].required = _("What is missing"), True


class AssignForm(NoteForm):
    to = forms.ChoiceField(label=_("Who answers"), choices=Answerer.choices, widget=forms.RadioSelect)
    field_order = ["to", "note"]

    def __init__(self, *args, units=None, **options):
        """`units`: {role: name of the unit that has it now}."""
        super().__init__(*args, **options)
        self.fields["to"].choices = [
            (role, f"{label} · {units[role]}" if units and role in units else label) for role, label in Answerer.choices
        ]


class ReviewForm(NoteForm):
    upheld = forms.TypedChoiceField(
        label=_("Was the complaint right?"),
        choices=[("yes", _("upheld: it was right")), ("no", _("not upheld"))],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )
    hazard_item = forms.ChoiceField(
        label=_("Defect for the hazard ledger"),
        required=False,
        help_text=_("Only of an upheld complaint. It is entered as confirmed, with its own clock."),
    )
    field_order = ["upheld", "note", "hazard_item"]

    def __init__(self, *args, elevator: bool = True, **options):
        super().__init__(*args, **options)
        self.fields["note"].required = True
        items = item_choices(today()) if elevator else []
        self.fields["hazard_item"].choices = [("", _("none")), *items]


class JoinForm(NoteForm):
    """`others`: complaints about the same place that stand for themselves."""

    of = forms.ChoiceField(
        label=_("The other complaint"),
        widget=forms.RadioSelect,
        help_text=_("Of the same place, the newest first. It stands for both from now on."),
    )
    field_order = ["of", "note"]

    def __init__(self, *args, others=(), **options):
        super().__init__(*args, **options)
        self.others = {str(row.public_id): row for row in others}
        self.fields["of"].choices = [(key, _in_a_line(row)) for key, row in self.others.items()]
        if not others:
            self.fields["of"].help_text = _("No other complaint about this place can stand for it.")

    def clean_of(self) -> Complaint:
        return self.others[self.cleaned_data["of"]]


def _in_a_line(row: Complaint) -> str:
    day = date_format(local_date(row.received_at), "Y-m-d")
    return f"{row.category} · {Truncator(row.text).chars(60)} · {day} · {row.get_state_display()}"


class TransferForm(NoteForm):
    """To a platform that takes complaints by itself, or by hand to somebody."""

    platform = forms.TypedChoiceField(
        label=_("How"),
        required=False,
        widget=forms.RadioSelect,
        help_text=_("A platform is told what happened and where, never who complained."),
    )
    passed_to = FreeText(label=_("To whom"), max_length=120, required=False)
    outside_number = FreeText(label=_("Number there"), max_length=64, required=False)
    field_order = ["platform", "passed_to", "outside_number", "note"]

    def __init__(self, *args, platforms=(), **options):
        super().__init__(*args, **options)
        self.platforms = {str(row.public_id): row for row in platforms}
        if not platforms:
            del self.fields["platform"]
            self.fields["passed_to"].required = True
            return
        by_hand = ("", _("by hand: I have told them myself"))
        self.fields["platform"].choices = [*((key, row.name) for key, row in self.platforms.items()), by_hand]
        self.fields["passed_to"].help_text = _("Only by hand.")
        self.fields["outside_number"].help_text = _("Only by hand; a platform gives its own.")

    def clean(self):
        data = super().clean()
        data["platform"] = self.platforms.get(data.get("platform") or "")
        if data["platform"] is None and not data.get("passed_to") and "passed_to" not in self.errors:
            self.add_error("passed_to", _("Say to whom it goes, or choose a platform above."))
        return data


class ContactForm(forms.Form):
    purpose = forms.ChoiceField(
        label=_("What for"),
        choices=[("ASK", _("ask who complained about it")), ("TELL", _("tell them what became of it"))],
        widget=forms.RadioSelect,
    )


class Turn(django_filters.ChoiceFilter):
    """Whose turn, and how late; days in Nanjing."""

    WORDS = (
        ("late", _("late")),
        ("mine", _("to be answered by us")),
        ("answer", _("to be answered")),
        ("review", _("to be reviewed")),
        ("done", _("settled")),
    )

    def __init__(self, **options):
        super().__init__(choices=self.WORDS, **options)

    def filter(self, rows, value):
        wants = {
            "late": Q(due_on__lt=today()),
            "answer": Q(state__in=["RECEIVED", "ASSIGNED", "RETURNED"]),
            "review": Q(state="ANSWERED"),
            "done": Q(due_on=None),
        }
        if value == "mine":  # others see it too, and may not answer it
            return rows.filter(pk__in=waiting_for(self.parent.request.actor).values("pk"))
        return rows.filter(wants[value]) if value in wants else rows


class ComplaintFilter(django_filters.FilterSet):
    turn = Turn(label=_("Whose turn"))
    category = django_filters.ChoiceFilter(label=_("Category"), field_name="category__code", choices=category_choices)
    state = django_filters.ChoiceFilter(label=_("State"), choices=ComplaintState.choices)
    source = django_filters.ChoiceFilter(label=_("How it came"), choices=ComplaintSource.choices)

    class Meta:
        model = Complaint
        fields: tuple = ()


class ForwardingFilter(django_filters.FilterSet):
    state = django_filters.ChoiceFilter(label=_("State"), choices=ForwardingState.choices)

    class Meta:
        model = Forwarding
        fields: tuple = ()
