"""Forms of messages: they check shape; actions decide."""

import django_filters
from django import forms
from django.utils.translation import gettext_lazy as _

from common.forms import FreeText
from common.messages.actions import offered_channels
from common.messages.choices import Channel, DeliveryState, Group
from common.messages.rules import USUAL_CHANNELS, Preferences
from common.models import Delivery, Message

NOBODY = ("NOBODY", _("nobody to reach"))  # of those given up: apart, so that what is broken is seen


class MessageFilter(django_filters.FilterSet):
    """What of the inbox to show."""

    unread = django_filters.ChoiceFilter(
        method="only_unread", label=_("Show"), choices=[("yes", _("unread only"))], empty_label=_("all messages")
    )

    class Meta:
        model = Message
        fields: list = []

    def only_unread(self, rows, _name, _value):
        return rows.unread()


class DeliveryFilter(django_filters.FilterSet):
    """Deliveries by what became of them and by their way."""

    state = django_filters.ChoiceFilter(
        label=_("State"), method="of_state", choices=[*DeliveryState.choices, NOBODY], empty_label=_("all")
    )
    channel = django_filters.ChoiceFilter(label=_("Way"), choices=Channel.choices, empty_label=_("all"))

    class Meta:
        model = Delivery
        fields: list = []

    def of_state(self, rows, _name, value):
        if value == DeliveryState.GIVEN_UP:
            return rows.failed()
        return rows.reached_nobody() if value == NOBODY[0] else rows.filter(state=value)


class PreferencesForm(forms.Form):
    """Ways for each group, quiet hours, one summary a day or each message at once."""

    quiet_from = forms.TimeField(label=_("Quiet from"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    quiet_until = forms.TimeField(
        label=_("Quiet until"),
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        help_text=_("In these hours nothing but emergencies reaches you. The same time twice: no quiet hours."),
    )
    digest_hour = forms.TypedChoiceField(
        label=_("Daily summary"),
        required=False,
        coerce=int,
        empty_value=None,
        choices=[("", _("none: each message at once")), *((hour, f"{hour:02d}:00") for hour in range(24))],
        help_text=_("Emergencies come at once all the same."),
    )

    def __init__(self, *args, chosen: Preferences, **options):
        super().__init__(*args, **options)
        offered = offered_channels()
        labels = dict(Channel.choices)
        for group in Group if offered else ():
            self.fields[f"channels_{group.value}"] = forms.MultipleChoiceField(
                label=group.label,
                required=False,
                widget=forms.CheckboxSelectMultiple,
                choices=[(name, labels[name]) for name in offered],
                initial=list((chosen.channels or {}).get(group, USUAL_CHANNELS.get(group, ()))),
            )
        self.order_fields([name for name in self.fields if name.startswith("channels_")])
        self.initial |= {
            "quiet_from": chosen.quiet_from,
            "quiet_until": chosen.quiet_until,
            "digest_hour": "" if chosen.digest_hour is None else chosen.digest_hour,
        }

    def values(self) -> dict:
        given = self.cleaned_data
        return {
            "channels": {group: given.get(f"channels_{group}", []) for group in Group.values},
            **{name: given[name] for name in ("quiet_from", "quiet_until", "digest_hour")},
        }


class WebhookForm(forms.Form):
    """What a webhook is called, where it leads, what it is told."""

    name = FreeText(label=_("Name"), max_length=80, help_text=_("The program and where it runs. No names of people."))
    url = forms.CharField(
        label=_("Address"),
        max_length=400,
        widget=forms.URLInput(attrs={"autocomplete": "off", "placeholder": "https://"}),
        help_text=_(
            "The platform sends a POST there for each message. No passwords in it: the address is shown and recorded."
        ),
    )
    groups = forms.MultipleChoiceField(
        label=_("What it is told"), choices=Group.choices, widget=forms.CheckboxSelectMultiple
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def values(self) -> dict:
        return {name: self.cleaned_data[name] for name in ("name", "url", "groups")}


class CreateWebhookForm(WebhookForm):
    """A new one says whose it is. `units`: {public id: (key, name)} of those for which one may."""

    unit = forms.ChoiceField(label=_("Unit"))
    field_order = ["unit"]

    def __init__(self, *args, units: dict, **options):
        super().__init__(*args, **options)
        self.units = units
        self.fields["unit"].choices = [(public_id, name) for public_id, (_key, name) in units.items()]

    def values(self) -> dict:
        return {"unit_id": self.units[self.cleaned_data["unit"]][0], **super().values()}
