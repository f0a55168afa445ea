"""Platforms outside that take complaints over: entered, changed, switched off by who operates the platform."""

from django import forms
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from common.hooks import NavItem
from common.scoping import may
from common.views import ScopedFormPage, ScopedListPage
from compliance.actions.forwarding import disable_platform, keep_platform
from compliance.forms.platforms import PlatformForm
from compliance.models import OutsidePlatform


def navigation(actor) -> list[NavItem]:
    if may(actor, Permission.KEEP_PLATFORM):
        return [NavItem(_("Platforms outside"), reverse("compliance:platforms"))]
    return []


class PlatformListPage(ScopedListPage):
    """Where complaints can go; of a key only whether there is one."""

    permission = Permission.KEEP_PLATFORM
    template_name = "compliance/complaints/platforms.html"
    title = _("Platforms outside")
    queryset = OutsidePlatform.objects.all()
    row_template = "compliance/complaints/_platform_row.html"
    caption = _("Platforms that take complaints over, the newest first")
    empty_text = _("No platform outside takes complaints over yet.")
    columns = (
        {"label": _("Name")},
        {"label": _("State")},
        {"label": _("City")},
        {"label": _("Address")},
        {"label": _("What it takes")},
        {"label": _("Key")},
        {"label": _("Action"), "hidden": True},
    )

    def decorate(self, queryset):
        return queryset.select_related("city")


class _PlatformPage(ScopedFormPage):
    permission = Permission.KEEP_PLATFORM
    form_class = PlatformForm
    submit_label = _("Keep it")

    def get_form_kwargs(self):
        return {"platform": self.object}

    def cancel_url(self):
        return reverse("compliance:platforms")

    def save(self, form):
        keep_platform(by=self.actor, at=self.at, **form.cleaned_data)
        return HttpResponseRedirect(self.cancel_url())


class EnterPlatformPage(_PlatformPage):
    """Enter one."""

    title = _("Enter a platform outside")


class ChangePlatformPage(_PlatformPage):
    """Change one, give it another key, or put it in force again."""

    queryset = OutsidePlatform.objects.select_related("city")
    title = _("Change a platform outside")
    consequence = _("It is in force from now on, also when it was switched off.")


class DisablePlatformPage(ScopedFormPage):
    """Send nothing more there."""

    permission = Permission.KEEP_PLATFORM
    queryset = OutsidePlatform.objects.all()
    form_class = forms.Form
    title = _("Switch a platform outside off")
    submit_label = _("Switch it off")
    consequence = _(
        "What waits to be sent is given up, and officials see it; what was taken over is asked about no more."
    )
    danger = True

    def get_context(self, **extra):
        return super().get_context(lead=self.object.name, **extra)

    def cancel_url(self):
        return reverse("compliance:platforms")

    def save(self, _form):
        disable_platform(platform=self.object, by=self.actor, at=self.at)
        return HttpResponseRedirect(self.cancel_url())
