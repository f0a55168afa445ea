"""A person's phone and identity number: writing, showing for a purpose, finding somebody by one of them."""

from django.http import HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters

from accounts import actions, queries
from accounts.forms import DetailsForm, FindPersonForm, RevealForm
from accounts.models import User
from accounts.roles import Permission
from accounts.views.people import OfPersonPage, person_url
from common.audit import record_access
from common.errors import Refusal
from common.views import ScopedFormPage


class NobodyFound(Refusal):
    code = "nobody-found"
    field = "number"
    message = _("Nobody whom you see has this number.")


class _Unlogged(ScopedFormPage):
    """What is typed stays out of error reports as well."""

    @classmethod
    def as_view(cls, **options):
        return sensitive_post_parameters()(super().as_view(**options))


class ChangeDetailsPage(_Unlogged, OfPersonPage):
    """Write, replace or take away; what is on record is only hinted at."""

    queryset = User.objects.select_related("details")
    form_class = DetailsForm
    permission = Permission.CHANGE_DETAILS
    title = _("Change phone and identity number")
    done = _("The numbers of %(name)s are saved.")

    def get_form_kwargs(self):
        details = getattr(self.object, "details", None)
        return {"initial": {"version": details.version if details else 0}}

    def save(self, form):
        actions.set_personal_details(
            user_id=self.object.pk,
            values=form.values(),
            version=form.cleaned_data["version"] or 0,
            by=self.actor,
            at=self.at,
        )
        return self.finish()


class RevealDetailsPage(OfPersonPage):
    """Asks what for, writes it down, shows the numbers in the answer to this one request."""

    form_class = RevealForm
    permission = Permission.REVEAL_DETAILS
    title = _("Show phone and identity number")
    submit_label = _("Show them")

    def post(self, request, **_kwargs):
        """Not once per form (common.idempotency rolls back what ends in no redirect): each look is one and on record."""
        return self._work("")

    def save(self, form):
        revealed = actions.reveal_personal_details(
            user_id=self.object.pk, purpose=form.cleaned_data["purpose"], by=self.actor, at=self.at
        )
        context = {"title": self.title, "person": self.object, "revealed": revealed}
        return render(self.request, "accounts/details_revealed.html", context)


class FindPersonPage(_Unlogged):
    """Whose number is this? Sent by POST, so that it stands in no address, history or log."""

    form_class = FindPersonForm
    permission = Permission.REVEAL_DETAILS
    template_name = "accounts/find_person.html"
    most = 20  # who share the telephone of an office
    title = _("Find a person by number")
    submit_label = _("Find")

    def cancel_url(self):
        return reverse("accounts:people")

    def post(self, request, **_kwargs):
        """Looking for somebody changes nothing, so it may be sent twice; only the access log is written."""
        return self._work("")

    def save(self, form):
        people = User.objects.visible_to(self.actor, self.permission).order_by("pk")
        found = list(queries.people_numbered(people, form.cleaned_data["number"])[: self.most])
        if not found:
            raise NobodyFound
        for person in found:
            record_access(subject_type="accounts.user", subject_id=str(person.public_id), via="number", by=self.actor)
        if len(found) == 1:
            return HttpResponseRedirect(person_url(found[0]))
        return self.answer(found=found, form=self.get_form(), submit_label=self.submit_label, form_kind="primary")
