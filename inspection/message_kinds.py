"""What this app says (registered at common.message_kinds): words here and in the catalogue, plain values in the rows."""

from django.utils.translation import gettext_lazy as _

from common.hooks import MESSAGE_KINDS
from common.messages.choices import Group
from common.messages.kinds import MessageKind
from inspection.choices import AssessmentState

_APPLIED, _APPOINTED, _LATE = (
    _("application for an inspection"),
    _("inspection appointed"),
    _("inspection comes too late"),
)
_ENDED = _("application ended")

KINDS = {
    "applied_one": MessageKind(
        _APPLIED,
        Group.DUE,
        _("Elevator %(code)s: inspection applied for"),
        _("Wanted from %(first)s to %(last)s; last good day %(due_on)s. Appoint a day, or decline and say why."),
    ),
    "applied": MessageKind(
        _APPLIED,
        Group.DUE,
        _("Inspections applied for: %(count)s"),
        _("The earliest last good day is %(due_on)s. Appoint days, or decline and say why."),
    ),
    "withdrawn_one": MessageKind(
        _ENDED,
        Group.NEWS,
        _("Elevator %(code)s: application withdrawn"),
        _("The unit took it back. Nobody has to come."),
    ),
    "appointed_one": MessageKind(
        _APPOINTED,
        Group.NEWS,
        _("Elevator %(code)s: inspection on %(day)s"),
        _("Have somebody there who opens the machine room and knows the papers."),
    ),
    "appointed": MessageKind(
        _APPOINTED,
        Group.NEWS,
        _("Inspections appointed: %(count)s"),
        _("The list says which day. Have somebody there who opens the machine room and knows the papers."),
    ),
    "late_one": MessageKind(
        _LATE,
        Group.ALERT,
        _("Elevator %(code)s: inspection on %(day)s, after its last good day %(due_on)s"),
        _("Ask the body for an earlier day, or stop the elevator from the day after until it has been inspected."),
    ),
    "late": MessageKind(
        _LATE,
        Group.ALERT,
        _("Inspections appointed after the last good day: %(count)s"),
        _("Ask the body for earlier days, or stop these elevators until they have been inspected."),
    ),
    "coming_one": MessageKind(
        _APPOINTED,
        Group.NEWS,
        _("Elevator %(code)s: you inspect it on %(day)s"),
        _("Your body's office gave it to you. The report is filed from the appointment."),
    ),
    "coming": MessageKind(
        _APPOINTED,
        Group.NEWS,
        _("Inspections appointed to you: %(count)s"),
        _("Your body's office gave them to you. The list of your days says which, and where."),
    ),
    "not_yours_one": MessageKind(
        _APPOINTED,
        Group.NEWS,
        _("Elevator %(code)s: you do not inspect it any more"),
        _("Somebody else has the appointment, or nobody has it yet."),
    ),
    "not_yours": MessageKind(
        _APPOINTED,
        Group.NEWS,
        _("Appointments that are not yours any more: %(count)s"),
        _("Somebody else has them, or nobody has them yet."),
    ),
    "off_one": MessageKind(
        _ENDED,
        Group.NEWS,
        _("Elevator %(code)s: your appointment on %(day)s is off"),
        _("The application ended; its page says why. Nobody has to come."),
    ),
    "off": MessageKind(
        _ENDED,
        Group.NEWS,
        _("Appointments of yours that are off: %(count)s"),
        _("The applications ended; their pages say why. Nobody has to come."),
    ),
    "declined_one": MessageKind(
        _ENDED,
        Group.ALERT,
        _("Elevator %(code)s: application declined"),
        _("Read why, and apply to another body: the last good day is still %(due_on)s."),
    ),
    "gone_one": MessageKind(
        _ENDED,
        Group.NEWS,
        _("Elevator %(code)s: application for its inspection ended"),
        _("The elevator was scrapped or deregistered: there is nothing to inspect, and nobody has to come."),
    ),
    "gone": MessageKind(
        _ENDED,
        Group.NEWS,
        _("Applications ended with their elevators: %(count)s"),
        _("These elevators were scrapped or deregistered: there is nothing to inspect, and nobody has to come."),
    ),
    "reopened_one": MessageKind(
        _APPLIED,
        Group.NEWS,
        _("Elevator %(code)s: the application counts again"),
        _("The report that had ended it was corrected and no longer answers it."),
    ),
    "reopened": MessageKind(
        _APPLIED,
        Group.NEWS,
        _("Applications that count again: %(count)s"),
        _("The reports that had ended them were corrected and no longer answer them."),
    ),
}

KINDS |= {
    "drafts_unused_one": MessageKind(
        _("draft about to go"),
        Group.NEWS,
        _("Elevator %(code)s: your draft of a report goes on %(day)s"),
        _("Nobody has changed it for a long time. Go on with it or file it, and it stays."),
    ),
    "drafts_unused": MessageKind(
        _("draft about to go"),
        Group.NEWS,
        _("Your drafts of reports that go on %(day)s: %(count)s"),
        _("Nobody has changed them for a long time. Go on with them or file them, and they stay."),
    ),
}

KINDS |= {
    "law_proposed": MessageKind(
        _("proposed row of law"),
        Group.DUE,
        _("A row of law waits for a second officer"),
        _("It is to be law from %(day)s on. Read what follows from it, and approve or refuse it until that day."),
    ),
    "law_lapsed": MessageKind(
        _("proposed row of law"),
        Group.NEWS,
        _("A proposed row of law has lapsed"),
        _("No second officer approved it until %(day)s. Nothing has changed; propose it anew with a later day."),
    ),
}

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
    for name, kind in KINDS.items():
        MESSAGE_KINDS.register(f"inspection.{name}", _answer(kind))
    for state, words in NEXT.items():
        kind = MessageKind(
            _("safety assessment"), Group.NEWS, _("Elevator %(code)s: its safety assessment has moved on"), words
        )
        MESSAGE_KINDS.register(f"inspection.assessment_{state.value.lower()}", _answer(kind))


def _answer(kind: MessageKind):
    def kind_of_message():
        return kind

    return kind_of_message
