"""Somebody's lost second factor: proposed by one administrator, approved by another."""

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts import actions, queries
from accounts.forms import ApproveForm, ConfirmForm
from accounts.roles import Permission
from accounts.views.people import OfPersonPage
from common import clock


class ProposeResetPage(OfPersonPage):
    """The first of two: says that app and recovery codes are lost."""

    form_class = ConfirmForm
    permission = Permission.SET_PASSWORD
    title = _("Propose to reset the second factor")
    submit_label = _("Propose the reset")
    done = _("The reset for %(name)s waits for the approval of a security administrator, for 24 hours.")

    @property
    def consequence(self):
        return gettext(
            "Only when %(name)s has lost the phone and the recovery codes. Until a security administrator approves it, "
            "nothing changes."
        ) % {"name": self.object}

    def save(self, form):
        actions.propose_factor_reset(user_id=self.object.pk, by=self.actor, at=self.at)
        return self.finish()


class ApproveResetPage(OfPersonPage):
    """The second of two."""

    form_class = ApproveForm
    permission = Permission.APPROVE_PASSWORD
    title = _("Approve the reset of the second factor")
    submit_label = _("Approve the reset")
    done = _("The second factor of %(name)s is reset.")

    def get_form_kwargs(self):
        proposal = queries.reset_proposed(self.object, self.at)
        return {"initial": {"proposed_at": proposal.proposed_at.isoformat() if proposal else ""}}

    @property
    def consequence(self):
        proposal = queries.reset_proposed(self.object, self.at)
        if proposal is None:
            return actions.NoResetProposed.message
        moment = proposal.proposed_at.astimezone(clock.SHANGHAI)
        return gettext(
            "%(proposer)s proposed it on %(date)s at %(time)s. %(name)s is signed out everywhere at once; then the "
            "password alone opens the page that sets up another app. Approve only when %(name)s has told you in person "
            "or by phone that they asked for it."
        ) % {
            "proposer": proposal.proposed_by,
            "date": f"{moment:%Y-%m-%d}",
            "time": f"{moment:%H:%M}",
            "name": self.object,
        }

    def save(self, form):
        read = form.cleaned_data["proposed_at"]
        actions.approve_factor_reset(user_id=self.object.pk, by=self.actor, at=self.at, proposed_at=read)
        return self.finish()
