"""Filing what bodies printed: one report or five hundred, in one transaction, each judged by itself."""

import datetime as dt
import hashlib
import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace

from django.db import IntegrityError, transaction

from accounts.models import Unit
from common.actor import Actor
from common.audit import record_changes
from common.canonical import canonical
from common.clock import local_date
from common.copying import copy_in
from common.errors import Refusal
from common.locks import RowBusy
from common.workdays import moved_days
from compliance.actions import replan
from inspection import rules
from inspection.actions import report_refusals as refusals
from inspection.actions.applications import close_applications
from inspection.actions.report_hazards import settle_hazards
from inspection.actions.testers import watch_testers
from inspection.choices import ItemSign, Verdict
from inspection.models import Inspection, ItemResult, Report, ReportPerson
from inspection.queries.reports import CAN_HOLD, Dossier, Named, items_on
from inspection.rules import facts as f
from registry.actions import NewEvent, record_events
from registry.choices import LifeEventKind
from registry.models import Elevator

LARGEST = 500  # reports in one transaction
PATIENCE = 3  # how often a set is judged anew when somebody else filed one of its numbers at the same moment
BELIEVABLE = range(1950, 2200)
CYCLIC = frozenset({f.PERIODIC, f.SELF_TEST, f.RESTART_INSPECTION})


@dataclass(frozen=True, slots=True)
class ItemLine:
    """One item as printed. `sign`: √ × △ − or a value of ItemSign."""

    code: str
    sign: str
    measured: str = ""
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Filing:
    """One report as sent. `verdict`: as printed (合格) or a value of Verdict; `people`: sign-in names of inspectors or testers;
    `next_on`: any day of the month printed for the next inspection; `supersedes`: public id of the report that it corrects."""

    elevator_id: int
    kind: str
    number: str
    concluded_on: dt.date
    verdict: str
    people: tuple[str, ...]
    generation: str = ""
    issued_on: dt.date | None = None
    next_on: dt.date | None = None
    next_label: str = ""
    notice_number: str = ""
    notice_due_on: dt.date | None = None
    supervised_use: bool = False
    items: tuple[ItemLine, ...] = ()
    supersedes: uuid.UUID | None = None
    correction_reason: str = ""

    def digest(self) -> bytes:
        """What makes a report the same report."""
        return hashlib.sha256(canonical(asdict(self))).digest()


@dataclass(frozen=True, slots=True)
class Filed:
    """What became of one: its row, and whether it had been there before."""

    report: Report
    replayed: bool = False


@dataclass(slots=True)
class _Draft:
    """A report that was accepted and is about to be written. `passed_later`: a later one of its kind is on record;
    `overtaken`: one comes with the same set."""

    filing: Filing
    report: Report
    people: list[Named]
    lines: list[ItemResult]
    corrected: Report | None = None
    passed_later: bool = field(default=False)
    overtaken: bool = field(default=False)


def file_report(*, filing: Filing, body: Unit, by: Actor, at: dt.datetime) -> Filed:
    """File one report. The same again answers with the first one. Raises ReportNotTaken (actions.report_refusals)."""
    outcome = file_reports(filings=[filing], body=body, by=by, at=at)[0]
    if isinstance(outcome, Refusal):
        raise outcome
    return outcome


def file_reports(*, filings: Sequence[Filing], body: Unit, by: Actor, at: dt.datetime) -> list[Filed | Refusal]:
    """File reports of one body, in the order given; for each what became of it. A refused one costs the others nothing.

    Statements grow with hazards and corrections, not with reports. Obligations, life events and audit are written in the same
    transaction. Raises RowBusy when others keep filing the same numbers at the same moment.
    """
    if len(filings) > LARGEST:
        raise ValueError(f"at most {LARGEST} at once")
    filings = [_tidy(filing) for filing in filings]
    for _attempt in range(PATIENCE):
        try:
            with transaction.atomic():
                return _file(filings, body, by, at)
        except IntegrityError as error:
            # somebody else's number, committed this very moment: judged anew, it is a replay or a refusal
            if not any(name in str(error) for name in ("report_number_once", "inspection_number_once", "supersedes")):
                raise
    raise RowBusy


def _tidy(filing: Filing) -> Filing:
    """As it is kept: blanks that nobody meant are gone, so the same report has the same digest."""
    words = {name: " ".join(getattr(filing, name).split()) for name in _WORDS}
    words["number"] = rules.report_number(filing.number)  # for every door: a page, a request, a file
    items = tuple(
        ItemLine(*(" ".join(value.split()) for value in (i.code, i.sign, i.measured, i.remark))) for i in filing.items
    )
    people = tuple(sorted({name.strip() for name in filing.people}))
    return replace(
        filing, **words, items=items, people=people, next_on=filing.next_on and _end_of_month(filing.next_on)
    )


