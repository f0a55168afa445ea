"""What an approved application changes, who reads it, two reviewers at once, and the label that is drawn."""

import datetime as dt

import numpy
import pypdfium2
import pytest

from accounts.roles import Permission
from common import jobs
from common.clock import local_date, now
from registry.actions import registration_decisions as decisions
from registry.actions import registrations as actions
from registry.actions.elevators import set_flag
from registry.actions.plates import hang_plate, order_plates
from registry.actions.registration_effects import ClassMissing
from registry.actions.use_labels import FACTS, LabelGone, LabelNotReady, LabelVoid, folder, label_file
from registry.models import (
    Elevator,
    PlateCity,
    RegistrationApplication,
    UseLabel,
)
from registry.plates.label import draw_label
from registry.queries import chain_faults
from registry.queries.plates import text_of
from registry.queries.registrations import read_application
from tests.common.together import at_once
from tests.factories.make import hand_over
from tests.factories.printed import code_read
from tests.factories.registrations import approve, bring_into, draft, steps, under_review

DAY = dt.timedelta(days=1)
pytestmark = pytest.mark.usefixtures("places")


# --- effects ----------------------------------------------------------------------------------------------------------


def test_a_first_registration_gives_number_state_and_label_once(cast, own):
    given = {"certificate_number": f"梯11苏A0041({now():%y})", "registration_state": "IN_USE"}
    Elevator.objects.filter(pk=cast.elevator_foreign.pk).update(**given)
    row = under_review(own, "REGISTER", cast.own_manager, cast.district_regulator)
    first, again = approve(cast, row), approve(cast, row, cast.city_regulator)
    own.refresh_from_db()
    label = UseLabel.objects.get()
    assert (own.registration_state, own.certificate_number) == ("IN_USE", f"梯11苏A0042({now():%y})")
    assert str(own.commissioned_on) == row.answers["used_from"]
    assert (label.certificate_number, label.facts["using_unit"]) == (own.certificate_number, "Using unit A")
    assert (first.decided_by_id, again.decided_by_id) == (cast.district_regulator.actor().id,) * 2
    assert steps(own) == ["SUBMITTED", "UNDER_REVIEW", "APPROVED"]
    assert chain_faults().faults == []


def test_a_number_that_nobody_gave_uses_no_series_up(cast, own):
    """Attacked on 2026-11-28: one unregistered elevator with 999999 ended the year's certificates of a class and city."""
    squatted = {"certificate_number": f"梯11苏A999999({now():%y})", "registration_state": "UNREGISTERED"}
    Elevator.objects.filter(pk=cast.elevator_foreign.pk).update(**squatted)
    approve(cast, under_review(own, "REGISTER", cast.own_manager, cast.district_regulator))
    own.refresh_from_db()
    assert own.certificate_number == f"梯11苏A0001({now():%y})"


def test_a_failing_effect_leaves_nothing_behind(cast, own):
    row = under_review(own, "REGISTER", cast.own_manager, cast.district_regulator)
    Elevator.objects.filter(pk=own.pk).update(class_code=None)
    before = own.life_events.count()
    with pytest.raises(ClassMissing):
        approve(cast, row)
    row.refresh_from_db()
    own.refresh_from_db()
    assert (row.state, row.decided_at, own.registration_state) == ("UNDER_REVIEW", None, "UNREGISTERED")
    assert own.life_events.count() == before


def test_out_of_use_and_back(cast, own):
    bring_into(own, "IN_USE", cast.city_regulator.actor())
    approve(cast, under_review(own, "STOP", cast.own_manager, cast.district_regulator))
    own.refresh_from_db()
    assert own.registration_state == "OUT_OF_USE"
    approve(cast, under_review(own, "RESTART", cast.own_manager, cast.district_regulator))
    own.refresh_from_db()
    label = UseLabel.objects.get(voided_at=None)
    assert (own.registration_state, label.elevator) == ("IN_USE", own)
    approve(cast, under_review(own, "STOP", cast.own_manager, cast.district_regulator))
    assert UseLabel.objects.filter(voided_at=None).count() == 0


