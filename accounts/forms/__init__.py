"""Forms of people and units: they check shape; rules and actions decide."""

import datetime as dt
import unicodedata

import django_filters
from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

from accounts.actions.passwords import readable_password
from accounts.choices import PlaceType, RevealPurpose, RoleScope, UnitKind
from accounts.fields import AreaSelect
from accounts.models import Unit, User
from accounts.queries import awaiting_approval, holding_role, open_units, reach_of, units_found, units_named
from accounts.roles import ROLES, Permission, role_choices
from accounts.validation import password_help
from common import clock
from common.forms import FreeText, PickField
from common.scoping import may


def end_of(day: dt.date | None) -> dt.datetime | None:
    """The midnight in Nanjing that ends a last day; None stays open, as does a day that the calendar ends with."""
    if day is None or day == dt.date.max:
        return None
    return dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), tzinfo=clock.SHANGHAI)


class SignInForm(AuthenticationForm):
    """Name and password. One sentence for every way in which they may be wrong, so that names cannot be guessed."""

    username = forms.CharField(
        label=_("Sign-in name"),
        max_length=64,
        widget=forms.TextInput(
            attrs={"autofocus": True, "autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        max_length=256,  # hashing megabytes would be work that anybody may order
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    error_messages = {
        "invalid_login": _("Sign-in name and password do not belong together. Check both; capital letters count."),
        "inactive": _("Sign-in name and password do not belong together. Check both; capital letters count."),
    }

    def clean_username(self):
        """As names are stored: wrong tries count for the person, however the name is spelt."""
        return self.as_stored(self.cleaned_data["username"])

    @staticmethod
    def as_stored(username: str) -> str:
        # no stored name holds a NUL, and PostgreSQL takes none in a lock's name either
        return unicodedata.normalize("NFKC", username.replace("\0", "")).strip().lower()


class ConfirmForm(forms.Form):
    """Nothing to fill in: the step itself is the question."""


class ApproveForm(ConfirmForm):
    """Which proposal was read: one that came after it is not approved unseen."""

    proposed_at = forms.CharField(widget=forms.HiddenInput, required=False, max_length=40)


class OwnPasswordForm(forms.Form):
    """The old password, the new one, the new one again."""

    old_password = forms.CharField(
        label=_("Present password"),
        strip=False,
        max_length=256,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    password = forms.CharField(
        label=_("New password"),
        strip=False,
        max_length=256,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    password_again = forms.CharField(
        label=_("New password again"),
        strip=False,
        max_length=256,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["password"].help_text = password_help(user)

    def clean_password_again(self):
        again = self.cleaned_data["password_again"]
        if again != self.cleaned_data.get("password", again):
            raise forms.ValidationError(_("The two new passwords differ."), code="password-mismatch")
        return again


def _code_input(**attrs):
    """For the app's six digits and for recovery codes alike: phones offer digits, and the code that a message brought."""
    return forms.TextInput(
        attrs={"autocomplete": "one-time-code", "autocapitalize": "none", "spellcheck": "false", **attrs}
    )


class SecondFactorForm(forms.Form):
    """Where a code of the app or a recovery code is typed."""

    code = forms.CharField(
        label=_("Verification code"),
        max_length=40,
        help_text=_("Six digits from your authenticator app, or one of your recovery codes."),
        widget=_code_input(autofocus=True),
    )


class ConfirmFactorForm(forms.Form):
    """The first code of an app that has just read the secret."""

    code = forms.CharField(
        label=_("Verification code"),
        max_length=20,
        help_text=_("The six digits that the app shows now."),
        widget=_code_input(inputmode="numeric"),
    )


class PresentPasswordForm(forms.Form):
    """Whoever found an open screen sets up nothing."""

    password = forms.CharField(
        label=_("Present password"),
        strip=False,
        max_length=256,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


def _temporary_password_field():
    return forms.CharField(
        label=_("Temporary password"),
        strip=False,
        max_length=256,
        initial=readable_password,
        help_text=_(
            "Hand it over in person or by phone. It leads to one page only, where the person chooses their own."
        ),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "none"}),
    )


class TemporaryPasswordForm(forms.Form):
    password = _temporary_password_field()


class NameForm(forms.Form):
    display_name = FreeText(label=_("Name"), max_length=64)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)


class UnshownInput(forms.TextInput):
    """What is typed here is never sent back, not even to whoever typed it: the page may stay on a screen."""

    shown_again = False

    def __init__(self, **attrs):
        super().__init__(attrs={"autocomplete": "off", "spellcheck": "false", **attrs})

    def get_context(self, name, value, attrs):
        return super().get_context(name, None, attrs)


_KEPT = _("Empty: what is on record stays. What is typed here is not shown again.")


class DetailsForm(forms.Form):
    """A person's phone and identity number."""

    phone = forms.CharField(
        label=_("Phone"), required=False, max_length=40, help_text=_KEPT, widget=UnshownInput(inputmode="tel")
    )
    remove_phone = forms.BooleanField(label=_("Take the phone off the record"), required=False)
    id_number = forms.CharField(
        label=_("Identity number"), required=False, max_length=40, help_text=_KEPT, widget=UnshownInput()
    )
    remove_id_number = forms.BooleanField(label=_("Take the identity number off the record"), required=False)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def clean(self):
        data = super().clean()
        for name in ("phone", "id_number"):
            if data.get(name) and data.get(f"remove_{name}"):
                self.add_error(name, _("Either write a new one or take it off the record."))
        return data

    def values(self) -> dict[str, str | None]:
        """What the action takes: only what was filled in or ticked."""
        data = self.cleaned_data
        return {name: data[name] or None for name in ("phone", "id_number") if data.get(name) or data[f"remove_{name}"]}


class RevealForm(forms.Form):
    purpose = forms.ChoiceField(
        label=_("What do you need it for?"),
        choices=[("", _("choose a purpose")), *RevealPurpose.choices],
        help_text=_("Your name, the moment and the purpose stay in the audit log."),
    )


class FindPersonForm(forms.Form):
    number = forms.CharField(
        label=_("Phone or identity number"),
        max_length=40,
        help_text=_("The whole number. It is not kept, neither here nor in a log."),
        widget=UnshownInput(),
    )


class UnitSelect(forms.ModelChoiceField):
    """One of few units, by public id."""

    def __init__(self, **options):
        super().__init__(queryset=Unit.objects.none(), to_field_name="public_id", empty_label=None, **options)

    def label_from_instance(self, unit):
        return unit.name


_NAME_HELP = _("2 to 64 letters a-z, digits or Chinese characters; . _ @ - may follow the first. Never changes.")


class CreateUserForm(forms.Form):
    """A new person. A unit's administrator says at once where the person works and as what."""

    display_name = FreeText(label=_("Name"), max_length=64, help_text=_("As colleagues call the person."))
    username = forms.CharField(
        label=_("Sign-in name"),
        max_length=64,
        help_text=_NAME_HELP,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )
    unit = UnitSelect(label=_("Unit"))
    role = forms.ChoiceField(label=_("Role"))
    password = _temporary_password_field()

    def __init__(self, *args, actor, **kwargs):
        super().__init__(*args, **kwargs)
        if reach_of(actor, Permission.CREATE_USER).everything:
            del self.fields["unit"], self.fields["role"]
            return
        units = units_to_give_in(actor)
        self.fields["unit"].queryset = units
        self.fields["role"].choices = fitting_roles(units)


class InviteForm(forms.Form):
    """Whom a unit asks in."""

    display_name = FreeText(label=_("Name"), max_length=64, help_text=_("As colleagues call the person."))
    phone = forms.CharField(
        label=_("Phone"),
        max_length=40,
        help_text=_("The person types it again to accept, so that a link in wrong hands is worth nothing."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "tel"}),
    )
    role = forms.ChoiceField(label=_("Role"))

    def __init__(self, *args, unit, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = fitting_roles([unit])


class AcceptForm(forms.Form):
    """Whoever has the link also knows for whom it is."""

    phone = forms.CharField(
        label=_("Your phone number"),
        max_length=40,
        help_text=_("The one that the unit knows."),
        widget=UnshownInput(inputmode="tel"),
    )


class JoinForm(AcceptForm):
    """Somebody new."""

    username = forms.CharField(
        label=_("Sign-in name"),
        max_length=64,
        help_text=_NAME_HELP,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
    )
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        max_length=256,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    password_again = forms.CharField(
        label=_("Password again"),
        strip=False,
        max_length=256,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["password"].help_text = password_help()

    def clean_password_again(self):
        again = self.cleaned_data["password_again"]
        if again != self.cleaned_data.get("password", again):
            raise forms.ValidationError(_("The two passwords differ."), code="password-mismatch")
        return again


# No role is given because somebody forgot to choose one.
_CHOOSE = ("", _("choose a role"))


def units_to_give_in(actor):
    """Open units in which `actor` gives roles, by name."""
    return open_units(actor, Permission.GRANT_UNIT_ROLE).order_by("name", "pk")


def fitting_roles(units=None) -> list[tuple[str, str]]:
    """The unit roles that at least one of these units (None: any) can hold."""
    kinds = set(UnitKind.values) if units is None else {unit.kind for unit in units}
    fitting = [role for role in ROLES.values() if role.scope == RoleScope.UNIT and kinds & set(role.unit_kinds)]
    return [_CHOOSE, *((role.code, role.label) for role in fitting)]


def _last_day_field():
    return forms.DateField(
        label=_("Last day"),
        required=False,
        help_text=_("Empty: until somebody ends it."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


class MembershipForm(forms.Form):
    """A role for a person in a unit: from few units a select, from the whole platform a search."""

    unit = UnitSelect(label=_("Unit"))
    role = forms.ChoiceField(label=_("Role"), help_text=_("Who may hold which role stands below."))
    ends_on = _last_day_field()

    def __init__(self, *args, actor, picker_url, **kwargs):
        super().__init__(*args, **kwargs)
        if reach_of(actor, Permission.GRANT_UNIT_ROLE).everything:
            self.fields["unit"] = PickField(
                label=_("Unit"),
                help_text=_("Credit code or whole name; suggestions come while you type."),
                rows=units_to_give_in(actor),
                find=units_named,
                url=picker_url,
            )
            self.fields["role"].choices = fitting_roles()
        else:
            units = units_to_give_in(actor)
            self.fields["unit"].queryset = units
            self.fields["role"].choices = fitting_roles(units)


def _grant_roles():
    return [
        _CHOOSE,
        (RoleScope.AREA.label, role_choices(RoleScope.AREA)),
        (RoleScope.PLATFORM.label, role_choices(RoleScope.PLATFORM)),
    ]


class GrantForm(forms.Form):
    """A role over an area or the platform."""

    role = forms.ChoiceField(
        label=_("Role"), choices=_grant_roles, help_text=_("Who may hold which role stands below.")
    )
    area = AreaSelect(
        label=_("Area"),
        required=False,
        empty_label=_("the whole platform"),
        help_text=_("Only the platform's own roles go without an area."),
    )
    place_types = forms.MultipleChoiceField(
        label=_("Kinds of places"),
        choices=PlaceType,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Only for officers of an industry department, who see the places of their sector."),
    )
    reference = FreeText(
        label=_("Document"), max_length=120, help_text=_("Number of the letter that assigns the person.")
    )
    ends_on = _last_day_field()


class UnitForm(forms.Form):
    """What is known of a unit."""

    name = FreeText(label=_("Name"), max_length=160, help_text=_("As on the business licence."))
    kind = forms.ChoiceField(label=_("Kind"), choices=UnitKind)
    credit_code = forms.CharField(
        label=_("Unified social credit code"),
        required=False,
        max_length=40,  # typed with blanks; the rule counts
        help_text=_("18 characters. Owners' committees may have none."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )
    area = AreaSelect(label=_("Area"), help_text=_("Where the unit sits; it may work anywhere in the city."))
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def values(self) -> dict:
        """What the actions take."""
        return {name: self.cleaned_data[name] for name in ("name", "kind", "credit_code", "area")}


# --- filters ----------------------------------------------------------------------------------------------------------

NO_ROLE = "NONE"


def _roles_in_lists():
    return [*role_choices(), (NO_ROLE, _("no role"))]


class UserFilter(django_filters.FilterSet):
    """Sign-in name exactly or the beginning of the name; a role that the asker may know of; active or not."""

    q = django_filters.CharFilter(method="called", label=_("Name or sign-in name"))
    role = django_filters.ChoiceFilter(
        method="with_role", choices=lazy(_roles_in_lists, list)(), label=_("Role"), empty_label=_("all")
    )
    active = django_filters.ChoiceFilter(
        method="in_state",
        choices=(("true", _("active")), ("false", _("deactivated"))),
        label=_("State"),
        empty_label=_("all"),
    )
    waiting = django_filters.ChoiceFilter(
        method="for_approval",
        choices=(("true", _("approval of a second administrator")),),
        label=_("Waits for"),
        empty_label=_("all"),
    )

    class Meta:
        model = User
        fields: list = []

    def called(self, queryset, _name, text):
        return queryset.called(text.strip())

    def with_role(self, queryset, _name, role):
        role = "" if role == NO_ROLE else role
        return holding_role(queryset, role, actor=self.request.actor, at=clock.now())

    def in_state(self, queryset, _name, value):
        return queryset.filter(is_active=value == "true")

    def for_approval(self, queryset, _name, _value):
        """For those who propose or approve; to others it is nobody's business, so that it finds nothing."""
        if not may(self.request.actor, Permission.CHANGE_USER):
            return queryset.none()
        return awaiting_approval(queryset, clock.now())


class UnitFilter(django_filters.FilterSet):
    """Credit code, any part of the name or its pinyin; kind; closed or not."""

    q = django_filters.CharFilter(method="called", label=_("Name or credit code"))
    kind = django_filters.ChoiceFilter(choices=UnitKind, label=_("Kind"), empty_label=_("all"))
    closed = django_filters.ChoiceFilter(
        method="in_state",
        choices=(("false", _("open")), ("true", _("closed"))),
        label=_("State"),
        empty_label=_("all"),
    )

    class Meta:
        model = Unit
        fields: list = []

    def called(self, queryset, _name, text):
        return units_found(queryset, text.replace("\0", "").strip())

    def in_state(self, queryset, _name, value):
        return queryset.filter(closed_on__isnull=value != "true")
