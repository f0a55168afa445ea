from django.db import models
from django.utils.translation import gettext_lazy as _


class AreaKind(models.TextChoices):
    CITY = "CITY", _("city")
    DISTRICT = "DISTRICT", _("district")
    MANAGEMENT = "MANAGEMENT", _("management area")
    SUBDISTRICT = "SUBDISTRICT", _("subdistrict")


class UnitKind(models.TextChoices):
    PROPERTY_MANAGER = "PROPERTY_MANAGER", _("property manager")
    OWNERS_COMMITTEE = "OWNERS_COMMITTEE", _("owners' committee")
    OTHER_USING_UNIT = "OTHER_USING_UNIT", _("other using unit")
    MAINTENANCE_UNIT = "MAINTENANCE_UNIT", _("maintenance unit")
    INSPECTION_BODY = "INSPECTION_BODY", _("inspection body")
    INSURER = "INSURER", _("insurer")
    MANUFACTURER = "MANUFACTURER", _("manufacturer")
    INSTALLER = "INSTALLER", _("installer")
    IOT_OPERATOR = "IOT_OPERATOR", _("IoT operator")
    RESCUE_STATION = "RESCUE_STATION", _("rescue station")
    REGULATOR = "REGULATOR", _("regulator")
    INDUSTRY_DEPARTMENT = "INDUSTRY_DEPARTMENT", _("industry department")


USING_KINDS = (UnitKind.PROPERTY_MANAGER, UnitKind.OWNERS_COMMITTEE, UnitKind.OTHER_USING_UNIT)


class PlaceType(models.TextChoices):
    """What kind of place an elevator serves; also what an industry department's grant is limited to."""

    RESIDENTIAL = "RESIDENTIAL", _("dwelling")
    OFFICE = "OFFICE", _("office building")
    MALL = "MALL", _("mall or shop")
    HOTEL = "HOTEL", _("hotel or restaurant")
    HOSPITAL = "HOSPITAL", _("hospital")
    SCHOOL = "SCHOOL", _("school")
    TRANSPORT = "TRANSPORT", _("station or airport")
    METRO = "METRO", _("metro")
    CULTURE_SPORT = "CULTURE_SPORT", _("culture or sport")
    CARE_HOME = "CARE_HOME", _("care home")
    INDUSTRIAL = "INDUSTRIAL", _("factory or warehouse")
    GOVERNMENT = "GOVERNMENT", _("public authority")
    OTHER = "OTHER", _("other place")


class RoleScope(models.TextChoices):
    UNIT = "UNIT", _("unit")
    AREA = "AREA", _("area")
    PLATFORM = "PLATFORM", _("whole platform")


class RevealPurpose(models.TextChoices):
    """What somebody may want a person's phone or identity number for; it stays on record."""

    REACH = "REACH", _("reach the person about their work")
    EMERGENCY = "EMERGENCY", _("reach the person in an emergency")
    IDENTITY = "IDENTITY", _("check who the person is before setting a password or giving a role")
    CERTIFICATE = "CERTIFICATE", _("compare with a certificate or contract")
    REQUEST = "REQUEST", _("answer the person's own request about their data")
    AUTHORITY = "AUTHORITY", _("answer a written request of an authority")


class CertificateKind(models.TextChoices):
    """What somebody must hold to do a piece of work on elevators, or to supervise or inspect it."""

    ELEVATOR_WORK = "ELEVATOR_WORK", _("elevator worker (item T)")
    SAFETY_MANAGEMENT = "SAFETY_MANAGEMENT", _("safety management of special equipment (item A)")
    INSPECTOR = "INSPECTOR", _("elevator inspector")


class CertificateState(models.TextChoices):
    UPCOMING = "UPCOMING", _("not valid yet")
    VALID = "VALID", _("valid")
    EXPIRING = "EXPIRING", _("expires soon")
    EXPIRED = "EXPIRED", _("expired")
    WITHDRAWN = "WITHDRAWN", _("withdrawn")


