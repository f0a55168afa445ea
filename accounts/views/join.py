"""Where an invitation's link leads: somebody new chooses a name and a password, somebody known signs in and accepts."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views import View
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from accounts import actions, queries
from accounts.forms import AcceptForm, JoinForm
from accounts.roles import ROLES
from accounts.rules import invitation_digest
from common import clock
from common.errors import Refusal
from common.views import ScopedFormPage

_DIGEST = "invitation"  # of the token, which is kept nowhere


@method_decorator([login_not_required, never_cache], name="dispatch")
class JoinLink(View):
    """Takes the token out of the address into the session, so that it stands in no history, heading or Referer."""

    def get(self, request, token):
        digest = invitation_digest(token)
        if queries.invitation_of(digest, clock.now()) is None:
            return _over(request)
        request.session[_DIGEST] = digest
        signed_in = request.actor is not None
        return redirect("accounts:join_known" if signed_in else "accounts:join")


@method_decorator([login_not_required, never_cache, sensitive_post_parameters()], name="dispatch")
class JoinPage(View):
    """For somebody new. Whoever is on the platform already goes on by signing in; the page does not know who that is."""

    def dispatch(self, request, *args, **kwargs):
        if request.actor is not None and request.method in ("GET", "HEAD", "POST"):
            return redirect("accounts:join_known")
        self.invitation = queries.invitation_of(request.session.get(_DIGEST, ""), clock.now())
        if self.invitation is None and request.method in ("GET", "HEAD", "POST"):
            return _over(request)
        return super().dispatch(request, *args, **kwargs)

    def get(self, request):
        return self._show(JoinForm())

    def post(self, request):
        form = JoinForm(request.POST)
        if not form.is_valid():
            return self._show(form, 422)
        data = form.cleaned_data
        try:
            actions.join_as_new(
                digest=request.session[_DIGEST],
                phone=data["phone"],
                username=data["username"],
                password=data["password"],
                at=clock.now(),
            )
        except actions.InvitationOver:
            return _over(request)
        except Refusal as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
            return self._show(form, 422)
        del request.session[_DIGEST]
        messages.success(request, _("You are in. Sign in with the name and the password that you chose."))
        return HttpResponseRedirect(reverse("accounts:sign_in"))

    def _show(self, form, status=200):
        context = {
            "form": form,
            "invitation": self.invitation,
            "role": ROLES[self.invitation.role],
            "known_url": f"{reverse('accounts:sign_in')}?next={reverse('accounts:join_known')}",
        }
        return render(self.request, "accounts/join.html", context, status=status)


class JoinKnownPage(ScopedFormPage):
    """For a signed-in person: one more role, in one more unit."""

    form_class = AcceptForm
    title = _("Accept the invitation")
    submit_label = _("Accept")

    def dispatch(self, request, *args, **kwargs):
        self.invitation = queries.invitation_of(request.session.get(_DIGEST, ""), clock.now())
        if self.invitation is None and request.method in ("GET", "HEAD", "POST"):
            return _over(request)
        return super().dispatch(request, *args, **kwargs)

    def post(self, request, **_kwargs):
        """What is tried in vain is counted, and common.idempotency would roll that back; a link counts once anyway."""
        return self._work("")

    def cancel_url(self):
        return reverse("portal:home")

    @property
    def consequence(self):
        return _("You (%(me)s) become %(role)s in %(unit)s.") % {
            "me": self.request.user.display_name,
            "role": ROLES[self.invitation.role].label,
            "unit": self.invitation.unit.name,
        }

    def save(self, form):
        try:
            actions.join_as_known(
                digest=self.request.session[_DIGEST],
                phone=form.cleaned_data["phone"],
                user_id=self.request.user.pk,
                at=self.at,
            )
        except actions.InvitationOver:
            return _over(self.request)
        except actions.Oneself as refusal:
            form.add_error(None, refusal.message)
            return self._show(form, key="", status=422)
        del self.request.session[_DIGEST]
        messages.success(self.request, _("You have joined %(unit)s.") % {"unit": self.invitation.unit.name})
        return HttpResponseRedirect(reverse("accounts:me"))


def _over(request):
    """The same for a link that never was, is used, withdrawn, expired or was tried too often."""
    return render(request, "accounts/invitation_over.html", status=404)
