"""The audit log: its filters, and the list as it may be taken out."""

import contextlib
import datetime as dt
import uuid

import django_filters
from django import forms
from django.db.models import Case, OuterRef, Q, Subquery, TextField, UUIDField, When
from django.db.models.functions import Cast, Coalesce
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import ApiClient, Unit, User
from accounts.queries import units_found
from accounts.roles import Permission
from common.action_labels import actions_called
from common.actor import ActorKind
from common.clock import SHANGHAI
from common.exports.columns import Column, Form
from common.exports.kinds import ExportKind
from common.hooks import ACTION_LABELS
from common.models import AuditRecord

KIND = "common.audit"


def midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), tzinfo=SHANGHAI)


def _day(value: dt.date) -> None:
    if not 2000 <= value.year <= 2199:
        raise forms.ValidationError(forms.DateField.default_error_messages["invalid"], code="day")


def day_filter(method, label):
    widget = forms.DateInput(attrs={"type": "date"})
    return django_filters.DateFilter(method=method, label=label, widget=widget, validators=[_day])


class LedgerFilter(django_filters.FilterSet):
    """Rows of a ledger by day in Nanjing and by who acted."""

    since = day_filter("from_day", _("From"))
    until = day_filter("to_day", _("To"))
    actor = django_filters.CharFilter(method="by_actor", label=_("Who: sign-in name or id"), max_length=64)

    def from_day(self, rows, _name, day):
        return rows.filter(recorded_at__gte=midnight(day))

    def to_day(self, rows, _name, day):
        return rows.filter(recorded_at__lt=midnight(day + dt.timedelta(days=1)))

    def by_actor(self, rows, _name, text):
        text = text.replace("\0", "").strip()
        user = User.objects.named(text).first()
        return rows.filter(actor_id=str(user.public_id) if user is not None else text)


class AuditFilter(LedgerFilter):
    """When, who, what they did, about what, for which unit."""

    action = django_filters.CharFilter(
        method="of_action", label=_("Action: in words, or the beginning of its code"), max_length=64
    )
    subject = django_filters.CharFilter(method="about", label=_("About: id of the record"), max_length=64)
    unit = django_filters.CharFilter(
        method="for_unit", label=_("Acting unit: part of the name, or code"), max_length=160
    )

    class Meta:
        model = AuditRecord
        fields: list = []

    def of_action(self, rows, _name, text):
        text = text.replace("\0", "").strip()
        return rows.filter(Q(action__in=actions_called(text)) | Q(action__startswith=text))

    def about(self, rows, _name, text):
        text = text.replace("\0", "").strip()
        with contextlib.suppress(ValueError):
            text = str(uuid.UUID(text))
        return rows.filter(subject_id=text)

    def for_unit(self, rows, _name, text):
        units = units_found(Unit.objects.all(), text.replace("\0", "").strip())
        return rows.filter(acting_unit_id__in=units.values("pk"))


_PUBLIC_ID = r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"


def _name_of(kind: ActorKind, model, field: str) -> When:
    """The name of an actor of one kind, looked up by its id."""
    rows = model.objects.filter(public_id=Cast(OuterRef("actor_id"), UUIDField()))
    return When(actor_kind=kind, actor_id__regex=_PUBLIC_ID, then=Subquery(rows.values(field)[:1]))


def _who():
    """Whoever acted as the page calls them; the id, where nobody of that id is known."""
    named = Case(
        _name_of(ActorKind.PERSON, User, "display_name"),
        _name_of(ActorKind.API_CLIENT, ApiClient, "name"),
        output_field=TextField(),
    )
    return Coalesce(named, Cast("actor_id", TextField()))


def _action_words() -> dict:
    """{code: name} of every action, for the file."""
    return {name: label for registration in ACTION_LABELS for name, label in registration.answer().items()}


def _changes():
    return Cast("changes", TextField())


def audit_export() -> ExportKind:
    """The audit log (registered at common.export_kinds)."""
    return _KIND


_KIND = ExportKind(
    label=_("Audit log"),
    permission=Permission.VIEW_AUDIT,
    columns=(
        Column("recorded_at", _("When"), Form.MOMENT, width=20),
        Column("action", _("Action"), Form.CODE, width=32),
        Column("action_words", _("Action in words"), Form.CHOICE, source="action", choices=_action_words, width=32),
        Column("subject_type", _("Kind of record"), Form.CODE, width=24),
        Column("subject_id", _("Record"), Form.CODE, width=38),
        Column("actor_kind", _("Kind of actor"), Form.CODE, width=12),
        Column("actor", _("Who"), Form.TEXT, source=_who, width=20),
        Column("actor_id", _("Id of who"), Form.CODE, width=38),
        Column("acting_unit_id", _("Acting unit"), Form.INTEGER),
        Column("changes", _("Changes"), Form.TEXT, source=_changes, width=60),
        Column("request_id", _("Reference number"), Form.CODE, width=38),
    ),
    rows=AuditRecord.objects.all,
    filter_class=AuditFilter,
    list_url=lambda: reverse("accounts:audit"),
    file_word=pgettext_lazy("file name", "audit-log"),
)
