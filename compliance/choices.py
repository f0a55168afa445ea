from django.db import models
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _


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
    MISSED = "MISSED", pgettext_lazy("obligation", "missed for good")


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


class HazardGrade(models.TextChoices):
    GENERAL = "GENERAL", _("general hazard")
    LARGER = "LARGER", _("larger hazard")
    MAJOR = "MAJOR", _("major hazard")


class HazardState(models.TextChoices):
    FOUND = "FOUND", pgettext_lazy("hazard", "reported")
    CONFIRMED = "CONFIRMED", pgettext_lazy("hazard", "to be mended")
    CLAIMED_FIXED = "CLAIMED_FIXED", pgettext_lazy("hazard", "said to be mended")
    CLOSED = "CLOSED", pgettext_lazy("hazard", "mended and verified")
    REJECTED = "REJECTED", pgettext_lazy("hazard", "no hazard")


class HazardSource(models.TextChoices):
    """Who found it (oversight.md §2: one ledger for every source)."""

    INSPECTION = "INSPECTION", _("inspection")
    SPOT_CHECK = "SPOT_CHECK", _("spot check")
    USING_UNIT = "USING_UNIT", _("using unit")
    MAINTENANCE = "MAINTENANCE", _("maintenance")
    INSURER = "INSURER", _("insurer")
    IOT = "IOT", _("monitoring")
    COMPLAINT = "COMPLAINT", _("complaint")
    RESCUE = "RESCUE", _("96333 rescue")


class HazardStepKind(models.TextChoices):
    FIND = "find", pgettext_lazy("hazard", "reported")
    AGAIN = "again", pgettext_lazy("hazard", "reported again, with photographs")
    CONFIRM = "confirm", pgettext_lazy("hazard", "confirmed")
    REJECT = "reject", pgettext_lazy("hazard", "not a hazard")
    CLAIM = "claim", pgettext_lazy("hazard", "said to be mended")
    SEND_BACK = "send_back", pgettext_lazy("hazard", "sent back")
    VERIFY = "verify", pgettext_lazy("hazard", "verified and closed")
    EXTEND = "extend", pgettext_lazy("hazard", "extended")
    RAISE = "raise", pgettext_lazy("hazard", "grade raised")
    LOWER = "lower", pgettext_lazy("hazard", "grade lowered by two officers")
    PROPOSE_LOWER = "propose_lower", pgettext_lazy("hazard", "lower grade proposed")


class DutyRole(models.TextChoices):
    """The three whom a using unit names (SAMR Order 74, chapter 6)."""

    HEAD = "HEAD", _("head of the unit")
    DIRECTOR = "DIRECTOR", _("safety director")
    OFFICER = "OFFICER", _("safety officer")


class DutyKind(models.TextChoices):
    """What is filed: by the officer each day, by the director each week, by the head each month."""

    DAILY_CHECK = "DAILY_CHECK", _("daily check")
    WEEKLY_REVIEW = "WEEKLY_REVIEW", _("weekly review")
    MONTHLY_MEETING = "MONTHLY_MEETING", _("monthly meeting")


# besides what is filed: that somebody is named at all
DIRECTOR_NAMED, OFFICER_NAMED = "DIRECTOR_NAMED", "OFFICER_NAMED"


class CheckFrequency(models.TextChoices):
    DAILY = "DAILY", _("daily")
    WEEKLY = "WEEKLY", _("weekly")
    MONTHLY = "MONTHLY", _("monthly")


class RiskScope(models.TextChoices):
    """Which elevators an item of a risk list is about."""

    ALL = "ALL", _("all elevators")
    CARS = "CARS", _("elevators with a car")
    ESCALATORS = "ESCALATORS", _("escalators and walkways")


class RiskListState(models.TextChoices):
    DRAFT = "DRAFT", pgettext_lazy("risk list", "draft")
    APPROVED = "APPROVED", pgettext_lazy("risk list", "approved")


