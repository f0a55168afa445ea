"""What is known when reports come in: gathered for the whole set, so that judging one asks the database nothing."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from accounts.choices import USING_KINDS, UnitKind
from accounts.models import Certificate, Unit, User
from accounts.queries import reach_of
from accounts.roles import Permission
from common.actor import Actor
from common.clock import local_date
from common.errors import NotPermitted
from inspection import rules
from inspection.models import BodyLicence, CatalogueItem, Report
from inspection.queries import Known, LawBook, Overrides, facts_of, known_elevators, reports_of, stops_of
from inspection.rules import facts as f
from registry.models import Responsibility

CAN_HOLD = {
    **dict.fromkeys(USING_KINDS, ("USING_UNIT",)),
    UnitKind.MAINTENANCE_UNIT: ("MAINTENANCE_UNIT",),
    UnitKind.INSPECTION_BODY: ("INSPECTION_BODY",),
}
NO_CYCLE = rules.Law(())


class UnitNotSaid(NotPermitted):
    code = "unit-needed"


def filing_body(actor: Actor, unit: str | None = None) -> Unit:
    """The unit in whose name the actor files: the one whose role carries it, or of several the one named by public id.

    Raises NotPermitted for a foreign one, UnitNotSaid where several would do.
    """
    own = Unit.objects.filter(pk__in=reach_of(actor, Permission.FILE_REPORT).unit_ids)
    found = list((own.filter(public_id=unit) if unit else own).order_by("pk")[:2])
    if not found:
        raise NotPermitted(permission=Permission.FILE_REPORT)
    if len(found) > 1:
        raise UnitNotSaid(permission=Permission.FILE_REPORT)
    return found[0]


@dataclass(frozen=True, slots=True)
class Named:
    """A person whom a report names: certificates as (kind, first day, last day)."""

    pk: int
    name: str
    certificates: tuple[tuple[str, dt.date, dt.date], ...]

    def periods(self, kinds: Collection[str]) -> tuple[tuple[dt.date, dt.date], ...]:
        return tuple((first, last) for kind, first, last in self.certificates if kind in kinds)


class Dossier:
    """Everything that reports of a body about some elevators are judged by. A fixed number of statements."""

    def __init__(
        self, *, body: Unit, elevator_ids: Sequence[int], usernames: Collection[str], numbers: Collection[str]
    ):
        self.body, self.book = body, LawBook()
        self.known: dict[int, Known] = {known.pk: known for known in known_elevators(elevator_ids)}
        self.reports, self._stops, self._ordered = (
            reports_of(elevator_ids),
            stops_of(elevator_ids),
            Overrides(elevator_ids),
        )
        self._held = _held(body, elevator_ids)
        self.people = _people(body, usernames)
        self._licences = list(BodyLicence.objects.counting().filter(unit=body))
        self.filed: dict[str, list[Report]] = defaultdict(list)
        for report in Report.objects.filter(body=body, number__in=numbers).order_by("number", "revision"):
            self.filed[report.number].append(report)
        self.items = items_by_code()

    def law_of(self, known: Known) -> rules.Law:
        return self.book.of(known.city, known.class_code) or NO_CYCLE

    def facts_of(self, known: Known, *, without: tuple | None = None) -> f.Facts:
        """Facts about an elevator, with what was taken from this set so far; `without` the report that is corrected."""
        reports = list(self.reports.get(known.pk, ()))
        if without is not None and without in reports:
            reports.remove(without)
        return facts_of(known, reports, self._stops.get(known.pk, ()), self._ordered.of(known))

    def roles_on(self, elevator_id: int, day: dt.date) -> set[str]:
        """What the body was for the elevator on a day; a part of the day is enough."""
        return {
            role
            for role, first, last in self._held.get(elevator_id, ())
            if first <= day and (last is None or day <= last)
        }

    def is_licensed(self, kind: str, day: dt.date) -> bool:
        return any(kind in row.kinds and row.valid_from <= day <= row.valid_until for row in self._licences)

    def rule(self, section: str, day: dt.date, **columns):
        """The row of a section in force on a day with these columns; None where there is none."""
        return rule_in(self.book, section, day, **columns)

    def next_by_law(self, known: Known, said: f.Inspection, *, without: tuple | None = None) -> dt.date | None:
        """The next date by the law if this were reported, as known on its day (§8 E3); `without` the report it corrects."""
        facts, day = self.facts_of(known, without=without), said.concluded_on
        facts = replace(facts, inspections=(*facts.inspections, said))
        lines = rules.ledger(facts, self.law_of(known), today=day, horizon=day.year + 2)
        return rules.next_after(lines, day)


def rule_in(book: LawBook, section: str, day: dt.date, **columns):
    """The row of a section of the book in force on a day with these columns; None where there is none."""
    rows = [
        row for row in rules.rows_in_force(book.rows(section), day)
        if all(getattr(row, name) == value for name, value in columns.items())
    ]  # fmt: skip
    return max(rows, key=lambda row: row.valid_from, default=None)


def _held(body: Unit, elevator_ids: Iterable[int]) -> dict[int, list[tuple[str, dt.date, dt.date | None]]]:
    found = defaultdict(list)
    rows = Responsibility.objects.filter(unit=body, elevator_id__in=elevator_ids, role__in=CAN_HOLD.get(body.kind, ()))
    for elevator_id, role, started_at, ended_at in rows.values_list("elevator_id", "role", "started_at", "ended_at"):
        # half-open: what ends at midnight does not count for the day that begins
        last = ended_at and local_date(ended_at - dt.timedelta(microseconds=1))
        found[elevator_id].append((role, local_date(started_at), last))
    return found


def _people(body: Unit, usernames: Collection[str]) -> dict[str, Named]:
    """People who have or had a role in the body, by sign-in name; certificates of whichever unit recorded them."""
    rows = User.objects.filter(memberships__unit=body, username__in=set(usernames))
    users = {user.pk: user for user in rows.only("pk", "username", "display_name").distinct()}
    held = defaultdict(list)
    rows = Certificate.objects.standing().filter(user__in=users)
    for user_id, *certificate in rows.values_list("user_id", "kind", "valid_from", "valid_until"):
        held[user_id].append(tuple(certificate))
    return {user.username: Named(pk, str(user), tuple(held[pk])) for pk, user in users.items()}


def items_by_code() -> dict[str, dict[str, list[CatalogueItem]]]:
    """{kind: {code: its dated rows}} of the whole catalogue, in its order. One statement."""
    found: dict[str, dict[str, list[CatalogueItem]]] = defaultdict(lambda: defaultdict(list))
    for item in CatalogueItem.objects.order_by("kind", "place"):
        found[item.kind][item.code].append(item)
    return found


def items_on(rows: Iterable[CatalogueItem], day: dt.date) -> CatalogueItem | None:
    """Of the rows of one code the one in force on a day."""
    fits = [row for row in rows if row.valid_from <= day and (row.valid_until is None or day <= row.valid_until)]
    return max(fits, key=lambda row: row.valid_from, default=None)


def catalogue_of(kind: str, day: dt.date) -> list[CatalogueItem]:
    """The items of a report of a kind on a day, in their order. One statement."""
    rows = CatalogueItem.objects.filter(kind=kind, valid_from__lte=day).exclude(valid_until__lt=day)
    return list(rows.order_by("place"))
