"""People: the list, one person, entering, renaming, stopping, passwords and locks."""

from django.contrib import messages
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts import actions, queries
from accounts.forms import ApproveForm, ConfirmForm, CreateUserForm, NameForm, TemporaryPasswordForm, UserFilter
from accounts.gate import mark_half_signed_in
from accounts.models import User
from accounts.roles import Permission
from common import clock
from common.scoping import may
from common.views import ScopedDetailPage, ScopedFormPage, ScopedListPage


def person_url(user) -> str:
    return reverse("accounts:person", args=[user.public_id])


class PeopleListPage(ScopedListPage):
    """Everybody for the platform's administrators; the people of one's own units for a unit's administrator."""

    permission = Permission.VIEW_USER
    template_name = "accounts/user_list.html"
    title = _("People")
    queryset = User.objects.all()
    filter_class = UserFilter
    row_template = "accounts/_user_row.html"
    caption = _("People that you see")
    columns = (
        {"label": _("Name")},
        {"label": _("Sign-in name")},
        {"label": _("Roles")},
        {"label": _("State")},
        {"label": _("Last sign-in"), "wide": True},
    )

    def decorate(self, queryset):
        return queries.with_seen_roles(queryset, actor=self.actor, at=self.at)

    def get_context(self, **extra):
        for person in extra["page"].rows:
            person.held = queries.in_words([*person.seen_memberships, *person.seen_grants])
        return super().get_context(
            may_create=may(self.actor, Permission.CREATE_USER),
            may_find=may(self.actor, Permission.REVEAL_DETAILS),
            **extra,
        )


class PersonPage(ScopedDetailPage):
    """One person: state, roles as far as one may know them, history for auditors."""

    permission = Permission.VIEW_USER
    template_name = "accounts/user_detail.html"
    queryset = User.objects.select_related("details")

    def get_context(self, **extra):
        person, at = self.object, self.at
        oneself = self.actor.id == str(person.public_id)
        memberships = queries.memberships_seen(self.actor, at).filter(user=person)
        grants = queries.grants_seen(self.actor, at).filter(user=person)
        may_change = not oneself and may(self.actor, Permission.CHANGE_USER)
        factor = queries.factor_of(person)
        sessions = list(queries.sessions_of(person, at)) if may(self.actor, Permission.END_SESSIONS) else []
        mark_half_signed_in(sessions, has_second_factor=factor is not None and factor.confirmed_at is not None)
        return super().get_context(
            person=person,
            oneself=oneself,
            memberships=queries.in_words(memberships),
            grants=queries.in_words(grants),
            sees_grants=queries.reach_of(self.actor, Permission.VIEW_USER).everything,
            may_change=may_change,
            may_set_password=may_change and may(self.actor, Permission.SET_PASSWORD),
            may_approve=not oneself and may(self.actor, Permission.APPROVE_PASSWORD),
            proposal=queries.proposal_for(person, at) if may(self.actor, Permission.CHANGE_USER) else None,
            may_end_sessions=may(self.actor, Permission.END_SESSIONS),
            sessions=sessions,
            factor=factor,
            reset=queries.reset_proposed(person, at) if may(self.actor, Permission.CHANGE_USER) else None,
            may_give=not oneself and may(self.actor, Permission.GRANT_UNIT_ROLE),
            may_grant=not oneself and may(self.actor, Permission.GRANT_ANY_ROLE),
            details=getattr(person, "details", None),
            may_change_details=person.is_active and may(self.actor, Permission.CHANGE_DETAILS),
            may_reveal_details=may(self.actor, Permission.REVEAL_DETAILS),
            may_see_units=may(self.actor, Permission.VIEW_UNIT),
            locks=queries.locks_of(person.username, at) if may_change else [],
            code_lock=queries.code_lock_of(person, at) if may_change else None,
            events=queries.history(person) if may(self.actor, Permission.VIEW_AUDIT) else None,
            **extra,
        )


class CreateUserPage(ScopedFormPage):
    """Enter a person. A unit's administrator gives the first role with it; the system administrator gives none."""

    permission = Permission.CREATE_USER
    form_class = CreateUserForm
    title = _("Enter a person")
    submit_label = _("Enter the person")

    def get_form_kwargs(self):
        return {"actor": self.actor}

    def cancel_url(self):
        return reverse("accounts:people")

    def save(self, form):
        data = form.cleaned_data
        at = self.at
        person = actions.create_user(
            username=data["username"],
            display_name=data["display_name"],
            temporary_password=data["password"],
            by=self.actor,
            at=at,
        )
        if "unit" in data:
            actions.add_membership(user_id=person.pk, unit=data["unit"], role=data["role"], by=self.actor, at=at)
        messages.success(
            self.request, _("%(name)s is entered and can sign in with the temporary password.") % {"name": person}
        )
        return HttpResponseRedirect(person_url(person))


class OfPersonPage(ScopedFormPage):
    """A step about one person whom the platform's administrators see."""

    queryset = User.objects.all()
    view_permission = Permission.VIEW_USER
    permission = Permission.CHANGE_USER
    done = ""

    def cancel_url(self):
        return person_url(self.object)

    def get_context(self, **extra):
        return super().get_context(lead=f"{self.object.display_name} · {self.object.username}", **extra)

    def finish(self):
        messages.success(self.request, self.done % {"name": self.object})
        return HttpResponseRedirect(person_url(self.object))