class Topic(models.TextChoices):
    """What sort of news it is; each is told at its own hour (compliance.rules.telling)."""

    SOON = "SOON", _("due soon")
    OPENED = "OPENED", _("overdue since today")
    ESCALATED = "ESCALATED", _("alert moved on")
    RESOLVED = "RESOLVED", _("alert resolved")
    HAZARD = "HAZARD", _("hazard found")
    HAZARD_LATER = "HAZARD_LATER", _("more time for a hazard")
    HAZARD_BACK = "HAZARD_BACK", _("hazard not mended yet")
    HAZARD_MEND = "HAZARD_MEND", _("hazard to be mended")
    HAZARD_YES = "HAZARD_YES", _("own report confirmed")
    HAZARD_NO = "HAZARD_NO", _("own report taken for no hazard")
    DAY = "DAY", _("still overdue")
    WEEK = "WEEK", _("summary of the week")


class Audience(models.TextChoices):
    """For whom summaries are made."""

    UNITS = "UNITS", _("units, each day")
    AREAS = "AREAS", _("areas, each week")


class ComplaintSource(models.TextChoices):
    PUBLIC_PAGE = "PUBLIC_PAGE", _("public page")
    HOTLINE = "HOTLINE", _("hotline")
    UNIT = "UNIT", pgettext_lazy("complaint", "entered by a unit")
    OPEN311 = "OPEN311", _("another platform (Open311)")


class ComplaintState(models.TextChoices):
    RECEIVED = "RECEIVED", pgettext_lazy("complaint", "nobody answers yet")
    ASSIGNED = "ASSIGNED", pgettext_lazy("complaint", "to be answered")
    RETURNED = "RETURNED", pgettext_lazy("complaint", "answer sent back")
    ANSWERED = "ANSWERED", pgettext_lazy("complaint", "to be reviewed")
    REVIEWED = "REVIEWED", pgettext_lazy("complaint", "reviewed")
    CLOSED = "CLOSED", pgettext_lazy("complaint", "closed")
    DUPLICATE = "DUPLICATE", pgettext_lazy("complaint", "joined to another")
    TRANSFERRED = "TRANSFERRED", pgettext_lazy("complaint", "passed on")


class Answerer(models.TextChoices):
    """Who answers a complaint of a category, at the moment when it comes."""

    USING_UNIT = "USING_UNIT", _("using unit")
    MAINTENANCE_UNIT = "MAINTENANCE_UNIT", _("maintenance unit")
    REGULATOR = "REGULATOR", _("regulator")


class ForwardingState(models.TextChoices):
    """How far a complaint is on its way to a platform outside."""

    QUEUED = "QUEUED", pgettext_lazy("forwarding", "waits to be sent")
    SENT = "SENT", pgettext_lazy("forwarding", "taken over there")
    CLOSED = "CLOSED", pgettext_lazy("forwarding", "closed there")
    GIVEN_UP = "GIVEN_UP", pgettext_lazy("forwarding", "not taken over")


class ComplaintStepKind(models.TextChoices):
    FILE = "file", pgettext_lazy("complaint", "received")
    ASSIGN = "assign", pgettext_lazy("complaint", "given to who answers")
    MOVE = "move", pgettext_lazy("complaint", "handed on with the elevator")
    ANSWER = "answer", pgettext_lazy("complaint", "answered")
    RETURN = "return", pgettext_lazy("complaint", "answer sent back")
    REVIEW = "review", pgettext_lazy("complaint", "reviewed")
    CLOSE = "close", pgettext_lazy("complaint", "closed")
    DUPLICATE = "duplicate", pgettext_lazy("complaint", "joined to another")
    TRANSFER = "transfer", pgettext_lazy("complaint", "passed on")
    TAKE_BACK = "take_back", pgettext_lazy("complaint", "taken back from outside")
    RATE = "rate", pgettext_lazy("complaint", "rated by who complained")


class WaiverKind(models.TextChoices):
    """WAIVED: silent from one day to another. POSTPONED: to be done, but only by a later day."""

    WAIVED = "WAIVED", pgettext_lazy("waiver", "waived for a time")
    POSTPONED = "POSTPONED", pgettext_lazy("waiver", "postponed to a day")


