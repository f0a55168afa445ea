"""Rows of law as people read them: what a section is about, what each of its columns says."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from accounts.choices import CertificateKind
from common.citations import certainty_in_words
from inspection.choices import InspectionKind, ReportKind, RuleGeneration, Verdict
from inspection.models import LawProposal, LawRow
from inspection.models.law import COUNTRY
from inspection.queries.law_changes import names_of_cities
from inspection.rules import law_changes as rules
from registry.choices import ResponsibilityRole

SECTIONS = {
    "cycle": gettext_lazy("cycle of inspections and self-tests"),
    "brake_test": gettext_lazy("brake test with 125 percent load"),
    "governor_check": gettext_lazy("governor check"),
    "tester_limit": gettext_lazy("limit of a tester"),
    "verdict": gettext_lazy("wording of verdicts"),
    "contradiction": gettext_lazy("verdict and items that contradict each other"),
    "item_condition": gettext_lazy("condition of an item"),
    "filer": gettext_lazy("who may file a report"),
    "notice": gettext_lazy("days of an opinion notice"),
    "warranty": gettext_lazy("warranty of the maker"),
}
COLUMNS = {
    "method": gettext_lazy("Method"),
    "periodic_years": gettext_lazy("Years with an inspection (the others: self-test)"),
    "yearly_after": gettext_lazy("Every year an inspection after year"),
    "periodic_early_months": gettext_lazy("Inspection at the earliest, months before its month"),
    "self_test_early_months": gettext_lazy("Self-test at the earliest, months before its month"),
    "apply_before_months": gettext_lazy("Apply so many months before"),
    "apply_warning_days": gettext_lazy("Warned so many days before the last day to apply"),
    "first_governed_year": gettext_lazy("First governed year"),
    "reset_from": gettext_lazy("Alterations begin the years anew from"),
    "long_stop_days": gettext_lazy("A stop is long from so many days on"),
    "suspended_counts": gettext_lazy("A stop beyond the validity counts as long"),
    "interval_days": gettext_lazy("Days between two inspections"),
    "bands": gettext_lazy("Years to the first test"),
    "class_codes": gettext_lazy("Classes"),
    "every_years": gettext_lazy("Every so many years"),
    "annex": gettext_lazy("Annex"),
    "first_after_years": gettext_lazy("First after so many years"),
    "aged_after_years": gettext_lazy("More often after so many years in use"),
    "aged_every_years": gettext_lazy("Then every so many years"),
    "governed_from": gettext_lazy("Governed from"),
    "elevators_per_month": gettext_lazy("Elevators in a month"),
    "cities_per_month": gettext_lazy("Cities in a month"),
    "kind": gettext_lazy("Kind of report"),
    "kinds": gettext_lazy("Kinds of report"),
    "generation": gettext_lazy("Rule that the report follows"),
    "text": gettext_lazy("Wording"),
    "verdict": gettext_lazy("Verdict"),
    "most_general_items": gettext_lazy("General items at most"),
    "balance_code": gettext_lazy("Item of the balance"),
    "test_prefix": gettext_lazy("Items of tests begin with"),
    "item": gettext_lazy("Item"),
    "part": gettext_lazy("Part of the item"),
    "code": gettext_lazy("Code of the item"),
    "condition": gettext_lazy("Condition"),
    "years": gettext_lazy("Years"),
    "day": gettext_lazy("Day"),
    "edition": gettext_lazy("Edition"),
    "only_parts": gettext_lazy("Nothing but its conditional parts"),
    "roles": gettext_lazy("Roles for the elevator"),
    "certificates": gettext_lazy("Certificates"),
    "licensed": gettext_lazy("A body needs a licence"),
    "days": gettext_lazy("Days"),
    "working": gettext_lazy("Working days"),
}

# of days besides the one on which something is due (law_changes.MOVED)
MOVED_WORDS = (
    (
        "opens_sooner",
        "opens_later",
        gettext_lazy("May be done from an earlier day on: %(sooner)s, from a later one: %(later)s."),
    ),
    ("apply_sooner", "apply_later", gettext_lazy("Last day to apply sooner: %(sooner)s, later: %(later)s.")),
)

# codes that rows hold
VALUES = {
    **dict(InspectionKind.choices),
    **dict(ReportKind.choices),
    **dict(RuleGeneration.choices),
    **dict(Verdict.choices),
    **dict(ResponsibilityRole.choices),
    **dict(CertificateKind.choices),
    "CALENDAR_YEARS": gettext_lazy("years of the calendar"),
    "INTERVAL_DAYS": gettext_lazy("days between two"),
    "OVER_YEARS": gettext_lazy("more than so many years in use"),
    "SUPERVISED_FROM": gettext_lazy("supervised from a day on"),
    "BUILT_AFTER_EDITION": gettext_lazy("built after an edition of the standard"),
    "MADE_FROM": gettext_lazy("made from a day on"),
    "OF_CLASSES": gettext_lazy("of these classes only"),
    "BRAKE_TEST_DUE": gettext_lazy("a brake test is due"),
}


def dressed(rows: list[LawRow], today) -> list[LawRow]:
    """Each with what its template says: `section_label`, `place`, `state`, `colour`, `sure`, `spoken_source`."""
    names = names_of_cities()
    for row in rows:
        row.section_label = SECTIONS[row.section]
        row.place = names.get(row.area) or (_("the whole country") if row.area in ("", COUNTRY) else row.area)
        row.state, row.colour = _state(row, today)
        row.sure, row.spoken_source = certainty_in_words(row.certainty), _(row.source)
    return rows


def _state(row: LawRow, today) -> tuple[str, str]:
    if not row.enabled:
        return pgettext("row of law", "off"), "neutral"  # a calendar's day is off, too, and is no row
    if row.valid_from > today:
        return _("not yet in force"), "info"
    if row.valid_to is not None and row.valid_to <= today:
        return _("ended"), "neutral"
    return _("in force"), "ok"


def lines_of(columns: dict, besides: dict | None = None) -> list[tuple]:
    """[(label, value, what it was)] of the columns of a row; `besides`: those of the row that it follows, to see what differs."""
    was = columns if besides is None else besides
    return [
        (COLUMNS[name], _spoken(value), _spoken(was.get(name)) if was.get(name) != value else "")
        for name, value in columns.items()
        if value is not None and value != ""
    ]


def _spoken(value) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return ", ".join(_spoken(each) for each in value)
    if isinstance(value, dict):
        return " ".join(f"{name} {each}" for name, each in value.items() if each is not None)
    return str(VALUES.get(value, value))


def counted_words(counted: dict) -> list[str]:
    """What follows, in sentences; how much of it was looked at is said."""
    said = [_("It concerns %(concerned)s elevators.") % counted]
    if counted["looked_at"] < counted["concerned"]:
        said.append(
            _("%(looked_at)s of them, spread evenly, were reckoned; nothing is guessed of the others.") % counted
        )
    if not counted["changed"]:
        said.append(_("No date changes in this year and the two that follow."))
        return said
    said.append(_("Dates of %(changed)s elevators change in this year and the two that follow.") % counted)
    said.append(
        _("Due sooner: %(sooner)s, later: %(later)s, newly: %(new)s, no more: %(gone)s (inspections and tests).")
        % counted
    )
    for sooner, later, words in MOVED_WORDS:
        if counted.get(sooner) or counted.get(
            later
        ):  # what was proposed before these were counted says nothing of them
            said.append(str(words) % {"sooner": counted[sooner], "later": counted[later]})
    return said


def settable(row: LawRow) -> bool:
    return bool(rules.numbers_of(row.section, row.columns))


def waiting_for(rows) -> list[LawProposal]:
    """Those of these proposals that wait, the oldest first. One statement."""
    return list(rows.waiting().select_related("follows", "proposed_by").order_by("pk"))
