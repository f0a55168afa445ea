"""One's own second factor: the code at the sign-in, setting up an app, recovery codes, taking it away."""

import base64
import math

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_post_parameters
from zxingcpp import BarcodeFormat, create_barcode

from accounts import actions, queries
from accounts.forms import ConfirmFactorForm, PresentPasswordForm, SecondFactorForm
from accounts.gate import Step, next_step, remember_second_factor
from accounts.models import User
from accounts.rules.second_factor import app
from accounts.views.sign_in import AsksPresentPassword
from common.audit import record_access
from common.views import ScopedFormPage

# Which secret the session was shown: another session that merely holds the cookie must not read it.
_SHOWN = "setting_up_factor"
_ASKED = ("GET", "HEAD", "POST")  # whatever else is sent is refused as anywhere


class _FactorForm(ScopedFormPage):
    """Sent twice it counts twice: wrong codes are counted, and what common.idempotency does not redirect it rolls back."""

    @classmethod
    def as_view(cls, **options):
        return sensitive_post_parameters()(super().as_view(**options))

    def post(self, request, **_kwargs):
        return self._work("")

    @property
    def me(self) -> User:
        return self.request.user

    def judged(self, passed: actions.Passed):
        """The page that says how long to wait, or None; raises CodeWrong for a code that does not count."""
        if passed.locked_until is not None:
            return codes_locked(self.request, passed.locked_until - self.at)
        if not passed.accepted:
            raise actions.CodeWrong
        return None


def codes_locked(request, wait):
    context = {"minutes": math.ceil(wait.total_seconds() / 60)}
    response = render(request, "errors/codes_locked.html", context, status=429)
    response["Retry-After"] = str(max(1, math.ceil(wait.total_seconds())))
    return response


class CodePage(_FactorForm):
    """The second step of the sign-in; the session gets a new key with it."""

    template_name = "accounts/second_factor.html"
    form_class = SecondFactorForm
    title = _("Sign in: second step")
    submit_label = _("Go on")

    def dispatch(self, request, *args, **kwargs):
        if request.method in _ASKED and next_step(request) != Step.CODE:
            return HttpResponseRedirect(self.there())
        return super().dispatch(request, *args, **kwargs)

    def there(self) -> str:
        """`next`, if it is an address of ours."""
        wanted = self.request.POST.get("next") or self.request.GET.get("next", "")
        secure = self.request.is_secure()
        ours = url_has_allowed_host_and_scheme(wanted, {self.request.get_host()}, require_https=secure)
        return wanted if ours else reverse(settings.LOGIN_REDIRECT_URL)

    def get_context(self, **extra):
        wanted = self.request.POST.get("next") or self.request.GET.get("next", "")
        return super().get_context(next=wanted, **extra)

    def save(self, form):
        passed = actions.pass_second_factor(
            user_id=self.me.pk, code=form.cleaned_data["code"], by=self.actor, at=self.at
        )
        if locked := self.judged(passed):
            return locked
        remember_second_factor(self.request.session, self.at)
        record_access(
            subject_type="accounts.user", subject_id=str(self.me.public_id), via="second_factor", by=self.actor
        )
        if passed.recovery:
            left = queries.recovery_codes_left(self.me)
            sentence = ngettext(
                "You used a recovery code; %(n)s is left. If the phone is lost, set up another on “My account”.",
                "You used a recovery code; %(n)s are left. If the phone is lost, set up another on “My account”.",
                left,
            )
            messages.warning(self.request, sentence % {"n": left})
        return HttpResponseRedirect(self.there())


class MySecondFactorPage(AsksPresentPassword, _FactorForm):
    """What stands; or the beginning of setting one up, with the present password."""

    template_name = "accounts/my_second_factor.html"
    form_class = PresentPasswordForm
    title = _("Second factor")
    submit_label = _("Set up an app")

    def get_context(self, **extra):
        factor = queries.factor_of(self.me)
        there = factor is not None and factor.confirmed_at is not None
        return super().get_context(
            factor=factor if there else None,
            codes_left=queries.recovery_codes_left(self.me) if there else 0,
            required=queries.needs_second_factor(self.actor),
            **extra,
        )

    def save(self, form):
        try:
            factor = actions.begin_second_factor(
                user_id=self.me.pk, password=form.cleaned_data["password"], by=self.actor, at=self.at
            )
        except actions.PasswordWrong:
            self.wrong = True
            raise
        actions.forget_wrong_passwords(user_id=self.me.pk)
        self.request.session[_SHOWN] = factor.made_at.isoformat()
        return HttpResponseRedirect(reverse("accounts:confirm_second_factor"))