_WORDS = ("number", "verdict", "next_label", "notice_number", "correction_reason")


def _end_of_month(day: dt.date) -> dt.date:
    return rules.last_of(day.year, day.month)


def _file(filings: Sequence[Filing], body: Unit, by: Actor, at: dt.datetime) -> list[Filed | Refusal]:
    named = {filing.supersedes for filing in filings if filing.supersedes}
    corrected = {row.public_id: row for row in Report.objects.filter(body=body, public_id__in=named)} if named else {}
    ids = {filing.elevator_id for filing in filings} | {row.elevator_id for row in corrected.values()}
    elevators = {
        row.pk: row
        for row in Elevator.objects.filter(pk__in=ids).order_by("pk").select_for_update(of=("self",), no_key=True)
    }
    dossier = Dossier(
        body=body,
        elevator_ids=sorted(ids),
        usernames={name for filing in filings for name in filing.people},
        numbers={filing.number for filing in filings},
    )
    desk = _Desk(dossier, corrected, by, at)
    outcomes = [desk.judged(filing) for filing in filings]
    if desk.drafts:
        _write(desk.drafts, elevators, by, at)
        close_applications(reports=[draft.report for draft in desk.drafts], by=by, at=at)
        settle_hazards(drafts=desk.drafts, elevators=elevators, by=by, at=at)
        replan(elevator_ids=sorted({pk for draft in desk.drafts for pk in _concerned(draft)}), at=at)
        touched = [report for draft in desk.drafts for report in (draft.report, draft.corrected) if report]
        watch_testers(reports=touched, body=body, book=dossier.book, at=at)
    return outcomes


def _concerned(draft: _Draft) -> set[int]:
    return {draft.report.elevator_id} | ({draft.corrected.elevator_id} if draft.corrected else set())


