"""Complaints: received once, answered by who answers for the elevator, against a clock of working days, judged, rated."""

import datetime as dt

import pytest
from django.db import connection, transaction

from accounts.queries import actor_for
from accounts.roles import Permission
from common import deadlines
from common.actor import Actor
from common.models import AuditRecord
from compliance import actions
from compliance.actions.complaints import ComplaintStepRefused, ContactMalformed, FormReused, NobodySuch
from compliance.models import Alert, Complaint, ComplaintStep, Hazard
from compliance.queries.complaints import nearby, tracked
from compliance.rules import complaints as rules
from registry.models import Site
from tests.compliance.conftest import moment
from tests.factories.make import GULOU, NANJING, area, hand_over, hold, make_elevator, make_unit, make_user

RIDER, UNIT, OFFICER, SECOND = (
    Actor("RIDER", "page"),
    Actor("PERSON", "clerk"),
    Actor("PERSON", "officer"),
    Actor("PERSON", "second"),
)
FRIDAY = moment("2026-11-27 10:00")


@pytest.fixture
def place(db):
    """An elevator with both units."""
    return make_elevator(
        area_code=GULOU,
        using_unit=make_unit("Sample property"),
        maintenance_unit=make_unit("Sample maintenance", kind="MAINTENANCE_UNIT"),
        since=FRIDAY - dt.timedelta(days=400),
    )


def told(elevator, category="DOOR", *, key="form-1", at=FRIDAY, by=RIDER, **values):
    values = {"text": "the doors  hit my bag", "source": "PUBLIC_PAGE"} | values
    return actions.file_complaint(elevator=elevator, category=category, key=key, by=by, at=at, **values)


def answered(complaint, at="2026-11-30 09:00", by=UNIT):
    return actions.answer_complaint(complaint_id=complaint.pk, answer="sensor cleaned", by=by, at=moment(at))


def reviewed(complaint, upheld=True, at="2026-12-01 09:00", **values):
    return actions.review_complaint(
        complaint_id=complaint.pk, upheld=upheld, note="seen on site", by=OFFICER, at=moment(at), **values
    )


def refused(call, **given) -> str:
    with pytest.raises(ComplaintStepRefused) as caught, transaction.atomic():
        call(**given)
    return caught.value.code


def alerts() -> list[tuple]:
    return list(Alert.objects.order_by("pk").values_list("kind", "state", "level"))


def tick(at: str) -> None:
    tick = deadlines.fire_due(at=moment(at))
    assert tick.failed == 0


# --- rules ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    ["我被困在电梯里", "有人受伤了", "Somebody is TRAPPED", "I can’t get out", "ｈｅｌｐ ｍｅ", "my hand was crushed"],
)
def test_words_of_an_emergency_are_heard(text):
    assert rules.speaks_of_emergency(text)


@pytest.mark.parametrize("text", ["一直被困扰", "the trapdoor squeaks", "门关不上", "", "noise in the shaft"])
def test_other_words_are_not(text):
    assert not rules.speaks_of_emergency(text)


def test_a_tracking_number_is_read_however_it_is_typed():
    number = rules.tracking_number(b"\x07" * 10)
    assert len(number) == 16
    assert rules.tracking_typed(rules.tracking_spoken(number).lower()) == number
    assert rules.tracking_typed("oil0 1234 5678 9abc") == "0110123456789ABC"
    assert [rules.tracking_typed(bad) for bad in ("", "123", number + "0", "U" * 16, "<script>")] == [""] * 5


# --- coming in --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("category", "unit", "state", "due"),
    [
        ("DOOR", "Sample maintenance", "ASSIGNED", "2026-12-04"),
        ("ALARM", "Sample property", "ASSIGNED", "2026-12-02"),
        ("HURT", None, "ASSIGNED", "2026-12-02"),
    ],
)
def test_it_goes_to_who_answers_for_the_category_and_ends_after_working_days(place, category, unit, state, due):
    complaint = told(place, category).complaint
    assert (complaint.unit and complaint.unit.name, complaint.state, str(complaint.due_on)) == (unit, state, due)
    assert complaint.text == "the doors hit my bag"


def test_holidays_do_not_count(place):
    complaint = told(
        place, at=moment("2026-09-30 23:59")
    ).complaint  # the holidays follow, and Saturday the 10th is worked
    assert str(complaint.due_on) == "2026-10-13"
    later = told(place, key="form-2", at=moment("2026-10-01 00:01")).complaint
    assert str(later.due_on) == "2026-10-13"


