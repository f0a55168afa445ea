"""The one timer engine: armed once per subject, fired once each, a bad one alone, nobody waits for anybody."""

import datetime as dt
import threading
import time

import pytest
import time_machine
from django.db import connection, transaction

from common.clock import now
from common.deadlines import BUSY_WAIT, LONGEST_WAIT, Tick, arm, fire_due, next_attempt_at, withdraw
from common.hooks import DEADLINE_HANDLERS
from common.models import Deadline, Heartbeat
from registry.models import Elevator
from tests.common.together import Together, at_once

AT = dt.datetime(2026, 3, 1, 8, 0, tzinfo=dt.UTC)
SECOND = dt.timedelta(seconds=1)
RING = "tests.ring"


@pytest.fixture
def handlers(monkeypatch):
    """The registry of handlers, put back afterwards."""
    monkeypatch.setattr(DEADLINE_HANDLERS, "_registrations", dict(DEADLINE_HANDLERS._registrations))
    return DEADLINE_HANDLERS


@pytest.fixture
def rung(handlers):
    """What the handler of RING was called with: (subject id, fence, at)."""
    calls = []

    def ring(deadlines, at):
        calls.extend((deadline.subject_id, deadline.fence, at) for deadline in deadlines)

    handlers.register(RING, ring)
    return calls


def put(subject_id, *, kind=RING, due_at=AT, subject_type="tests.nothing"):
    """A due row without a subject of flesh and blood."""
    return Deadline.objects.create(
        kind=kind, subject_type=subject_type, subject_id=subject_id, due_at=due_at, attempt_after=due_at, created_at=AT
    )


def test_arm_sets_one_pending_deadline(manager, rung):
    Deadline.objects.all().delete()
    arm(kind=RING, subject=manager.unit, due_at=AT, at=AT - SECOND)
    row = Deadline.objects.get()
    assert (row.subject_type, row.subject_id, row.fence, row.due_at, row.attempt_after, row.created_at) == (
        "accounts.unit",
        manager.unit.pk,
        1,
        AT,
        AT,
        AT - SECOND,
    )
    assert next_attempt_at() == AT


def test_arm_again_moves_it_and_raises_the_fence(manager, rung):
    arm(kind=RING, subject=manager.unit, due_at=AT, at=AT)
    Deadline.objects.filter(kind=RING).update(attempts=3, last_error="ValueError", attempt_after=AT + 99 * SECOND)
    arm(kind=RING, subject=manager.unit, due_at=AT + SECOND, at=AT)
    row = Deadline.objects.get(kind=RING)
    assert (row.fence, row.due_at, row.attempt_after, row.attempts, row.last_error) == (
        2,
        AT + SECOND,
        AT + SECOND,
        0,
        "",
    )
    assert fire_due(at=AT) == Tick(0, 0)
    assert fire_due(at=AT + SECOND) == Tick(1, 0)
    assert rung == [(manager.unit.pk, 2, AT + SECOND)]


def test_arm_refuses_a_kind_without_handler(manager):
    with pytest.raises(ValueError, match=r"no handler is registered for deadlines of kind tests\.nobody"):
        arm(kind="tests.nobody", subject=manager.unit, due_at=AT, at=AT)


def test_arm_after_firing_makes_a_new_one(manager, rung):
    for _ in range(2):
        arm(kind=RING, subject=manager.unit, due_at=AT, at=AT)
        assert fire_due(at=AT) == Tick(1, 0)
    assert Deadline.objects.filter(kind=RING).count() == 2


def test_withdraw_takes_it_back(manager, rung):
    arm(kind=RING, subject=manager.unit, due_at=AT, at=AT)
    assert withdraw(kind=RING, subject=manager.unit, at=AT) is True
    assert withdraw(kind=RING, subject=manager.unit, at=AT) is False
    assert fire_due(at=AT) == Tick(0, 0)
    assert rung == []


def test_fire_comes_at_the_due_instant_not_before_and_once(db, rung):
    put(1)
    assert fire_due(at=AT - dt.timedelta(microseconds=1)) == Tick(0, 0)
    assert fire_due(at=AT) == Tick(1, 0)
    assert fire_due(at=AT + SECOND) == Tick(0, 0)
    assert rung == [(1, 1, AT)]
    assert Deadline.objects.get().fired_at == AT


def test_fire_hands_a_kind_its_rows_as_one_set(db, handlers):
    sets = []
    handlers.register(RING, lambda deadlines, at: sets.append(sorted(d.subject_id for d in deadlines)))
    handlers.register("tests.other", lambda deadlines, at: sets.append(["other", len(deadlines)]))
    for number in range(4):
        put(number)
    put(9, kind="tests.other")
    assert fire_due(at=AT) == Tick(5, 0)
    assert sorted(sets, key=str) == [["other", 1], [0, 1, 2, 3]]


def test_fire_respects_its_limit_oldest_first(db, rung):
    for number in range(5):
        put(number, due_at=AT - number * SECOND)
    assert fire_due(at=AT, limit=2) == Tick(2, 0)
    assert sorted(subject for subject, _fence, _at in rung) == [3, 4]