# What the audit log's actions of this app are called on a person's or a unit's page.
# How something was read, as the access log keeps it.
VIA = {
    "page": _("on a page"),
    "api": _("over the interface"),
    "number": _("found by a number"),
    "sign_in": _("signed in with the password"),
    "second_factor": _("second step of the sign-in"),
}

ACTION_LABELS = {
    # records that the access log names
    "accounts.apiclient": _("machine"),
    "accounts.certificate": _("certificate of a person"),
    "accounts.unit": _("unit"),
    "accounts.user": _("person"),
    "accounts.sign_ins": _("list of sign-ins"),
    "accounts.create_user": _("entered"),
    "accounts.change_user": _("renamed"),
    "accounts.deactivate_user": _("deactivated"),
    "accounts.reactivate_user": _("reactivated"),
    "accounts.set_temporary_password": _("temporary password set"),
    "accounts.propose_password": _("temporary password proposed"),
    "accounts.approve_password": _("proposed password approved"),
    "accounts.change_own_password": _("own password changed"),
    "accounts.confirm_second_factor": _("second factor set up"),
    "accounts.remove_second_factor": _("second factor removed"),
    "accounts.renew_recovery_codes": _("new recovery codes made"),
    "accounts.use_recovery_code": _("recovery code used"),
    "accounts.lock_second_factor": _("second factor locked after wrong codes"),
    "accounts.propose_factor_reset": _("reset of the second factor proposed"),
    "accounts.approve_factor_reset": _("second factor reset"),
    "accounts.end_sessions": _("sessions ended"),
    "accounts.invite": _("somebody invited"),
    "accounts.withdraw_invitation": _("invitation withdrawn"),
    "accounts.accept_invitation": _("invitation accepted"),
    "accounts.unlock": _("sign-in unlocked"),
    "accounts.set_personal_details": _("phone or identity number written"),
    "accounts.reveal_personal_details": _("phone and identity number looked at"),
    "accounts.record_certificate": _("certificate recorded"),
    "accounts.withdraw_certificate": _("certificate withdrawn"),
    "accounts.reveal_certificate_number": _("number of a certificate looked at"),
    "accounts.add_membership": _("role in a unit given"),
    "accounts.end_membership": _("role in a unit ended"),
    "accounts.grant_area": _("role over an area or the platform given"),
    "accounts.end_grant": _("role over an area or the platform ended"),
    "accounts.create_client": _("machine entered"),
    "accounts.change_client": _("machine changed"),
    "accounts.revoke_client": _("machine revoked"),
    "accounts.issue_secret": _("secret issued"),
    "accounts.revoke_secret": _("secret revoked"),
    "accounts.issue_token": _("token issued"),
    "accounts.request_verification": _("verification of the ledgers asked for"),
    "accounts.verify_ledgers": _("ledgers verified"),
    "accounts.create_unit": _("entered"),
    "accounts.change_unit": _("changed"),
    "accounts.close_unit": _("closed"),
    "accounts.remove_unit": _("unit of an undone import removed"),
    "accounts.create_area": _("area entered"),
    "accounts.change_area": _("area changed"),
    "accounts.import_people": _("people brought in from a file"),
    "accounts.import_units": _("units brought in from a file"),
}


def action_labels() -> dict:
    """Registered at common.hooks.ACTION_LABELS."""
    return ACTION_LABELS


# Sources of the shipped rows of law, as components/source.html shows them translated.
SOURCES = (
    _("TSG Z6001-2019, from memory: valid for 4 years, renewal asked for a month before the end"),
    _("rules for inspectors were not at hand: the certificate itself says how long it holds"),
    _("our own: nobody needs them any more"),
    _("our own: nobody asks back after the end (PIPL art. 47)"),
    _("our own: a draft is nobody's record, what is filed stays"),
    _("our own: the owner has two weeks after being told"),
    _("Cybersecurity Law art. 21: network logs at least six months"),
    _("PIPL art. 47: deleted when the purpose ends; three years for claims (Civil Code art. 188)"),
)