def test_it_goes_to_the_unit_of_that_moment_and_stays_with_it(place):
    new = make_unit("New maintenance", kind="MAINTENANCE_UNIT")
    before = told(place).complaint
    hand_over(
        place, role="MAINTENANCE_UNIT", from_unit=place.maintenance_unit, to_unit=new, at=moment("2026-11-27 12:00")
    )
    after = told(place, key="form-2", at=moment("2026-11-27 12:00")).complaint
    before.refresh_from_db()
    assert (before.unit.name, after.unit.name) == ("Sample maintenance", "New maintenance")


def test_where_nobody_answers_it_is_the_district_s(db):
    complaint = told(make_elevator(area_code=GULOU)).complaint
    assert (complaint.state, complaint.unit, complaint.managing_district.code) == ("RECEIVED", None, GULOU)


def test_of_a_site_the_one_unit_of_all_its_elevators_answers(place):
    site = Site.objects.create(
        name="Sample estate", area=area(GULOU), city=area(NANJING), managing_district=area(GULOU), created_at=FRIDAY
    )
    type(place).objects.filter(pk=place.pk).update(site=site)
    assert told(None, "CLEAN", site=site).complaint.unit.name == "Sample property"
    other = make_elevator(area_code=GULOU, using_unit=make_unit("Another property"))
    type(other).objects.filter(pk=other.pk).update(site=site)
    assert told(None, "CLEAN", key="form-2", site=site).complaint.state == "RECEIVED"


def test_a_late_complaint_about_a_site_without_elevators_alerts_its_officials(db):
    site = Site.objects.create(
        name="Empty estate", area=area(GULOU), city=area(NANJING), managing_district=area(GULOU), created_at=FRIDAY,
        place_type="MALL",
    )  # fmt: skip
    complaint = told(None, "CLEAN", site=site).complaint
    second = told(None, "CLEAN", key="form-2", site=site, text="the light is out").complaint
    tick("2026-12-09 00:01")
    [alert] = Alert.objects.all()
    assert (alert.site, alert.elevator, alert.kind, alert.level) == (site, None, "COMPLAINT_OFFICIALS", "DISTRICT")
    officer = make_user("officer")
    hold(officer, "DISTRICT_REGULATOR", area_code=GULOU)
    assert list(Alert.objects.visible_to(actor_for(officer, FRIDAY), Permission.VIEW_OBLIGATION)) == [alert]
    for row in (complaint, second):
        answered(row, at="2026-12-09 09:00")
    alert.refresh_from_db()
    assert alert.state == "RESOLVED"


def test_the_same_form_is_one_complaint_and_keeps_its_number(place):
    first, again = told(place), told(place)
    assert (first.new, again.new, again.number, Complaint.objects.count()) == (True, False, first.number, 1)
    with pytest.raises(FormReused):
        told(place, text="something else")
    assert told(place, by=Actor("PERSON", "clerk")).new  # another sender's key is another key


def test_only_the_sender_has_the_number(place):
    filed = told(place)
    assert tracked(filed.number).pk == filed.complaint.pk
    assert filed.number.encode() not in bytes(Complaint.objects.get().tracking)
    assert tracked("0" * 16) is None and tracked("") is None


def test_the_phone_is_sealed_and_only_looked_at_on_record(place):
    complaint = told(place, contact="139 0000 0000").complaint
    with connection.cursor() as cursor:
        cursor.execute("SELECT contact FROM compliance_complaint")
        assert b"1390" not in bytes(cursor.fetchone()[0])
    assert actions.reveal_contact(complaint_id=complaint.pk, purpose="REACH", by=OFFICER) == "13900000000"
    assert AuditRecord.objects.filter(action="compliance.reveal_contact").count() == 1
    with pytest.raises(ContactMalformed):
        told(place, key="form-2", contact="ask my neighbour")


# --- others have told it ----------------------------------------------------------------------------------------------


def test_who_joins_is_counted_and_the_first_stands_for_all(place):
    first = told(place).complaint
    for number in (2, 3):
        joined = told(place, key=f"form-{number}", join=first).complaint
        assert (joined.state, joined.duplicate_of_id, joined.due_on) == ("DUPLICATE", first.pk, None)
    [row] = nearby(elevator=place, site=None, code="DOOR", at=FRIDAY)
    assert (row.pk, row.told) == (first.pk, 3)
    assert nearby(elevator=place, site=None, code="NOISE", at=FRIDAY) == []
    assert nearby(elevator=place, site=None, code="DOOR", at=FRIDAY + dt.timedelta(days=31)) == []
    assert nearby(elevator=make_elevator(area_code=GULOU), site=None, code="DOOR", at=FRIDAY) == []


