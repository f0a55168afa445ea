"""Changes of the maintenance unit: the list, proposing, answering, the handover record."""

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.models import Unit
from accounts.queries import reach_of
from accounts.roles import Permission
from common.attachments.answers import answer_attachment
from common.attachments.pages import KeepsFiles
from common.errors import NotVisible
from common.hooks import NavItem, Tile
from common.models import Attachment, JobState
from common.scoped_page import ScopedPage
from common.scoping import get_visible, may
from common.views import ScopedBulkPage, ScopedDetailPage, ScopedFormPage, ScopedListPage, ScopedPicker
from registry.actions import handovers as actions
from registry.choices import ChangeState, ItemState
from registry.forms.handovers import (
    ChangeFilter,
    HandoverForm,
    ProposeForm,
    ReceiveForm,
    RefuseForm,
    SeenForm,
    maintenance_units,
)
from registry.forms.keys import NothingForm
from registry.models import ChangeItem, Elevator, HandoverRecord, MaintenanceChange
from registry.queries.handovers import proposed_again, refused_lately
from registry.views.changes import named

BADGES = {
    "PROPOSED": "attention",
    "CONFIRMED": "attention",
    "DONE": "ok",
    "REFUSED": "danger",
    "WITHDRAWN": "neutral",
    "EXPIRED": "neutral",
    "OPEN": "attention",
    "FAILED": "danger",
    "DROPPED": "neutral",
}
CAME_TO_NOTHING = (ChangeState.REFUSED, ChangeState.WITHDRAWN, ChangeState.EXPIRED)
SHOWN = 200  # elevators of one change on its page, until all are asked for
FIRST = 20  # elevators by name in the look before confirming; the rest are counted


def change_url(change) -> str:
    return reverse("registry:change", args=[change.public_id])


def navigation(actor) -> list[NavItem]:
    if not may(actor, Permission.VIEW_CHANGE):
        return []
    return [NavItem(_("Maintenance changes"), reverse("registry:changes"))]


def tiles(actor, at) -> list[Tile]:
    """What waits for one's unit: an answer, a record, or, after a refusal, another proposal."""
    return [*_tiles_of_using_unit(actor, at), *_tiles_of_maintenance_unit(actor)]


def _tiles_of_using_unit(actor, at) -> list[Tile]:
    if not may(actor, Permission.PROPOSE_CHANGE):
        return []
    refused = refused_lately(reach_of(actor, Permission.PROPOSE_CHANGE).unit_ids, at).count()
    address = f"{reverse('registry:changes')}?state={ChangeState.REFUSED}"
    return [Tile(_("maintenance proposals that were declined"), refused, address, "", "danger")] if refused else []


def _tiles_of_maintenance_unit(actor) -> list[Tile]:
    if not may(actor, Permission.ANSWER_CHANGE):
        return []
    units = reach_of(actor, Permission.ANSWER_CHANGE).unit_ids
    waiting = MaintenanceChange.objects.filter(new_unit__in=units, state=ChangeState.PROPOSED).count()
    to_write = Q(old_unit__in=units, handed_at=None)
    to_close = Q(change__new_unit__in=units, handed_at__isnull=False, received_at=None)
    records = HandoverRecord.objects.filter(to_write | to_close).aggregate(
        to_write=Count("pk", filter=to_write), to_close=Count("pk", filter=to_close)
    )
    address, found = reverse("registry:changes"), []
    if waiting:
        found.append(Tile(_("maintenance proposals to answer"), waiting, f"{address}?state=PROPOSED", "", "attention"))
    if records["to_write"]:
        found.append(Tile(_("handover records to write"), records["to_write"], address, "", "attention"))
    if records["to_close"]:
        found.append(Tile(_("handover records to read and close"), records["to_close"], address, "", "attention"))
    return found


