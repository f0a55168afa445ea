"""Who has to answer a complaint is told; a complaint goes with its elevator; phones go when nobody needs them."""

import datetime as dt

import pytest

from common import deadlines, retention
from common.models import Message, RetentionRule
from compliance import actions, sweeps
from compliance.actions.complaint_moves import move_all_due, move_complaint, moved
from compliance.models import Alert, Complaint, ComplaintStep
from registry.models import Elevator, Site
from tests.compliance.conftest import moment
from tests.compliance.test_complaints import FRIDAY, OFFICER, answered, place, reviewed, told
from tests.factories.make import GULOU, hand_over, hold, make_elevator, make_unit, make_user

__all__ = ["place"]


@pytest.fixture
def clerk(place):
    """Of the maintenance unit."""
    return _person("clerk", "MAINTENANCE_OFFICE", unit=place.maintenance_unit)


def _person(name, role, **where):
    user = make_user(name)
    hold(user, role, started_at=FRIDAY - dt.timedelta(days=300), **where)
    return user


def inbox(user) -> list[tuple]:
    rows = Message.objects.filter(recipient_id=str(user.public_id)).order_by("pk")
    return [(row.kind.removeprefix("compliance."), row.params.get("due_on"), row.link != "") for row in rows]


def assign(complaint, to, at=FRIDAY):
    return actions.assign_complaint(complaint_id=complaint.pk, to=to, note="", by=OFFICER, at=at)


def send_back(complaint, at):
    return actions.return_complaint(complaint_id=complaint.pk, note="too short", by=OFFICER, at=moment(at))


def test_who_has_to_answer_is_told_once_and_who_need_not_any_more_too(place, clerk):
    owner = _person("owner", "USING_UNIT_MANAGER", unit=place.using_unit)
    complaint = told(place).complaint
    told(place)  # the same form again
    assert inbox(clerk) == [("complaint_assigned", "2026-12-04", True)]
    assign(complaint, "USING_UNIT")
    assign(complaint, "USING_UNIT")
    assert inbox(owner) == [("complaint_assigned", "2026-12-04", True)]
    assert inbox(clerk)[1:] == [("complaint_moved", "2026-12-04", False)]


def test_an_answer_that_comes_back_is_told_with_its_new_day(place, clerk):
    complaint = told(place).complaint
    answered(complaint)
    send_back(complaint, "2026-12-01 09:00")
    assert inbox(clerk)[1:] == [("complaint_returned", "2026-12-08", True)]


def test_where_no_unit_answers_the_officials_of_the_district_are_told(place):
    officer = _person("officer", "DISTRICT_REGULATOR", area_code=GULOU)
    told(place, "HURT")
    told(place, key="form-2")
    assert inbox(officer) == [("complaint_assigned", "2026-12-02", True)]


def test_a_joined_one_tells_nobody(place, clerk):
    told(place, key="form-2", join=told(place).complaint)
    assert len(inbox(clerk)) == 1


@pytest.mark.parametrize(
    ("at", "told_of"), [("2026-12-03 07:59", []), ("2026-12-03 08:00", ["complaint_due"]), ("2026-12-05 00:01", [])]
)
def test_the_day_before_the_last_one_it_is_said_again(place, clerk, at, told_of):
    """Late is late: then there is an alert instead."""
    told(place)
    for _twice in range(2):
        assert deadlines.fire_due(at=moment(at)).failed == 0
    assert [kind for kind, *_rest in inbox(clerk)][1:] == told_of


def test_what_is_answered_is_said_no_more(place, clerk):
    answered(told(place).complaint)
    deadlines.fire_due(at=moment("2026-12-03 09:00"))
    assert len(inbox(clerk)) == 1


# --- the elevator changes hands ---------------------------------------------------------------------------------------


def handed_over(place, at="2026-12-01 12:00", name="New maintenance"):
    new = make_unit(name, kind="MAINTENANCE_UNIT")
    hand_over(place, role="MAINTENANCE_UNIT", from_unit=place.maintenance_unit, to_unit=new, at=moment(at))
    return new


def test_an_unanswered_complaint_goes_with_the_elevator_and_the_step_is_on_record(place, clerk):
    complaint, done = told(place).complaint, told(place, key="form-2", text="it shakes").complaint
    answered(done)
    new = handed_over(place)
    successor = _person("successor", "MAINTENANCE_OFFICE", unit=new)
    assert move_all_due(at=moment("2026-12-01 11:59")) == 0
    assert move_all_due(at=moment("2026-12-01 12:00")) == 1
    complaint.refresh_from_db()
    done.refresh_from_db()
    assert (complaint.unit, complaint.state, str(complaint.due_on)) == (new, "ASSIGNED", "2026-12-04")
    assert done.unit.name == "Sample maintenance"  # its answer is its own
    step = ComplaintStep.objects.filter(complaint=complaint).latest("pk")
    assert (step.kind, step.by_kind, step.changes["unit"][1]) == ("move", "SYSTEM", new.pk)
    assert inbox(successor) == [("complaint_assigned", "2026-12-04", True)]
    assert inbox(clerk)[-1] == ("complaint_moved", "2026-12-04", False)
    assert move_all_due(at=moment("2026-12-01 12:01")) == 0
    assert not move_complaint(complaint_id=complaint.pk, at=moment("2026-12-01 12:01"))


def test_nobody_is_late_on_the_day_on_which_it_becomes_theirs(place):
    complaint = told(place).complaint
    deadlines.fire_due(at=moment("2026-12-05 00:01"))
    assert Alert.objects.standing().count() == 1
    handed_over(place, at="2026-12-11 23:59")  # a Friday
    move_all_due(at=moment("2026-12-11 23:59"))
    complaint.refresh_from_db()
    assert str(complaint.due_on) == "2026-12-14"
    assert Alert.objects.standing().count() == 0
    deadlines.fire_due(at=moment("2026-12-15 00:01"))
    assert Alert.objects.standing().count() == 1


