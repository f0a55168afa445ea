"""Signing in and out, one's own password, and what one holds."""

import math

from axes.helpers import get_client_ip_address
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout, update_session_auth_hash
from django.contrib.auth.views import LoginView
from django.http import HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts import actions
from accounts.forms import OwnPasswordForm, SignInForm
from accounts.middleware import SIGNED_OUT
from accounts.models import AreaGrant, Membership
from accounts.queries import actor_for, in_words, is_besieged, locks_of, spraying_until
from accounts.rules.passwords import is_expired
from accounts.rules.sessions import Over
from accounts.session_store import begin_life
from accounts.views.certificates import of_oneself
from common import clock
from common.audit import record_access
from common.locks import Busy, one_at_a_time
from common.proxies import client_address
from common.views import ScopedFormPage, ScopedPage

# Wrong present passwords on the page that changes it, before the session ends: whoever found an open screen must not guess.
WRONG_PASSWORDS = 5


class SignIn(LoginView):
    """Name and password; a new session key, then `next` if it is an address of ours."""

    template_name = "accounts/sign_in.html"
    form_class = SignInForm
    redirect_authenticated_user = True

    def get_context_data(self, **kwargs):
        """Why somebody stands here who was signed in a moment ago; said once."""
        profile, why = settings.PASSWORD_PROFILE, self.request.session.pop(SIGNED_OUT, "")
        sentence = ""
        if why == Over.IDLE:
            sentence = ngettext(
                "You were signed out because nothing was done for %(n)s minute.",
                "You were signed out because nothing was done for %(n)s minutes.",
                profile.idle_minutes,
            ) % {"n": profile.idle_minutes}
        elif why == Over.OLD:
            sentence = ngettext(
                "You were signed out: a session lasts %(n)s hour at most.",
                "You were signed out: a session lasts %(n)s hours at most.",
                profile.lifetime_hours,
            ) % {"n": profile.lifetime_hours}
        return super().get_context_data(signed_out=sentence, **kwargs)

    def post(self, request, *args, **kwargs):
        """Tries at one name come one after the other: counted side by side, each would be the first."""
        name = SignInForm.as_stored(request.POST.get("username", ""))
        try:
            with one_at_a_time(f"sign-in:{name}", patience="3s"):
                address = get_client_ip_address(request)
                if wait := spraying_until(address, clock.now()):
                    return place_locked(request, wait - clock.now())
                if is_besieged(name, clock.now(), address=address):
                    return locked_out(request)
                return super().post(request, *args, **kwargs)
        except Busy:
            return locked_out(request)

    def form_valid(self, form):
        response = super().form_valid(form)
        user = form.get_user()
        address, agent = client_address(self.request), self.request.headers.get("User-Agent", "")
        begin_life(self.request.session, clock.now(), address=address, user_agent=agent)
        actor = actor_for(user, clock.now())
        record_access(subject_type="accounts.user", subject_id=str(user.public_id), via="sign_in", by=actor)
        return response

    def form_invalid(self, form):
        return self.render_to_response(self.get_context_data(form=form), status=422)


def locked_out(request, _response=None, credentials=None):
    """After five wrong passwords: says for how long, never whether the name exists."""
    at = clock.now()
    username = (credentials or {}).get("username") or request.POST.get("username", "")
    locks = locks_of(username.strip().lower(), at, address=get_client_ip_address(request))
    seconds = max((lock.until - at).total_seconds() for lock in locks) if locks else 60
    context = {"minutes": math.ceil(seconds / 60)}
    response = render(request, "errors/locked_out.html", context, status=429)
    response["Retry-After"] = str(math.ceil(seconds))
    return response


def place_locked(request, wait):
    """Too many wrong passwords from this place, over all names: says for how long."""
    seconds = max(1, math.ceil(wait.total_seconds()))
    context = {"minutes": math.ceil(seconds / 60), "place": True}
    response = render(request, "errors/locked_out.html", context, status=429)
    response["Retry-After"] = str(seconds)
    return response


class AsksPresentPassword:
    """For a form that asks for one's present password: wrong ones are counted, and after some the session ends.

    Tries come one after the other and the count is a row: side by side, each would be the first.
    """

    wrong = False

    def post(self, request, **kwargs):
        user = request.user
        try:
            with one_at_a_time(f"present-password:{user.pk}", patience="3s"):
                # the one before may have ended this very session while we waited
                if not request.session.exists(request.session.session_key):
                    return redirect("accounts:sign_in")
                response = super().post(request, **kwargs)
                if not self.wrong:
                    return response
                if actions.count_wrong_password(user_id=user.pk) < WRONG_PASSWORDS:
                    return response
                actions.forget_wrong_passwords(user_id=user.pk)
                logout(request)
                return redirect("accounts:sign_in")
        except Busy:
            return locked_out(request)


class ChangeOwnPassword(AsksPresentPassword, ScopedFormPage):
    """One's own password. It is the only page for somebody who signed in with a temporary one."""

    form_class = OwnPasswordForm
    title = _("Change your password")
    submit_label = _("Change the password")

    def get_context(self, **extra):
        lead = _("All other places where you are signed in are signed out.")
        if self.request.user.must_change_password:
            lead = _("The password that you signed in with has to be changed. Choose your own; then you can go on.")
        elif self._expired():
            days = settings.PASSWORD_PROFILE.max_age_days
            lead = _("Your password is %(n)s days old or older. Choose another; then you can go on.") % {"n": days}
        return super().get_context(lead=lead, **extra)

    def _expired(self) -> bool:
        return is_expired(self.request.user.password_set_at, self.at, settings.PASSWORD_PROFILE)

    def get_form_kwargs(self):
        return {"user": self.request.user}

    def cancel_url(self):
        return "" if self.request.user.must_change_password or self._expired() else reverse("accounts:me")

    def save(self, form):
        data = form.cleaned_data
        try:
            user = actions.change_own_password(
                user_id=self.request.user.pk,
                old_password=data["old_password"],
                password=data["password"],
                by=self.actor,
                at=self.at,
            )
        except actions.PasswordWrong:
            self.wrong = True
            raise
        actions.forget_wrong_passwords(user_id=user.pk)
        update_session_auth_hash(self.request, user)
        messages.success(self.request, _("Your password is changed."))
        return HttpResponseRedirect(reverse("accounts:me"))


class MyPage(ScopedPage):
    """What I hold and where, in words, and who may hold it; what units recorded of my certificates."""

    title = _("My account")
    template_name = "accounts/me.html"

    def get(self, request):
        at, user = self.at, request.user
        units = Membership.objects.current(at).filter(user=user).select_related("unit").order_by("pk")
        areas = AreaGrant.objects.current(at).filter(user=user).select_related("area").order_by("pk")
        certificates = of_oneself(user, clock.local_date(at))
        return self.answer(person=user, held=in_words([*units, *areas]), certificates=certificates)