class ChangeListPage(ScopedListPage):
    """Proposals and changes of one's units or areas, newest first."""

    permission = Permission.VIEW_CHANGE
    template_name = "registry/handovers/list.html"
    title = _("Maintenance changes")
    queryset = MaintenanceChange.objects.all()
    filter_class = ChangeFilter
    row_template = "registry/handovers/_row.html"
    caption = _("Maintenance changes")
    empty_text = _(
        "Nobody has proposed a change of the maintenance unit yet. A using unit does so from its list of elevators: tick some, "
        "then choose “Change their maintenance unit”."
    )
    columns = (
        {"label": _("From")},
        {"label": _("Using unit")},
        {"label": _("New maintenance unit")},
        {"label": _("Elevators"), "num": True},
        {"label": _("State")},
    )

    def decorate(self, queryset):
        return queryset.select_related("using_unit", "new_unit")

    def dress(self, rows):
        seen = ChangeItem.objects.filter(change__in=rows).visible_to(self.actor, self.permission)
        counted = dict(seen.order_by().values_list("change").annotate(n=Count("pk")))
        for row in rows:
            row.badge, row.count = BADGES[row.state], counted.get(row.pk, 0)


class ChangePage(ScopedDetailPage):
    """One change: who, what, how far, its proof and its handover records."""

    permission = Permission.VIEW_CHANGE
    template_name = "registry/handovers/change.html"
    queryset = MaintenanceChange.objects.select_related("using_unit", "new_unit", "job")

    def get_context(self, **extra):
        change = self.object
        own = reach_of(self.actor, Permission.VIEW_CHANGE).unit_ids
        answers = reach_of(self.actor, Permission.ANSWER_CHANGE).unit_ids
        proposes = reach_of(self.actor, Permission.PROPOSE_CHANGE).unit_ids
        theirs = change.items.visible_to(self.actor, Permission.VIEW_CHANGE)
        shown = actions.MOST if "all" in self.request.GET else SHOWN
        items = list(theirs.select_related("elevator__class_code", "old_unit").order_by("pk")[: shown + 1])
        records = list(change.records.select_related("old_unit").order_by("pk"))
        parties = {change.using_unit_id, change.new_unit_id}
        if own and not own & parties and not reach_of(self.actor, Permission.VIEW_CHANGE).areas:
            # the unit that leaves reads its own record, no more
            records = [record for record in records if record.old_unit_id in own]
        codes = {item.elevator_id for item in items}
        read = Elevator.objects.visible_to(self.actor, Permission.VIEW_ELEVATOR).filter(pk__in=codes)
        readable = set(read.values_list("pk", flat=True)) if may(self.actor, Permission.VIEW_ELEVATOR) else set()
        for item in items:
            item.readable = item.elevator_id in readable
            item.badge, item.words = BADGES[item.state], actions.PROBLEMS.get(item.problem, "")
        for record in records:
            record.mine = record.old_unit_id in answers and record.received_at is None
            record.receivable = change.new_unit_id in answers and record.handed_at and record.received_at is None
        open_ = change.state == ChangeState.PROPOSED
        return super().get_context(
            change=change,
            badge=BADGES[change.state],
            items=items[:shown],
            more=len(items) > shown,
            failed=sum(item.state == ItemState.FAILED for item in items),
            records=records,
            files=Attachment.objects.kept_for(change) if not own or own & parties else (),
            may_answer=open_ and change.new_unit_id in answers,
            may_resume=change.state == ChangeState.CONFIRMED
            and change.job.state == JobState.FAILED
            and change.new_unit_id in answers,
            may_withdraw=open_ and change.using_unit_id in proposes,
            may_propose_again=change.state in CAME_TO_NOTHING and change.using_unit_id in proposes,
            answered_by=_answered_by(change),
            **extra,
        )


def _answered_by(change) -> str:
    """The side that answered; nobody, when the proposal lapsed or waits. People stay unnamed."""
    if change.state in (ChangeState.PROPOSED, ChangeState.EXPIRED):
        return ""
    return (change.using_unit if change.state == ChangeState.WITHDRAWN else change.new_unit).name