def test_joining_what_has_been_settled_or_is_elsewhere_counts_by_itself(place):
    other = told(make_elevator(area_code=GULOU), key="form-0").complaint
    assert told(place, join=other).complaint.state == "ASSIGNED"
    first = told(place, key="form-2").complaint
    answered(first)
    reviewed(first)
    assert told(place, key="form-3", join=first).complaint.state == "ASSIGNED"


def test_an_officer_joins_two_of_one_place_and_no_circle_is_made(place):
    first, second, third = (told(place, key=f"form-{n}").complaint for n in (1, 2, 3))
    join = {"note": "", "by": OFFICER, "at": FRIDAY}
    actions.join_complaint(complaint_id=third.pk, of=second, **join)
    actions.join_complaint(complaint_id=second.pk, of=first, **join)
    assert set(Complaint.objects.filter(duplicate_of=first).values_list("pk", flat=True)) == {second.pk, third.pk}
    assert refused(actions.join_complaint, complaint_id=first.pk, of=second, **join) == "complaint-not-open"
    assert refused(actions.join_complaint, complaint_id=first.pk, of=first, **join) == "complaint-itself"
    elsewhere = told(make_elevator(area_code=GULOU), key="form-4").complaint
    assert refused(actions.join_complaint, complaint_id=first.pk, of=elsewhere, **join) == "complaint-other-place"


# --- from answer to end -----------------------------------------------------------------------------------------------


def test_from_told_to_closed(place):
    filed = told(place)
    complaint = answered(filed.complaint)
    assert (complaint.state, str(complaint.due_on)) == ("ANSWERED", "2026-12-07")
    again = {"complaint_id": complaint.pk, "note": "nothing was done", "by": OFFICER}
    complaint = actions.return_complaint(**again, at=moment("2026-12-01 09:00"))
    assert (complaint.state, str(complaint.due_on)) == ("RETURNED", "2026-12-08")
    answered(complaint, "2026-12-02 09:00")
    complaint = reviewed(complaint, at="2026-12-03 09:00")
    assert (complaint.state, complaint.upheld, complaint.due_on) == ("REVIEWED", True, None)
    rate = {"number": filed.number, "by": RIDER, "at": moment("2026-12-04 09:00")}
    assert actions.rate_complaint(stars=2, **rate).satisfaction == 2
    tick("2026-12-12 23:59")
    assert Complaint.objects.get().state == "REVIEWED"
    tick("2026-12-13 00:00")
    assert Complaint.objects.get().state == "CLOSED"
    assert actions.rate_complaint(stars=4, **rate).satisfaction == 4
    kinds = list(ComplaintStep.objects.order_by("pk").values_list("kind", flat=True))
    assert kinds == ["file", "answer", "return", "answer", "review", "rate", "close", "rate"]


def test_a_second_click_takes_no_second_step(place):
    complaint = told(place).complaint
    for _ in range(2):
        answered(complaint)
    for _ in range(2):
        reviewed(complaint)
    assert ComplaintStep.objects.count() == 3


def test_nobody_judges_their_own_answer_and_nothing_before_its_time(place):
    complaint = told(place, "HURT").complaint
    assert refused(reviewed, complaint=complaint) == "complaint-not-now"
    answered(complaint, by=OFFICER)
    assert refused(reviewed, complaint=complaint) == "complaint-same-person"


def test_it_is_rated_once_judged_and_for_ninety_days(place):
    filed = told(place)
    joined = told(place, key="form-2", join=filed.complaint)
    rate = {"stars": 5, "by": RIDER}
    assert refused(actions.rate_complaint, number=joined.number, at=FRIDAY, **rate) == "complaint-not-judged"
    answered(filed.complaint)
    reviewed(filed.complaint)
    late = moment("2027-03-01 09:01")
    assert refused(actions.rate_complaint, number=joined.number, at=late, **rate) == "complaint-not-judged"
    on_time = late - dt.timedelta(minutes=1)
    assert actions.rate_complaint(number=joined.number, at=on_time, **rate).satisfaction == 5
    assert Complaint.objects.get(pk=filed.complaint.pk).satisfaction is None
    for bad in (0, 6):
        call = {"number": filed.number, "at": on_time, "by": RIDER, "stars": bad}
        assert refused(actions.rate_complaint, **call) == "complaint-not-a-grade"


