"""Filters of the access log and of sign-ins."""

import datetime as dt

import django_filters
from axes.models import AccessFailureLog
from django.utils.translation import gettext_lazy as _

from accounts.choices import VIA
from accounts.forms import SignInForm
from accounts.forms.audit import LedgerFilter, day_filter, midnight
from common.models import AccessRecord

OUTCOMES = (("failed", _("refused")), ("in", _("signed in")))


class AccessFilter(LedgerFilter):
    """When, who, and how it was read."""

    via = django_filters.ChoiceFilter(choices=tuple(VIA.items()), label=_("How"), empty_label=_("all"))

    class Meta:
        model = AccessRecord
        fields: list = []


class SignInFilter(django_filters.FilterSet):
    """When, which name; `outcome` chooses the table and is the page's to read."""

    outcome = django_filters.ChoiceFilter(
        method="as_it_is", choices=OUTCOMES, label=_("Outcome"), empty_label=None, null_label=None
    )
    since = day_filter("from_day", _("From"))
    until = day_filter("to_day", _("To"))
    person = django_filters.CharFilter(method="named", label=_("Sign-in name"), max_length=64)

    class Meta:
        model = AccessFailureLog
        fields: list = []

    def as_it_is(self, rows, _name, _value):
        return rows

    def from_day(self, rows, _name, day):
        return rows.filter(attempt_time__gte=midnight(day))

    def to_day(self, rows, _name, day):
        return rows.filter(attempt_time__lt=midnight(day + dt.timedelta(days=1)))

    def named(self, rows, _name, text):
        return rows.filter(username=SignInForm.as_stored(text))