def test_the_public_page_tells_the_inspection_month_of_the_label_in_the_car_and_nothing_without_one(cast, own, client):
    row = under_review(own, "REGISTER", cast.own_manager, cast.district_regulator)
    approve(cast, row)
    by = cast.city_regulator.actor()
    plate = order_plates(city=own.city, layout="a4-2x5", elevators=[own], by=by, at=now()).plates.get()
    text = text_of(plate, PlateCity.objects.get(area=plate.city).number)
    hang_plate(text=text, elevator=own, by=by, at=now())
    month = row.answers["next_inspection_on"][:7]
    assert client.get(f"/e/{text}?format=json").json()["use_label_inspection_month"] == month
    assert f"<dt>Next inspection (use label)</dt><dd>{month}</dd>" in client.get(f"/e/{text}").content.decode()
    approve(cast, under_review(own, "STOP", cast.own_manager, cast.district_regulator))
    assert "Next inspection" not in client.get(f"/e/{text}").content.decode()


def test_after_a_year_out_of_use_an_inspection_comes_first(cast, own):
    bring_into(own, "OUT_OF_USE", cast.city_regulator.actor())
    Elevator.objects.filter(pk=own.pk).update(registration_state_at=now() - 400 * DAY)
    own.refresh_from_db()
    row = draft(own, "RESTART", cast.own_manager, documents=False)
    assert read_application(row, today=local_date(now())).missing == ["SELF_INSPECTION", "INSPECTION_REPORT"]


def test_a_transfer_moves_responsibility_and_sight(cast, own):
    row = under_review(own, "TRANSFER", cast.own_manager, cast.district_regulator, new_unit=cast.unit_b.credit_code)
    seen = RegistrationApplication.objects.visible_to(cast.stranger.actor(), Permission.VIEW_APPLICATION)
    assert list(seen) == [row]  # the unit that is to take over reads it
    approve(cast, row)
    own.refresh_from_db()
    held = own.responsibilities.filter(role="USING_UNIT").order_by("started_at")
    assert [(r.unit, r.ended_at is None) for r in held] == [(cast.unit_a, False), (cast.unit_b, True)]
    assert (own.using_unit, UseLabel.objects.get(voided_at=None).facts["using_unit"]) == (cast.unit_b, "Using unit B")
    # a former unit keeps sight of its own application, not of the elevator
    assert (
        RegistrationApplication.objects.visible_to(cast.own_manager.actor(), Permission.VIEW_APPLICATION).count() == 1
    )
    assert (
        not Elevator.objects.visible_to(cast.own_manager.actor(), Permission.VIEW_ELEVATOR).filter(pk=own.pk).exists()
    )


def test_a_relocation_moves_the_place_and_forgets_the_old_position(cast, own):
    Elevator.objects.filter(pk=own.pk).update(latitude="32.05", longitude="118.77", coord_source="GPS")
    set_flag(elevator_id=own.pk, kind="RELOCATING", reason="", reference="", by=cast.city_regulator.actor(), at=now())
    row = under_review(own, "RELOCATE", cast.own_manager, cast.district_regulator)
    approve(cast, row)
    own.refresh_from_db()
    assert (own.area.code, own.address, own.latitude, own.flag_kinds) == ("320106002", "5 New Road", None, set())


@pytest.mark.parametrize("ending", ["SCRAPPED", "DEREGISTERED"])
def test_an_elevator_ends_as_it_was_asked(cast, own, ending):
    approve(cast, under_review(own, "SCRAP", cast.own_manager, cast.district_regulator, ending=ending))
    own.refresh_from_db()
    assert own.registration_state == ending


def test_the_unit_that_applied_must_still_answer_when_it_is_approved(cast, own):
    row = under_review(own, "STOP", cast.own_manager, cast.district_regulator)
    hand_over(own, role="USING_UNIT", from_unit=cast.unit_a, to_unit=cast.unit_b, at=now())
    with pytest.raises(decisions.UnitNoLongerAnswers):
        approve(cast, row)


# --- who reads --------------------------------------------------------------------------------------------------------


def readers(cast, row) -> set[str]:
    visible = RegistrationApplication.objects.visible_to
    return {
        name
        for name, player in cast.players.items()
        if visible(player.actor(), Permission.VIEW_APPLICATION).filter(pk=row.pk).exists()
    }