class WaiverStepKind(models.TextChoices):
    GRANT = "grant", pgettext_lazy("waiver", "granted")
    BEGIN = "begin", pgettext_lazy("waiver", "begins")
    END = "end", pgettext_lazy("waiver", "ends: it is owed again")
    REVOKE = "revoke", pgettext_lazy("waiver", "revoked: it is owed again")


class RiskBand(models.TextChoices):
    """How an elevator stands, the worst first (oversight.md §4). NONE: not in use, so not rated."""

    RED = "RED", pgettext_lazy("risk band", "red")
    ORANGE = "ORANGE", pgettext_lazy("risk band", "orange")
    YELLOW = "YELLOW", pgettext_lazy("risk band", "yellow")
    GREEN = "GREEN", pgettext_lazy("risk band", "green")
    NONE = "NONE", pgettext_lazy("risk band", "not rated: not in use")


class RiskFact(models.TextChoices):
    """What a band may follow from."""

    OVERDUE = "OVERDUE", pgettext_lazy("risk", "overdue by law")
    DUE_SOON = "DUE_SOON", pgettext_lazy("risk", "last days")
    HAZARD = "HAZARD", pgettext_lazy("risk", "open hazard")
    HAZARD_LATE = "HAZARD_LATE", pgettext_lazy("risk", "hazard not mended in time")
    NO_USING_UNIT = "NO_USING_UNIT", pgettext_lazy("risk", "no using unit answers for it")
    NO_MAINTENANCE_UNIT = "NO_MAINTENANCE_UNIT", pgettext_lazy("risk", "no maintenance unit answers for it")


def action_labels() -> dict:
    """What the audit log calls what this app does (registered at common.action_labels)."""
    return {
        "compliance.alert": _("alert"),
        "compliance.obligation": _("what is due"),
        "compliance.acknowledge_alert": _("Alert seen"),
        "compliance.remind_units": _("Units reminded"),
        "compliance.reminderrun": _("reminder of units"),
        "compliance.make_feed": _("Calendar address made"),
        "compliance.revoke_feed": _("Calendar address revoked"),
        "compliance.calendarfeed": _("calendar address"),
        "compliance.report_hazard": _("Hazard reported"),
        "compliance.hazard_step": _("Step of a hazard"),
        "compliance.waive_obligation": _("Obligation waived"),
        "compliance.end_waiver": _("Waiver of an obligation ended"),
        "compliance.waiver": _("waiver of an obligation"),
        "compliance.unitonduty": _("safety duties of a unit"),
        "compliance.dutyappointment": _("appointment under Order 74"),
        "compliance.dutyrecord": _("record of a safety duty"),
        "compliance.risklist": _("risk-control list"),
        "compliance.riskitem": _("line of a risk-control list"),
        "compliance.appoint": _("Person appointed for safety"),
        "compliance.dismiss": _("Appointment for safety ended"),
        "compliance.bind_elevators": _("Elevators bound to a safety officer"),
        "compliance.draft_risk_list": _("Risk-control list drafted"),
        "compliance.change_risk_item": _("Item of a risk-control list changed"),
        "compliance.approve_risk_list": _("Risk-control list approved"),
        "compliance.file_duty": _("Record of a safety duty filed"),
        "compliance.hazard": _("hazard"),
        "compliance.complaint": _("complaint"),
        "compliance.riskscore": _("risk band"),
        "compliance.file_complaint": _("Complaint received"),
        "compliance.complaint_step": _("Step of a complaint"),
        "compliance.outsideplatform": _("platform outside (Open311)"),
        "compliance.forwarding": _("complaint forwarded outside"),
        "compliance.enter_platform": _("Platform outside entered or changed"),
        "compliance.disable_platform": _("Platform outside disabled"),
        "compliance.forward_complaint": _("Complaint forwarded outside"),
        "compliance.forward_again": _("Complaint forwarded outside again"),
        "compliance.reveal_contact": _("Phone of somebody who complained looked at"),
    }


def period_words(period: str) -> str:
    """A period as people say it: an ISO week by its number, a day or a month as it is."""
    year, is_week, number = period.partition(" ")[0].partition("-W")
    return gettext("week %(week)s of %(year)s") % {"week": int(number), "year": year} if is_week else year