class _Desk:
    """Judges one report after the other; what was taken is a fact for the next."""

    def __init__(self, dossier: Dossier, corrected: dict[uuid.UUID, Report], by: Actor, at: dt.datetime):
        self.dossier, self.by, self.at, self.today = dossier, by, at, local_date(at)
        self.corrected = corrected
        self.drafts: list[_Draft] = []
        self._of_kind: dict[tuple[int, str], list[_Draft]] = defaultdict(list)
        self._moved = None
        self._replaced = set(
            Report.objects.filter(supersedes__in=[row.pk for row in corrected.values()]).values_list(
                "supersedes_id", flat=True
            )
            if corrected
            else ()
        )

    def judged(self, filing: Filing) -> Filed | Refusal:
        try:
            return self._judge(filing)
        except rules.ReportRefused as refused:
            return refusals.in_words(refused)
        except refusals.ReportNotTaken as refusal:
            return refusal

    def _judge(self, filing: Filing) -> Filed:
        _require_believable(filing)
        digest, there = filing.digest(), self.dossier.filed[filing.number]
        for report in there:
            if bytes(report.digest) == digest:
                return Filed(report, replayed=True)
        target = self._target(filing)
        if there and (target is None or target.number != filing.number):
            raise rules.NumberTaken(number=filing.number)
        draft = self._draft(filing, target)
        draft.report.digest, draft.report.revision = digest, max((r.revision for r in there), default=0) + 1
        self._take(draft)
        return Filed(draft.report)

    def _target(self, filing: Filing) -> Report | None:
        if filing.supersedes is None:
            return None
        target = self.corrected.get(filing.supersedes)
        if target is None or target.pk in self._replaced:
            raise refusals.CorrectedUnknown
        if not filing.correction_reason:
            raise refusals.CorrectionWithoutReason
        return target

    def _draft(self, filing: Filing, target: Report | None) -> _Draft:
        known = self.dossier.known[filing.elevator_id]
        without = _fact(target) if target is not None and target.elevator_id == known.pk else None
        verdict = self._verdict(filing)
        said = f.Inspection(filing.kind, filing.concluded_on, verdict, filing.next_on, filing.generation)
        facts, law = self.dossier.facts_of(known, without=without), self.dossier.law_of(known)
        rules.require_acceptable(said, facts, law, today=self.today)
        rules.require_issue(concluded_on=filing.concluded_on, issued_on=filing.issued_on, today=self.today)
        people = self._people(filing)
        lines = self._lines(filing)
        report = self._report(filing, verdict, known)
        report.supersedes = target
        report.next_computed_on = self._next(filing, verdict, known, without)
        report.warnings = self._warnings(report, lines)
        return _Draft(filing, report, people, lines, target)

    def _verdict(self, filing: Filing) -> str:
        if filing.verdict in Verdict.values and filing.verdict != Verdict.UNSTATED:
            return filing.verdict
        wordings = self.dossier.book.rows("verdict")
        kind = filing.kind if any(row.kind == filing.kind for row in wordings) else f.PERIODIC
        try:
            return rules.read_verdict(
                filing.verdict, kind=kind, generation=filing.generation, rules=wordings, on=filing.concluded_on
            )
        except rules.UnknownVerdict as unknown:
            raise refusals.VerdictUnknown(verdict=filing.verdict) from unknown

    def _people(self, filing: Filing) -> list[Named]:
        """R13: the unit may file it, and its people were certified on that day."""
        day, body = filing.concluded_on, self.dossier.body
        rule = self.dossier.rule("filer", day, kind=filing.kind)
        if body.closed_on is not None and day > body.closed_on:
            raise refusals.UnitClosed
        rules.require_filer(
            kind=filing.kind,
            rule=rule,
            can_hold=CAN_HOLD.get(body.kind, ()),
            held=self.dossier.roles_on(filing.elevator_id, day),
            licensed=self.dossier.is_licensed(filing.kind, day),
            concluded_on=day,
        )
        if not filing.people:
            raise refusals.PeopleNeeded
        found = []
        for name in filing.people:
            person = self.dossier.people.get(name)
            if person is None:
                raise refusals.InspectorUnknown(person=name)
            try:
                rules.require_certified(concluded_on=day, valid=person.periods(rule.certificates))
            except rules.InspectorNotCertified as missing:
                raise refusals.InspectorUncertified(person=person.name, concluded_on=day) from missing
            found.append(person)
        return found

    def _lines(self, filing: Filing) -> list[ItemResult]:
        catalogue, found = self.dossier.items.get(filing.kind, {}), {}
        for place, line in enumerate(filing.items):
            item = items_on(catalogue.get(line.code, ()), filing.concluded_on)
            if item is None:
                raise refusals.CatalogueItemUnknown(item=line.code)
            if line.code in found:
                raise refusals.ItemTwice(item=line.code)
            try:
                sign = line.sign if line.sign in ItemSign.values else rules.read_sign(line.sign)
            except rules.UnknownSign as unknown:
                raise refusals.SignUnknown(item=line.code, sign=line.sign) from unknown
            found[line.code] = ItemResult(item=item, place=place, sign=sign, measured=line.measured, remark=line.remark)
        return list(found.values())

    def _report(self, filing: Filing, verdict: str, known) -> Report:
        warranty = None
        if verdict in f.PASSES:
            rows = self.dossier.book.rows("warranty", known.city)
            warranty = rules.warranty_until(filing.kind, filing.concluded_on, rows)
        return Report(
            elevator_id=known.pk,
            body=self.dossier.body,
            kind=filing.kind,
            number=filing.number,
            generation=filing.generation,
            concluded_on=filing.concluded_on,
            issued_on=filing.issued_on,
            verdict=verdict,
            verdict_text="" if filing.verdict in Verdict.values else filing.verdict,
            next_on=filing.next_on,
            next_label=filing.next_label,
            notice_number=filing.notice_number,
            notice_due_on=self._notice_due_on(filing),
            supervised_use=filing.supervised_use,
            warranty_until=warranty and warranty[0],
            warranty_rule=warranty[1] if warranty else "",
            correction_reason=filing.correction_reason,
            filed_at=self.at,
            filed_by_kind=self.by.kind,
            filed_by_id=self.by.id,
        )

    def _notice_due_on(self, filing: Filing) -> dt.date | None:
        if not filing.notice_number:
            return filing.notice_due_on
        if self._moved is None:
            self._moved = moved_days(dt.date(2000, 1, 1))
        rule = self.dossier.rule("notice", filing.concluded_on)
        return rules.notice_due_on(filing.concluded_on, printed=filing.notice_due_on, rule=rule, moved=self._moved)

    def _next(self, filing: Filing, verdict: str, known, without: tuple | None) -> dt.date | None:
        """The next date by the law, as known on the day of the report (§8 E3)."""
        if filing.kind not in CYCLIC or verdict not in f.PASSES:
            return None
        said = f.Inspection(filing.kind, filing.concluded_on, verdict, filing.next_on, filing.generation)
        return self.dossier.next_by_law(known, said, without=without)

    def _warnings(self, report: Report, lines: list[ItemResult]) -> list[dict]:
        """Things to look at; none of them changes the report (§4, §6)."""
        rule = self.dossier.rule("contradiction", report.concluded_on, kind=report.kind, generation=report.generation)
        found = rules.contradictions(
            report.verdict,
            [rules.ItemResult(line.item.code, line.item.key_item, line.sign) for line in lines],
            rule,
            supervised_use=report.supervised_use,
            notice=bool(report.notice_number),
        )
        warnings = [{"code": each.code} | {name: _plain(value) for name, value in each.params} for each in found]
        computed, printed = report.next_computed_on, report.next_on
        if computed and printed and rules.compare_printed(computed, printed).differs:
            warnings.append(
                {"code": "NEXT_DATE_DIFFERS", "computed": f"{computed:%Y-%m}", "printed": f"{printed:%Y-%m}"}
            )
        if lines and (missing := self._missing(report, lines)):
            warnings.append({"code": "ITEMS_MISSING", "items": missing})
        return warnings

    def _missing(self, report: Report, lines: list[ItemResult]) -> list[str]:
        """Items that every such report has and this one lacks; what depends on a condition is not asked for."""
        there = {line.item.code for line in lines}
        rows = self.dossier.items.get(report.kind, {}).items()
        current = ((code, items_on(dated, report.concluded_on)) for code, dated in rows)
        return [code for code, item in current if item and not item.condition_zh and code not in there]

    def _take(self, draft: _Draft) -> None:
        report, target = draft.report, draft.corrected
        reports = self.dossier.reports
        if target is not None:
            self._replaced.add(target.pk)
            if _fact(target) in reports[target.elevator_id]:
                reports[target.elevator_id].remove(_fact(target))
        draft.passed_later = any(
            kind == report.kind and day > report.concluded_on for kind, day, *_rest in reports[report.elevator_id]
        )
        reports[report.elevator_id].append(_fact(report))
        self.dossier.filed[report.number].append(report)
        same = self._of_kind[report.elevator_id, report.kind]
        for other in same:
            first, last = sorted((draft, other), key=lambda each: each.report.concluded_on)
            first.overtaken |= first.report.concluded_on < last.report.concluded_on
        same.append(draft)
        self.drafts.append(draft)