def test_an_upheld_complaint_with_a_defect_becomes_a_hazard_once(place):
    complaint = answered(told(place).complaint)
    for _ in range(2):
        reviewed(complaint, hazard_item="DOOR")
    hazard = Hazard.objects.get()
    assert (hazard.source, hazard.state, hazard.item_id, hazard.details) == (
        "COMPLAINT", "CONFIRMED", "DOOR", "seen on site"
    )  # fmt: skip
    other = answered(told(place, key="form-2").complaint)
    reviewed(other, upheld=False, hazard_item="CAR")
    assert Hazard.objects.count() == 1


def test_an_officer_gives_it_to_another_and_the_clock_goes_on(place):
    complaint = told(place).complaint
    give = {
        "complaint_id": complaint.pk,
        "note": "the estate's matter",
        "by": OFFICER,
        "at": moment("2026-11-30 09:00"),
    }
    complaint = actions.assign_complaint(to="USING_UNIT", **give)
    assert (complaint.unit.name, str(complaint.due_on)) == ("Sample property", "2026-12-04")
    complaint = actions.assign_complaint(to="REGULATOR", **give)
    assert (complaint.unit, complaint.state) == (None, "ASSIGNED")
    alone = told(make_elevator(area_code=GULOU), key="form-2").complaint
    with pytest.raises(NobodySuch):
        actions.assign_complaint(**{**give, "complaint_id": alone.pk}, to="USING_UNIT")


def test_what_is_passed_on_is_nobody_s_turn(place):
    complaint = actions.transfer_complaint(
        complaint_id=told(place).complaint.pk, passed_to="12345", outside_number="A-7", note="", by=OFFICER, at=FRIDAY
    )
    assert (complaint.state, complaint.due_on, complaint.outside_number) == ("TRANSFERRED", None, "A-7")
    tick("2027-01-01 00:00")
    assert alerts() == []


# --- late -------------------------------------------------------------------------------------------------------------


def test_a_late_answer_alerts_once_escalates_and_is_ended_by_the_answer(place):
    complaint = told(place).complaint
    tick("2026-12-04 23:59")
    assert alerts() == []
    for _ in range(2):
        tick("2026-12-05 00:01")
    assert alerts() == [("COMPLAINT", "OPEN", "UNIT")]
    actions.escalate_due(at=moment("2026-12-08 00:02"))
    assert alerts() == [("COMPLAINT", "OPEN", "SUBDISTRICT")]
    answered(complaint, "2026-12-08 09:00")
    assert alerts() == [("COMPLAINT", "RESOLVED", "SUBDISTRICT")]
    tick("2026-12-16 00:00")  # and now the officials let it lie
    assert alerts()[1:] == [("COMPLAINT_OFFICIALS", "OPEN", "DISTRICT")]
    reviewed(complaint, at="2026-12-17 09:00")
    assert {state for _kind, state, _level in alerts()} == {"RESOLVED"}


def test_two_late_ones_of_one_elevator_keep_one_alert_open(place):
    first, second = told(place).complaint, told(place, "NOISE", key="form-2").complaint
    tick("2026-12-06 00:00")
    assert alerts() == [("COMPLAINT", "OPEN", "UNIT")]
    answered(first, "2026-12-07 09:00")
    assert alerts() == [("COMPLAINT", "OPEN", "UNIT")]
    answered(second, "2026-12-07 10:00")
    assert alerts() == [("COMPLAINT", "RESOLVED", "UNIT")]


def test_a_late_one_that_is_given_to_the_officials_is_their_alert(place):
    complaint = told(place).complaint
    tick("2026-12-06 00:00")
    actions.assign_complaint(
        complaint_id=complaint.pk, to="REGULATOR", note="", by=OFFICER, at=moment("2026-12-07 09:00")
    )
    assert alerts() == [("COMPLAINT", "RESOLVED", "UNIT"), ("COMPLAINT_OFFICIALS", "OPEN", "DISTRICT")]


def test_steps_are_never_changed_or_taken_away(place):
    told(place)
    for change in ("UPDATE compliance_complaintstep SET note = 'x'", "DELETE FROM compliance_complaintstep"):
        with pytest.raises(Exception, match=r"append-only|permission"), transaction.atomic():
            connection.cursor().execute(change)
