from django.db import models
from django.utils.translation import gettext_lazy as _


class RegistrationState(models.TextChoices):
    UNREGISTERED = "UNREGISTERED", _("not registered")
    IN_USE = "IN_USE", _("in use")
    OUT_OF_USE = "OUT_OF_USE", _("out of use")
    SCRAPPED = "SCRAPPED", _("scrapped")
    DEREGISTERED = "DEREGISTERED", _("deregistered")
    # its import was undone: kept because ledgers point at it, seen by nobody
    WITHDRAWN = "WITHDRAWN", _("withdrawn with its import")


# The states that an elevator can be seen in: what forms, filters and counts offer.
STATES_SEEN = [state for state in RegistrationState if state != RegistrationState.WITHDRAWN]


class FlagKind(models.TextChoices):
    SEALED = "SEALED", _("sealed by the regulator")
    RELOCATING = "RELOCATING", _("being relocated")
    CHANGING = "CHANGING", _("registration being changed")
    DISMANTLED = "DISMANTLED", _("dismantled")


class CoordSource(models.TextChoices):
    GPS = "GPS", _("GPS (WGS84)")
    GCJ02 = "GCJ02", _("converted from GCJ-02")
    BD09 = "BD09", _("converted from BD-09")
    GEOCODED = "GEOCODED", _("from the address")
    MANUAL = "MANUAL", _("placed by hand")
    REGISTER = "REGISTER", _("from the source register (WGS84)")


class ResponsibilityRole(models.TextChoices):
    USING_UNIT = "USING_UNIT", _("using unit")
    MAINTENANCE_UNIT = "MAINTENANCE_UNIT", _("maintenance unit")
    INSPECTION_BODY = "INSPECTION_BODY", _("inspection body")
    INSURER = "INSURER", _("insurer")
    MANUFACTURER = "MANUFACTURER", _("manufacturer")
    INSTALLER = "INSTALLER", _("installer")
    IOT_OPERATOR = "IOT_OPERATOR", _("IoT operator")
    RESCUER = "RESCUER", _("rescue unit")


# Of these an elevator has at most one at any instant (exclusion constraint).
EXCLUSIVE_ROLES = (ResponsibilityRole.USING_UNIT, ResponsibilityRole.MAINTENANCE_UNIT)


class LifeEventKind(models.TextChoices):
    IMPORTED = "IMPORTED", _("entered from a register")
    CREATED = "CREATED", _("entered by hand")
    CHANGED = "CHANGED", _("details changed")
    STATE_CHANGED = "STATE_CHANGED", _("registration state changed")
    FLAGGED = "FLAGGED", _("flag set")
    UNFLAGGED = "UNFLAGGED", _("flag lifted")
    RESPONSIBILITY_STARTED = "RESPONSIBILITY_STARTED", _("responsibility began")
    RESPONSIBILITY_ENDED = "RESPONSIBILITY_ENDED", _("responsibility ended")
    CORRECTED = "CORRECTED", _("earlier entry corrected")
    WITHDRAWN = "WITHDRAWN", _("withdrawn with its import")
    IMPORT_UNDONE = "IMPORT_UNDONE", _("an import was undone")


class IssueKind(models.TextChoices):
    MISSING = "MISSING", _("missing")
    MALFORMED = "MALFORMED", _("malformed")
    DOUBTFUL = "DOUBTFUL", _("doubtful")


class IssueState(models.TextChoices):
    OPEN = "OPEN", _("open")
    RESOLVED = "RESOLVED", _("corrected")
    ACCEPTED = "ACCEPTED", _("right as it stands")
