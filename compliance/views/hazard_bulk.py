"""One step of several hazards: chosen in the list, confirmed once, what became of each said in words."""

from django.contrib import messages
from django.http import Http404, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from accounts.roles import Permission
from common.clock import local_date
from common.errors import Refusal
from common.scoping import may, require
from common.views import ScopedBulkPage
from compliance.actions.hazard_bulk import MOST, Chosen, take_hazard_steps
from compliance.forms.hazards import BulkNoteForm
from compliance.models import Hazard
from compliance.queries.hazards import answered_for
from compliance.queries.standing import with_elevators
from compliance.views.hazard_rows import dressed

NAMED = 12  # rows of which each has its sentence


class _StepsPage(ScopedBulkPage):
    permission = Permission.JUDGE_HAZARD
    view_permission = Permission.VIEW_OBLIGATION
    template_name = "compliance/hazards/steps.html"
    form_class = BulkNoteForm
    rows_queryset = Hazard.objects.select_related("item").order_by("due_on", "pk")
    largest = MOST
    step = turn = ""
    done = None  # how many it was done for

    def dispatch(self, request, *args, **kwargs):
        if request.method in ("GET", "HEAD") and not request.GET.getlist("ids"):
            require(request.actor, self.permission)
            messages.info(request, _("Choose some hazards first: tick them in the list."))
            return HttpResponseRedirect(self.cancel_url())
        return super().dispatch(request, *args, **kwargs)

    def get_rows(self, request):
        return dressed(with_elevators(super().get_rows(request)), local_date(self.at))

    def cancel_url(self):
        return f"{reverse('compliance:hazards')}?turn={self.turn}"

    def save(self, form):
        able = answered_for(self.actor, self.rows, self.permission)
        chosen = [Chosen(row, self._read(row), row.elevator_id in able) for row in self.rows]
        outcomes = take_hazard_steps(
            chosen=chosen, step=self.step, note=form.cleaned_data["note"], by=self.actor, at=self.at
        )
        refused = [
            (row, outcome) for row, outcome in zip(self.rows, outcomes, strict=True) if isinstance(outcome, Refusal)
        ]
        sentences = _sentences(refused)
        if len(refused) == len(self.rows):
            for sentence in sentences:
                form.add_error(None, sentence)
            return self._show(form, key=self.request.POST["idempotency_key"], status=422)
        number = len(self.rows) - len(refused)
        messages.success(self.request, self.done % {"n": number})
        for sentence in sentences:
            messages.warning(self.request, sentence)
        return HttpResponseRedirect(self.cancel_url())

    def _read(self, row) -> int | None:
        """The version of a row that the form showed; 0, which none has, when it came back in another form."""
        given = self.request.POST.get(f"seen_{row.public_id}", "")
        return int(given) if given.isascii() and given.isdigit() and len(given) < 10 else 0


def _sentences(refused: list) -> list[str]:
    """One for each of the first rows, and how many more."""
    words = [f"{row.elevator.main_code} · {row.item}: {outcome.message}" for row, outcome in refused[:NAMED]]
    if len(refused) > NAMED:
        words.append(_("and %(n)s more that were not done") % {"n": len(refused) - NAMED})
    return words


class ConfirmManyPage(_StepsPage):
    """Say of several that they are hazards."""

    step, turn = "confirm", "confirm"
    title, submit_label = _("Confirm several hazards"), _("Confirm them")
    consequence = _("Who mends them is told in the morning; the clock of each runs on.")
    done = ngettext_lazy("%(n)s hazard is confirmed.", "%(n)s hazards are confirmed.", "n")


class RejectManyPage(_StepsPage):
    """Say of several that they are none."""

    step, turn = "reject", "confirm"
    title, submit_label = _("Say of several that they are no hazard"), _("They are none")
    consequence = _("This ends them. Who reported them is told, and reads why.")
    danger = True
    done = ngettext_lazy("%(n)s report is settled as no hazard.", "%(n)s reports are settled as no hazard.", "n")


class ClaimManyPage(_StepsPage):
    """Say of several that they are mended."""

    permission = Permission.MEND_HAZARD
    step, turn = "claim", "mend"
    title, submit_label = _("Say of several that they are mended"), _("They are mended")
    consequence = _("Somebody else verifies each; until then its clock runs on. With photographs: one by one.")
    done = ngettext_lazy("%(n)s hazard is said to be mended.", "%(n)s hazards are said to be mended.", "n")


class VerifyManyPage(_StepsPage):
    """Say of several that they are mended, having looked."""

    step, turn = "verify", "verify"
    title, submit_label = _("Verify and close several"), _("They are mended: close them")
    consequence = _("This ends these hazards and their alerts. Say above when and where they were looked at.")
    done = ngettext_lazy("%(n)s hazard is verified and closed.", "%(n)s hazards are verified and closed.", "n")


STEPS = {"confirm": ConfirmManyPage, "reject": RejectManyPage, "claim": ClaimManyPage, "verify": VerifyManyPage}
_AS_VIEWS = {name: page.as_view() for name, page in STEPS.items()}


def steps_page(request, step: str):
    """One address for each verb."""
    if step not in _AS_VIEWS:
        raise Http404
    return _AS_VIEWS[step](request)


def offered(actor, turn: str) -> list[tuple]:
    """(label, address) of what may be done to chosen rows of this turn: nothing where it is nobody's turn."""
    return [
        (page.title, reverse("compliance:hazard_steps", args=[name]))
        for name, page in STEPS.items()
        if page.turn == turn and may(actor, page.permission)
    ]
