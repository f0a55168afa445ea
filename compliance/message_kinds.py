"""What this app says (registered at common.message_kinds): words here and in the catalogue, plain values in the rows."""

from django.utils.translation import gettext_lazy as _

from common.hooks import MESSAGE_KINDS
from common.messages.choices import Group
from common.messages.kinds import MessageKind

KINDS = {
    "soon_one": MessageKind(
        _("due soon"),
        Group.DUE,
        _("Elevator %(code)s: due by %(due_on)s"),
        _("An inspection or a test comes due. Apply for it in time."),
    ),
    "soon": MessageKind(
        _("due soon"),
        Group.DUE,
        _("Due soon: %(count)s"),
        _("Inspections, tests or duties come due. The list says which, and until when."),
    ),
    "overdue_one": MessageKind(
        _("overdue"),
        Group.ALERT,
        _("Elevator %(code)s: overdue since today"),
        _("The alert says what is missing, which clause asks for it, and what ends it."),
    ),
    "overdue": MessageKind(
        _("overdue"),
        Group.ALERT,
        _("Overdue since today: %(count)s"),
        _("What is overdue may forbid the use of the elevator. The list says what is missing."),
    ),
    "escalated": MessageKind(
        _("alerts moved on"),
        Group.ALERT,
        _("Alerts that moved on: %(count)s"),
        _("Nobody ended them in time. The list says whose turn it is now."),
    ),
    "resolved": MessageKind(
        _("alerts resolved"),
        Group.NEWS,
        _("Alerts that have ended: %(count)s"),
        _("What was missing is there, or the authority has waived it for a time. The alert says which."),
    ),
    "day": MessageKind(
        _("what is overdue, each day"),
        Group.ALERT,
        _("Still overdue: %(overdue)s"),
        _("Hazards whose time is over or ends within three days: %(hazards)s."),
    ),
    "week": MessageKind(
        _("summary of the week"),
        Group.ALERT,
        _("Overdue in your area: %(overdue)s"),
        _("Due or to be applied for within 30 days: %(month)s. Hazards whose time is over: %(hazards)s."),
    ),
    "reminder": MessageKind(
        _("reminder of the authority"),
        Group.ALERT,
        _("The authority reminds you: %(overdue)s overdue"),
        _(
            "Elevators concerned: %(elevators)s. Due or to be applied for within 30 days: %(month)s. Apply for what"
            " is missing today. Your list also has the duties of your unit and its people, which this number leaves out."
        ),
    ),
    "waived": MessageKind(
        _("obligation waived"),
        Group.NEWS,
        _("The authority has waived or postponed something that is due, until %(until)s"),
        _("The page says what, why, and by which document. After that day it is owed as before."),
    ),
    "waiver_revoked": MessageKind(
        _("waiver revoked"),
        Group.ALERT,
        _("The authority has revoked a waiver that ran until %(until)s"),
        _("It is owed again from today. The page says why, and what is to be done."),
    ),
    "complaint_assigned": MessageKind(
        _("complaint to answer"),
        Group.ALERT,
        _("Complaint about %(code)s: answer until %(due_on)s"),
        _("The complaint's page says what happened. Look at it, mend it, and write what you found."),
    ),
    "complaint_returned": MessageKind(
        _("answer sent back"),
        Group.ALERT,
        _("Your answer about %(code)s was sent back: answer again until %(due_on)s"),
        _("The complaint's page says what is missing."),
    ),
    "complaint_due": MessageKind(
        _("complaint not answered yet"),
        Group.DUE,
        _("Complaint about %(code)s: not answered yet, last day %(due_on)s"),
        _("After that day it is late, and the authorities see it."),
    ),
    "complaint_moved": MessageKind(
        _("complaint given to another"),
        Group.NEWS,
        _("Complaint about %(code)s: you need not answer it any more"),
        _("Somebody else answers for it now."),
    ),
    "hazard_found_one": MessageKind(
        _("hazard found"),
        Group.ALERT,
        _("Elevator %(code)s: a hazard was found, last day %(due_on)s"),
        _("Its page says what was seen. Have it mended, and say there that it is."),
    ),
    "hazard_found": MessageKind(
        _("hazard found"),
        Group.ALERT,
        _("Hazards found: %(count)s"),
        _("The list says what was seen and until when each is to be mended."),
    ),
    "hazard_later_one": MessageKind(
        _("more time for a hazard"),
        Group.NEWS,
        _("Elevator %(code)s: more time for a hazard, until %(due_on)s"),
        _("It is given once. Have it mended by then."),
    ),
    "hazard_later": MessageKind(
        _("more time for a hazard"),
        Group.NEWS,
        _("More time for hazards: %(count)s"),
        _("It is given once. The list says until when."),
    ),
    "hazard_back_one": MessageKind(
        _("hazard not mended yet"),
        Group.ALERT,
        _("Elevator %(code)s: a hazard is not mended yet"),
        _("Who verified it says why. The last day stays %(due_on)s."),
    ),
    "hazard_back": MessageKind(
        _("hazard not mended yet"),
        Group.ALERT,
        _("Hazards not mended yet: %(count)s"),
        _("Who verified them says why. Their last days stay."),
    ),
    "hazard_mend_one": MessageKind(
        _("hazard to be mended"),
        Group.ALERT,
        _("Elevator %(code)s: a hazard is to be mended, last day %(due_on)s"),
        _("Its page says what was seen. When it is mended, say so there, with a photograph."),
    ),
    "hazard_mend": MessageKind(
        _("hazard to be mended"),
        Group.ALERT,
        _("Hazards to be mended: %(count)s"),
        _("The list says what was seen and until when each is to be mended."),
    ),
    "hazard_yes_one": MessageKind(
        _("own report of a hazard"),
        Group.NEWS,
        _("Elevator %(code)s: the hazard that you reported is confirmed"),
        _("It is to be mended by %(due_on)s."),
    ),
    "hazard_yes": MessageKind(
        _("own report of a hazard"),
        Group.NEWS,
        _("Hazards that you reported and that are confirmed: %(count)s"),
        _("The list says until when each is to be mended."),
    ),
    "hazard_no_one": MessageKind(
        _("own report of a hazard"),
        Group.NEWS,
        _("Elevator %(code)s: what you reported was found to be no hazard"),
        _("Its page says why."),
    ),
    "hazard_no": MessageKind(
        _("own report of a hazard"),
        Group.NEWS,
        _("Reports of yours that were found to be no hazard: %(count)s"),
        _("The page of each says why."),
    ),
    "hazard_major": MessageKind(
        _("major hazard"),
        Group.ALERT,
        _("Major hazard: elevator %(code)s must not be used"),
        _("Stop it now. The alert says what was found."),
    ),
}  # fmt: skip


def register() -> None:
    """Make every kind known under "compliance.<name>"."""
    for name, kind in KINDS.items():
        MESSAGE_KINDS.register(f"compliance.{name}", _answer(kind))


def _answer(kind: MessageKind):
    def kind_of_message():
        return kind

    return kind_of_message
