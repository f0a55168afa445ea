from django.db import models
from django.utils.translation import gettext_lazy as _


class SupervisionKind(models.TextChoices):
    INSTALLATION = "INSTALLATION", _("installation")
    ALTERATION = "ALTERATION", _("alteration")
    MAJOR_REPAIR = "MAJOR_REPAIR", _("major repair")
    RELOCATION = "RELOCATION", _("relocated and installed anew")


class RuleGeneration(models.TextChoices):
    T7001_2023 = "T7001_2023", _("under TSG T7001-2023")
    EARLIER = "EARLIER", _("under an earlier rule")


class InspectionKind(models.TextChoices):
    PERIODIC = "PERIODIC", _("periodic inspection")
    SELF_TEST = "SELF_TEST", _("self-test")
    BRAKE_TEST = "BRAKE_TEST", _("brake test with 125 percent load")
    GOVERNOR_CHECK = "GOVERNOR_CHECK", _("governor check")
    RESTART_INSPECTION = "RESTART_INSPECTION", _("inspection before re-use")


class Verdict(models.TextChoices):
    PASSED = "PASSED", _("passed")
    PASSED_AFTER_RECTIFICATION = "PASSED_AFTER_RECTIFICATION", _("passed after rectification")
    FAILED = "FAILED", _("not passed")
    PASSED_ON_REINSPECTION = "PASSED_ON_REINSPECTION", _("passed on re-inspection")
    FAILED_ON_REINSPECTION = "FAILED_ON_REINSPECTION", _("failed on re-inspection")
    UNSTATED = "UNSTATED", _("verdict not stated")


class ItemSign(models.TextChoices):
    MEETS = "MEETS", _("meets the requirement")
    DOES_NOT = "DOES_NOT", _("does not meet it")
    RECTIFIED = "RECTIFIED", _("meets it after rectification")
    NOT_APPLICABLE = "NOT_APPLICABLE", _("not applicable")


class DueState(models.TextChoices):
    """How an obligation stands (domain notes §6), the first that holds."""

    SUSPENDED = "SUSPENDED", _("suspended while out of use")
    SUPERSEDED = "SUPERSEDED", _("ended without being done")
    WAIVED = "WAIVED", _("waived by a major repair")
    SATISFIED = "SATISFIED", _("settled by the inspection before re-use")
    DONE_ON_TIME = "DONE_ON_TIME", _("done on time")
    DONE_LATE = "DONE_LATE", _("done late")
    FAILED = "FAILED", _("failed, not to be used")
    OVERDUE = "OVERDUE", _("overdue")
    APPLY_LATE = "APPLY_LATE", _("application is late")
    APPLY_NOW = "APPLY_NOW", _("apply now")
    OPEN = "OPEN", _("can be done now")
    FUTURE = "FUTURE", _("not yet open")


class ReportKind(models.TextChoices):
    """What a report is about: works that were supervised, or an inspection of the cycle."""

    INSTALLATION = "INSTALLATION", _("supervisory inspection of an installation")
    ALTERATION = "ALTERATION", _("supervisory inspection of an alteration")
    MAJOR_REPAIR = "MAJOR_REPAIR", _("supervisory inspection of a major repair")
    RELOCATION = "RELOCATION", _("supervisory inspection of a relocation")
    PERIODIC = "PERIODIC", _("periodic inspection")
    SELF_TEST = "SELF_TEST", _("self-test")
    BRAKE_TEST = "BRAKE_TEST", _("brake test with 125 percent load")
    GOVERNOR_CHECK = "GOVERNOR_CHECK", _("governor check")
    RESTART_INSPECTION = "RESTART_INSPECTION", _("inspection before re-use")


class ApplicationState(models.TextChoices):
    APPLIED = "APPLIED", _("applied for")
    APPOINTED = "APPOINTED", _("appointment made")
    DONE = "DONE", _("inspected")
    DECLINED = "DECLINED", _("declined by the body")
    WITHDRAWN = "WITHDRAWN", _("withdrawn by the unit")
    GONE = "GONE", _("ended: the elevator was scrapped or deregistered")


class ApplicationKind(models.TextChoices):
    """Obligations that somebody applies for (rules.applications.KINDS)."""

    PERIODIC_INSPECTION = "PERIODIC_INSPECTION", _("periodic inspection")
    RESTART_INSPECTION = "RESTART_INSPECTION", _("inspection before re-use")
    BRAKE_TEST = "BRAKE_TEST", _("brake test with 125 percent load")


