from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class InspectionKind(models.TextChoices):
    """What was done. Supervisory inspections follow works; periodic ones and self-tests follow the cycle (inspection.md §1)."""

    INSTALLATION = "INSTALLATION", _("supervisory inspection of an installation")
    ALTERATION = "ALTERATION", _("supervisory inspection of an alteration")
    MAJOR_REPAIR = "MAJOR_REPAIR", _("supervisory inspection of a major repair")
    RELOCATION = "RELOCATION", _("supervisory inspection of a relocation")
    PERIODIC = "PERIODIC", _("periodic inspection")
    SELF_TEST = "SELF_TEST", _("self-test")


class Conclusion(models.TextChoices):
    """What the body concluded, of both generations of rules (inspection.md §4); stored, never reckoned."""

    PASS = "PASS", pgettext_lazy("inspection", "passed")
    PASS_AFTER_RECTIFICATION = "PASS_RECTIFIED", pgettext_lazy("inspection", "passed after rectification")
    RECHECK_PASS = "RECHECK_PASS", pgettext_lazy("inspection", "passed at re-inspection")
    FAIL = "FAIL", pgettext_lazy("inspection", "failed")
    RECHECK_FAIL = "RECHECK_FAIL", pgettext_lazy("inspection", "failed at re-inspection")
    UNSTATED = "UNSTATED", pgettext_lazy("inspection", "not stated by the register")


# An inspection that a register only dates counts as done: the register gives no verdict that we could judge.
CLOSING = frozenset({"PASS", "PASS_RECTIFIED", "RECHECK_PASS", "UNSTATED"})


class CycleMethod(models.TextChoices):
    """How a rule row reckons what is due."""

    INTERVAL = "INTERVAL", _("a fixed number of days after the last inspection")


class ObligationKind(models.TextChoices):
    """The kinds of obligation that this app plans."""

    PERIODIC_INSPECTION = "PERIODIC_INSPECTION", _("periodic inspection")
    SELF_TEST = "SELF_TEST", _("self-test")