class ChangeFilePage(ScopedPage):
    """The proof, for the two units that agree and the regulator; the unit that leaves does not read the contract."""

    permission = Permission.VIEW_CHANGE

    def get(self, request, public_id, attachment_id):
        changes = MaintenanceChange.objects.all()
        change = get_visible(changes, public_id, actor=self.actor, view=self.permission)
        scope = reach_of(self.actor, self.permission)
        if not (scope.everything or scope.areas or {change.using_unit_id, change.new_unit_id} & scope.unit_ids):
            raise NotVisible
        file = Attachment.objects.kept_for(change).filter(public_id=attachment_id).first()
        if file is None:
            raise NotVisible
        return answer_attachment(file, by=self.actor, via="page")


class ProposePage(KeepsFiles, ScopedBulkPage):
    """Propose another maintenance unit for one elevator or many; `again` names a change that came to nothing."""

    permission = Permission.PROPOSE_CHANGE
    view_permission = Permission.VIEW_ELEVATOR
    template_name = "registry/handovers/propose.html"
    form_class = ProposeForm
    title = _("Change the maintenance unit")
    submit_label = _("Send the proposal")
    rows_queryset = Elevator.objects.select_related("maintenance_unit").order_by("pk")
    largest = actions.MOST

    def dispatch(self, request, *args, **kwargs):
        if request.method in ("GET", "HEAD") and not (request.GET.getlist("ids") or request.GET.get("again")):
            messages.info(request, _("Choose some elevators first: tick them in the list."))
            return HttpResponseRedirect(reverse("registry:elevators"))
        return super().dispatch(request, *args, **kwargs)

    def get_rows(self, request):
        """Those that are ticked; those of another proposal would not fit into an address, which names it instead."""
        wanted = request.GET.get("again")
        if not wanted or request.method == "POST":
            return super().get_rows(request)
        changes = MaintenanceChange.objects.filter(state__in=CAME_TO_NOTHING)
        change = get_visible(changes, wanted, actor=request.actor, view=Permission.VIEW_CHANGE)
        rows = list(proposed_again(change, actor=request.actor, permission=self.permission).order_by("pk"))
        if not rows:
            raise NotVisible
        return rows

    def cancel_url(self):
        return reverse("registry:elevators")

    def save(self, form):
        values = dict(form.cleaned_data)
        files = values.pop("files")
        made = actions.propose_change(elevators=self.rows, files=files, by=self.actor, at=self.at, **values)
        if made.skipped:
            rows = {row.pk: row for row in self.rows}
            some = list(made.skipped.items())[:20]
            told = "; ".join(f"{named(rows[key])}: {actions.PROBLEMS[why]}" for key, why in some)
            count = len(made.skipped)
            words = ngettext("%(n)s elevator stays out: %(told)s", "%(n)s elevators stay out: %(told)s", count)
            messages.warning(self.request, words % {"n": count, "told": told})
        return HttpResponseRedirect(change_url(made.change))


class MaintenanceUnitPicker(ScopedPicker):
    """Open maintenance units by credit code or beginning of the name: they are public, whoever's city they are of."""

    permission = Permission.PROPOSE_CHANGE
    queryset = Unit.objects.none()
    order = ("name", "pk")
    parameter = "new_unit"

    def matching(self, rows, text):
        found = maintenance_units()
        return found.called(text) if text else found

    def suggest(self, row):
        return {"value": row.credit_code or str(row.public_id), "label": row.name}


class _Step(ScopedFormPage):
    view_permission = Permission.VIEW_CHANGE
    permission = Permission.ANSWER_CHANGE
    queryset = MaintenanceChange.objects.select_related("using_unit", "new_unit")
    form_class = NothingForm

    def get_context(self, **extra):
        return super().get_context(lead=str(self.object), **extra)

    def cancel_url(self):
        return change_url(self.object)

    def save(self, form):
        self.step(form.cleaned_data)
        return HttpResponseRedirect(change_url(self.object))