def application_labels() -> dict:
    """What the audit log and the access log call applications (registered at common.action_labels)."""
    return {
        "inspection.application": _("application for an inspection"),
        "inspection.apply": _("Inspection applied for"),
        "inspection.appoint": _("Day of an inspection appointed"),
        "inspection.decline": _("Application for an inspection declined"),
        "inspection.withdraw_application": _("Application for an inspection withdrawn"),
        "inspection.application_gone": _("Application for an inspection ended with its elevator"),
        "inspection.application_done": _("Application for an inspection done"),
        "inspection.reopen_application": _("Application for an inspection counts again, its report was corrected"),
        "inspection.reveal_contact": _("Phone of an application for an inspection looked at"),
    }


def action_labels() -> dict:
    """What the audit log and the access log call what this app does (registered at common.action_labels)."""
    return {
        "inspection.report": _("report of an inspection"),
        "inspection.bodylicence": _("licence of an inspection body"),
        "inspection.windowoverride": _("order that moves inspections"),
        "inspection.testerexcess": _("tests of a tester beyond the limit"),
        "inspection.file_report": _("Report of an inspection filed"),
        "inspection.import_reports": _("Reports of inspections filed from a file"),
        "inspection.record_licence": _("Licence of an inspection body entered"),
        "inspection.withdraw_licence": _("Licence of an inspection body withdrawn"),
        "inspection.order_windows": _("Order that moves inspections entered"),
        "inspection.withdraw_windows": _("Order that moves inspections withdrawn"),
        "inspection.lawrow": _("row of law"),
        "inspection.lawproposal": _("proposed row of law"),
        "inspection.propose_law": _("Row of law proposed"),
        "inspection.approve_law": _("Row of law approved"),
        "inspection.refuse_law": _("Proposed row of law ended"),
        "inspection.lapse_law": _("Proposed row of law lapsed"),
        "inspection.settle_excess": _("Tests of a tester beyond the limit looked into"),
    }


class AssessmentState(models.TextChoices):
    APPLIED = "APPLIED", _("assessment applied for")
    ASSIGNED = "ASSIGNED", _("with the body")
    REPORTED = "REPORTED", _("report filed, to be decided")
    DECIDED = "DECIDED", _("decided")
    FUNDED = "FUNDED", _("money assured")
    WORKING = "WORKING", _("works under way")
    ACCEPTED = "ACCEPTED", _("works accepted")
    CLOSED = "CLOSED", _("closed")
    CANCELLED = "CANCELLED", _("cancelled")


class AssessmentStepKind(models.TextChoices):
    APPLY = "apply", _("Assessment applied for")
    ASSIGN = "assign", _("Given to a body")
    REPORT = "report", _("Assessment report filed")
    DECIDE = "decide", _("Decision taken")
    VOTE = "vote", _("Owners' vote entered")
    FUND = "fund", _("Money entered")
    WORKS = "works", _("Works begun")
    ACCEPT = "accept", _("Works accepted")
    CLOSE = "close", _("Assessment closed")
    CANCEL = "cancel", _("Assessment cancelled")


class AssessmentReason(models.TextChoices):
    """Why an elevator should be assessed. `CROWDED`: our reading of "other crowded places"; `FAULTS`: a high fault rate, which is
    counted from hazards on record."""

    AGE = "AGE", _("old, in a public place")
    CROWDED = "CROWDED", _("old, in another crowded place")
    FAULTS = "FAULTS", _("many hazards on record")
    REQUEST = "REQUEST", _("the unit asks for it")


class AssessmentDecision(models.TextChoices):
    KEEP = "KEEP", _("keep it, with measures")
    REPAIR = "REPAIR", _("repair")
    MODERNISE = "MODERNISE", _("modernise")
    REPLACE = "REPLACE", _("replace")


class FundSource(models.TextChoices):
    MAINTENANCE_FUND = "MAINTENANCE_FUND", _("maintenance fund of the building")
    OWNERS = "OWNERS", _("owners")
    SUBSIDY = "SUBSIDY", _("subsidy")
    OTHER = "OTHER", _("other source")


class FundState(models.TextChoices):
    PLANNED = "PLANNED", _("planned")
    REQUESTED = "REQUESTED", _("asked for")
    ASSURED = "ASSURED", _("assured")
    REFUSED = "REFUSED", _("refused")


class VoteOutcome(models.TextChoices):
    NONE = "NONE", _("not asked yet")
    PASSED = "PASSED", _("the owners agreed")
    REJECTED = "REJECTED", _("the owners did not agree")
    NOT_RECORDED = "NOT_RECORDED", _("no vote on record")


class RiskClass(models.TextChoices):
    I = "I", _("class I")  # noqa: E741 - the class's own name
    II = "II", _("class II")
    III = "III", _("class III")


def assessment_labels() -> dict:
    """What the audit log and the access log call safety assessments (registered at common.action_labels)."""
    return {
        "inspection.assessment": _("safety assessment"),
        "inspection.assessment_apply": _("Safety assessment applied for"),
        "inspection.assessment_step": _("Step of a safety assessment"),
    }
