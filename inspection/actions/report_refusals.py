"""Why a report is not taken, in words that say what to do. Codes are stable; the rules' own stand in `REFUSED`."""

from django.utils.translation import gettext_lazy as _

from common.errors import Refusal
from inspection import rules
from inspection.choices import ReportKind


class ReportNotTaken(Refusal):
    """The base of all refusals of a report."""


class ReportInFuture(ReportNotTaken):
    code = "report-in-future"
    field = "concluded_on"
    message = _("The report is dated %(concluded_on)s, after today. Check the conclusion date.")


class DayUnbelievable(ReportNotTaken):
    code = "day-unbelievable"
    message = _("%(day)s cannot be right. Check the year.")


class ElevatorUnknown(ReportNotTaken):
    code = "elevator-unknown"
    status = 404
    field = "elevator"
    message = _(
        "There is no such elevator among those that your unit answers for. Check the code; if it is right, ask the regulator to "
        "enter your unit."
    )


class PeopleNeeded(ReportNotTaken):
    code = "people-needed"
    field = "people"
    message = _("Name at least one inspector or tester.")


class ElevatorScrapped(ReportNotTaken):
    code = "report-elevator-scrapped"
    status = 409
    field = "elevator"
    message = _(
        "The elevator was scrapped or deregistered on %(scrapped_on)s. Check which elevator the report is about; if the entry is "
        "wrong, ask the regulator to correct it."
    )


class ReportBeforeInstallation(ReportNotTaken):
    code = "report-before-installation"
    field = "concluded_on"
    message = _(
        "No supervisory inspection of an installation before this day is on record. File that report first, or have the "
        "register's day of commissioning corrected."
    )


class ReportTooEarly(ReportNotTaken):
    code = "report-too-early"
    field = "concluded_on"
    message = _(
        "Too early: nothing that this report could meet is open on that day; the next opens on %(opens_on)s. It counts earlier "
        "only by an order of the authority that moves the window."
    )


class InspectorUncertified(ReportNotTaken):
    code = "inspector-not-certified"
    field = "people"
    message = _(
        "%(person)s held no valid certificate for this work on %(concluded_on)s. Record the certificate with their unit first, "
        "or correct the person or the day."
    )


class InspectorUnknown(ReportNotTaken):
    code = "inspector-unknown"
    field = "people"
    message = _("“%(person)s” is nobody of your unit. Enter the sign-in name of a person who has a role in it.")


class UnitNotAFiler(ReportNotTaken):
    code = "not-a-filer"
    status = 403
    field = "kind"
    message = _("A unit like yours does not file reports of this kind (%(kind)s).")


class NotResponsibleForElevator(ReportNotTaken):
    code = "not-responsible"
    status = 409
    field = "elevator"
    message = _(
        "Your unit did not answer for this elevator on %(concluded_on)s. Ask the regulator or the using unit to enter it, from "
        "the right day on."
    )


class BodyNotLicensed(ReportNotTaken):
    code = "body-not-licensed"
    status = 409
    field = "kind"
    message = _(
        "Your unit has no licence on record for inspections of this kind on %(concluded_on)s. Ask the city's regulator to "
        "enter it."
    )


class UnitClosed(ReportNotTaken):
    code = "unit-closed"
    status = 409
    message = _("Your unit is closed; it files no reports of a day after that.")


class IssueDateUnfit(ReportNotTaken):
    code = "issue-date-unfit"
    field = "issued_on"
    message = _("The issue date lies between the conclusion date (%(concluded_on)s) and today. Check it.")


class NumberUsed(ReportNotTaken):
    code = "report-number-taken"
    status = 409
    field = "number"
    message = _(
        "Your unit has filed another report under the number %(number)s. Check the number; to correct that report, file a "
        "correction that names it."
    )


class VerdictUnknown(ReportNotTaken):
    code = "verdict-unknown"
    field = "verdict"
    message = _("“%(verdict)s” is no conclusion of such a report. Enter it as printed, for example 合格.")


class CatalogueItemUnknown(ReportNotTaken):
    code = "report-item-unknown"
    field = "items"
    message = _("“%(item)s” is no item of such a report. See the catalogue of items.")


class SignUnknown(ReportNotTaken):
    code = "report-sign-unknown"
    field = "items"
    message = _("“%(sign)s” at item %(item)s is none of √ × △ −.")


class ItemTwice(ReportNotTaken):
    code = "report-item-twice"
    field = "items"
    message = _("Item %(item)s stands in the report twice.")


class CorrectedUnknown(ReportNotTaken):
    code = "corrected-unknown"
    status = 409
    field = "supersedes"
    message = _("The report to be corrected is none of your unit's, or was corrected already. Correct the newest one.")


class CorrectionWithoutReason(ReportNotTaken):
    code = "correction-reason-needed"
    field = "correction_reason"
    message = _("Say why the report is corrected.")


REFUSED: dict[str, type[ReportNotTaken]] = {
    rules.InFuture.code: ReportInFuture,
    rules.Scrapped.code: ElevatorScrapped,
    rules.BeforeInstallation.code: ReportBeforeInstallation,
    rules.TooEarly.code: ReportTooEarly,
    rules.NotAFiler.code: UnitNotAFiler,
    rules.NotResponsible.code: NotResponsibleForElevator,
    rules.NotLicensed.code: BodyNotLicensed,
    rules.IssuedBeforeConclusion.code: IssueDateUnfit,
    rules.NumberTaken.code: NumberUsed,
}


def in_words(refused: rules.ReportRefused) -> ReportNotTaken:
    """A refusal of the rules as people and machines get it."""
    params = {
        name: _("a day that is not known yet") if value is None else value for name, value in refused.params.items()
    }
    if "kind" in params:
        params["kind"] = ReportKind(params["kind"]).label
    return REFUSED[refused.code](**params)
