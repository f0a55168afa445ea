"""Changing many elevators at once: choose rows and values, look at what becomes of each, then change them."""

from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _g
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.roles import Permission
from common.errors import Changed, Refusal
from common.filtering import filter_names
from common.lists.page import OWN_PARAMETERS
from common.scoping import TooMany
from common.views import ScopedBulkPage
from registry import queries
from registry.actions.bulk import RowPlan, apply_bulk_change, fingerprint, plan_bulk_change
from registry.forms.bulk import BulkChangeForm
from registry.forms.filters import ElevatorPageFilter
from registry.models import Elevator


class NothingFound(Refusal):
    code = "nothing-found"
    message = _("No elevator of this filter is yours to change.")


class BulkChangePage(ScopedBulkPage):
    """Set the same values on many elevators. Nothing is written before the preview has been confirmed.

    Rows come as `ids`, or as all rows of the list's filter (`all=1`), at most a thousand. Ids that one sees but may not
    change make a 403 of the whole, foreign ones a 404; of a filter's rows those are left out that one may not change.
    """

    permission = Permission.CHANGE_REGISTRATION
    view_permission = Permission.VIEW_ELEVATOR
    template_name = "registry/elevator_bulk.html"
    form_class = BulkChangeForm
    title = _("Change many elevators")
    submit_label = _("Look at what will change")
    rows_queryset = Elevator.objects.select_related("area", "class_code").order_by("-pk")
    left_out = 0

    def dispatch(self, request, *args, **kwargs):
        if request.method in ("GET", "HEAD") and not request.GET.getlist("ids") and "all" not in request.GET:
            messages.info(request, _("Choose some elevators first: tick them in the list."))
            return HttpResponseRedirect(self.cancel_url())
        return super().dispatch(request, *args, **kwargs)

    def get_rows(self, request) -> list:
        if request.method == "POST" or "all" not in request.GET:
            return super().get_rows(request)
        given = ElevatorPageFilter(
            request.GET, queryset=Elevator.objects.visible_to(self.actor, self.view_permission), request=request
        )
        seen = given.qs if given.is_valid() else Elevator.objects.none()
        theirs = Elevator.objects.visible_to(self.actor, self.permission)
        keys = list(
            seen.filter(pk__in=theirs.values("pk")).order_by("-pk").values_list("pk", flat=True)[: self.largest + 1]
        )
        if len(keys) > self.largest:
            raise TooMany(self.largest)
        if not keys:
            raise NothingFound
        self.left_out = seen.exclude(pk__in=keys)[: self.largest + 1].count()
        return list(self.rows_queryset.filter(pk__in=keys))

    def cancel_url(self):
        names = filter_names(ElevatorPageFilter)
        pairs = [
            (name, value)
            for name, values in self.request.GET.lists()
            if name in names or name in OWN_PARAMETERS
            for value in values
        ]
        return reverse("registry:elevators") + (f"?{urlencode(pairs)}" if pairs else "")

    def get_context(self, **extra):
        return super().get_context(left_out=self.left_out, **extra)

    def save(self, form):
        values = form.values()
        if "area" in values:
            queries.require_may_create(self.actor, area=values["area"], using_unit=None)
        plans = plan_bulk_change(self.rows, values)
        seen, sent = fingerprint(plans), self.request.POST.get("seen", "")
        if sent != seen:
            return self._preview(form, plans, moved=bool(sent))
        try:
            changed = apply_bulk_change(plans, values=values, by=self.actor, at=self.at)
        except Changed:
            return self._preview(form, plans, moved=True)
        messages.success(
            self.request,
            _("%(changed)s of %(chosen)s elevators changed.") % {"changed": len(changed), "chosen": len(self.rows)},
        )
        return HttpResponseRedirect(reverse("registry:elevators"))

    def _preview(self, form, plans: list[RowPlan], *, moved: bool):
        happens = sum(plan.happens for plan in plans)
        return self.answer(
            form=form,
            idempotency_key=self.request.POST["idempotency_key"],
            plans=[{"plan": plan, "changes": told(form, plan)} for plan in plans],
            seen=fingerprint(plans),
            moved=moved,
            happens=happens,
            refused=sum(bool(plan.refusals) for plan in plans),
            same=sum(not plan.changes for plan in plans),
            confirm_label=ngettext("Change %(n)s elevator", "Change %(n)s elevators", happens) % {"n": happens},
            cancel_url=self.cancel_url(),
        )


def told(form, plan: RowPlan) -> list[dict]:
    """[{label, old, new}] of a row's plan in words."""
    return [
        {
            "label": form.fields[name].label,
            "old": _word(plan.elevator, name, old),
            "new": _word(plan.elevator, name, new),
        }
        for name, (old, new) in plan.changes.items()
    ]


def _word(elevator, name: str, value) -> str:
    if value is None or value == "":
        return "—"
    if isinstance(value, bool):
        return _g("yes") if value else _g("no")
    choices = dict(Elevator._meta.get_field(name).flatchoices)
    if choices:
        return str(choices.get(value, value))
    return date_format(value, "Y-m-d") if hasattr(value, "isoformat") else str(value)
