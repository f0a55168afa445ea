"""Two hands at the same thing of what is due and what is wrong: one counts, nobody waits for ever, nothing is there twice."""

import datetime as dt
import threading
from functools import partial

import pytest

from accounts.queries import actor_for
from common.actor import system
from common.clock import now, today
from compliance.actions import grant_waiver, note_everything, plan_all_due, replan, take_all_steps
from compliance.actions.complaints import ComplaintStepRefused
from compliance.actions.duties import appoint
from compliance.actions.duties.refusals import AppointedAlready
from compliance.actions.forwarding import NotGivenUp, TakenBack, forward_again, take_back
from compliance.actions.hazard_bulk import Chosen, take_hazard_steps
from compliance.actions.hazards import report_hazard, take_hazard_step
from compliance.models import Alert, DutyAppointment, Forwarding, Hazard, Obligation, Waiver
from inspection.actions import law_changes
from inspection.actions.applications import apply_for_inspection
from inspection.models import Application, LawProposal, LawRow
from registry.models import Elevator
from tests.common.conftest import receiver
from tests.common.together import at_once
from tests.compliance.conftest import law, moment, owed
from tests.compliance.duties.conftest import day, make_stage
from tests.compliance.test_complaints import place
from tests.compliance.test_forwarding import FRIDAY, OFFICER, forwarded, platform
from tests.factories.make import GULOU, NANJING, hold, make_elevator, make_user
from tests.factories.registrations import attachment
from tests.inspection.test_applications import AT, FIRST, LAST, body, elevator, manager, unit
from tests.inspection.test_law_changes import brake, old

__all__ = ["body", "elevator", "law", "manager", "place", "platform", "receiver", "unit"]  # fixtures
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.long]
BY = system("attack")


@pytest.fixture(autouse=True)
def counted(tried, settings, tmp_path):
    settings.MEDIA_ROOT, settings.SEALED_DIR = tmp_path / "media", tmp_path / "sealed"
    tried("races over several connections", 1)


def names(answers) -> list[str]:
    return sorted(type(answer).__name__ for answer in answers)


# --- law --------------------------------------------------------------------------------------------------------------


@pytest.fixture
def officers(db):
    people = [make_user(name) for name in ("first", "second", "third")]
    for user in people:
        hold(user, "CITY_REGULATOR", area_code=NANJING)
    return people


def proposed(user, follows: LawRow, version: str, *, days: int = 0, years: int = 3) -> LawProposal:
    said = {"numbers": {"every_years": years}, "version": version, "valid_from": today() + dt.timedelta(days=days)}
    said |= {"source": "Draft §1", "certainty": "P"}
    return law_changes.propose_law_row(follows=follows, by=actor_for(user, now()), at=now(), **said)


def approving(user, proposal):
    return partial(law_changes.approve_law_row, proposal=proposal, by=actor_for(user, now()), at=now())


def refusing(user, proposal):
    return partial(law_changes.refuse_law_row, proposal=proposal, note="no", by=actor_for(user, now()), at=now())


def test_a_row_approved_by_two_at_once_is_one_row(officers):
    old()
    first, second, third = officers
    proposal = proposed(first, brake(), "B-3")
    answers = at_once(approving(second, proposal), approving(third, proposal), approving(first, proposal))
    assert len(set(names(answers)) - {"LawProposal"}) >= 1
    assert LawRow.objects.filter(version="B-3").count() == 1
    assert LawProposal.objects.get().decided_by != first


def test_approved_and_ended_at_once_is_one_of_both(officers):
    first, second, third = officers
    proposal = proposed(first, brake(), "B-3")
    answers = at_once(approving(second, proposal), refusing(third, proposal))
    assert names(answers) == ["LawProposal", "LawProposalDecided"]
    assert LawRow.objects.filter(version="B-3").count() == (LawProposal.objects.get().row_id is not None)


@pytest.mark.parametrize("version", ["B-9", "B-8"])
def test_of_two_rows_of_one_series_approved_at_once_one_is_law(officers, monkeypatch, version):
    """They follow different rows of it, so that the row which each follows was no lock against the other."""
    first, second, third = officers
    approving(second, proposed(first, brake(), "B-3"))()
    one = proposed(first, brake(), "B-8", days=1, years=8)
    other = proposed(first, LawRow.objects.get(version="B-3"), version, days=1, years=9)
    gate = threading.Barrier(2)

    def together(*_given):
        try:
            gate.wait(2)
        except threading.BrokenBarrierError:
            return  # the other one waits for us, as it should

    monkeypatch.setattr(law_changes, "note_elevators", together)
    answers = at_once(approving(second, one), approving(third, other))
    assert "LawProposal" in names(answers)
    assert names(answers)[1] in ("LawRefused", "LawVersionTaken")
    assert LawRow.objects.filter(section="brake_test", valid_from=today() + dt.timedelta(days=1)).count() == 1


# --- duties, complaints -----------------------------------------------------------------------------------------------


def test_two_directors_named_at_once_are_one(cast):
    stage = make_stage(cast)
    DutyAppointment.objects.filter(role="DIRECTOR").delete()
    given = {"unit": stage.unit, "role": "DIRECTOR", "started_on": day(), "reference": "", "at": now()}
    people = [stage.director.user, stage.head.user]
    answers = at_once(*[partial(appoint, user=user, by=stage.head.actor(), **given) for user in people])
    assert names(answers) == sorted([AppointedAlready.__name__, "DutyAppointment"])
    assert DutyAppointment.objects.filter(role="DIRECTOR").count() == 1