class ConfirmPage(_FactorForm):
    """The secret as a QR code and as text, until a code of the app has come back; then the recovery codes, once."""

    template_name = "accounts/confirm_second_factor.html"
    form_class = ConfirmFactorForm
    title = _("Set up the second factor")
    submit_label = _("Confirm")

    def dispatch(self, request, *args, **kwargs):
        self.factor = queries.factor_of(request.user)
        shown = request.session.get(_SHOWN)
        pending = self.factor is not None and self.factor.confirmed_at is None
        if request.method in _ASKED and (not pending or shown != self.factor.made_at.isoformat()):
            return redirect("accounts:my_second_factor")
        return super().dispatch(request, *args, **kwargs)

    def cancel_url(self):
        return "" if queries.needs_second_factor(self.actor) else reverse("accounts:me")

    def get_context(self, **extra):
        secret = self.factor.secret.reveal()
        account = app(secret).get_provisioning_uri(self.me.username, settings.SECOND_FACTOR_ISSUER)
        return super().get_context(secret=secret, uri=account, picture=qr_picture(account), **extra)

    def save(self, form):
        passed, codes = actions.confirm_second_factor(
            user_id=self.me.pk, code=form.cleaned_data["code"], by=self.actor, at=self.at
        )
        if locked := self.judged(passed):
            return locked
        return show_codes(self, codes)


class RemovePage(_FactorForm):
    """Away with the app, by a code that counts."""

    form_class = SecondFactorForm
    title = _("Remove the authenticator app")
    submit_label = _("Remove it")
    danger = True

    def cancel_url(self):
        return reverse("accounts:my_second_factor")

    @property
    def consequence(self):
        if queries.needs_second_factor(self.actor):
            return _("Your role takes an authenticator app: the next page sets up another one. Recovery codes go too.")
        return _("From then on a password is enough to sign in as you. The recovery codes count no more.")

    def save(self, form):
        passed = actions.remove_second_factor(
            user_id=self.me.pk, code=form.cleaned_data["code"], by=self.actor, at=self.at
        )
        if locked := self.judged(passed):
            return locked
        update_session_auth_hash(self.request, User.objects.get(pk=self.me.pk))
        messages.success(self.request, _("The authenticator app is removed."))
        return HttpResponseRedirect(reverse("accounts:my_second_factor"))


class RecoveryCodesPage(_FactorForm):
    """Ten new ones for a code that counts."""

    form_class = SecondFactorForm
    title = _("New recovery codes")
    submit_label = _("Make new codes")
    consequence = _("The recovery codes that you have now count no more.")

    def cancel_url(self):
        return reverse("accounts:my_second_factor")

    def save(self, form):
        passed, codes = actions.renew_recovery_codes(
            user_id=self.me.pk, code=form.cleaned_data["code"], by=self.actor, at=self.at
        )
        if locked := self.judged(passed):
            return locked
        return show_codes(self, codes)


def show_codes(page, codes):
    """The recovery codes, in the answer to this one request; the session goes on under a new key."""
    user = User.objects.get(pk=page.request.user.pk)
    update_session_auth_hash(page.request, user)
    remember_second_factor(page.request.session, page.at)
    page.request.session.pop(_SHOWN, None)
    return render(page.request, "accounts/recovery_codes.html", {"title": _("Recovery codes"), "codes": codes})


def qr_picture(text: str) -> str:
    """A QR code as an address that the page carries itself: nobody else ever sees what it says."""
    svg = create_barcode(text, BarcodeFormat.QRCode, ec_level="M").to_svg(add_quiet_zones=True)
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()
