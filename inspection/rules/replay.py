"""The history of one elevator, replayed day by day into its obligations under a rule of calendar years.

Facts are taken in the order of their days. What a year asks for is planned when it is first looked at, from what happened before
its 1 January; a later event plans the years after it anew, except what is done by then (§6: once done, never reopened).
"""

import datetime as dt
from collections.abc import Iterable, Iterator

from inspection.rules import facts as f
from inspection.rules.cycle import begins_anew, due_kind, first_governed_year, is_brake_test_year, latest_before, window
from inspection.rules.dates import apply_by as apply_by_of
from inspection.rules.dates import last_of
from inspection.rules.facts import BRAKE_TEST, PERIODIC, RESTART_INSPECTION, SELF_TEST, Facts
from inspection.rules.law import CycleRule, Law, in_force
from inspection.rules.obligations import SATISFIED, SUPERSEDED, WAIVED, Slot


class Replay:
    """Everything known about one elevator on `today`, replayed. What is dated later is not known yet."""

    def __init__(self, facts: Facts, law: Law, today: dt.date):
        self.today = today
        self.rules = sorted((rule for rule in law.cycle if rule.enabled), key=lambda rule: rule.valid_from)
        self.brake_rules = [rule for rule in law.brake if rule.enabled]
        self.inspections = {i for i in facts.inspections if i.concluded_on <= today}
        self.start = first_governed_year(self.rules, self.inspections)
        self.stops = [(stop, stop.ends_on(today)) for stop in _one_a_day(facts.stops) if stop.filed_on <= today]
        self.overrides = _latest(o for o in facts.overrides if o.issued_on is None or o.issued_on <= today)
        self.furthest = max(self.overrides, default=0)
        self.anchors: list[dt.date] = []
        self.movers: list[dt.date] = []
        self.slots: dict[int, Slot | None] = {}
        self.brakes: dict[int, Slot | None] = {}
        self.restarts: list[Slot] = []
        for day, _order, _key, happen, what in self._timeline(facts):
            happen(day, what)

    def _timeline(self, facts: Facts) -> list[tuple]:
        """Supervision before restarts before inspections of one day; a failure before the pass that mends it."""
        days = [
            (p.passed_on, 0, (p.kind, p.generation), self._supervised, p)
            for p in facts.passes
            if p.passed_on <= self.today
        ]
        for stop, ends_on in self.stops:
            inspected = stop.inspected_on if stop.inspected_on is not None and stop.inspected_on <= self.today else None
            if counted := inspected or ends_on:
                days.append((counted, 1, (stop.filed_on, str(stop.restarted_on)), self._restarted, stop))
        restarts = {stop.inspected_on for stop, _ in self.stops}
        for kind, day, passed in {
            (i.kind, i.concluded_on, i.verdict in f.PASSES) for i in self.inspections if _decides(i)
        }:
            if passed and kind == PERIODIC and day in restarts:
                continue  # told twice: the restart inspection is itself a periodic inspection (R6)
            days.append((day, 2, (kind, passed), self._passed if passed else self._failed, kind))
        days.sort(key=lambda row: row[:3])
        return days

    # --- plans ---------------------------------------------------------------------------------------------------------

    def rule_at(self, day: dt.date) -> CycleRule:
        """The row in force; before the first row, the first: old stops and alterations still move months and years."""
        if len(self.rules) == 1:
            return self.rules[0]
        return in_force(self.rules, day) or self.rules[0]

    def plan_until(self, year: int):
        for y in range(self.start, year + 1):
            if y not in self.slots:
                self.slots[y] = self._planned(y)
                self.brakes[y] = self._planned_brake_test(y, self.slots[y])

    def _planned(self, year: int) -> Slot | None:
        """The obligation of a calendar year: its kind by R1–R3, its month by R4, its window by R7 or R9."""
        anchor = latest_before(self.anchors, year)
        if anchor is None:
            return None
        month = latest_before(self.movers, year).month
        rule = in_force(self.rules, last_of(year, month))
        if rule is None or year < rule.first_governed_year:
            return None
        kind = due_kind(year - anchor.year, rule)
        opens_on, due_on, apply_by = window(kind, year, month, rule)
        slot = Slot(
            kind,
            str(year),
            opens_on,
            due_on,
            clauses=("R2", "R4") if kind == PERIODIC else ("R3", "R4"),
            rule_version=rule.version,
            apply_by=apply_by,
            warning_days=rule.apply_warning_days,
        )
        if override := self.overrides.get(year):
            slot.move(override)
            slot.clauses += ("R9",)
            slot.apply_by = slot.apply_by and apply_by_of(slot.due_on, rule.apply_before_months)
        return slot

    def _planned_brake_test(self, year: int, slot: Slot | None) -> Slot | None:
        """§2: in a year of the grid, in the window of that year's inspection or self-test."""
        if slot is None or not self.brake_rules:
            return None
        rule = in_force(self.brake_rules, slot.due_on)
        if rule is None or not is_brake_test_year(latest_before(self.anchors, year), year, rule):
            return None
        test = Slot(BRAKE_TEST, slot.period, slot.opens_on, slot.due_on, clauses=("§2",), rule_version=rule.version)
        test.issued_on, test.known_opens_on = slot.issued_on, slot.known_opens_on
        return test

    def _plan_anew_after(self, year: int):
        """D1: a new month, or A, applies from the next year; what is done stays done as long as its kind is the one due."""
        later = [(y, self.slots.pop(y), self.brakes.pop(y)) for y in [y for y in self.slots if y > year]]
        for y, slot, test in later:
            if not (slot and slot.ended_on) and not (test and test.ended_on):
                continue
            self.plan_until(y)
            if slot and slot.ended_on and self.slots[y] and slot.kind == self.slots[y].kind:
                self.slots[y] = slot
            if test and test.ended_on and self.brakes[y]:
                self.brakes[y] = test

    def is_suspended(self, due_on: dt.date) -> bool:
        """The close falls inside a stop, [filed, in use again)."""
        return any(stop.filed_on <= due_on and (ends is None or due_on < ends) for stop, ends in self.stops)

    def all_slots(self) -> Iterator[tuple[int, Slot]]:
        """(year, obligation), brake tests last."""
        for slots in (self.slots, self.brakes):
            for year, slot in slots.items():
                if slot is not None:
                    yield year, slot

    # --- what happens --------------------------------------------------------------------------------------------------

    def _supervised(self, day: dt.date, supervised: f.SupervisoryPass):
        self.plan_until(day.year)
        if begins_anew(supervised, self.rule_at(day)):
            self._supersede(self.slots, day)
            self._supersede(self.brakes, day)
            self.anchors.append(day)
        elif supervised.kind == f.MAJOR_REPAIR:
            slot = self.slots.get(day.year)
            if slot and slot.kind == PERIODIC and slot.ended_on is None and day <= slot.due_on:
                slot.close(WAIVED, day, "R5")
        self.movers.append(day)
        self._plan_anew_after(day.year)

    def _supersede(self, slots: dict[int, Slot | None], day: dt.date):
        """D4: nothing is due in the year of the pass; what was overdue (or had failed) by then ends with it."""
        for year, slot in slots.items():
            if slot is None or slot.ended_on is not None or year > day.year:
                continue
            suspended = self.is_suspended(slot.due_on)
            if not suspended and (slot.due_on < day or slot.failed_on):
                slot.close(SUPERSEDED, day, "D4")
            elif year == day.year:
                slots[year] = None

    def _restarted(self, day: dt.date, stop: f.Stop):
        """R6: after a long stop a periodic inspection comes before re-use; it moves the month and settles its year (D1)."""
        self.plan_until(day.year)
        inspected = stop.inspected_on is not None and stop.inspected_on <= self.today
        if not self.needs_inspection(stop, day):
            if inspected:
                self._passed(day, PERIODIC)
            return
        self._ask_for_restart_inspection(stop, day if inspected else None)
        if not inspected:
            return
        slot = self.slots.get(day.year)
        if slot and slot.ended_on is None:
            slot.close(SATISFIED, day, "R6", "D1")
        if (old := self._oldest(PERIODIC, day)) and old.due_on < day:
            old.pass_on(day, "R6")
        self.movers.append(day)
        self._plan_anew_after(day.year)

    def needs_inspection(self, stop: f.Stop, day: dt.date) -> bool:
        """R6: a stop of so many calendar days until `day`; TSG 08-2026: or one over the close of an obligation not met."""
        rule = self.rule_at(day)
        if rule.long_stop_days is not None and (day - stop.filed_on).days >= rule.long_stop_days:
            return True
        ends = stop.ends_on(day) or day
        return rule.suspended_counts and any(
            slot and slot.ended_on is None and stop.filed_on <= slot.due_on < ends for slot in self.slots.values()
        )

    def _ask_for_restart_inspection(self, stop: f.Stop, inspected_on: dt.date | None):
        due_on, version = stop.ends_on(self.today), self.rule_at(inspected_on or stop.ends_on(self.today)).version
        slot = Slot(
            RESTART_INSPECTION, stop.filed_on.isoformat(), stop.filed_on, due_on, clauses=("R6",), rule_version=version
        )
        if inspected_on:
            slot.pass_on(inspected_on)
        self.restarts.append(slot)

    def _oldest(self, kind: str, day: dt.date) -> Slot | None:
        """The oldest obligation of a kind that is open or overdue; one whose close fell inside a stop is not done later."""
        slots = self.brakes if kind == BRAKE_TEST else self.slots
        for slot in slots.values():  # planned from the first year on, so the oldest comes first
            if slot is None or slot.kind != kind or not slot.is_open_on(day):
                continue
            if day <= slot.due_on or not self.is_suspended(slot.due_on):
                return slot
        return None

    def targets(self, kind: str, day: dt.date) -> list[Slot]:
        """What a pass of this kind on this day closes. D3: a late one the old obligation only; otherwise a periodic
        inspection closes the self-test too in whose window it lies."""
        self.plan_until(max(day.year + 1, self.furthest))
        oldest = self._oldest(kind, day)
        if oldest and (kind != PERIODIC or day > oldest.due_on):
            return [oldest]
        found = [oldest] if oldest else []
        if kind == PERIODIC:
            tests = (slot for slot in self.slots.values() if slot and slot.kind == SELF_TEST)
            found += [slot for slot in tests if slot.is_open_on(day) and day <= slot.due_on]
        return found

    def _passed(self, day: dt.date, kind: str):
        for slot in self.targets(kind, day):
            slot.pass_on(day, *(("§6",) if slot.kind != kind else ()))

    def _failed(self, day: dt.date, kind: str):
        """Not closed by a failure; it must not be used, and lateness runs on until a pass (R11)."""
        for slot in self.targets(kind, day)[:1]:
            slot.failed_on = slot.failed_on or day


def _decides(inspection: f.Inspection) -> bool:
    """Governor checks have a chain of their own; a report without a verdict closes nothing."""
    return inspection.kind != f.GOVERNOR_CHECK and (inspection.verdict in f.PASSES or inspection.verdict in f.FAILURES)


def _latest(overrides: Iterable[f.Override]) -> dict[int, f.Override]:
    """Of several documents about one year the last issued holds."""
    ordered = sorted(overrides, key=lambda o: (o.issued_on or dt.date.min, o.document, o.opens_on, o.due_on))
    return {override.year: override for override in ordered}


def _one_a_day(stops: Iterable[f.Stop]) -> Iterable[f.Stop]:
    """Stops told twice are one; of contradicting ones filed on one day, the longest holds."""
    latest = dt.date.max
    ordered = sorted(set(stops), key=lambda s: (s.restarted_on or latest, s.inspected_on or latest))
    return {stop.filed_on: stop for stop in ordered}.values()
