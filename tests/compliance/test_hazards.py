"""The hazard ledger: found, mended against a clock, verified by somebody else; alerts follow it."""

import datetime as dt

import pytest
from django.db import connection, transaction

from common.actor import Actor
from common.errors import Changed
from compliance.actions import (
    change_grade,
    escalate_due,
    extend_hazard,
    report_hazard,
    take_hazard_step,
    watch_all_due_hazards,
)
from compliance.actions.hazards import (
    FoundInFuture,
    HazardStepRefused,
    ItemNotYet,
    ItemUnknown,
    Seen,
    report_hazards,
)
from compliance.models import Alert, AlertCause, Hazard, HazardClock, HazardStep
from registry.models import LifeEvent
from registry.queries import chain_faults
from tests.compliance.conftest import moment
from tests.factories.make import GULOU, make_elevator

pytestmark = pytest.mark.django_db
FINDER, MENDER, OFFICER, SECOND = (Actor("PERSON", name) for name in ("finder", "mender", "officer", "second"))
FOUND = moment("2026-11-27 10:00")  # a Friday


@pytest.fixture
def elevator(db):
    return make_elevator(area_code=GULOU)


def found(elevator, item="DOOR", *, by=FINDER, at=FOUND, **values) -> Hazard:
    values = {"details": "the left  door scrapes", "source": "MAINTENANCE", "found_on": at.date()} | values
    return report_hazard(elevator=elevator, item=item, by=by, at=at, **values)


def step(hazard, name, by, at, note="") -> Hazard:
    return take_hazard_step(hazard_id=hazard.pk, step=name, note=note, by=by, at=moment(at))


def alerts() -> list[tuple]:
    return list(Alert.objects.order_by("pk").values_list("kind", "state", "severity"))


def refused(call, **given) -> str:
    with pytest.raises(HazardStepRefused) as caught, transaction.atomic():
        call(**given)
    return caught.value.code


@pytest.mark.parametrize(
    ("item", "grade", "due"),
    [
        ("DOOR", "GENERAL", "2026-12-27"),
        ("ALARM-DEAD", "LARGER", "2026-12-04"),
        ("GB45067-5.6.4", "MAJOR", "2026-12-27"),
    ],
)
def test_what_is_found_has_the_grade_of_its_item_and_the_clock_of_that_grade(elevator, item, grade, due):
    hazard = found(elevator, item)
    assert (hazard.grade, str(hazard.due_on), hazard.state, hazard.details) == (
        grade,
        due,
        "FOUND",
        "the left door scrapes",
    )
    assert hazard.clock == f"{grade} 2000-01-01"


def test_from_finding_to_verified_each_step_is_a_life_event_and_needs_two_people(elevator):
    hazard = found(elevator)
    step(hazard, "confirm", OFFICER, "2026-11-28 09:00")
    assert (
        refused(take_hazard_step, hazard_id=hazard.pk, step="verify", note="", by=OFFICER, at=FOUND) == "hazard-not-now"
    )
    step(hazard, "claim", MENDER, "2026-12-01 09:00", "new rollers")
    assert (
        refused(take_hazard_step, hazard_id=hazard.pk, step="verify", note="", by=MENDER, at=FOUND)
        == "hazard-same-person"
    )
    step(hazard, "send_back", OFFICER, "2026-12-02 09:00", "still scrapes")
    step(hazard, "claim", MENDER, "2026-12-03 09:00")
    hazard = step(hazard, "verify", OFFICER, "2026-12-04 09:00")
    assert (hazard.state, str(hazard.ended_on), hazard.step_at) == ("CLOSED", "2026-12-04", None)
    told = (
        LifeEvent.objects.filter(elevator=elevator, kind="HAZARD")
        .order_by("sequence")
        .values_list("outcome", flat=True)
    )
    assert list(told) == ["find", "confirm", "claim", "send_back", "claim", "verify"]
    assert list(HazardStep.objects.order_by("pk").values_list("note", flat=True))[2] == "new rollers"
    assert chain_faults().faults == []


def test_a_second_click_takes_no_second_step(elevator):
    hazard = found(elevator)
    for _ in range(2):
        step(hazard, "confirm", OFFICER, "2026-11-28 09:00")
    assert HazardStep.objects.count() == 2


def test_the_same_finding_sent_again_is_the_same_hazard(elevator):
    source = elevator  # any row with a public id that reported it
    first = found(elevator, reported=source)
    assert found(elevator, reported=source).pk == first.pk
    assert found(elevator).pk == first.pk  # what stands already about the same item
    assert found(elevator, "CAR", reported=source).pk != first.pk
    step(first, "reject", OFFICER, "2026-11-28 09:00")
    assert found(elevator, reported=source).pk == first.pk  # a rejected report does not come back by being sent again
    assert found(elevator).pk != first.pk


