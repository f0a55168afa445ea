"""Machines of units: the list, one of them, entering, changing, secrets shown once, revoking."""

from django.http import HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.actions import machines as actions
from accounts.forms import ConfirmForm
from accounts.forms.machines import ClientForm, CreateClientForm
from accounts.models import ApiClient, ClientSecret
from accounts.roles import PERMISSION_LABELS, Permission
from accounts.rules.machines import permissions_of_unit
from common.errors import NotVisible
from common.scoping import may
from common.views import ScopedDetailPage, ScopedFormPage, ScopedListPage


def client_url(client) -> str:
    return reverse("accounts:client", args=[client.public_id])


class ClientListPage(ScopedListPage):
    """Machines of one's own units; all of them for the platform's administrator."""

    permission = Permission.VIEW_CLIENT
    template_name = "accounts/client_list.html"
    title = _("Machines")
    queryset = ApiClient.objects.all()
    row_template = "accounts/_client_row.html"
    caption = _("Machines that you see")
    columns = (
        {"label": _("Name")},
        {"label": _("Unit")},
        {"label": _("Last used")},
        {"label": _("State")},
    )

    def decorate(self, queryset):
        return queryset.select_related("unit")

    def get_context(self, **extra):
        return super().get_context(may_manage=may(self.actor, Permission.MANAGE_CLIENT), **extra)


class ClientPage(ScopedDetailPage):
    """One machine: what it may do, its secrets as far as they can be told apart, when it last came."""

    permission = Permission.VIEW_CLIENT
    template_name = "accounts/client.html"
    queryset = ApiClient.objects.select_related("unit")

    def get_context(self, **extra):
        client = self.object
        allowed = permissions_of_unit(client.unit.kind)
        in_force = client.revoked_at is None
        live = list(ClientSecret.objects.live(self.at).filter(client=client).order_by("pk"))
        return super().get_context(
            client=client,
            may_do=[PERMISSION_LABELS[each] for each in Permission if each in allowed and each in client.permissions],
            secrets=live if in_force else [],
            may_manage=in_force and may(self.actor, Permission.MANAGE_CLIENT),
            may_issue=in_force and len(live) < 2 and may(self.actor, Permission.MANAGE_CLIENT),
            may_revoke=in_force and may(self.actor, Permission.REVOKE_CLIENT),
            token_address=self.request.build_absolute_uri(reverse("oauth_token")),
            **extra,
        )


class CreateClientPage(ScopedFormPage):
    """Enter a machine of one's own unit; its secret comes next."""

    permission = Permission.MANAGE_CLIENT
    form_class = CreateClientForm
    title = _("Enter a machine")
    submit_label = _("Enter the machine")

    def get_form_kwargs(self):
        return {"actor": self.actor}

    def cancel_url(self):
        return reverse("accounts:clients")

    def save(self, form):
        return HttpResponseRedirect(client_url(actions.create_client(by=self.actor, at=self.at, **form.values())))


class OfClientPage(ScopedFormPage):
    """A step about one machine."""

    view_permission = Permission.VIEW_CLIENT
    permission = Permission.MANAGE_CLIENT
    queryset = ApiClient.objects.select_related("unit")
    form_class = ConfirmForm

    def get_context(self, **extra):
        return super().get_context(lead=f"{self.object} · {self.object.unit.name}", **extra)

    def cancel_url(self):
        return client_url(self.object)


class ChangeClientPage(OfClientPage):
    """Change what a machine is called and may do; what is taken away is gone at once."""

    form_class = ClientForm
    title = _("Change a machine")

    def get_form_kwargs(self):
        names = ("name", "permissions", "rate_per_minute", "version")
        initial = {name: getattr(self.object, name) for name in names}
        return {
            "actor": self.actor,
            "unit": self.object.unit,
            "there": self.object.permissions,
            "initial": initial,
        }

    def save(self, form):
        actions.change_client(client=self.object, version=form.cleaned_data["version"], by=self.actor, **form.values())
        return HttpResponseRedirect(client_url(self.object))


class RevokeClientPage(OfClientPage):
    """Stop a machine for good."""

    permission = Permission.REVOKE_CLIENT
    title = _("Revoke a machine")
    submit_label = _("Revoke the machine")
    danger = True
    consequence = _("Its secrets and tokens stop working at once and for good. What it filed stays.")

    def save(self, form):
        actions.revoke_client(client=self.object, by=self.actor, at=self.at)
        return HttpResponseRedirect(client_url(self.object))


class IssueSecretPage(OfClientPage):
    """A new secret, shown in the answer to this one request."""

    title = _("Issue a secret")
    submit_label = _("Issue the secret")
    consequence = _(
        "It is shown once. The one in use keeps working, so that the program can change over without a stop."
    )

    def post(self, request, **_kwargs):
        """Not once per form (a kept answer would keep the secret): a second click is refused when two are in force."""
        return self._work("")

    def save(self, form):
        issued = actions.issue_secret(client=self.object, by=self.actor, at=self.at)
        context = {"title": self.title, "client": self.object, "issued": issued}
        return render(self.request, "accounts/secret_issued.html", context)


class RevokeSecretPage(OfClientPage):
    """Stop one secret and the tokens that it was given."""

    permission = Permission.REVOKE_CLIENT
    title = _("Revoke a secret")
    submit_label = _("Revoke the secret")
    danger = True
    consequence = _("A program that still uses it is refused at once.")

    def dispatch(self, request, *args, **kwargs):
        self.secret_id = kwargs["secret_id"]
        return super().dispatch(request, *args, **kwargs)

    def get(self, request, **kwargs):
        self.secret()
        return super().get(request, **kwargs)

    def secret(self) -> ClientSecret:
        """The machine's own; another's does not exist here."""
        found = (
            ClientSecret.objects.select_related("client").filter(client=self.object, public_id=self.secret_id).first()
        )
        if found is None:
            raise NotVisible
        return found

    def save(self, form):
        actions.revoke_secret(secret=self.secret(), by=self.actor, at=self.at)
        return HttpResponseRedirect(client_url(self.object))
