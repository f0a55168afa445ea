"""Units: the list, one unit, entering, changing, closing."""

from django.contrib import messages
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts import actions, queries
from accounts.forms import ConfirmForm, UnitFilter, UnitForm
from accounts.models import Membership, Unit
from accounts.roles import Permission
from common.scoping import may
from common.views import ScopedDetailPage, ScopedFormPage, ScopedListPage


def unit_url(unit) -> str:
    return reverse("accounts:unit", args=[unit.public_id])


class UnitListPage(ScopedListPage):
    """Own units; the units of the city for those who work for it."""

    permission = Permission.VIEW_UNIT
    template_name = "accounts/unit_list.html"
    title = _("Units")
    queryset = Unit.objects.all()
    filter_class = UnitFilter
    row_template = "accounts/_unit_row.html"
    caption = _("Units that you see")
    columns = (
        {"label": _("Name")},
        {"label": _("Kind")},
        {"label": _("Unified social credit code")},
        {"label": _("Area")},
        {"label": _("State")},
    )

    def decorate(self, queryset):
        return queryset.select_related("area")

    def get_context(self, **extra):
        return super().get_context(may_create=may(self.actor, Permission.CHANGE_UNIT), **extra)


class UnitPage(ScopedDetailPage):
    """One unit: what is known of it; its people for those who manage them; history for auditors."""

    permission = Permission.VIEW_UNIT
    template_name = "accounts/unit_detail.html"
    queryset = Unit.objects.select_related("area")
    most_people = 200

    def get_context(self, **extra):
        unit, at = self.object, self.at
        changeable = Unit.objects.visible_to(self.actor, Permission.CHANGE_UNIT).filter(pk=unit.pk)
        people = (
            Membership.objects.visible_to(self.actor, Permission.VIEW_USER)
            .unfinished(at)
            .filter(unit=unit)
            .select_related("user", "unit")
            .order_by("role", "pk")
        )
        invites = Unit.objects.visible_to(self.actor, Permission.INVITE).filter(pk=unit.pk, closed_on=None)
        may_invite = may(self.actor, Permission.INVITE) and invites.exists()
        sees_people = may(self.actor, Permission.VIEW_USER)
        return super().get_context(
            unit=unit,
            may_change=may(self.actor, Permission.CHANGE_UNIT) and changeable.exists(),
            may_invite=may_invite,
            invitations=queries.open_invitations(unit, at) if may_invite else [],
            may_remove=may_invite or queries.reach_of(self.actor, Permission.GRANT_UNIT_ROLE).everything,
            me=self.actor.id,
            sees_people=sees_people,
            people=queries.in_words(people[: self.most_people]) if sees_people else [],
            events=queries.history(unit) if may(self.actor, Permission.VIEW_AUDIT) else None,
            **extra,
        )


class CreateUnitPage(ScopedFormPage):
    """Enter a unit of one's own city."""

    permission = Permission.CHANGE_UNIT
    form_class = UnitForm
    title = _("Enter a unit")
    submit_label = _("Enter the unit")

    def cancel_url(self):
        return reverse("accounts:units")

    def save(self, form):
        unit = actions.create_unit(values=form.values(), by=self.actor, at=self.at)
        messages.success(self.request, _("%(name)s is entered.") % {"name": unit})
        return HttpResponseRedirect(unit_url(unit))


class OfUnitPage(ScopedFormPage):
    """A step about one unit."""

    permission = Permission.CHANGE_UNIT
    view_permission = Permission.VIEW_UNIT
    queryset = Unit.objects.select_related("area")

    def cancel_url(self):
        return unit_url(self.object)

    def get_context(self, **extra):
        return super().get_context(lead=self.object.name, **extra)


class ChangeUnitPage(OfUnitPage):
    """Correct what is known of a unit."""

    form_class = UnitForm
    title = _("Change the unit")
    submit_label = _("Save the changes")

    def get_form_kwargs(self):
        unit = self.object
        initial = {
            "name": unit.name,
            "kind": unit.kind,
            "credit_code": unit.credit_code,
            "area": unit.area.code,
            "version": unit.version,
        }
        return {"initial": initial}

    def save(self, form):
        actions.change_unit(
            unit_id=self.object.pk,
            values=form.values(),
            version=form.cleaned_data["version"],
            by=self.actor,
            at=self.at,
        )
        messages.success(self.request, _("The changes are saved."))
        return HttpResponseRedirect(unit_url(self.object))


class CloseUnitPage(OfUnitPage):
    """Close a unit for good: says first how many people lose their role in it."""

    form_class = ConfirmForm
    title = _("Close the unit")
    submit_label = _("Close it for good")
    danger = True

    @property
    def consequence(self):
        count = Membership.objects.unfinished(self.at).filter(unit=self.object).count()
        return ngettext(
            "%(name)s is closed at once and cannot be opened again. %(n)s role in it ends.",
            "%(name)s is closed at once and cannot be opened again. %(n)s roles in it end.",
            count,
        ) % {"name": self.object, "n": count}

    def save(self, form):
        actions.close_unit(unit_id=self.object.pk, by=self.actor, at=self.at)
        messages.success(self.request, _("%(name)s is closed.") % {"name": self.object})
        return HttpResponseRedirect(unit_url(self.object))
