"""What whoever files a report has before them: which kinds, whose names, which words, which items in which sections."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import Certificate, Membership, Unit, User
from accounts.queries import reach_of
from accounts.roles import Permission
from common.actor import Actor, ActorKind
from inspection import rules
from inspection.choices import ReportKind, RuleGeneration, Verdict
from inspection.models import CatalogueItem
from inspection.queries import ANNEXES, LawBook
from inspection.queries.reports import CAN_HOLD, rule_in
from registry.models import Elevator
from registry.queries import elevators_with_code, find
from registry.queries.plates import plate_meant

# Headings of the catalogue's sections, by what the codes begin with; our own words.
SECTIONS = (
    ("A1.1", _("Documents")),
    ("A1.2.1", _("Machine space and access")),
    ("A1.2.2", _("Well and pit")),
    ("A1.2.3", _("Electrics, alarm and control")),
    ("A1.2.4", _("Drive and brake")),
    ("A1.2.5", _("Suspension and pulleys")),
    ("A1.2.6", _("Car and counterweight")),
    ("A1.2.7", _("Doors")),
    ("A1.3", _("Tests")),
)
OTHERS = ("", _("Others"))


@dataclass(frozen=True, slots=True)
class Section:
    """Lines under one heading, in the catalogue's order."""

    code: str
    label: str
    lines: list = field(default_factory=list)

    @property
    def title(self) -> str:
        return f"{self.code} {self.label}".strip()


def in_sections(lines: Iterable, code_of=lambda line: line.item.code) -> list[Section]:
    """Lines by the sections of the catalogue; empty ones are left out."""
    found = [Section(code, label) for code, label in (*SECTIONS, OTHERS)]
    for line in lines:
        code = code_of(line)
        next(s for s in found if not s.code or code == s.code or code.startswith(f"{s.code}.")).lines.append(line)
    return [section for section in found if section.lines]


def has_catalogue(elevator: Elevator) -> bool:
    """The catalogue holds the items of annex A alone; of which annex is not known: it is asked."""
    code = elevator.class_code_id or "3"
    return next((annex for prefix, annex in ANNEXES if code.startswith(prefix)), "") == "A"


def items_asked(elevator: Elevator, items: Sequence[CatalogueItem]) -> Sequence[CatalogueItem]:
    return items if has_catalogue(elevator) else []


def filer_rule(book: LawBook, kind: str, day: dt.date) -> rules.FilerRule | None:
    return rule_in(book, "filer", day, kind=kind)


def may_file(unit: Unit, rule: rules.FilerRule | None) -> bool:
    """Can a unit of this kind be one that files such reports at all (R13)?"""
    return rule is not None and bool(rule.roles & frozenset(CAN_HOLD.get(unit.kind, ())))


def kinds_filed(unit: Unit, book: LawBook, day: dt.date) -> list[ReportKind]:
    """The kinds of reports that a unit of this kind files."""
    return [kind for kind in ReportKind if may_file(unit, filer_rule(book, kind, day))]


def filing_units(actor: Actor) -> list[Unit]:
    """The units in whose name somebody files. One statement."""
    return list(Unit.objects.filter(pk__in=reach_of(actor, Permission.FILE_REPORT).unit_ids).order_by("name", "pk"))


def filing_person(actor: Actor) -> User | None:
    """The person behind an actor; a machine files by REST."""
    return User.objects.filter(public_id=actor.id).first() if actor.kind == ActorKind.PERSON else None


@dataclass(frozen=True, slots=True)
class Certified:
    """Somebody of the unit whom a report may name, and until when a certificate of theirs holds."""

    public_id: str
    username: str
    name: str
    until: dt.date | None


def certified_people(unit: Unit, kinds: Iterable[str], at: dt.datetime, also: Iterable[str] = ()) -> list[Certified]:
    """The unit's people with a certificate of these kinds, by name; `also`: public ids of whoever was chosen before, and has
    left or lost it. Two statements, one more where somebody is missing."""
    members = Membership.objects.unfinished(at).filter(unit=unit).values("user")
    held = Certificate.objects.standing().filter(user__in=members, kind__in=set(kinds)).select_related("user")
    found: dict[str, Certified] = {}
    for row in held.order_by("valid_until"):
        found[str(row.user.public_id)] = _certified(row.user, row.valid_until)
    if missing := [one for one in also if one not in found]:
        for user in User.objects.filter(public_id__in=missing, memberships__unit=unit).distinct():
            found[str(user.public_id)] = _certified(user, None)
    return sorted(found.values(), key=lambda one: (one.name, one.public_id))


def _certified(user: User, until: dt.date | None) -> Certified:
    return Certified(str(user.public_id), user.username, str(user), until)


def verdict_words(book: LawBook, kind: str) -> list[tuple[str, str]]:
    """[(as printed, what it means)] of the conclusions of a kind, those of the present rule first; the meaning alone where no
    wording is known."""
    rows = book.rows("verdict")
    rows = [row for row in rows if row.kind == kind] or [row for row in rows if row.kind == ReportKind.PERIODIC]
    present_first = sorted(rows, key=lambda row: row.generation != RuleGeneration.T7001_2023)
    return list({row.text: (row.text, Verdict(row.verdict).label) for row in reversed(present_first)}.values())[::-1]


def elevators_meant(text: str, actor: Actor, *, longest: int = 20) -> list[Elevator]:
    """Elevators for which the actor files that a scanned or typed text means: a plate, a code, else by name and address."""
    own = Elevator.objects.visible_to(actor, Permission.FILE_REPORT)
    if (plate := plate_meant(text)) is not None:
        return _shown(own.filter(pk=plate.elevator_id), 1)
    exact = elevators_with_code(text, actor=actor, permission=Permission.FILE_REPORT)
    if found := _shown(exact, longest):
        return found
    likely = [elevator.pk for elevator in find(text, actor=actor, longest=longest).elevators]
    return _shown(own.filter(pk__in=likely), longest)


def _shown(rows: QuerySet[Elevator], longest: int) -> list[Elevator]:
    return list(rows.select_related("site", "class_code", "using_unit", "area").order_by("pk")[:longest])