class ConfirmChangePage(_Step):
    """The new unit takes over."""

    form_class = SeenForm
    template_name = "registry/handovers/confirm.html"
    title = _("Take these elevators over")
    submit_label = _("Take them over")
    consequence = _("From that day your unit maintains them and answers for it. The other units read it at once.")

    def get_context(self, **extra):
        """From which day, by which contract, which elevators: the page shows it, and carries the fingerprint of it."""
        change = self.object
        rows = change.items.visible_to(self.actor, Permission.VIEW_CHANGE).select_related("elevator__class_code")
        items, count = list(rows.order_by("pk")[:FIRST]), rows.count()
        both = {change.using_unit_id, change.new_unit_id}
        party = both & reach_of(self.actor, Permission.VIEW_CHANGE).unit_ids
        return super().get_context(
            change=change,
            items=items,
            covers=count,
            more=count - len(items),
            files=Attachment.objects.kept_for(change) if party else (),
            seen=actions.fingerprint(change) if party else "",
            party=party,
            **extra,
        )

    def step(self, data):
        actions.confirm_change(change=self.object, by=self.actor, at=self.at, **data)


class RefuseChangePage(_Step):
    """The new unit does not take over."""

    form_class = RefuseForm
    title = _("Refuse the proposal")
    submit_label = _("Refuse it")
    danger = True

    def step(self, data):
        actions.refuse_change(change=self.object, by=self.actor, at=self.at, **data)


class WithdrawChangePage(_Step):
    """The using unit takes its proposal back."""

    permission = Permission.PROPOSE_CHANGE
    title = _("Withdraw the proposal")
    submit_label = _("Withdraw it")
    danger = True

    def step(self, _data):
        actions.withdraw_change(change=self.object, by=self.actor, at=self.at)


class _RecordStep(ScopedFormPage):
    permission = Permission.ANSWER_CHANGE
    view_permission = Permission.VIEW_CHANGE

    def dispatch(self, request, *args, **kwargs):
        changes = MaintenanceChange.objects.all()
        change = get_visible(
            changes, kwargs["public_id"], actor=request.actor, view=self.view_permission, change=self.permission
        )
        self.record = change.records.select_related("old_unit", "change").filter(public_id=kwargs["record_id"]).first()
        if self.record is None:
            raise NotVisible
        return super().dispatch(request, *args, **kwargs)

    def get_context(self, **extra):
        return super().get_context(lead=f"{self.record.change} · {self.record.old_unit}", **extra)

    def cancel_url(self):
        return change_url(self.record.change)


class HandOverPage(_RecordStep):
    """The unit that leaves writes its record."""

    form_class = HandoverForm
    title = _("Handover record")
    submit_label = _("Send the record")

    def get_form_kwargs(self):
        return {"initial": {name: getattr(self.record, name) for name in HandoverForm.base_fields}}

    def save(self, form):
        actions.hand_over(record=self.record, by=self.actor, at=self.at, **form.cleaned_data)
        return HttpResponseRedirect(change_url(self.record.change))


class ReceivePage(_RecordStep):
    """The unit that comes closes the record."""

    form_class = ReceiveForm
    template_name = "registry/handovers/receive.html"
    title = _("Close the handover record")
    submit_label = _("Received")

    def get_context(self, **extra):
        written = self.record.handed_at
        return super().get_context(record=self.record, seen=written.isoformat() if written else "", **extra)

    def save(self, form):
        seen = self.request.POST.get("seen", "")
        if not seen:
            raise actions.RecordMoved
        actions.receive_handover(record=self.record, by=self.actor, at=self.at, seen=seen, **form.cleaned_data)
        return HttpResponseRedirect(change_url(self.record.change))
