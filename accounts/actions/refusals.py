"""What the actions of this app say no with: stable codes for machines, sentences for people."""

from django.utils.translation import gettext_lazy as _

from accounts.rules import Unfit
from common.errors import NotPermitted, Refusal


class NameTaken(Refusal):
    code = "name-taken"
    status = 409
    field = "username"
    message = _("Somebody else signs in with this name. Choose another.")


class NameUnfit(Refusal):
    code = "name-unfit"
    field = "username"
    message = _("2 to 64 letters a-z, digits or Chinese characters; . _ @ - may follow the first. No blanks.")


class PasswordWeak(Refusal):
    code = "password-weak"
    field = "password"


class PasswordSame(Refusal):
    code = "password-same"
    field = "password"
    message = _("This is the password you have now. Choose another.")


class PasswordWrong(Refusal):
    code = "password-wrong"
    field = "old_password"
    message = _("This is not your present password.")


class Oneself(Refusal):
    code = "oneself"
    status = 403
    message = _("Nobody gives, takes, unlocks or deactivates anything of their own. Ask another administrator.")


class Takeover(Refusal):
    code = "takeover"
    status = 403
    message = _(
        "The password of an administrator is set by another holder of the same role. "
        "If there is none, the operator of the server sets it there."
    )


class NotYours(NotPermitted):
    """The permission is there, but not for this unit, area or role."""

    code = "not-yours-to-give"
    message = _("You may give and take roles in your own units only.")


class SecondNeeded(Refusal):
    code = "second-needed"
    status = 409
    message = _("This person holds an office. Propose the password; another administrator has to approve it.")


class Inactive(Refusal):
    code = "person-inactive"
    status = 409
    message = _("This person is deactivated. Reactivate them first.")


class LastAdministrator(Refusal):
    code = "last-administrator"
    status = 409
    message = _("Nobody would be left who can give roles here. Name another administrator first.")


class RoleUnfit(Refusal):
    """A role that does not fit the unit, area or person; `code` names why."""

    code = "role-unfit"
    field = "role"

    REASONS = {
        "role": (_("This role is not given in this way."), "role"),
        "unit_kind": (_("A unit of this kind does not have this role."), "role"),
        "area": (_("This role is held over an area. Choose one."), "area"),
        "area_kind": (_("This role is not held over an area of this kind."), "area"),
        "no_area": (_("This role is held over the whole platform. Leave the area empty."), "area"),
        "place_types": (_("This role is limited to kinds of places. Choose at least one."), "place_types"),
        "no_place_types": (_("This role is not limited to kinds of places. Leave them empty."), "place_types"),
        "enters": (
            _("Whoever gives roles over the platform enters nobody in a unit. End the other role first."),
            "role",
        ),
        "apart": (
            _("System, security and audit administrator are three different people. End the other role first."),
            "role",
        ),
    }

    def __init__(self, unfit: Unfit):
        message, field = self.REASONS[unfit.reason]
        super().__init__(message, field=field)
        self.code = f"role-unfit-{unfit.reason.replace('_', '-')}"


class PeriodBackwards(Refusal):
    code = "period-backwards"
    field = "ends_on"
    message = _("The last day must not lie in the past.")


class HeldAlready(Refusal):
    code = "held-already"
    status = 409
    field = "role"
    message = _("The person holds this role here already, until another day. End that first.")


class CreditCodeUnfit(Refusal):
    code = "credit-code-unfit"
    field = "credit_code"

    REASONS = {
        "length": _("A unified social credit code has 18 characters. Count them; leave out blanks and hyphens."),
        "character": _(
            "Only digits and capital letters without I, O, S, V and Z. Look for O instead of 0, I instead of 1."
        ),
        "check": _("The last character does not fit the others (GB 32100). Compare each with the business licence."),
    }

    def __init__(self, reason: str):
        super().__init__(self.REASONS[reason])
        self.code = f"credit-code-{reason}"


class CreditCodeTaken(Refusal):
    code = "credit-code-taken"
    status = 409
    field = "credit_code"
    message = _(
        "Another unit has this code. Search for it in the list of units; if it is not there, ask the regulator."
    )


class AreaOutOfReach(Refusal):
    code = "area-out-of-reach"
    field = "area"
    message = _("You may add units in your own city only.")


class UnitClosed(Refusal):
    code = "unit-closed"
    status = 409
    message = _("This unit is closed.")


class UnitNeeded(Refusal):
    """A closing that would leave something without anybody who answers for it; the message lists what."""

    code = "unit-needed"
    status = 409


class KindInUse(Refusal):
    code = "kind-in-use"
    status = 409
    field = "kind"
    message = _("Somebody holds a role here that a unit of the new kind does not have. End it first.")
