"""Giving and ending roles."""

from django.contrib import messages
from django.http import HttpResponseRedirect
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts import actions, queries
from accounts.forms import ConfirmForm, GrantForm, MembershipForm, end_of
from accounts.models import AreaGrant, Membership, User
from accounts.roles import ROLES, Permission
from accounts.views.people import person_url
from common.views import ScopedFormPage


class GivePage(ScopedFormPage):
    """A role for the person in the address; says below the form who may hold which."""

    template_name = "accounts/give_role.html"
    queryset = User.objects.all()
    view_permission = Permission.VIEW_USER

    def cancel_url(self):
        return person_url(self.object)

    def get_context(self, **extra):
        offered = _codes(extra["form"].fields["role"].choices)
        return super().get_context(
            lead=f"{self.object.display_name} · {self.object.username}",
            roles=[role for role in ROLES.values() if role.code in offered],
            **extra,
        )

    def finish(self, row):
        role = ROLES[row.role].label
        messages.success(
            self.request, gettext("%(name)s is %(role)s from now on.") % {"name": self.object, "role": role}
        )
        return HttpResponseRedirect(person_url(self.object))


def _codes(choices) -> set[str]:
    """The values of choices, grouped or not."""
    found = set()
    for value, label in choices:
        found |= _codes(label) if isinstance(label, list | tuple) else {value}
    return found


class AddMembershipPage(GivePage):
    """A role in a unit: for a unit's administrator in own units, for the security administrator anywhere."""

    permission = Permission.GRANT_UNIT_ROLE
    form_class = MembershipForm
    title = _("Give a role in a unit")
    submit_label = _("Give the role")

    def get_form_kwargs(self):
        return {
            "actor": self.actor,
            "picker_url": reverse_lazy("accounts:unit_picker"),
            "initial": {"unit": self.request.GET.get("unit", "")},
        }

    def save(self, form):
        data = form.cleaned_data
        row = actions.add_membership(
            user_id=self.object.pk,
            unit=data["unit"],
            role=data["role"],
            ended_at=end_of(data["ends_on"]),
            by=self.actor,
            at=self.at,
        )
        return self.finish(row)


class GrantAreaPage(GivePage):
    """A role over an area or the platform."""

    permission = Permission.GRANT_ANY_ROLE
    form_class = GrantForm
    title = _("Give a role over an area or the platform")
    submit_label = _("Give the role")

    def save(self, form):
        data = form.cleaned_data
        row = actions.grant_area(
            user_id=self.object.pk,
            role=data["role"],
            area=data["area"],
            place_types=tuple(data["place_types"]),
            reference=data["reference"],
            ended_at=end_of(data["ends_on"]),
            by=self.actor,
            at=self.at,
        )
        return self.finish(row)


class EndPage(ScopedFormPage):
    """End a role: says first what the person loses and where."""

    view_permission = Permission.VIEW_USER
    form_class = ConfirmForm
    title = _("End a role")
    submit_label = _("End the role")
    danger = True

    def cancel_url(self):
        return person_url(self.object.user)

    @property
    def consequence(self):
        held = queries.in_words([self.object])[0]
        return gettext("%(name)s is no longer %(role)s (%(where)s), at once. What they did stays on record.") % {
            "name": self.object.user,
            "role": held.role.label,
            "where": held.where,
        }

    def finish(self):
        """Whoever no longer sees the person goes back to the list."""
        seen = User.objects.visible_to(self.actor, Permission.VIEW_USER).filter(pk=self.object.user_id).exists()
        messages.success(self.request, _("The role is ended."))
        return HttpResponseRedirect(person_url(self.object.user) if seen else reverse("accounts:people"))


class EndMembershipPage(EndPage):
    permission = Permission.GRANT_UNIT_ROLE
    queryset = Membership.objects.select_related("user", "unit")

    def save(self, form):
        actions.end_membership(membership_id=self.object.pk, by=self.actor, at=self.at)
        return self.finish()


class EndGrantPage(EndPage):
    permission = Permission.GRANT_ANY_ROLE
    queryset = AreaGrant.objects.select_related("user", "area")

    def save(self, form):
        actions.end_grant(grant_id=self.object.pk, by=self.actor, at=self.at)
        return self.finish()
