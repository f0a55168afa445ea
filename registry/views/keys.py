"""Special keys: the panel, the list, one key with its record, the verbs."""

from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.roles import Permission
from common.clock import local_date
from common.hooks import NavItem, Panel, Tile
from common.scoping import may
from common.views import ScopedDetailPage, ScopedFormPage, ScopedListPage, ScopedPicker
from registry.actions.keys import enter_key, issue_key, longest_hours, report_key_lost, retire_key, return_key
from registry.choices import KeyState
from registry.forms.keys import IssueKeyForm, KeyFilter, KeyForm, KeyNoteForm, NothingForm
from registry.models import Elevator, SpecialKey
from registry.queries.keys import holders_for, keys_wanting, open_issues, told_of
from registry.views.changes import efile_url, named

BADGES = {KeyState.KEPT: "ok", KeyState.ISSUED: "attention", KeyState.LOST: "danger", KeyState.RETIRED: "neutral"}
SHOWN = 10


def key_url(key) -> str:
    return reverse("registry:special_key", args=[key.public_id])


def may_keep(actor, key) -> bool:
    return may(actor, Permission.KEEP_KEYS) and (
        SpecialKey.objects.visible_to(actor, Permission.KEEP_KEYS).filter(pk=key.pk).exists()
    )


def dressed(keys, at) -> list[SpecialKey]:
    """Keys with who has them, and whether that is too long already. One statement."""
    out = open_issues(keys)
    for key in keys:
        key.out = out.get(key.pk)
        key.late = key.out is not None and key.out.due_at < at
        key.badge = "danger" if key.late else BADGES[key.state]
    return keys


def navigation(actor) -> list[NavItem]:
    return [NavItem(_("Special keys"), reverse("registry:special_keys"))] if may(actor, Permission.KEEP_KEYS) else []


def tiles(actor, at) -> list[Tile]:
    """Keys that are lost or out for too long, for those who keep keys."""
    if not may(actor, Permission.KEEP_KEYS):
        return []
    count = keys_wanting(actor, at)
    if not count:
        return []
    return [Tile(_("special keys lost or out too long"), count, reverse("registry:special_keys"), "", "danger")]


def keys_panel(actor, elevator, at) -> Panel | None:
    """The keys that open this elevator, for their keepers and the regulator."""
    if not may(actor, Permission.VIEW_KEYS):
        return None
    seen = SpecialKey.objects.visible_to(actor, Permission.VIEW_KEYS).opening(elevator).exclude(state=KeyState.RETIRED)
    keys = dressed(list(seen.select_related("unit").order_by("label")[:SHOWN]), at)
    able = may(actor, Permission.KEEP_KEYS) and (
        Elevator.objects.visible_to(actor, Permission.KEEP_KEYS).filter(pk=elevator.pk).exists()
    )
    if not keys and not able:
        return None
    context = {"elevator": elevator, "keys": keys, "may_enter": able}
    return Panel("special-keys", _("Special keys"), "registry/panels/keys.html", context, aside=True)


class KeyListPage(ScopedListPage):
    """The keys that one keeps, or of the elevators of one's area."""

    permission = Permission.VIEW_KEYS
    title = _("Special keys")
    template_name = "registry/keys/list.html"
    queryset = SpecialKey.objects.all()
    filter_class = KeyFilter
    row_template = "registry/keys/_row.html"
    caption = _("Special keys")
    empty_text = _("No special key has been entered yet. Enter them in the e-files of the elevators that they open.")
    columns = (
        {"label": _("Label")},
        {"label": _("What it opens")},
        {"label": _("State")},
        {"label": _("With")},
        {"label": _("Due back")},
        {"label": _("Kept by"), "wide": True},
    )

    def decorate(self, queryset):
        return queryset.select_related("unit", "elevator")

    def dress(self, rows):
        dressed(rows, self.at)


