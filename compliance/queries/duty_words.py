"""What a using unit's safety duties are called among what is due."""

from django.utils.translation import gettext_lazy as _

from compliance.choices import DIRECTOR_NAMED, OFFICER_NAMED, DutyKind
from compliance.signals import KindSpec

DUTY_KINDS = (
    KindSpec(DutyKind.DAILY_CHECK, _("daily check"), _("daily check missed"), _("File the check.")),
    KindSpec(DutyKind.WEEKLY_REVIEW, _("weekly review"), _("weekly review missed"), _("File the review.")),
    KindSpec(DutyKind.MONTHLY_MEETING, _("monthly meeting"), _("monthly meeting missed"), _("File the minutes.")),
    KindSpec(DIRECTOR_NAMED, _("safety director to be appointed"), _("no safety director"), _("Appoint one.")),
    KindSpec(
        OFFICER_NAMED, _("elevators to be bound to an officer"), _("elevators without safety officer"), _("Bind them.")
    ),
)
