"""The unit that answers for elevators: what it may apply for, the application for one or many, taking one back."""

from django.contrib import messages
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.roles import Permission
from common.clock import local_date
from common.errors import Refusal
from common.scoping import require
from common.views import ScopedBulkPage, ScopedFormPage, ScopedListPage
from compliance.models import Obligation
from compliance.queries import policies_on
from compliance.queries.standing import as_one_line, in_words, owed_words, with_elevators, with_next_steps
from inspection.actions.applications import MOST, Asked, apply_for_inspections, withdraw_application
from inspection.forms.applications import ApplyForm, ReasonForm
from inspection.models import Application
from inspection.queries.applications import appliable, appliable_lines
from inspection.views.applications.lists import application_url

NAMED = 12  # codes that a sentence names


class ToApplyPage(ScopedListPage):
    """Inspections of one's own elevators that nobody has applied for yet; several at once are chosen here."""

    permission = Permission.APPLY_INSPECTION
    template_name = "inspection/applications/due.html"
    title = _("Inspections to apply for")
    order = ("alert_after", "id")
    row_template = "inspection/applications/_due_row.html"
    caption = _("Inspections to apply for, the last good day first")
    empty_text = _("Nothing is to be applied for now.")
    columns = (
        {"label": _("Choose"), "hidden": True},
        {"label": _("Elevator")},
        {"label": _("Place")},
        {"label": _("Kind")},
        {"label": _("Apply by")},
        {"label": _("Last good day")},
        {"label": _("Actions"), "hidden": True},
    )

    @cached_property
    def appliable(self):
        return appliable(self.actor, local_date(self.at))

    def get_queryset(self):
        return appliable_lines(self.appliable, local_date(self.at))

    def dress(self, rows):
        today = local_date(self.at)
        self._with_all_of_a_line(rows, today)
        with_next_steps(in_words(with_elevators(rows), today), self.actor, today)

    def _with_all_of_a_line(self, rows, today):
        """Two that an elevator missed are one line, chosen and asked for at once. One statement."""
        owed: dict[int, list] = {row.elevator_id: [] for row in rows}
        for one in self.appliable.filter(elevator__in=owed).order_by("alert_after", "pk"):
            owed[one.elevator_id].append(one)
        lines = {line.pk: line for every in owed.values() for line in as_one_line(every, today)}
        for row in rows:
            row.periods, row.owed_ids = lines[row.pk].periods, lines[row.pk].owed_ids
            row.chosen_as = ",".join(str(one) for one in row.owed_ids)


class ApplyPage(ScopedBulkPage):
    """Ask one body for the chosen inspections. Each is judged by itself: what is refused costs the others nothing."""

    permission = Permission.APPLY_INSPECTION
    view_permission = Permission.VIEW_OBLIGATION
    template_name = "inspection/applications/apply.html"
    form_class = ApplyForm
    title = _("Apply for an inspection")
    submit_label = _("Send the application")
    rows_queryset = Obligation.objects.filter(elevator__isnull=False)
    largest = MOST

    def dispatch(self, request, *args, **kwargs):
        if request.method in ("GET", "HEAD") and not request.GET.getlist("ids"):
            require(request.actor, self.permission)
            return HttpResponseRedirect(self.cancel_url())
        return super().dispatch(request, *args, **kwargs)

    def given_ids(self, request):
        """A box of the list that stands for two inspections names both."""
        return [one for given in super().given_ids(request) for one in given.split(",")]

    def get_rows(self, request):
        return in_words(with_elevators(super().get_rows(request)), local_date(self.at))

    def get_context(self, **extra):
        today = local_date(self.at)
        return super().get_context(owed_twice=owed_twice(self.rows, today), stop=to_stop(self.rows, today), **extra)

    def get_form_kwargs(self):
        return {"rows": self.rows}

    def cancel_url(self):
        return reverse("applications:due")

    def save(self, form):
        asked = [Asked(row, **form.cleaned_data) for row in self.rows]
        outcomes = apply_for_inspections(asked=asked, by=self.actor, at=self.at)
        made = [one for one in outcomes if isinstance(one, Application)]
        if not made:
            raise outcomes[0]  # at its field: what is asked of all is the same
        codes = [row.elevator.main_code for row in self.rows]
        say_refused(self.request, zip(codes, outcomes, strict=True))
        words = ngettext("%(n)s inspection is applied for.", "%(n)s inspections are applied for.", len(made))
        messages.success(self.request, words % {"n": len(made)})
        if len(made) == len(outcomes) == 1:
            return HttpResponseRedirect(application_url(made[0]))
        return HttpResponseRedirect(reverse("applications:list"))


