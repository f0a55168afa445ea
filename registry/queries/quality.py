"""What the data-quality checks need to know, and what they found, in words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db.models import Count
from django.db.models.fields.json import KeyTextTransform
from django.utils.translation import gettext_lazy as _

from accounts.models import Unit
from accounts.queries import areas_by_id, reach_of
from accounts.roles import Permission
from common.actor import Actor
from common.models import SourceRow
from registry.mappings import MAPPINGS
from registry.mappings.sentences import SENTENCES
from registry.models import DataIssue, Elevator, ManufacturerSpelling, QualityLimit, QualityScore
from registry.rules.quality import MALFORMED, Facts, Limit
from registry.rules.spellings import propose

IMPORT_KIND = "registry.elevators"
VALUES = (
    "registration_state",
    "equipment_code",
    "registration_code",
    "certificate_number",
    "rescue_code",
    "class_code_id",
    "manufacturer_name",
    "manufactured_on",
    "commissioned_on",
    "last_renewed_on",
    "rated_load_kg",
    "rated_speed_mps",
    "travel_m",
    "floors",
    "landings",
    "floor_from",
    "floor_to",
    "using_unit_id",
    "maintenance_unit_id",
    "address",
    "site_id",
    "area_id",
    "managing_district_id",
    "latitude",
    "longitude",
)


def facts_of(elevator_ids: Iterable[int]) -> dict[int, Facts]:
    """{elevator's key: facts} of those that are there. Two statements however many."""
    ids = list(elevator_ids)
    malformed = _malformed(ids)
    areas = areas_by_id()
    rows = Elevator.objects.filter(pk__in=ids).values("pk", "city_id", *VALUES)
    return {
        row["pk"]: Facts(
            values=row,
            area="" if row["area_id"] == row["city_id"] else areas[row["area_id"]].code,
            malformed=malformed.get(row["pk"], {}),
        )
        for row in rows
    }


def _malformed(ids: list[int]) -> dict[int, dict[str, tuple]]:
    """{elevator: {column: (code, {"value", "header"})}} from the newest row of a register about each.

    The column is Elevator's where the mapping says so, else the register's own header.
    """
    rows = (
        SourceRow.objects.filter(subject_id__in=ids, batch__kind=IMPORT_KIND, batch__undone_at__isnull=True)
        .order_by("subject_id", "-pk")
        .distinct("subject_id")
        .values_list("subject_id", "cells", "issues", "batch__mapping", "batch__spec")
    )
    found: dict[int, dict[str, tuple]] = {}
    for pk, cells, issues, mapping, spec in rows:
        for issue in issues:
            if issue["effect"] != "EMPTY" or not issue["column"] or issue["code"] == "position-missing":
                continue
            header = issue["column"]
            params = issue.get("params", {}) | {"value": cells.get(header, "")[:60], "header": header}
            found.setdefault(pk, {})[_column_of(header, mapping, spec)] = (issue["code"], params)
    return found


def _column_of(header: str, mapping: str, spec: dict) -> str:
    if mapping in MAPPINGS:
        how = MAPPINGS[mapping]
        if how.position and header == how.position.latitude:
            return "latitude"
        return how.by_header[header].to if header in how.by_header and how.by_header[header].to else header
    targets = spec.get("targets", {}) if spec else {}
    return next((name for name, use in targets.items() if header in use["columns"]), header)


def limits_on(day) -> list[Limit]:
    """The limits in force on a day."""
    rows = QualityLimit.objects.filter(valid_from__lte=day).exclude(valid_until__lt=day)
    return [Limit(row.column, row.class_prefix, row.low, row.high) for row in rows]


# --- in words -----------------------------------------------------------------------------------------------------------

# By check: (what it is called, what is wrong and what to do). %(...)s are the issue's params.
WORDS = {
    "class-missing": (_("No class"), _("Choose the class from the plate.")),
    "maker-missing": (_("No manufacturer"), _("Enter the manufacturer from the plate.")),
    "commissioned-missing": (_("No day of commissioning"), _("Enter it from the use registration.")),
    "load-missing": (_("No rated load"), _("Enter it from the plate.")),
    "speed-missing": (_("No rated speed"), _("Enter it from the plate.")),
    "code-missing": (_("No code"), _("Neither equipment code, registration code nor certificate is known. Enter one.")),
    "rescue-code-missing": (
        _("No rescue code"),
        _("In use without a 96333 code: a caller cannot say where he is. Issue a plate or enter its code."),
    ),
    "using-unit-missing": (_("No using unit"), _("In use, and nobody answers for it. Name the using unit.")),
    "maintenance-unit-missing": (_("No maintenance unit"), _("In use, and nobody maintains it. Name the unit.")),
    "address-missing": (_("No address"), _("Neither a site nor an address. Enter one.")),
    "district-missing": (_("No district"), _("Only the city is known. Choose the district or subdistrict.")),
    "position-missing": (_("No position"), _("It is on no map. Set its position.")),
    "quantity-impossible": (
        _("Value beyond what is built"),
        _("%(value)s lies outside %(low)s to %(high)s. Look at the plate; check the unit of measurement."),
    ),
    "landings-above-floors": (_("More doors than floors"), _("%(value)s landings on %(floors)s floors. Check both.")),
    "year-impossible": (_("Impossible date"), _("%(value)s lies in the future or before there were elevators.")),
    "commissioned-before-made": (
        _("In use before it was made"),
        _("Commissioned %(value)s, made %(made)s. Check both."),
    ),
    "renewed-before-commissioned": (
        _("Renewed before it was in use"),
        _("Renewed %(value)s, commissioned %(commissioned)s. Check both."),
    ),
    "position-swapped": (
        _("Latitude and longitude exchanged"),
        _("%(latitude)s, %(longitude)s lies in its district only the other way round. Exchange them."),
    ),
    "position-datum": (
        _("Position in another datum"),
        _("Read as %(datum)s it lies in its district, as WGS84 it does not. Convert it."),
    ),
    "position-outside": (
        _("Position outside its district"),
        _("%(latitude)s, %(longitude)s. Check area and position."),
    ),
}


def title_of(check: str, header: str = "") -> str:
    """What a check is called; a register's own checks by the column that they are about."""
    if check in WORDS:
        return str(WORDS[check][0])
    return str(_("Unreadable in the register: %(column)s")) % {"column": header}


def sentence_of(issue: DataIssue) -> str:
    """What is wrong and what to do."""
    if issue.check_code in WORDS:
        return str(WORDS[issue.check_code][1]) % issue.params
    return str(SENTENCES[issue.check_code]) % issue.params if issue.check_code in SENTENCES else ""


@dataclass(frozen=True, slots=True)
class IssueCount:
    """How many open issues of one sort there are; a register's unreadable cells go by the column's header."""

    check: str
    kind: str
    header: str
    count: int

    @property
    def title(self) -> str:
        return title_of(self.check, self.header)

    @property
    def query(self) -> str:
        """The worklist's filter that shows them."""
        return f"check_code={self.check}" if self.check in WORDS else f"kind={self.kind}"


def issue_counts(actor: Actor) -> list[IssueCount]:
    """The open issues that the actor sees by what is wrong, most first. Two statements, the first from an index alone."""
    rows = DataIssue.objects.countable_by(actor, Permission.VIEW_ELEVATOR).open().order_by()
    plain = rows.values_list("check_code", "kind").annotate(n=Count("pk")).exclude(kind=MALFORMED)
    unreadable = rows.filter(kind=MALFORMED).values_list(KeyTextTransform("header", "params")).annotate(n=Count("pk"))
    counts = [IssueCount(check, kind, "", n) for check, kind, n in plain]
    counts += [IssueCount("", MALFORMED, header or "", n) for header, n in unreadable]
    return sorted(counts, key=lambda row: (-row.count, row.check, row.header))


# --- scores -------------------------------------------------------------------------------------------------------------

LATEST_DAYS = 90
WORST_UNITS = 50


@dataclass(frozen=True, slots=True)
class ScoreLine:
    """The present score of a district or unit and how it came there: `trend` is (day, share) from old to new."""

    name: str
    score: QualityScore
    trend: list[tuple]

    @property
    def percent(self) -> str:
        return f"{self.score.share * 100:.1f}"

    @property
    def change(self) -> float:
        """Points of a hundred since the first day shown."""
        return (self.trend[-1][1] - self.trend[0][1]) * 100 if self.trend else 0.0

    @property
    def points(self) -> str:
        """The trend as points of a 100 × 24 line, for a picture."""
        if len(self.trend) < 2:
            return ""
        first, last = self.trend[0][0], self.trend[-1][0]
        days = max((last - first).days, 1)
        return " ".join(f"{(day - first).days * 100 / days:.1f},{23 - share * 22:.1f}" for day, share in self.trend)


def _lines(rows, key: str, names: Mapping) -> list[ScoreLine]:
    """One line for each area or unit from its rows (any order), the worst first."""
    by_owner: dict[int, list[QualityScore]] = {}
    for row in sorted(rows, key=lambda row: row.day):
        by_owner.setdefault(getattr(row, key), []).append(row)
    lines = [
        ScoreLine(str(names[owner]), rows[-1], [(row.day, row.share) for row in rows])
        for owner, rows in by_owner.items()
        if owner in names and rows[-1].elevators
    ]
    return sorted(lines, key=lambda line: (line.score.share, line.name))


def area_scores(actor: Actor) -> list[ScoreLine]:
    """The managing districts that the actor's grants cover whole, the worst first."""
    scope = reach_of(actor, Permission.VIEW_ELEVATOR)
    areas = areas_by_id()
    if scope.everything:
        wanted = set(areas)
    else:
        granted = {grant.area_id for grant in scope.areas if not grant.place_types}
        wanted = {pk for pk, area in areas.items() if pk in granted or area.city_id in granted}
    rows = QualityScore.objects.filter(area_id__in=wanted).order_by()
    return _lines(rows, "area_id", areas)


def unit_scores(actor: Actor) -> list[ScoreLine]:
    """The units that the actor sees, the worst first, at most 50."""
    seen = Unit.objects.visible_to(actor, Permission.VIEW_ELEVATOR)
    latest = QualityScore.objects.filter(unit__in=seen.values("pk")).order_by("unit_id", "-day").distinct("unit_id")
    worst = sorted(latest, key=lambda row: (row.share, -row.elevators))[:WORST_UNITS]
    rows = QualityScore.objects.filter(unit_id__in=[row.unit_id for row in worst])
    return _lines(rows, "unit_id", Unit.objects.only("id", "name", "kind").in_bulk([row.unit_id for row in worst]))


# --- spellings ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SpellingLine:
    """A spelling as elevators have it: how many, and whom it means ('' : nobody; None: not said yet)."""

    spelling: str
    elevators: int
    name: str | None


@dataclass(frozen=True, slots=True)
class SpellingGroup:
    """Spellings that probably mean one manufacturer, to be confirmed together; `sure` when they differ in form only."""

    name: str
    spellings: list[str]
    elevators: int
    sure: bool


@dataclass(frozen=True, slots=True)
class Spellings:
    groups: list[SpellingGroup]
    lines: list[SpellingLine]


MOST_LINES = 500  # of the undecided and decided ones each page shows; the commonest come first


def spellings_seen(actor: Actor) -> Spellings:
    """The spellings on the elevators that the actor sees: groups to confirm, then every spelling, undecided first."""
    seen = Elevator.objects.visible_to(actor, Permission.VIEW_ELEVATOR).exclude(manufacturer_name="").order_by()
    counts = dict(seen.values_list("manufacturer_name").annotate(n=Count("pk")))
    known = {
        row.spelling: row.manufacturer.name if row.manufacturer else ""
        for row in ManufacturerSpelling.objects.filter(spelling__in=counts).select_related("manufacturer")
    }
    by_name: dict[str, list] = {}
    for proposal in propose(
        {k: v for k, v in counts.items() if known.get(k) != ""}, {k: v for k, v in known.items() if v}
    ):
        by_name.setdefault(proposal.name, []).append(proposal)
    groups = []
    for name, proposals in by_name.items():
        spellings = sorted(
            {p.spelling for p in proposals} | ({name} if name in counts and name not in known else set())
        )
        total = sum(counts[spelling] for spelling in spellings)
        groups.append(SpellingGroup(name, spellings, total, all(p.likeness == 1.0 for p in proposals)))
    lines = [SpellingLine(spelling, count, known.get(spelling)) for spelling, count in counts.items()]
    return Spellings(
        sorted(groups, key=lambda group: (-group.elevators, group.name)),
        sorted(lines, key=lambda line: (line.name is not None, -line.elevators, line.spelling))[:MOST_LINES],
    )
