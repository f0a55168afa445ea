"""Webhooks of units: the list, one of them with what became of its messages, entering, changing, another secret, trying out."""

from urllib.parse import urlsplit

from django import forms
from django.contrib import messages
from django.http import HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from common.messages import webhooks as actions
from common.messages.choices import Group
from common.messages.forms import CreateWebhookForm, WebhookForm
from common.messages.kinds import label_of
from common.messages.permissions import DISABLE_WEBHOOKS, MANAGE_WEBHOOKS, VIEW_MESSAGES
from common.models import Delivery, WebhookEndpoint
from common.reach import units_reached
from common.scoping import get_visible, may
from common.views import ScopedDetailPage, ScopedFormPage, ScopedListPage, ScopedPage

# What a page does not show it does not read: sealed values stay in the database.
SHOWN = WebhookEndpoint.objects.defer("secret", "former_secret")
LATEST = 20


def webhook_url(endpoint) -> str:
    return reverse("messages:webhook", args=[endpoint.public_id])


class WebhookListPage(ScopedListPage):
    """Webhooks of one's own units; all of them for the platform's administrator."""

    permission = VIEW_MESSAGES
    template_name = "messages/webhook_list.html"
    title = _("Webhooks")
    queryset = SHOWN
    row_template = "messages/_webhook_row.html"
    caption = _("Webhooks that you see")
    columns = (
        {"label": _("Name")},
        {"label": _("Unit")},
        {"label": _("Server"), "wide": True},
        {"label": _("State")},
    )

    def dress(self, rows):
        names = actions.unit_names(row.unit_id for row in rows)
        for row in rows:
            row.unit = names[row.unit_id].name if row.unit_id in names else ""
            row.host = urlsplit(row.url).hostname

    def get_context(self, **extra):
        return super().get_context(may_manage=may(self.actor, MANAGE_WEBHOOKS), **extra)


class WebhookPage(ScopedDetailPage):
    """One webhook and its latest deliveries."""

    permission = VIEW_MESSAGES
    template_name = "messages/webhook.html"
    queryset = SHOWN

    def get_context(self, **extra):
        endpoint = self.object
        in_force = endpoint.disabled_at is None
        latest = list(Delivery.objects.filter(endpoint=endpoint).select_related("message").order_by("-id")[:LATEST])
        for row in latest:
            row.label, row.later = label_of(row.message.kind), row.waits(self.at)
        labels, names = dict(Group.choices), actions.unit_names([endpoint.unit_id])
        return super().get_context(
            endpoint=endpoint,
            unit=names[endpoint.unit_id].name if endpoint.unit_id in names else "",
            told=[labels[group] for group in endpoint.groups if group in labels],
            exchanging=endpoint.former_until is not None and endpoint.former_until > self.at,
            latest=latest,
            waiting=any(row.open and not row.later for row in latest),
            may_manage=in_force and may(self.actor, MANAGE_WEBHOOKS),
            may_disable=in_force and may(self.actor, DISABLE_WEBHOOKS),
            **extra,
        )


def show_secret(request, shown, title):
    return render(request, "messages/secret.html", {"title": title, "endpoint": shown.endpoint, "shown": shown})


class CreateWebhookPage(ScopedFormPage):
    """Enter a webhook of one's own unit; the answer shows its secret, once."""

    permission = MANAGE_WEBHOOKS
    form_class = CreateWebhookForm
    title = _("Enter a webhook")
    submit_label = _("Enter the webhook")

    def get_form_kwargs(self):
        names = actions.unit_names(units_reached(self.actor, self.permission) or ())
        present = {name.public_id: (key, name.name) for key, name in names.items() if name.present}
        return {"units": present}

    def cancel_url(self):
        return reverse("messages:webhooks")

    def post(self, request, **_kwargs):
        """Not once per form (a kept answer would keep the secret): a second click finds the address taken."""
        return self._work("")

    def save(self, form):
        shown = actions.create_endpoint(by=self.actor, at=self.at, **form.values())
        return show_secret(self.request, shown, self.title)


class ConfirmForm(forms.Form):
    """Nothing to fill in."""


class OfWebhookPage(ScopedFormPage):
    """A step about one webhook."""

    view_permission = VIEW_MESSAGES
    permission = MANAGE_WEBHOOKS
    queryset = WebhookEndpoint.objects.all()
    form_class = ConfirmForm

    def get_context(self, **extra):
        return super().get_context(lead=f"{self.object.name} · {self.object.url}", **extra)

    def cancel_url(self):
        return webhook_url(self.object)


class ChangeWebhookPage(OfWebhookPage):
    """Change name, address and what it is told."""

    form_class = WebhookForm
    title = _("Change a webhook")

    def get_form_kwargs(self):
        return {"initial": {name: getattr(self.object, name) for name in ("name", "url", "groups", "version")}}

    def save(self, form):
        actions.change_endpoint(
            endpoint=self.object, version=form.cleaned_data["version"], by=self.actor, **form.values()
        )
        return HttpResponseRedirect(webhook_url(self.object))


class RotateSecretPage(OfWebhookPage):
    """Another secret, shown in the answer to this one request."""

    title = _("Another secret")
    submit_label = _("Make another secret")
    consequence = _(
        "It is shown once. For a day each message is signed with both, so that the program can change over."
    )

    def post(self, request, **_kwargs):
        """Not once per form: a kept answer would keep the secret. A second click makes a third secret and shows that."""
        return self._work("")

    def save(self, form):
        shown = actions.rotate_secret(endpoint=self.object, by=self.actor, at=self.at)
        return show_secret(self.request, shown, self.title)


class DisableWebhookPage(OfWebhookPage):
    """Tell it nothing more, for good."""

    permission = DISABLE_WEBHOOKS
    title = _("Disable a webhook")
    submit_label = _("Disable the webhook")
    danger = True
    consequence = _("It is told nothing more, for good. What waits for it is given up.")

    def save(self, form):
        actions.disable_endpoint(endpoint=self.object, by=self.actor, at=self.at)
        return HttpResponseRedirect(webhook_url(self.object))


class TryWebhookPage(ScopedPage):
    """Send a message that says nothing; what becomes of it stands on the webhook's page."""

    http_method_names = ["post"]

    def post(self, request, public_id):
        endpoint = get_visible(
            WebhookEndpoint.objects.all(), public_id, actor=self.actor, view=VIEW_MESSAGES, change=MANAGE_WEBHOOKS
        )
        actions.try_endpoint(endpoint=endpoint, by=self.actor, at=self.at)
        messages.success(request, _("A test is on its way. What becomes of it stands below."))
        return HttpResponseRedirect(webhook_url(endpoint))