def test_where_nobody_follows_the_officials_have_it(place):
    officer = _person("officer", "DISTRICT_REGULATOR", area_code=GULOU)
    complaint = told(place).complaint
    place.responsibilities.filter(role="MAINTENANCE_UNIT").update(ended_at=moment("2026-12-01 12:00"))
    at = moment("2026-12-01 12:10")
    assert sweeps.moving_complaints().oldest_due(at) == moment("2026-12-01 12:00")
    move_all_due(at=at)
    complaint.refresh_from_db()
    assert (complaint.state, complaint.unit) == ("RECEIVED", None)
    assert inbox(officer) == [("complaint_assigned", "2026-12-04", True)]
    assert sweeps.moving_complaints().oldest_due(at) is None


@pytest.fixture
def estate(place):
    """A site with two elevators of the same units."""
    site = Site.objects.create(
        name="Sample estate",
        city=place.city,
        managing_district=place.managing_district,
        area=place.area,
        created_at=FRIDAY,
    )
    since = FRIDAY - dt.timedelta(days=400)
    units = {"using_unit": place.using_unit, "maintenance_unit": place.maintenance_unit}
    second = make_elevator(area_code=GULOU, since=since, **units)
    Elevator.objects.filter(pk__in=[place.pk, second.pk]).update(site=site)
    return site, place, second


def test_a_complaint_about_a_whole_site_goes_when_its_unit_has_left_the_last_elevator_there(estate):
    site, first, second = estate
    complaint = told(None, "CLEAN", site=site).complaint
    assert complaint.unit.name == "Sample property"
    new = make_unit("New property")
    given = {"role": "USING_UNIT", "from_unit": first.using_unit, "to_unit": new}
    hand_over(first, at=moment("2026-12-01 12:00"), **given)
    assert move_all_due(at=moment("2026-12-01 12:01")) == 0  # it still answers for the other one
    hand_over(second, at=moment("2026-12-02 12:00"), **given)
    at = moment("2026-12-02 12:01")
    assert sweeps.moving_complaints().oldest_due(at) == moment("2026-12-02 12:00")
    assert move_all_due(at=at) == 1
    complaint.refresh_from_db()
    assert (complaint.unit, complaint.state) == (new, "ASSIGNED")
    assert complaint.steps.latest("pk").changes["unit"] == [first.using_unit_id, new.pk]
    assert move_all_due(at=at) == 0
    assert not move_complaint(complaint_id=complaint.pk, at=at)
    assert sweeps.moving_complaints().oldest_due(at) is None


def test_where_a_site_has_several_successors_the_officials_have_its_complaint(estate):
    site, first, second = estate
    complaint = told(None, "CLEAN", site=site).complaint
    for number, elevator in enumerate((first, second)):
        given = {"role": "USING_UNIT", "from_unit": elevator.using_unit, "to_unit": make_unit(f"New {number}")}
        hand_over(elevator, at=moment("2026-12-01 12:00"), **given)
    move_all_due(at=moment("2026-12-01 12:01"))
    complaint.refresh_from_db()
    assert (complaint.unit, complaint.state) == (None, "RECEIVED")


def test_who_still_answers_for_the_elevator_keeps_it_and_a_bad_row_holds_up_nobody(place, monkeypatch):
    complaint = told(place).complaint
    assign(complaint, "USING_UNIT")
    other = told(place, key="form-2").complaint
    bad = told(place, key="form-3", text="again").complaint
    handed_over(place)
    from compliance.actions import complaint_moves

    real = complaint_moves.move_complaint
    monkeypatch.setattr(complaint_moves, "move_complaint", lambda **given: _fails(real, bad.pk, **given))
    move_all_due(at=moment("2026-12-01 12:01"))
    names = [row.unit.name for row in Complaint.objects.order_by("pk")]
    assert names == ["Sample property", "New maintenance", "Sample maintenance"]
    assert list(moved(moment("2026-12-01 12:01"))) == [bad]
    assert other.pk != bad.pk


def _fails(real, pk, **given):
    if given["complaint_id"] == pk:
        raise RuntimeError
    return real(**given)


# --- phones -----------------------------------------------------------------------------------------------------------


def test_phones_go_some_days_after_the_end_and_not_before(place):
    complaint = told(place, contact="13900000000").complaint
    joined = told(place, key="form-2", contact="13900000001", join=complaint).complaint
    standing = told(place, "NOISE", key="form-3", contact="13900000002").complaint
    answered(complaint)
    reviewed(complaint)
    actions.close_complaint(complaint_id=complaint.pk, note="", by=OFFICER, at=moment("2026-12-02 10:00"))
    days = RetentionRule.objects.get(kind="compliance.complaint_phones").days
    over = moment("2026-12-02 10:00") + dt.timedelta(days=days)
    assert retention.sweep(at=over)["compliance.complaint_phones"] == 0
    assert retention.sweep(at=over + dt.timedelta(seconds=1))["compliance.complaint_phones"] == 2
    assert [Complaint.objects.get(pk=row.pk).contact is None for row in (complaint, joined, standing)] == [
        True, True, False
    ]  # fmt: skip
    # nothing is left by which the number could be tried out
    assert bytes(Complaint.objects.get(pk=complaint.pk).form_digest) == b""


def test_the_phone_of_one_that_joined_stays_while_the_other_is_worked_on(place):
    first = told(place).complaint
    told(place, key="form-2", contact="13900000001", join=first)
    assert retention.sweep(at=FRIDAY + dt.timedelta(days=4000))["compliance.complaint_phones"] == 0