class ChangeUserPage(OfPersonPage):
    """Change how a person is called on screen."""

    form_class = NameForm
    title = _("Change the name")
    submit_label = _("Save the name")
    done = _("The name is saved.")

    def get_form_kwargs(self):
        return {"initial": {"display_name": self.object.display_name, "version": self.object.version}}

    def save(self, form):
        actions.change_user(
            user_id=self.object.pk,
            display_name=form.cleaned_data["display_name"],
            version=form.cleaned_data["version"],
            by=self.actor,
            at=self.at,
        )
        return self.finish()


class DeactivateUserPage(OfPersonPage):
    """Stop a person: says first how many roles end."""

    form_class = ConfirmForm
    title = _("Deactivate a person")
    submit_label = _("Deactivate")
    danger = True
    done = _("%(name)s is deactivated.")

    @property
    def consequence(self):
        memberships = queries.memberships_seen(self.actor, self.at).filter(user=self.object).count()
        count = memberships + queries.grants_seen(self.actor, self.at).filter(user=self.object).count()
        return ngettext(
            "%(name)s is signed out everywhere at once and can no longer sign in. %(n)s role ends. "
            "Reactivating later does not bring it back.",
            "%(name)s is signed out everywhere at once and can no longer sign in. %(n)s roles end. "
            "Reactivating later does not bring them back.",
            count,
        ) % {"name": self.object, "n": count}

    def save(self, form):
        actions.deactivate_user(user_id=self.object.pk, by=self.actor, at=self.at)
        return self.finish()


class ReactivateUserPage(OfPersonPage):
    """Let a person sign in again, without any role."""

    form_class = ConfirmForm
    title = _("Reactivate a person")
    submit_label = _("Reactivate")
    done = _("%(name)s can sign in again and holds no role yet.")

    @property
    def consequence(self):
        return gettext(
            "%(name)s can sign in again with the old password, and holds no role until somebody gives one."
        ) % {"name": self.object}

    def save(self, form):
        actions.reactivate_user(user_id=self.object.pk, by=self.actor, at=self.at)
        return self.finish()


class SetPasswordPage(OfPersonPage):
    """A temporary password, proposed by the form; it is shown here and nowhere again."""

    form_class = TemporaryPasswordForm
    permission = Permission.SET_PASSWORD
    title = _("Set a temporary password")
    submit_label = _("Set the password")
    done = _("The temporary password of %(name)s is set.")
    proposed = _("The password of %(name)s waits for the approval of a security administrator, for 24 hours.")

    @property
    def consequence(self):
        if queries.takes_two(self.object, self.at):
            return gettext(
                "%(name)s holds an office, so a security administrator has to approve this password within 24 hours. "
                "Until then nothing changes. Write it down before you go on: it is not shown again."
            ) % {"name": self.object}
        return gettext(
            "%(name)s is signed out everywhere at once. The old password no longer works. "
            "Write the new one down before you go on: it is not shown again."
        ) % {"name": self.object}

    def save(self, form):
        password = form.cleaned_data["password"]
        if queries.takes_two(self.object, self.at):
            actions.propose_temporary_password(
                user_id=self.object.pk, temporary_password=password, by=self.actor, at=self.at
            )
            self.done = self.proposed
        else:
            actions.set_temporary_password(
                user_id=self.object.pk, temporary_password=password, by=self.actor, at=self.at
            )
        return self.finish()


class ApprovePasswordPage(OfPersonPage):
    """The second of two administrators: lets a password count that another one proposed."""

    form_class = ApproveForm
    permission = Permission.APPROVE_PASSWORD
    title = _("Approve a temporary password")
    submit_label = _("Approve the password")
    done = _("The temporary password of %(name)s is set.")

    def get_form_kwargs(self):
        proposal = queries.proposal_for(self.object, self.at)
        return {"initial": {"proposed_at": proposal.proposed_at.isoformat() if proposal else ""}}

    @property
    def consequence(self):
        proposal = queries.proposal_for(self.object, self.at)
        if proposal is None:
            return actions.NothingProposed.message
        return gettext(
            "%(proposer)s proposed it on %(date)s at %(time)s. %(name)s is signed out everywhere at once. Approve only when "
            "%(name)s has told you in person or by phone that they asked for it."
        ) % {
            "proposer": proposal.proposed_by,
            "date": f"{proposal.proposed_at.astimezone(clock.SHANGHAI):%Y-%m-%d}",
            "time": f"{proposal.proposed_at.astimezone(clock.SHANGHAI):%H:%M}",
            "name": self.object,
        }

    def save(self, form):
        read = form.cleaned_data["proposed_at"]
        actions.approve_password(user_id=self.object.pk, by=self.actor, at=self.at, proposed_at=read)
        return self.finish()


class UnlockPage(OfPersonPage):
    """Forget the wrong passwords that keep somebody from signing in."""

    form_class = ConfirmForm
    title = _("Unlock the sign-in")
    submit_label = _("Unlock")
    done = _("%(name)s can sign in again at once.")

    @property
    def consequence(self):
        return gettext(
            "The wrong passwords and codes typed for this name are forgotten. "
            "Unlock only when %(name)s says that they typed them."
        ) % {"name": self.object}

    def save(self, form):
        actions.unlock(user_id=self.object.pk, by=self.actor, at=self.at)
        return self.finish()
