"""Inviting people into one's unit, and taking them out of it."""

from django.contrib import messages
from django.http import HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters

from accounts import actions, queries
from accounts.forms import ConfirmForm, InviteForm
from accounts.models import Invitation, Unit, User
from accounts.roles import Permission
from accounts.views.second_factor import qr_picture
from accounts.views.units import unit_url
from common import clock
from common.errors import NotVisible
from common.views import ScopedFormPage


class InvitePage(ScopedFormPage):
    """Name, phone, role; answers with the link, once. The same answer whoever has this phone."""

    queryset = Unit.objects.filter(closed_on__isnull=True)
    view_permission = Permission.VIEW_UNIT
    permission = Permission.INVITE
    form_class = InviteForm
    title = _("Invite somebody")
    submit_label = _("Make the invitation")

    @classmethod
    def as_view(cls, **options):
        return sensitive_post_parameters()(super().as_view(**options))

    def post(self, request, **_kwargs):
        """Not once per form: a second click makes the link of the first worthless, and its answer shows the second."""
        return self._work("")

    def get_form_kwargs(self):
        return {"unit": self.object}

    def cancel_url(self):
        return unit_url(self.object)

    def get_context(self, **extra):
        return super().get_context(lead=self.object.name, **extra)

    def save(self, form):
        data = form.cleaned_data
        invitation, token = actions.invite(
            unit=self.object,
            role=data["role"],
            display_name=data["display_name"],
            phone=data["phone"],
            by=self.actor,
            at=self.at,
        )
        link = self.request.build_absolute_uri(reverse("accounts:join_link", args=[token]))
        context = {
            "title": _("Invitation"),
            "invitation": invitation,
            "unit": self.object,
            "link": link,
            "picture": qr_picture(link),
            "until": invitation.expires_at.astimezone(clock.SHANGHAI),
        }
        return render(self.request, "accounts/invitation_made.html", context)


class WithdrawInvitationPage(ScopedFormPage):
    """A link that went to the wrong place."""

    queryset = Invitation.objects.select_related("unit")
    permission = Permission.INVITE
    form_class = ConfirmForm
    title = _("Withdraw an invitation")
    submit_label = _("Withdraw")

    def cancel_url(self):
        return unit_url(self.object.unit)

    @property
    def consequence(self):
        return gettext("The link for %(name)s counts no more, at once.") % {"name": self.object.display_name}

    def save(self, form):
        actions.withdraw_invitation(invitation_id=self.object.pk, by=self.actor, at=self.at)
        messages.success(self.request, _("The invitation is withdrawn."))
        return HttpResponseRedirect(unit_url(self.object.unit))


class RemovePersonPage(ScopedFormPage):
    """Out of the unit: all roles there and all sessions end."""

    queryset = Unit.objects.all()
    view_permission = Permission.VIEW_UNIT
    permission = Permission.GRANT_UNIT_ROLE
    form_class = ConfirmForm
    title = _("Take somebody out of the unit")
    submit_label = _("Take out")
    danger = True

    def dispatch(self, request, *args, **kwargs):
        self.person = None
        people = User.objects.visible_to(request.actor, Permission.VIEW_USER)
        unit = (
            Unit.objects.visible_to(request.actor, Permission.VIEW_UNIT).filter(public_id=kwargs["public_id"]).first()
        )
        if unit is not None:
            self.person = queries.people_of(people, unit, self.at).filter(public_id=kwargs["person_id"]).first()
        if self.person is None:
            raise NotVisible
        return super().dispatch(request, *args, **kwargs)

    def cancel_url(self):
        return unit_url(self.object)

    @property
    def consequence(self):
        return gettext(
            "%(name)s loses every role in %(unit)s and is signed out everywhere, at once. What they did stays on record; "
            "roles in other units stay."
        ) % {"name": self.person, "unit": self.object}

    def save(self, form):
        actions.remove_from_unit(user_id=self.person.pk, unit=self.object, by=self.actor, at=self.at)
        messages.success(self.request, _("%(name)s is no longer in the unit.") % {"name": self.person})
        return HttpResponseRedirect(unit_url(self.object))