def test_a_major_hazard_raises_a_red_alert_at_once_and_only_its_end_resolves_it(elevator):
    hazard = found(elevator, "GB45067-5.6.4")
    assert alerts() == [("HAZARD", "OPEN", "RED")]
    step(hazard, "confirm", OFFICER, "2026-11-28 09:00")
    step(hazard, "claim", MENDER, "2026-11-28 10:00")
    assert alerts() == [("HAZARD", "OPEN", "RED")]
    step(hazard, "verify", OFFICER, "2026-11-28 11:00")
    assert alerts() == [("HAZARD", "RESOLVED", "RED")]


def test_a_general_hazard_alerts_from_the_day_after_its_last_and_turns_red_with_a_major_one(elevator):
    hazard = found(elevator)
    watch_all_due_hazards(at=moment("2026-12-27 23:59"))
    assert alerts() == []
    assert watch_all_due_hazards(at=moment("2026-12-28 00:00")) == 1
    assert watch_all_due_hazards(at=moment("2026-12-28 00:01")) == 0
    assert alerts() == [("HAZARD", "OPEN", "ORANGE")]
    major = found(elevator, "GB45067-5.6.2", at=moment("2026-12-28 09:00"))
    assert alerts() == [("HAZARD", "OPEN", "RED")]
    assert AlertCause.objects.filter(ended_at=None).count() == 2
    escalate_due(at=moment("2027-01-05 00:00"))
    assert Alert.objects.get().level == "SUBDISTRICT"
    step(major, "reject", OFFICER, "2026-12-29 09:00")
    assert alerts() == [("HAZARD", "OPEN", "ORANGE")]  # what is left is late, and may be used
    step(hazard, "reject", OFFICER, "2026-12-30 09:00")
    assert alerts()[0][1] == "RESOLVED"


def test_an_extension_ends_the_alert_and_the_new_last_day_raises_another(elevator):
    hazard = found(elevator, "ALARM-DEAD")
    step(hazard, "confirm", OFFICER, "2026-11-28 09:00")
    watch_all_due_hazards(at=moment("2026-12-05 00:00"))
    extend_hazard(
        hazard_id=hazard.pk,
        due_on=dt.date(2026, 12, 9),
        note="part is ordered",
        by=OFFICER,
        at=moment("2026-12-05 09:00"),
    )
    assert alerts() == [("HAZARD", "RESOLVED", "ORANGE")]
    again = {"hazard_id": hazard.pk, "note": "", "by": OFFICER, "at": moment("2026-12-06 09:00")}
    assert refused(extend_hazard, due_on=dt.date(2026, 12, 12), **again) == "hazard-extended-already"
    watch_all_due_hazards(at=moment("2026-12-10 00:00"))
    assert [state for _kind, state, _severity in alerts()] == ["RESOLVED", "OPEN"]


def extend(hazard, due, at="2026-12-04 09:00", **given):
    day = dt.date.fromisoformat(due)
    return extend_hazard(hazard_id=hazard.pk, due_on=day, note="", by=OFFICER, at=moment(at), **given)


def test_an_extension_may_end_today_and_not_before(elevator):
    hazard = found(elevator, "ALARM-DEAD")
    late = {"due": "2026-12-08", "at": "2026-12-09 00:01"}
    assert refused(extend, hazard=hazard, **late) == "hazard-past"
    assert extend(hazard, "2026-12-08", at="2026-12-08 23:59").due_on == dt.date(2026, 12, 8)


def test_five_working_days_are_extended_by_five_working_days(elevator):
    hazard = found(elevator, "ALARM-DEAD")  # until Friday the fourth
    assert refused(extend, hazard=hazard, due="2026-12-12") == "hazard-too-long"
    assert extend(hazard, "2026-12-11").due_on == dt.date(2026, 12, 11)


def test_a_changed_grade_is_extended_by_the_clock_that_it_runs_by_since(elevator):
    HazardClock.objects.create(
        grade="LARGER", days=5, working=True, extension_days=2, valid_from=dt.date(2026, 12, 1), certainty="D"
    )
    hazard = found(elevator)
    change_grade(hazard_id=hazard.pk, grade="LARGER", note="", by=OFFICER, at=moment("2026-12-01 09:00"))
    hazard.refresh_from_db()
    assert (hazard.clock, hazard.due_on) == ("LARGER 2026-12-01", dt.date(2026, 12, 8))
    assert refused(extend, hazard=hazard, due="2026-12-11") == "hazard-too-long"
    assert extend(hazard, "2026-12-10").due_on == dt.date(2026, 12, 10)


