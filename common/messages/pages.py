"""One's own messages, how one wants to be told, and what became of what was sent."""

import datetime as dt

from django.contrib import messages
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from common.hooks import NavItem, Tile
from common.messages.actions import offered_channels, preferences_of, send_again
from common.messages.choices import DeliveryState, Group, Reason
from common.messages.forms import DeliveryFilter, MessageFilter, PreferencesForm
from common.messages.inbox import choose_preferences, mark_all_read, mark_read
from common.messages.kinds import kind_of, label_of
from common.messages.permissions import VIEW_MESSAGES
from common.messages.rules import Preferences
from common.messages.texts import text_of
from common.messages.webhooks import unit_names
from common.models import Delivery, Message
from common.pagination import capped_count
from common.scoping import get_visible, may
from common.views import ScopedFormPage, ScopedListPage, ScopedPage


def navigation(actor) -> list[NavItem]:
    """Everybody's own messages with how many wait. No query: the actor brings the number."""
    return [NavItem(_("Messages"), reverse("messages:inbox"), count=actor.unread)]


def navigation_of_sent(actor) -> list[NavItem]:
    """What was sent, and whereto, for those who may see it."""
    if not may(actor, VIEW_MESSAGES):
        return []
    return [
        NavItem(_("Sent messages"), reverse("messages:deliveries")),
        NavItem(_("Webhooks"), reverse("messages:webhooks")),
    ]


def tiles(actor, at) -> list[Tile]:
    """What failed within a week, for those who may send it again; not those who have no number. One query."""
    if not may(actor, VIEW_MESSAGES):
        return []
    rows = Delivery.objects.visible_to(actor, VIEW_MESSAGES).failed().filter(ended_at__gt=at - dt.timedelta(days=7))
    found = capped_count(rows.exclude(reason=Reason.DISABLED))
    return [
        Tile(
            label=_("messages given up within a week"),
            value=str(found),
            url=f"{reverse('messages:deliveries')}?state={DeliveryState.GIVEN_UP}",
            state="attention" if found.value else "",
        )
    ]


class InboxPage(ScopedListPage):
    """One's own messages, newest first."""

    template_name = "messages/inbox.html"
    title = _("Messages")
    queryset = Message.objects.all()
    filter_class = MessageFilter
    row_template = "messages/_row.html"
    caption = _("Messages to you")
    empty_text = _("No messages yet.")
    columns = (
        {"label": _("When")},
        {"label": _("Message")},
        {"label": pgettext_lazy("message", "Text")},
        {"label": _("About"), "wide": True},
        {"label": _("Actions"), "hidden": True},
    )

    def dress(self, rows):
        groups = dict(Group.choices)
        for row in rows:
            row.text = text_of(row)
            kind = kind_of(row.kind)
            row.about = groups.get(kind.group, "") if kind else ""
        self.newest = rows[0] if rows else None
        self.any_unread = any(row.read_at is None for row in rows)

    def get_context(self, **extra):
        return super().get_context(newest=self.newest, any_unread=self.any_unread, **extra)


class ReadPage(ScopedPage):
    """Mark one as read and go where it leads."""

    http_method_names = ["post"]

    def post(self, request, public_id):
        message = get_visible(Message.objects.all(), public_id, actor=self.actor, view=self.permission)
        mark_read(message=message, by=self.actor, at=self.at)
        return HttpResponseRedirect(message.link or reverse("messages:inbox"))


class ReadAllPage(ScopedPage):
    """Mark as read what was there when the page was shown."""

    http_method_names = ["post"]

    def post(self, request):
        newest = request.POST.get("up_to", "")
        message = get_visible(Message.objects.all(), newest, actor=self.actor, view=None) if newest else None
        mark_all_read(up_to=message, by=self.actor, at=self.at)
        return HttpResponseRedirect(reverse("messages:inbox"))


class PreferencesPage(ScopedFormPage):
    """How one wants to be told."""

    title = _("How you are told")
    form_class = PreferencesForm

    def get_form_kwargs(self):
        return {"chosen": preferences_of([self.actor.id]).get(self.actor.id, Preferences())}

    def get_context(self, **extra):
        lead = _("Every message stands under “Messages”. Choose what reaches you beside that.")
        if not offered_channels():
            lead = _("Every message stands under “Messages”. There is no other way yet.")
        return super().get_context(lead=lead, **extra)

    def cancel_url(self):
        return reverse("messages:inbox")

    def save(self, form):
        choose_preferences(by=self.actor, at=self.at, **form.values())
        messages.success(self.request, _("Saved. What waits already goes as it was planned."))
        return HttpResponseRedirect(reverse("messages:inbox"))


class DeliveryLogPage(ScopedListPage):
    """What became of what was sent: all for the platform's administrator, a unit's own webhooks for its administrator.

    No words of a message and no number: its kind, its way, a mask.
    """

    permission = VIEW_MESSAGES
    template_name = "messages/deliveries.html"
    title = _("Sent messages")
    queryset = Delivery.objects.all()
    filter_class = DeliveryFilter
    row_template = "messages/_delivery_row.html"
    caption = _("Messages that left the platform or are about to")
    columns = (
        {"label": _("Queued")},
        {"label": _("Kind")},
        {"label": _("Way")},
        {"label": _("To")},
        {"label": _("State")},
        {"label": _("Attempts"), "num": True, "wide": True},
        {"label": _("Actions"), "hidden": True},
    )

    def decorate(self, queryset):
        return queryset.select_related("message", "endpoint")

    def dress(self, rows):
        names = unit_names(row.endpoint.unit_id for row in rows if row.endpoint)
        for row in rows:
            row.label = label_of(row.message.kind)
            row.unit = names[row.endpoint.unit_id].name if row.endpoint and row.endpoint.unit_id in names else ""
            row.later = row.waits(self.at)


class SendAgainPage(ScopedPage):
    """Try a given-up delivery anew."""

    permission = VIEW_MESSAGES
    http_method_names = ["post"]

    def post(self, request, public_id):
        delivery = get_visible(Delivery.objects.all(), public_id, actor=self.actor, view=self.permission)
        send_again(delivery=delivery, by=self.actor, at=self.at)
        messages.success(request, _("It is sent again."))
        return HttpResponseRedirect(reverse("messages:deliveries"))