@pytest.mark.parametrize("first", ["again", "back"])
def test_taken_back_and_sent_again_at_once_is_one_of_both(place, platform, first):
    complaint = forwarded(place, platform)
    Forwarding.objects.update(state="GIVEN_UP", ended_at=FRIDAY)
    row = Forwarding.objects.get()
    moves = [
        partial(forward_again, forwarding_id=row.pk, by=OFFICER, at=FRIDAY),
        partial(take_back, forwarding_id=row.pk, to="REGULATOR", note="ours", by=OFFICER, at=FRIDAY),
    ]
    answers = at_once(*(moves if first == "again" else reversed(moves)))
    refused = [each for each in answers if isinstance(each, NotGivenUp | TakenBack | ComplaintStepRefused)]
    assert len(refused) == 1, answers
    complaint.refresh_from_db()
    row.refresh_from_db()
    assert (complaint.state == "TRANSFERRED") == (row.state == "QUEUED")


# --- hazards ----------------------------------------------------------------------------------------------------------


def found(elevator, item, *steps) -> Hazard:
    made = report_hazard(
        elevator=elevator, item=item, details="rattles", found_on=today(), source="USING_UNIT", by=BY, at=now()
    )
    for step in steps:
        made = take_hazard_step(hazard_id=made.pk, step=step, note="", by=BY, at=now())
    return made


def test_two_who_verify_one_hazard_close_it_once(db):
    hazard = found(make_elevator(area_code=GULOU), "DOOR", "confirm", "claim")
    verify = partial(take_hazard_step, hazard_id=hazard.pk, step="verify", note="", version=hazard.version, at=now())
    answers = at_once(*[partial(verify, by=system(name)) for name in ("one", "two", "three")])
    assert [type(each).__name__ for each in answers].count("Hazard") >= 1
    assert not [each for each in answers if not isinstance(each, Hazard) and not hasattr(each, "code")], answers
    assert (hazard.steps.filter(kind="verify").count(), Hazard.objects.get().state) == (1, "CLOSED")


def test_officers_who_settle_overlapping_sets_the_other_way_round_never_stop_each_other(db):
    lifts = [make_elevator(area_code=GULOU) for _ in range(4)]
    rows = [found(lift, item) for lift in lifts for item in ("DOOR", "CAR")]
    note_everything()

    def settle(step, chosen, who):
        given = [Chosen(row, row.version) for row in chosen]
        return lambda: take_hazard_steps(chosen=given, step=step, note="x", by=system(who), at=now())

    def single():
        return [take_hazard_step(hazard_id=rows[-1].pk, step="confirm", note="", by=system("d"), at=now())]

    answers = at_once(
        settle("confirm", rows[:6], "a"),
        settle("reject", rows[:1:-1], "b"),
        settle("confirm", rows[::-1], "c"),
        single,
        lambda: plan_all_due(at=now()) and [],
    )
    broken = [each for each in answers if isinstance(each, Exception) and not hasattr(each, "code")]
    assert not broken, broken
    for row in rows:
        row.refresh_from_db()
        assert row.state in ("CONFIRMED", "REJECTED")
        assert row.steps.exclude(kind="find").count() == 1


# --- obligations ------------------------------------------------------------------------------------------------------


def test_a_waiver_granted_while_the_sweep_raises_its_alert_leaves_no_alert(law):
    lift = make_elevator(area_code=GULOU)
    law[lift.pk] = [owed()]
    replan(elevator_ids=[lift.pk], at=moment("2028-05-01 09:00"))
    row, late = Obligation.objects.get(), moment("2028-06-02 09:00")
    days = {"from_on": dt.date(2028, 6, 2), "until_on": dt.date(2028, 8, 31)}
    words = {"reason": "flood", "clause": "art. 1", "reference": "2028-1"}
    files = [attachment(BY)]
    grant = partial(grant_waiver, obligation_id=row.pk, kind="WAIVED", files=files, by=BY, at=late, **days, **words)
    answers = at_once(grant, lambda: take_all_steps(at=late), grant, lambda: take_all_steps(at=late))
    assert not [each for each in answers if isinstance(each, Exception)], answers
    take_all_steps(at=late)
    row.refresh_from_db()
    assert (row.status, Waiver.objects.count()) == ("WAIVED", 1)
    assert not Alert.objects.exclude(state="RESOLVED").exists()


def test_one_inspection_applied_for_four_times_at_once_is_one_application(elevator, body, manager):
    row = Obligation.objects.get(elevator=elevator, kind="PERIODIC_INSPECTION", period="2025")
    ask = partial(apply_for_inspection, obligation=row, body=body, wanted_until=LAST, by=manager, at=AT)
    answers = at_once(*[partial(ask, wanted_from=FIRST)] * 3, partial(ask, wanted_from=FIRST + dt.timedelta(days=1)))
    assert not [each for each in answers if not isinstance(each, Application) and not hasattr(each, "code")], answers
    assert (Application.objects.count(), Elevator.objects.count()) == (1, 1)
