from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Subject(models.TextChoices):
    """What an obligation is about; the column that names it."""

    ELEVATOR = "ELEVATOR", _("elevator")
    UNIT = "UNIT", _("unit")
    PERSON = "PERSON", _("person")


class ObligationStatus(models.TextChoices):
    """What facts say of an obligation; whether it is late is a comparison of dates."""

    PENDING = "PENDING", pgettext_lazy("obligation", "to be done")
    MET = "MET", pgettext_lazy("obligation", "done")
    WAIVED = "WAIVED", pgettext_lazy("obligation", "waived")
    SUSPENDED = "SUSPENDED", pgettext_lazy("obligation", "suspended while out of use")
    SUPERSEDED = "SUPERSEDED", pgettext_lazy("obligation", "replaced by another inspection")
    WITHDRAWN = "WITHDRAWN", pgettext_lazy("obligation", "no longer wanted")


class AlertState(models.TextChoices):
    OPEN = "OPEN", pgettext_lazy("alert", "open")
    ACKNOWLEDGED = "ACKNOWLEDGED", pgettext_lazy("alert", "seen")
    RESOLVED = "RESOLVED", pgettext_lazy("alert", "resolved")


class AlertLevel(models.TextChoices):
    """Who has to act, in the order in which nobody acting moves it on."""

    UNIT = "UNIT", _("unit")
    SUBDISTRICT = "SUBDISTRICT", _("subdistrict")
    DISTRICT = "DISTRICT", _("district")
    CITY = "CITY", _("city")


class Severity(models.TextChoices):
    """RED: must not be used until it is done. ORANGE: late by law."""

    RED = "RED", _("red: must not be used")
    ORANGE = "ORANGE", _("orange: late by law")


def action_labels() -> dict:
    """What the audit log calls what this app does (registered at common.action_labels)."""
    return {
        "compliance.acknowledge_alert": _("Alert seen"),
        "compliance.waive_obligation": _("Obligation waived"),
        "compliance.end_waiver": _("Waiver of an obligation ended"),
    }
