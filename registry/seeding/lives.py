"""What follows from an elevator: who answered and answers for it, its life events, flags, the next deadline.

The copies of the current units, the deadline and the events' form are those of registry.actions, in bulk; a test
recomputes them with the actions and expects no difference.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID
from zoneinfo import ZoneInfo

from accounts.models import Unit
from common.actor import Actor
from common.ids import new_public_id
from registry import rules
from registry.choices import EXCLUSIVE_ROLES, FlagKind, LifeEventKind, RegistrationState
from registry.choices import ResponsibilityRole as Role
from registry.seeding.elevators import Elevator
from registry.seeding.units import Units

_NINE = dt.time(9, tzinfo=ZoneInfo("Asia/Shanghai"))
RESPONSIBILITY, FLAG = "registry.responsibility", "registry.statusflag"


@dataclass(slots=True)
class Period:
    """One Responsibility to be."""

    role: Role
    unit: Unit
    started_at: dt.datetime
    ended_at: dt.datetime | None
    public_id: UUID


@dataclass(slots=True)
class Flag:
    """One StatusFlag to be."""

    kind: FlagKind
    reason: str
    started_at: dt.datetime
    public_id: UUID


@dataclass(slots=True)
class Life:
    """Everything that hangs on one elevator."""

    began_at: dt.datetime
    state_at: dt.datetime
    periods: list[Period]
    flags: list[Flag]
    current: dict[str, Period | None]  # by exclusive role
    next_change_at: dt.datetime | None


def moment(day: dt.date, at: dt.datetime) -> dt.datetime:
    """Nine in the morning in Nanjing; never later than the seeding itself."""
    return min(dt.datetime.combine(day, _NINE).astimezone(dt.UTC), at)


def live(elevator: Elevator, units: Units, flags: "Flagging", *, at: dt.datetime) -> Life:
    """The life so far of one elevator."""
    if elevator.commissioned_on is None:
        began_at = state_at = _days(at, -1 - int(elevator.chance * 60))
        ends_at = None
    else:
        began_at = moment(elevator.commissioned_on, at)
        state_at, ends_at = _state(elevator, began_at, at)
    periods = [period for period in _periods(elevator, units, began_at, at) if _cut(period, elevator, ends_at)]
    current = {role: _current(periods, role, at) for role in EXCLUSIVE_ROLES}
    exclusive = [period for period in periods if period.role in EXCLUSIVE_ROLES]
    moments = [m for p in exclusive for m in (p.started_at, p.ended_at) if m is not None and m > at]
    return Life(began_at, state_at, periods, flags(elevator, at), current, min(moments, default=None))


def _days(at: dt.datetime, days: int) -> dt.datetime:
    return at.replace(hour=1, minute=0, second=0, microsecond=0) + dt.timedelta(days=days)


def _state(elevator: Elevator, began_at: dt.datetime, at: dt.datetime) -> tuple[dt.datetime, dt.datetime | None]:
    """(since when the present state, when the elevator was gone or None)."""
    if elevator.state == RegistrationState.IN_USE:
        return began_at, None
    # at least a year after it came, at the latest a month ago
    latest = max(began_at, at - dt.timedelta(days=30))
    since = began_at + (latest - began_at) * (0.4 + 0.6 * elevator.chance)
    since = moment(since.date(), at)
    return since, None if elevator.state == RegistrationState.OUT_OF_USE else since


def _periods(elevator: Elevator, units: Units, began_at, at) -> Iterator[Period]:
    site = elevator.site
    yield from _handed_over(
        Role.USING_UNIT,
        (site.using_before, site.using, None),
        began_at,
        site.using_changed_on,
        _end(elevator, "using", site.using_ends_in, at),
        at,
    )
    yield from _handed_over(
        Role.MAINTENANCE_UNIT,
        (site.maintaining_before, site.maintaining, site.maintaining_next),
        began_at,
        site.maintaining_changed_on,
        _end(elevator, "maintenance", site.maintaining_ends_in, at),
        at,
    )
    yield Period(Role.MANUFACTURER, units.manufacturers[elevator.maker], began_at, None, new_public_id())
    for role, unit in site.others.items():
        if unit is None or (role == Role.INSURER and elevator.state != RegistrationState.IN_USE):
            continue
        if role == Role.INSURER:
            # a policy runs for a year
            start = max(began_at, _days(at, -1 - int(elevator.chance * 330)))
            yield Period(role, unit, start, start + dt.timedelta(days=365), new_public_id())
        else:
            yield Period(role, unit, began_at, None, new_public_id())


def _end(elevator: Elevator, what: str, ends_in: int | None, at: dt.datetime) -> dt.datetime | None:
    """When the present unit's responsibility ends or, of an orphan, ended."""
    if elevator.orphan in (what, "both"):
        return _days(at, -20 - int(elevator.chance * 400))
    return None if ends_in is None else _days(at, ends_in)