def test_poison_costs_only_itself(db, handlers):
    fired = []

    def moody(deadlines, at):
        for deadline in deadlines:
            Heartbeat.objects.create(name=str(deadline.subject_id), seen_at=at)
            if deadline.subject_id == 2:
                raise ValueError("canary: 13912345678")
        fired.extend(d.subject_id for d in deadlines)

    handlers.register(RING, moody)
    for number in (1, 2, 3):
        put(number)
    assert fire_due(at=AT) == Tick(fired=2, failed=1)
    assert sorted(fired) == [1, 3]
    # each once, and nothing of the bad one
    assert sorted(Heartbeat.objects.values_list("name", flat=True)) == ["1", "3"]
    bad = Deadline.objects.get(subject_id=2)
    assert (bad.fired_at, bad.attempts, bad.last_error) == (None, 1, "ValueError")
    assert (bad.due_at, bad.attempt_after) == (AT, AT + 2 * SECOND)


def test_poison_is_tried_again_with_growing_waits_for_ever(db, handlers):
    handlers.register(RING, lambda deadlines, at: 1 / 0)
    put(1)
    at, waits = AT, []
    for _ in range(12):
        assert fire_due(at=at) == Tick(0, 1)
        assert fire_due(at=at) == Tick(0, 0)
        following = next_attempt_at()
        waits.append((following - at).total_seconds())
        at = following
    assert waits == [2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300, 300]
    assert LONGEST_WAIT.total_seconds() == 300
    Deadline.objects.update(attempts=32_000)  # the column's end is not the deadline's
    assert fire_due(at=at) == Tick(0, 1)


def test_poison_healed_fires(db, handlers):
    broken = True

    def handler(deadlines, at):
        if broken:
            raise RuntimeError("broken")

    handlers.register(RING, handler)
    put(1)
    fire_due(at=AT)
    broken = False
    assert fire_due(at=AT + 2 * SECOND) == Tick(1, 0)
    row = Deadline.objects.get()
    assert (row.fired_at, row.due_at) == (AT + 2 * SECOND, AT)


def test_database_error_in_a_handler_is_isolated_too(db, handlers):
    def bad_sql(deadlines, at):
        if any(deadline.subject_id == 2 for deadline in deadlines):
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1/0")

    handlers.register(RING, bad_sql)
    for number in (1, 2, 3):
        put(number)
    assert fire_due(at=AT) == Tick(fired=2, failed=1)
    assert Deadline.objects.get(subject_id=2).last_error == "DataError"


def test_unknown_kind_waits_and_harms_nobody(db, rung):
    put(1, kind="tests.app_gone")
    put(2)
    assert fire_due(at=AT) == Tick(fired=1, failed=1)
    assert Deadline.objects.get(kind="tests.app_gone").last_error == "KeyError"


def test_handler_may_arm_its_own_next(manager, handlers):
    """Escalations do: the next level of the same kind for the same subject."""

    def escalate(deadlines, at):
        for deadline in deadlines:
            arm(kind=RING, subject=manager.unit, due_at=deadline.due_at + 10 * SECOND, at=at)

    handlers.register(RING, escalate)
    arm(kind=RING, subject=manager.unit, due_at=AT, at=AT)
    for step in range(3):
        assert fire_due(at=AT + step * 10 * SECOND) == Tick(1, 0)
    rows = Deadline.objects.filter(kind=RING).order_by("pk")
    assert [(row.due_at - AT, row.fired_at is not None) for row in rows] == [
        (0 * SECOND, True),
        (10 * SECOND, True),
        (20 * SECOND, True),
        (30 * SECOND, False),
    ]


def test_deadline_of_a_deleted_subject_reaches_its_handler(manager, rung):
    arm(kind=RING, subject=manager.unit, due_at=AT, at=AT)
    Deadline.objects.filter(kind=RING).update(subject_id=2_000_000_000)
    assert fire_due(at=AT) == Tick(1, 0)
    assert rung == [(2_000_000_000, 1, AT)]


# --- several at once --------------------------------------------------------------------------------------------------


def test_two_at_once_fire_a_thousand_rows_once_each(transactional_db, handlers):
    calls = []

    def count(deadlines, at):
        # a row that fired twice would break the primary key
        Heartbeat.objects.bulk_create([Heartbeat(name=str(d.subject_id), seen_at=at) for d in deadlines])
        calls.append(len(deadlines))
        time.sleep(0.02)  # so that neither is done before the other has begun

    handlers.register(RING, count)
    Deadline.objects.bulk_create(
        [
            Deadline(
                kind=RING,
                subject_type="tests.nothing",
                subject_id=number,
                due_at=AT,
                attempt_after=AT,
                created_at=AT,
            )
            for number in range(1000)
        ]
    )

    def drain():
        ticks = []
        while (tick := fire_due(at=AT, limit=50)).fired:
            ticks.append(tick)
        return ticks

    first, second = at_once(drain, drain)
    assert sum(tick.fired for tick in first + second) == 1000
    assert [tick.failed for tick in first + second if tick.failed] == []
    assert sum(calls) == Heartbeat.objects.count() == 1000
    assert not Deadline.objects.pending().exists()
    assert first, "the second did everything: nothing was tested"
    assert second, "the first did everything: nothing was tested"