def _require_believable(filing: Filing) -> None:
    """Days that no calendar of rules reaches are typing errors."""
    for name in ("concluded_on", "issued_on", "next_on", "notice_due_on"):
        day = getattr(filing, name)
        if day is not None and day.year not in BELIEVABLE:
            raise refusals.DayUnbelievable(field=name, day=day)


def _fact(report: Report) -> tuple:
    """As `inspection.queries.reports_of` tells it."""
    return report.kind, report.concluded_on, report.verdict, report.next_on, report.generation


def _plain(value):
    return list(value) if isinstance(value, tuple) else value


def _write(drafts: Sequence[_Draft], elevators: dict[int, Elevator], by: Actor, at: dt.datetime) -> None:
    """In the order of their numbers, so that two sets that share some wait for each other instead of blocking each other."""
    drafts = sorted(drafts, key=lambda draft: (draft.report.number, draft.report.revision))
    if gone := [draft.corrected.inspection_id for draft in drafts if draft.corrected]:
        Inspection.objects.filter(pk__in=gone).update(withdrawn_at=at)
    for draft, fact in zip(drafts, copy_in(Inspection, [_as_fact(draft.report) for draft in drafts]), strict=True):
        draft.report.inspection = fact
    copy_in(Report, [draft.report for draft in drafts])
    copy_in(ReportPerson, [ReportPerson(report=d.report, person_id=who.pk) for d in drafts for who in d.people])
    lines = [(draft.report, line) for draft in drafts for line in draft.lines]
    for report, line in lines:
        line.report = report
    copy_in(ItemResult, [line for _report, line in lines])
    record_events([event for draft in drafts for event in _events(draft, elevators, at)], by=by)
    record_changes(
        action="inspection.file_report", changed=[(draft.report, _changes(draft)) for draft in drafts], by=by
    )


def _as_fact(report: Report) -> Inspection:
    copied = (
        "elevator_id",
        "kind",
        "concluded_on",
        "issued_on",
        "verdict",
        "generation",
        "next_on",
        "body_id",
        "number",
    )
    copied += ("filed_at", "filed_by_kind", "filed_by_id")
    return Inspection(**{name: getattr(report, name) for name in copied})


def _events(draft: _Draft, elevators: dict[int, Elevator], at: dt.datetime):
    report = draft.report
    named = {"source_type": report._meta.label_lower, "source_id": str(report.public_id)}
    details = {"kind": report.kind, "number": report.number, "concluded_on": report.concluded_on.isoformat()}
    if draft.corrected:
        was = {"number": draft.corrected.number, "corrected_by": report.number}
        yield NewEvent(elevators[draft.corrected.elevator_id], LifeEventKind.CORRECTED, at, details=was, **named)
    event = NewEvent(
        elevators[report.elevator_id], LifeEventKind.INSPECTED, at, outcome=report.verdict, details=details, **named
    )
    yield event


def _changes(draft: _Draft) -> dict:
    report = draft.report
    changes = {"number": [None, report.number], "kind": [None, report.kind], "verdict": [None, report.verdict]}
    if draft.corrected:
        changes["supersedes"] = [None, str(draft.corrected.public_id)]
    return changes