def _handed_over(role, chain, began_at, changed_on, ends_at, at) -> Iterator[Period]:
    """The unit before, the present one, the next one, without gap or overlap; empty periods fall away."""
    before, present, following = chain
    started_at = began_at
    if before is not None:
        changed_at = moment(changed_on, at)
        if began_at < changed_at and (ends_at is None or changed_at < ends_at):
            yield Period(role, before, began_at, changed_at, new_public_id())
            started_at = changed_at
    if ends_at is None or started_at < ends_at:
        yield Period(role, present, started_at, ends_at, new_public_id())
    if following is not None and ends_at is not None and ends_at > at:
        yield Period(role, following, ends_at, None, new_public_id())


def _cut(period: Period, elevator: Elevator, ends_at: dt.datetime | None) -> bool:
    """End what ends with the elevator. Its using unit answers until it is deregistered. False: never was."""
    if ends_at is None or period.role == Role.MANUFACTURER:
        return True
    if period.role == Role.USING_UNIT and elevator.state != RegistrationState.DEREGISTERED:
        return True
    if period.started_at >= ends_at:
        return False
    if period.ended_at is None or period.ended_at > ends_at:
        period.ended_at = ends_at
    return True


def _current(periods: list[Period], role: Role, at: dt.datetime) -> Period | None:
    for period in periods:
        if period.role == role and period.started_at <= at and (period.ended_at is None or period.ended_at > at):
            return period
    return None


class Flagging:
    """Opens a few side states: each so-manieth elevator in use has one, so that the smallest city has them too."""

    _EVERY = (
        (700, 13, FlagKind.SEALED, "示例：严重事故隐患"),
        (1500, 17, FlagKind.RELOCATING, "示例：移装"),
        (1500, 19, FlagKind.CHANGING, "示例：变更使用单位"),
    )

    def __init__(self):
        self._in_use = 0

    def __call__(self, elevator: Elevator, at: dt.datetime) -> list[Flag]:
        if elevator.state != RegistrationState.IN_USE or elevator.site.cast is not None:
            return []
        self._in_use += 1
        return [
            Flag(kind, reason, _days(at, -3 - self._in_use % 50), new_public_id())
            for every, first, kind, reason in self._EVERY
            if self._in_use % every == first
        ]


def events(elevator: Elevator, life: Life, public_id, *, by: Actor, at: dt.datetime) -> list[tuple]:
    """The life events in order of time, chained: tuples after EVENT_NAMES."""
    happened = [(life.began_at, _entered(elevator), "", {}, "", "")]
    for period in life.periods:
        happened += _of_period(period, at)
    if elevator.state not in (RegistrationState.IN_USE, RegistrationState.UNREGISTERED):
        details = {"from": "IN_USE", "to": str(elevator.state), "reference": ""}
        happened.append((life.state_at, LifeEventKind.STATE_CHANGED, str(elevator.state), details, "", ""))
    for flag in life.flags:
        happened.append((flag.started_at, LifeEventKind.FLAGGED, str(flag.kind), {}, FLAG, str(flag.public_id)))
    happened.sort(key=lambda event: event[0])
    return _chained(happened, str(public_id), by)


def _entered(elevator: Elevator) -> LifeEventKind:
    return LifeEventKind.IMPORTED if elevator.commissioned_on else LifeEventKind.CREATED


def _of_period(period: Period, at: dt.datetime) -> list[tuple]:
    """Its beginning, and its end once that has come. What begins later was noted today."""
    role, unit, source = str(period.role), str(period.unit.public_id), str(period.public_id)
    details = {"role": role, "unit": unit, "from": period.started_at.isoformat()}
    noted_at = min(period.started_at, at)
    made = [(noted_at, LifeEventKind.RESPONSIBILITY_STARTED, role, details, RESPONSIBILITY, source)]
    if period.ended_at is not None and period.ended_at <= at:
        details = {"role": role, "unit": unit, "until": period.ended_at.isoformat()}
        made.append((period.ended_at, LifeEventKind.RESPONSIBILITY_ENDED, role, details, RESPONSIBILITY, source))
    return made


EVENT_NAMES = (
    "sequence",
    "occurred_at",
    "kind",
    "outcome",
    "details",
    "source_type",
    "source_id",
    "previous_hash",
    "hash",
)


def _chained(happened: list[tuple], elevator: str, by: Actor) -> list[tuple]:
    previous, rows = rules.GENESIS, []
    for sequence, (occurred_at, kind, outcome, details, source_type, source_id) in enumerate(happened, start=1):
        digest = rules.event_hash(
            previous,
            elevator=elevator,
            sequence=sequence,
            kind=kind,
            outcome=outcome,
            occurred_at=occurred_at,
            actor_kind=by.kind,
            actor_id=by.id,
            acting_unit_id=None,
            source_type=source_type,
            source_id=source_id,
            details=details,
        )
        what = (occurred_at, kind, outcome, details, source_type, source_id)
        rows.append((sequence, *what, previous, digest))
        previous = digest
    return rows
