"""Why something about safety duties cannot be done, and what to do instead."""

from django.utils.translation import gettext_lazy as _

from common.errors import Refusal


class DutyNotDone(Refusal):
    """What compliance.rules.duties refuses, in words."""

    WORDS = {
        "not_yet": _("This day has not come yet."),
        "too_late": _("This can no longer be filed: it was due too long ago. It stays on record as missed."),
        "incomplete": _("Some elevators of this site are missing. Look at each of them, then file the check."),
        "unknown_elevator": _("An elevator in it is not bound to this officer on that day. Reload the page."),
        "elevator_not_used": _("An elevator in it is not in use by this unit. Compare its code, or leave it out."),
        "said_twice": _("The same item is named twice for the same elevator. Put both into one."),
        "unknown_item": _("An item in it is not in the list for that elevator. Reload the page."),
        "backdated": _("This cannot begin or end before today: it says who had to look."),
        "too_far": _("This day is too far ahead."),
        "ends_before": _("It would end before it began."),
        "mending_unsaid": _("Say of each thing that is not right who mends it and until when."),
        "mending_past": _("What is not right cannot be mended in the past. Give today or a later day."),
        "mending_far": _("This day is more than a year ahead. Give an earlier one."),
    }
    FIELDS = {"backdated": "day", "too_far": "day", "ends_before": "day"}

    def __init__(self, reason: str):
        self.code = f"duty-{reason.replace('_', '-')}"
        super().__init__(self.WORDS[reason], field=self.FIELDS.get(reason))


class PersonMayNotFile(Refusal):
    code = "person-may-not-file"
    field = "person"
    message = _("Nobody of this name may file for the unit. The unit administrator first gives them their role.")


class AppointedAlready(Refusal):
    code = "appointed-already"
    status = 409
    field = "role"
    message = _("Somebody holds this appointment in that time. End theirs first.")


class NotAppointed(Refusal):
    code = "not-appointed"
    status = 409
    message = _("Only whoever is appointed for this may file it. Ask the unit's head to appoint you.")


class NotTheirElevator(Refusal):
    code = "elevator-not-used"
    status = 409
    field = "elevators"
    message = _("An elevator among them is not used by this unit any more. Choose again.")


class NoRiskList(Refusal):
    code = "no-risk-list"
    status = 409
    message = _("No risk-control list is in force. The safety director has to approve one first.")


class ListNotDraft(Refusal):
    code = "risk-list-not-draft"
    status = 409
    message = _("An approved list is not changed. Begin a new version.")


class ListEmpty(Refusal):
    code = "risk-list-empty"
    message = _("The list has nothing to look at each day. Add an item first.")


class FiledAlready(Refusal):
    code = "duty-filed-already"
    status = 409
    message = _("This has been filed already, with other content. What was filed is not changed: look at the record.")


class TextsMissing(Refusal):
    code = "duty-texts-missing"
    message = _("Fill in every part of the report; write “nothing” where there was nothing.")