def test_a_lowered_grade_takes_the_red_from_an_alert_that_stays(elevator):
    hazard = found(elevator, "GB45067-5.6.4")
    late = {"hazard_id": hazard.pk, "grade": "LARGER", "note": "", "at": moment("2026-12-28 09:00")}
    change_grade(by=OFFICER, **late)
    assert alerts() == [("HAZARD", "OPEN", "RED")]
    change_grade(by=SECOND, **late)
    assert alerts() == [("HAZARD", "OPEN", "ORANGE")]
    change_grade(by=OFFICER, **late | {"grade": "MAJOR"})
    assert alerts() == [("HAZARD", "OPEN", "RED")]


@pytest.mark.parametrize(
    ("act", "given"),
    [
        (take_hazard_step, {"step": "confirm"}),
        (change_grade, {"grade": "MAJOR"}),
        (extend_hazard, {"due_on": dt.date(2027, 1, 10)}),
    ],
)
def test_nobody_takes_a_step_on_what_they_have_not_read(elevator, act, given):
    hazard = found(elevator)
    given = given | {"hazard_id": hazard.pk, "note": "", "by": OFFICER, "at": moment("2026-11-28 09:00")}
    with pytest.raises(Changed):
        act(version=hazard.version - 1, **given)
    assert HazardStep.objects.count() == 1
    act(version=hazard.version, **given)
    act(version=hazard.version, **given)  # the second click of the same, which read the same
    assert HazardStep.objects.count() == 2


def test_what_one_visit_found_is_reported_whole_or_not_at_all(elevator):
    visit = {"elevator": elevator, "found_on": FOUND.date(), "source": "MAINTENANCE", "by": FINDER, "at": FOUND}
    with pytest.raises(ItemUnknown) as refusal:
        report_hazards(seen=[Seen("DOOR", "scrapes"), Seen("NO-SUCH", "x")], **visit)
    assert (refusal.value.field, Hazard.objects.count()) == ("items/1/item", 0)
    rows = report_hazards(seen=[Seen("DOOR", "scrapes"), Seen("CAR", "lamp out")], **visit)
    assert [(row.item_id, row.details) for row in rows] == [("DOOR", "scrapes"), ("CAR", "lamp out")]


def test_one_officer_raises_a_grade_and_two_lower_it(elevator):
    hazard = found(elevator)
    change = {"hazard_id": hazard.pk, "note": "", "at": moment("2026-11-28 09:00")}
    raised = change_grade(grade="MAJOR", by=OFFICER, **change)
    assert (raised.grade, str(raised.due_on), alerts()) == ("MAJOR", "2026-12-27", [("HAZARD", "OPEN", "RED")])
    for _ in range(2):
        waiting = change_grade(grade="GENERAL", by=OFFICER, **change)
        assert (waiting.grade, waiting.lower_to) == ("MAJOR", "GENERAL")
    lowered = change_grade(grade="GENERAL", by=SECOND, **change)
    assert (lowered.grade, lowered.lower_to, alerts()) == ("GENERAL", "", [("HAZARD", "RESOLVED", "RED")])
    kinds = list(HazardStep.objects.order_by("pk").values_list("kind", flat=True))
    assert kinds == ["find", "raise", "propose_lower", "lower"]


def test_a_raised_grade_never_gets_more_time_than_it_had(elevator):
    hazard = found(elevator, "ALARM-DEAD")
    raised = change_grade(hazard_id=hazard.pk, grade="MAJOR", note="", by=OFFICER, at=moment("2026-11-30 09:00"))
    assert str(raised.due_on) == "2026-12-04"


def test_what_comes_back_within_ninety_days_is_marked_as_a_repeat(elevator):
    first = found(elevator)
    step(first, "confirm", OFFICER, "2026-11-28 09:00")
    step(first, "claim", MENDER, "2026-11-28 10:00")
    step(first, "verify", OFFICER, "2026-11-28 11:00")
    assert found(elevator, at=moment("2027-02-26 10:00")).repeat_of_id == first.pk
    assert found(elevator, "CAR", at=moment("2027-02-26 10:00")).repeat_of_id is None
    other = make_elevator(area_code=GULOU)
    assert found(other, at=moment("2027-02-26 10:00")).repeat_of_id is None


def test_bad_reports_are_refused_by_name(elevator):
    with pytest.raises(ItemUnknown):
        found(elevator, "NO-SUCH")
    with pytest.raises(ItemNotYet) as early:  # the standard was not in force then: it is the day that is wrong
        found(elevator, "GB45067-5.6.1", found_on=dt.date(2024, 11, 30))
    assert (early.value.field, early.value.params) == ("found_on", {"since": dt.date(2024, 12, 1)})
    with pytest.raises(FoundInFuture):
        found(elevator, found_on=dt.date(2026, 11, 28))
    assert not Hazard.objects.exists()


def test_steps_are_never_changed_or_taken_away(elevator):
    found(elevator)
    for change in ("UPDATE compliance_hazardstep SET note = ''", "DELETE FROM compliance_hazardstep"):
        with pytest.raises(Exception, match=r"append-only|permission"), transaction.atomic():
            connection.cursor().execute(change)
