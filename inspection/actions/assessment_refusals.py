"""Why a step of a safety assessment cannot be taken, by name."""

from django.utils.translation import gettext_lazy as _

from common.errors import Refusal


class AssessmentStanding(Refusal):
    code = "assessment-there"
    status = 409
    field = "elevator"
    message = _("An assessment of this elevator is under way. Go on with that one.")


class NotInUse(Refusal):
    code = "assessment-not-in-use"
    status = 409
    field = "elevator"
    message = _("Only elevators in use are assessed. Look at its registration first.")


class BodyUnknown(Refusal):
    code = "assessment-body"
    field = "body"
    message = _("This unit is no inspection body, or has closed. Choose one of the list.")


class ReportNumberTaken(Refusal):
    code = "assessment-number-taken"
    status = 409
    field = "number"
    message = _("The body has filed another report with this number. Compare it with the printed one.")


class ProofMissing(Refusal):
    code = "assessment-proof"
    field = "document"
    message = _("Name what proves it: a supervisory inspection report, or a document of the e-file.")


class ProofOfOther(Refusal):
    code = "assessment-proof-of-other"
    field = "document"
    message = _("This is no standing paper of this elevator. Choose one of the list.")


class StepRefused(Refusal):
    """A step that cannot be taken now or not with these words."""

    WORDS = {
        "not_now": (None, _("This cannot be done at the present step. Reload the page: somebody may have gone on with it.")),
        "kept": (None, _("It was decided to keep the elevator: nothing has to be paid. Close the assessment.")),
        "to_be_built": (None, _("Works were decided. They have to be paid, done and accepted before it can be closed.")),
        "no_cost": ("cost", _("Say what it is estimated to cost, in yuan: the money is looked for by it.")),
        "no_measures": ("measures", _("Say with which measures it is kept, and who takes them.")),
        "day_after_today": ("day", _("This day has not come yet. Enter it when it has happened.")),
        "before_report": ("day", _("This day lies before what it rests on. Compare it with the papers.")),
        "vote_first": ("state", _("The maintenance fund is the owners'. Enter their vote first, or that none is on record.")),
        "vote_failed": ("state", _("The owners did not agree. Enter their new vote first, or find the money elsewhere.")),
        "vote_not_within": ("area_for", _("In favour ≤ voting ≤ all, by area and by heads. Compare the count.")),
        "vote_no_rule": ("voted_on", _("The platform knows no rule for votes of that day. Say that no vote is on record.")),
        "not_in_table": ("findings", _("A risk is written as severity 1 to 4 and probability A to F, as in 2C.")),
        "no_level": ("level", _("Give the level as the report prints it.")),
        "works_backward": ("works_until", _("The last day must not lie before the first.")),
        "no_reason": ("note", _("Say why.")),
    }  # fmt: skip

    def __init__(self, reason: str, *, field: str | None = None):
        self.code = f"assessment-{reason.replace('_', '-')}"
        self.status = 409 if reason in ("not_now", "kept", "to_be_built") else 422
        named, message = self.WORDS[reason]
        super().__init__(message, field=field or named)