def test_subject_in_somebodys_hands_is_left_for_later(live_manager, rung):
    """Actions lock their row, then arm; pulse holds the deadline. Neither may wait for the other: that is a deadlock."""
    elevator, go, ready, together = live_manager.elevator, threading.Event(), threading.Event(), Together()
    arm(kind=RING, subject=elevator, due_at=AT, at=AT)
    arm(kind=RING, subject=live_manager.unit, due_at=AT, at=AT)

    def action():
        with transaction.atomic():
            Elevator.objects.select_for_update().get(pk=elevator.pk)
            ready.set()
            assert go.wait(20)
            arm(kind=RING, subject=elevator, due_at=AT + 60 * SECOND, at=AT)
        return "done"

    together.start(action)
    assert ready.wait(20)
    together.start(fire_due, at=AT).join(3)
    go.set()
    assert together.results() == ["done", Tick(1, 0)]
    assert rung == [(live_manager.unit.pk, 1, AT)]
    row = Deadline.objects.get(kind=RING, subject_id=elevator.pk, subject_type="registry.elevator")
    assert (row.fence, row.due_at, row.attempts, row.fired_at) == (2, AT + 60 * SECOND, 0, None)


def test_busy_subject_is_looked_at_again_soon(live_manager, rung):
    elevator, go, ready, together = live_manager.elevator, threading.Event(), threading.Event(), Together()
    arm(kind=RING, subject=elevator, due_at=AT, at=AT)

    def hold():
        with transaction.atomic():
            Elevator.objects.select_for_update().get(pk=elevator.pk)
            ready.set()
            assert go.wait(20)

    together.start(hold)
    assert ready.wait(20)
    assert fire_due(at=AT) == Tick(0, 0)
    assert next_attempt_at() == AT + BUSY_WAIT
    go.set()
    together.results()
    assert fire_due(at=AT + BUSY_WAIT) == Tick(1, 0)
    assert Deadline.objects.get(kind=RING).attempts == 0


def test_arm_during_firing_is_not_lost(live_manager, handlers):
    """Armed anew while the old one is being fired: the old one fires, the new one is pending."""
    unit, inside, go, together = live_manager.unit, threading.Event(), threading.Event(), Together()

    def slow(deadlines, at):
        inside.set()
        assert go.wait(20)

    handlers.register(RING, slow)
    arm(kind=RING, subject=unit, due_at=AT, at=AT)
    together.start(fire_due, at=AT)
    assert inside.wait(20)
    together.start(arm, kind=RING, subject=unit, due_at=AT + 60 * SECOND, at=AT)
    time.sleep(0.2)
    go.set()
    assert together.results() == [Tick(1, 0), None]
    rows = Deadline.objects.filter(kind=RING).order_by("pk").values_list("due_at", "fired_at")
    assert list(rows) == [(AT, AT), (AT + 60 * SECOND, None)]


# --- pulse ------------------------------------------------------------------------------------------------------------


def test_pulse_tick_fires_everything_and_beats(db, rung):
    from common.pulse import Pulse

    for number in range(3):
        put(number, due_at=now() - SECOND)
    assert Pulse().tick() == 3
    assert Heartbeat.objects.get(name="pulse").seen_at <= now()


def test_pulse_beats_even_when_busy(db, handlers, monkeypatch):
    from common.pulse import Pulse

    with time_machine.travel(AT, tick=False) as clock:
        handlers.register(RING, lambda deadlines, at: clock.shift(6))
        for number in range(3):
            put(number)
        monkeypatch.setattr("common.pulse.fire_due", lambda at: fire_due(at=at, limit=1))
        assert Pulse().tick() == 3
    # before each set, of which the last found nothing more to do
    assert Heartbeat.objects.get(name="pulse").seen_at == AT + 18 * SECOND


def test_pulse_wakes_by_notify(live_manager, rung):
    """Somebody arms what is due at once: nobody waits for the end of the second."""
    from common.pulse import Pulse

    pulse = Pulse()
    pulse._listening()
    thread = Together()
    started = time.monotonic()
    thread.start(lambda: (time.sleep(0.15), arm(kind=RING, subject=live_manager.unit, due_at=now(), at=now())))
    Deadline.objects.exclude(kind=RING).delete()
    pulse._sleep()
    waited = time.monotonic() - started
    thread.results()
    assert pulse.tick() == 1
    pulse._disconnect()
    assert waited < 0.9


def test_pulse_does_not_spin_on_what_another_holds(db, rung):
    from common.pulse import Pulse

    put(1, due_at=now() - SECOND)
    pulse = Pulse()
    started = time.monotonic()
    pulse._sleep()
    pulse._disconnect()
    assert 0.04 < time.monotonic() - started < 1