def test_a_draft_is_its_units_alone_and_the_rest_is_read_by_the_regulators_of_the_place(cast, own):
    row = draft(own, "REGISTER", cast.own_manager)
    unit = {"own_manager", "colleague", "strong_weak"}
    assert readers(cast, row) == unit | {"auditor"}
    row = actions.submit_application(application=row, by=cast.own_manager.actor(), at=now())
    regulators = {"city_regulator", "district_regulator", "subdistrict_officer", "auditor"}
    assert readers(cast, row) == unit | regulators


# --- at the same moment -----------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_two_reviewers_at_once_make_one_decision(cast, own):
    row = under_review(own, "REGISTER", cast.own_manager, cast.district_regulator)
    city, district = cast.city_regulator.actor(), cast.district_regulator.actor()
    answers = at_once(
        lambda: decisions.approve_application(application=row, by=city, at=now()),
        lambda: decisions.refuse_application(application=row, reason="No", by=district, at=now()),
        lambda: decisions.approve_application(application=row, by=district, at=now()),
    )
    row.refresh_from_db()
    own.refresh_from_db()
    approved = row.state == "APPROVED"
    assert steps(own) == ["SUBMITTED", "UNDER_REVIEW", row.state]
    assert (own.registration_state == "IN_USE", UseLabel.objects.count()) == (approved, int(approved))
    assert sum(isinstance(answer, actions.ApplicationWrongStep) for answer in answers) == (1 if approved else 2)


# --- the label --------------------------------------------------------------------------------------------------------


def hung_plate(cast, elevator) -> str:
    """A plate that hangs in the car; the text behind its link."""
    by = cast.city_regulator.actor()
    batch = order_plates(city=elevator.city, layout="a4-2x5", elevators=[elevator], by=by, at=now())
    text = text_of(batch.plates.get(), PlateCity.objects.get(area=elevator.city).number)
    hang_plate(text=text, elevator=elevator, by=by, at=now())
    return text


def test_the_label_is_drawn_read_back_fetched_by_those_who_see_and_void_in_the_end(cast, own):
    text = hung_plate(cast, own)
    approve(cast, under_review(own, "REGISTER", cast.own_manager, cast.district_regulator))
    label, by = UseLabel.objects.get(), cast.own_manager.actor()
    with pytest.raises(LabelNotReady):
        label_file(label, by=by, via="page")
    job = jobs.run(label.job_id, at=now())
    assert job.state == "SUCCEEDED", job.error
    assert jobs.run(label.job_id, at=now()) is None, "drawn once"
    label.refresh_from_db()
    content = label_file(label, by=by, via="page")
    with pypdfium2.PdfDocument(content) as document:
        picture = numpy.array(document[0].render(scale=3).to_pil().convert("L"))
        words = document[0].get_textpage().get_text_range()
        assert len(document) == 1
    assert code_read(picture) == f"https://testserver/e/{text}"
    for wanted in ("特种设备使用标志", label.certificate_number, "Using unit A", "曳引驱动乘客电梯", "96333"):
        assert wanted in words
    path = folder() / label.file_name
    assert path.stat().st_mode & 0o777 == 0o600
    path.write_bytes(content + b"!")
    with pytest.raises(LabelGone):
        label_file(label, by=by, via="page")
    path.unlink()
    with pytest.raises(LabelGone):
        label_file(label, by=by, via="page")
    approve(cast, under_review(own, "STOP", cast.own_manager, cast.district_regulator))
    label.refresh_from_db()
    with pytest.raises(LabelVoid):
        label_file(label, by=by, via="page")


def test_no_text_of_a_label_is_read_as_markup(db):
    facts = dict.fromkeys(FACTS, "") | {"using_unit": '#panic("read") $x$ *b* "', "place": "长" * 200}
    with pypdfium2.PdfDocument(draw_label(number="梯11苏A0001(26)", facts=facts, link=None)) as document:
        words = document[0].get_textpage().get_text_range()
        assert len(document) == 1
    assert '#panic("read") $x$ *b*' in words