class KeyPage(ScopedDetailPage):
    """One key and everybody who has had it."""

    permission = Permission.VIEW_KEYS
    template_name = "registry/keys/key.html"
    queryset = SpecialKey.objects.select_related("unit", "elevator", "site")

    def get_context(self, **extra):
        [key] = dressed([self.object], self.at)
        record = key.issues.select_related("holder").order_by("-pk")[:50]
        told = told_of(key)
        changes = told.changes if told else {}
        return super().get_context(
            told_at=told.recorded_at if told else None,
            told=(changes.get("note") or changes.get("reason") or [None, ""])[1],
            key=key,
            record=record,
            may_keep=may_keep(self.actor, key),
            lead=named(key.elevator),
            **extra,
        )


class EnterKeyPage(ScopedFormPage):
    """Enter a key of one's own unit."""

    permission = Permission.KEEP_KEYS
    view_permission = Permission.VIEW_ELEVATOR
    queryset = Elevator.objects.all()
    form_class = KeyForm
    title = _("Enter a special key")
    submit_label = _("Enter the key")

    def get_form_kwargs(self):
        return {"site": self.object.site_id is not None}

    def get_context(self, **extra):
        return super().get_context(lead=named(self.object), **extra)

    def cancel_url(self):
        return f"{efile_url(self.object)}#special-keys"

    def save(self, form):
        return HttpResponseRedirect(
            key_url(enter_key(elevator=self.object, by=self.actor, at=self.at, **form.cleaned_data))
        )


class _KeyStep(ScopedFormPage):
    permission = Permission.KEEP_KEYS
    view_permission = Permission.VIEW_KEYS
    queryset = SpecialKey.objects.select_related("elevator")
    form_class = NothingForm

    def get_context(self, **extra):
        return super().get_context(lead=f"{self.object.label} · {named(self.object.elevator)}", **extra)

    def cancel_url(self):
        return key_url(self.object)

    def save(self, form):
        self.step(form.cleaned_data)
        return HttpResponseRedirect(key_url(self.object))


class IssueKeyPage(_KeyStep):
    """Hand a key to a person."""

    form_class = IssueKeyForm
    title = _("Hand the key out")
    submit_label = _("Hand it out")

    def get_form_kwargs(self):
        return {"people": holders_for(self.object, self.at), "longest": longest_hours(local_date(self.at))}

    def step(self, data):
        issue_key(key=self.object, by=self.actor, at=self.at, **data)


class ReturnKeyPage(_KeyStep):
    """The key came back."""

    title = _("The key is back")
    submit_label = _("Note that it is back")

    def step(self, data):
        return_key(key=self.object, by=self.actor, at=self.at)


class LostKeyPage(_KeyStep):
    """The key cannot be found."""

    form_class = KeyNoteForm
    title = _("Report the key as lost")
    submit_label = _("Report it as lost")
    danger = True
    consequence = _("It stands in the e-file, where the regulator reads it. Whoever finds the key can open the shaft.")

    def step(self, data):
        report_key_lost(key=self.object, by=self.actor, at=self.at, **data)


class RetireKeyPage(_KeyStep):
    """The key or its lock is no more."""

    form_class = KeyNoteForm
    title = _("Retire the key")
    submit_label = _("Retire it")
    danger = True
    consequence = _("It cannot be handed out again. Its record stays.")

    def step(self, data):
        retire_key(key=self.object, reason=data["note"], by=self.actor, at=self.at)


class KeyHolderPicker(ScopedPicker):
    """Present people of one's own units."""

    permission = Permission.KEEP_KEYS
    queryset = User.objects.filter(is_active=True)
    order = ("display_name", "pk")
    parameter = "holder"

    def matching(self, rows, text):
        return rows.called(text) if text else rows

    def describe(self, row):
        return {"id": str(row.public_id), "label": row.display_name, "hint": row.username}

    def suggest(self, row):
        return {"value": row.username, "label": row.display_name}
