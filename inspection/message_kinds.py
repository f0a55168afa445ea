"""What this app says (registered at common.message_kinds): words here and in the catalogue, plain values in the rows."""

from django.utils.translation import gettext_lazy as _

from common.hooks import MESSAGE_KINDS
from common.messages.choices import Group
from common.messages.kinds import MessageKind
from inspection.choices import AssessmentState

# what follows on each step of a safety assessment
NEXT = {
    AssessmentState.APPLIED: _("It was applied for. The using unit gives it to a body."),
    AssessmentState.ASSIGNED: _("A body has it. The body files its report."),
    AssessmentState.REPORTED: _("The report is there. The using unit decides what becomes of the elevator."),
    AssessmentState.DECIDED: _("It is decided. Unless the elevator is kept, the using unit enters vote and money."),
    AssessmentState.FUNDED: _("The money is assured. The works can begin."),
    AssessmentState.WORKING: _("The works have begun. The using unit enters their acceptance."),
    AssessmentState.ACCEPTED: _("The works are accepted. The authority closes the assessment."),
    AssessmentState.CLOSED: _("It is closed."),
    AssessmentState.CANCELLED: _("It was cancelled; the page says why."),
}  # fmt: skip


def register() -> None:
    """Make every kind known under "inspection.<name>"."""
    for state, words in NEXT.items():
        kind = MessageKind(
            _("safety assessment"), Group.NEWS, _("Elevator %(code)s: its safety assessment has moved on"), words
        )
        MESSAGE_KINDS.register(f"inspection.assessment_{state.value.lower()}", _answer(kind))


def _answer(kind: MessageKind):
    def kind_of_message():
        return kind

    return kind_of_message