def to_stop(rows, today) -> str:
    """That some of these must not be used, in plain words: whoever comes by "stop it and apply" has only half of it here."""
    policies = policies_on(today)
    codes = [row.elevator.main_code for row in rows if row.alert_after < today and policies[row.kind].severity == "RED"]
    if not codes:
        return ""
    words = ngettext(
        "%(codes)s must not be used until it has been inspected. Stop it now: the application does not do that.",
        "%(codes)s must not be used until they have been inspected. Stop them now: the application does not do that.",
        len(codes),
    )
    return words % {"codes": _named(codes)}


def _named(codes: list[str]) -> str:
    return ", ".join(codes[:NAMED]) + ("…" if len(codes) > NAMED else "")


def owed_twice(rows, today) -> list[str]:
    """In plain words, which of these elevators owe more than one inspection of the kind (inspection.md D3). One statement."""
    sentences = []
    for line in {(row.elevator_id, row.kind): row for row in rows_with_periods(rows, today)}.values():
        if len(line.periods) > 1:
            words = {"code": line.elevator.main_code, "n": len(line.periods), "periods": owed_words(line.periods)}
            sentences.append(
                _(
                    "%(code)s owes %(n)s inspections: %(periods)s. One that is passed ends the oldest alone, so each needs an"
                    " application and an inspection of its own."
                )
                % words
            )
    return sentences


def rows_with_periods(rows, today) -> list[Obligation]:
    known = dict(
        Obligation.objects.filter(pk__in=[row.pk for row in rows]).with_periods(today).values_list("pk", "periods")
    )
    for row in rows:
        row.periods = known.get(row.pk, [])
    return rows


def say_refused(request, outcomes) -> None:
    """One sentence for each reason, with the codes of whom it is about."""
    reasons: dict[str, list[str]] = {}
    for code, outcome in outcomes:
        if isinstance(outcome, Refusal):
            reasons.setdefault(str(outcome.message), []).append(code)
    for reason, codes in reasons.items():
        messages.warning(request, _("Not done for %(codes)s: %(reason)s") % {"codes": _named(codes), "reason": reason})


class WithdrawPage(ScopedFormPage):
    """Take an application back; then the inspection has to be applied for anew."""

    permission = Permission.APPLY_INSPECTION
    view_permission = Permission.VIEW_REPORT
    queryset = Application.objects.select_related("elevator", "body")
    form_class = ReasonForm
    title = _("Withdraw the application")
    submit_label = _("Withdraw it")
    consequence = _("The body is told and nobody comes. The inspection has to be applied for anew.")
    danger = True

    def get_context(self, **extra):
        return super().get_context(lead=f"{self.object.elevator.main_code} · {self.object.body}", **extra)

    def get_form(self, data=None, files=None):
        return ReasonForm(data, initial={"version": self.object.version})

    def cancel_url(self):
        return application_url(self.object)

    def save(self, form):
        given = form.cleaned_data
        withdraw_application(
            application=self.object, reason=given["reason"], expected=given["version"], by=self.actor, at=self.at
        )
        return HttpResponseRedirect(application_url(self.object))
