"""Applications about use registrations: kept as typed, one under way, returned with reasons, approved once with all effects."""

import datetime as dt

import cv2
import numpy
import pypdfium2
import pytest
from django.db import DatabaseError, IntegrityError, transaction

from accounts.roles import Permission
from common import jobs
from common.clock import SHANGHAI, local_date, now
from common.errors import Changed, NotPermitted
from common.models import AuditRecord, CalendarDay
from registry.actions import registration_decisions as decisions
from registry.actions import registrations as actions
from registry.actions.documents import file_document
from registry.actions.elevators import set_flag
from registry.actions.plates import hang_plate, order_plates
from registry.actions.registration_effects import ClassMissing
from registry.actions.use_labels import FACTS, LabelGone, LabelNotReady, LabelVoid, folder, label_file
from registry.models import (
    ApplicationDocument,
    Document,
    Elevator,
    PlateCity,
    RegistrationApplication,
    RegistrationRemark,
    RegistrationTerm,
    RemarkReply,
    UseLabel,
)
from registry.plates.label import draw_label
from registry.queries import chain_faults
from registry.queries.plates import text_of
from registry.queries.registrations import last_remarks, read_application
from tests.common.together import at_once
from tests.factories.make import hand_over
from tests.factories.registrations import attachment, bring_into, draft, submitted, under_review

DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def places(settings, tmp_path):
    settings.SEALED_DIR = tmp_path / "sealed"
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def own(cast):
    return cast.elevator_own


def approve(cast, row, by=None):
    return decisions.approve_application(application=row, by=(by or cast.district_regulator).actor(), at=now())


def steps(elevator) -> list[str]:
    return list(
        elevator.life_events.filter(kind="REGISTRATION_STEP").order_by("sequence").values_list("outcome", flat=True)
    )


# --- drafts -----------------------------------------------------------------------------------------------------------


def test_a_draft_keeps_what_was_typed_good_or_bad(cast, own):
    by = cast.own_manager.actor()
    row = actions.open_application(elevator=own, kind="REGISTER", by=by, at=now())
    typed = {"used_from": "yesterday", "next_inspection_on": "2027-01-01", "state": "APPROVED", "decided_by_id": "me"}
    row = actions.save_answers(application=row, answers=typed, by=by, at=now())
    row.refresh_from_db()
    assert row.answers == {"used_from": "yesterday", "next_inspection_on": "2027-01-01"}
    assert (row.state, row.decided_by_id, steps(own)) == ("DRAFT", "", [])
    assert read_application(row, today=local_date(now())).faults == {"used_from": "form"}


def test_beginning_again_finds_the_draft(cast, own):
    first, again = (
        actions.open_application(elevator=own, kind="REGISTER", by=cast.own_manager.actor(), at=now()) for _ in "12"
    )
    assert (first, RegistrationApplication.objects.count()) == (again, 1)


def test_two_hands_at_one_draft_do_not_overwrite_each_other(cast, own):
    by, row = cast.own_manager.actor(), draft(own, "REGISTER", cast.own_manager, documents=False)
    with pytest.raises(Changed):
        actions.save_answers(application=row, answers={}, by=by, at=now(), version=row.version - 1)


def test_only_the_using_unit_applies(cast, own):
    for name in ("stranger", "maintainer", "strong_weak", "city_regulator", "colleague", "nobody"):
        with pytest.raises(NotPermitted):
            actions.open_application(elevator=own, kind="REGISTER", by=getattr(cast, name).actor(), at=now())


@pytest.mark.parametrize("kind", ["CHANGE", "STOP", "RESTART", "TRANSFER", "RELOCATE", "SCRAP"])
def test_nothing_but_a_first_registration_fits_an_elevator_that_is_not_registered(cast, own, kind):
    with pytest.raises(actions.ElevatorNotReady):
        actions.open_application(elevator=own, kind=kind, by=cast.own_manager.actor(), at=now())


# --- submitting -------------------------------------------------------------------------------------------------------


def test_an_incomplete_application_says_what_is_wanting(cast, own):
    row = draft(own, "REGISTER", cast.own_manager, documents=False, used_from="")
    with pytest.raises(actions.ApplicationIncomplete) as refused:
        actions.submit_application(application=row, by=cast.own_manager.actor(), at=now())
    assert refused.value.faults == {"used_from": "required"}
    assert refused.value.missing == [
        "REGISTRATION_FORM",
        "QUALITY_CERTIFICATE",
        "SUPERVISION_CERTIFICATE",
        "MAINTENANCE_CONTRACT",
    ]
    row.refresh_from_db()
    assert row.state == "DRAFT"


def test_submitting_starts_both_clocks_and_is_a_life_event_once(cast, own):
    used = local_date(now()) - 40 * DAY
    row = submitted(own, "REGISTER", cast.own_manager, used_from=str(used))
    again = actions.submit_application(application=row, by=cast.own_manager.actor(), at=now())
    assert (again.round, again.state, steps(own)) == (1, "SUBMITTED", ["SUBMITTED"])
    assert again.apply_due_on == used + 30 * DAY  # late: the page says so
    assert (again.apply_rule.certainty, again.due_rule.name) == ("V2", "ACCEPT")
    assert chain_faults().faults == []


def test_the_regulators_clock_counts_working_days_over_the_holiday(cast, own):
    by, row = cast.own_manager.actor(), draft(own, "REGISTER", cast.own_manager, used_from="2026-09-28")
    eve = dt.datetime(2026, 9, 30, 23, 30, tzinfo=SHANGHAI)
    RegistrationApplication.objects.filter(pk=row.pk).update(created_at=eve)
    row = actions.submit_application(application=row, by=by, at=eve)
    # 8, 9, 10 (Saturday, worked), 12, 13 October
    assert row.due_on == dt.date(2026, 10, 13)
    assert CalendarDay.objects.get(day=dt.date(2026, 10, 10)).working
    RegistrationTerm.objects.create(
        name="ACCEPT", kind="REGISTER", days=2, valid_from=eve.date(), source="t", certainty="U"
    )
    actions.withdraw_application(application=row, by=by, at=eve)
    new = actions.open_application(elevator=own, kind="REGISTER", by=by, at=eve)
    actions.save_answers(application=new, answers=row.answers, by=by, at=eve)
    for document in row.documents.all():
        actions.attach_document(application=new, document=document, by=by, at=eve)
    assert actions.submit_application(application=new, by=by, at=eve).due_on == dt.date(2026, 10, 9)


def test_an_elevator_has_one_application_under_way(cast, own):
    submitted(own, "STOP", cast.own_manager)
    other = draft(own, "SCRAP", cast.own_manager)
    with pytest.raises(actions.OtherApplicationOpen):
        actions.submit_application(application=other, by=cast.own_manager.actor(), at=now())
    with pytest.raises(IntegrityError), transaction.atomic():  # and whoever goes around the action
        RegistrationApplication.objects.filter(pk=other.pk).update(state="RETURNED", submitted_at=now())


def test_whoever_handed_the_elevator_over_submits_nothing_more(cast, own):
    row = draft(own, "STOP", cast.own_manager)
    hand_over(own, role="USING_UNIT", from_unit=cast.unit_a, to_unit=cast.unit_b, at=now())
    with pytest.raises(NotPermitted):
        actions.submit_application(application=row, by=cast.own_manager.actor(), at=now())


def test_a_transfer_goes_to_another_open_using_unit(cast, own):
    for code in (cast.unit_a.credit_code, cast.maintenance_unit.credit_code, "no such code"):
        row = draft(own, "TRANSFER", cast.own_manager, new_unit=code)
        with pytest.raises(actions.NoSuchUnit):
            actions.submit_application(application=row, by=cast.own_manager.actor(), at=now())


def test_a_relocation_stays_in_the_city(cast, own):
    for code in ("320100", "999999"):
        row = draft(own, "RELOCATE", cast.own_manager, area=code)
        with pytest.raises(actions.NoSuchArea):
            actions.submit_application(application=row, by=cast.own_manager.actor(), at=now())


# --- taken off again --------------------------------------------------------------------------------------------------


def paper(row, kind: str):
    return row.documents.filter(kind=kind).latest("pk")


def take_off(cast, row, document):
    return actions.detach_document(application=row, document=document, by=cast.own_manager.actor(), at=now())


def attach_new(cast, row, kind: str):
    by = cast.own_manager.actor()
    made = file_document(elevator=row.elevator, kind=kind, attachments=[attachment(by)], by=by, at=now())
    return actions.attach_document(application=row, document=made, by=by, at=now()).document


def replace_paper(cast, row, kind: str):
    take_off(cast, row, paper(row, kind))
    return attach_new(cast, row, kind)


def mend(cast, row, **answers):
    by = cast.own_manager.actor()
    return actions.save_answers(application=row, answers={**row.answers, **answers}, by=by, at=now())


def reply(cast, row, replies):
    return actions.save_replies(application=row, replies=replies, by=cast.own_manager.actor(), at=now())


def returned(cast, elevator, remarks=None, kind="REGISTER"):
    row = submitted(elevator, kind, cast.own_manager)
    remarks = remarks or {
        ("FIELD", "used_from"): "After the inspection",
        ("DOCUMENT", "QUALITY_CERTIFICATE"): "Blurred",
    }
    by = cast.district_regulator.actor()
    return decisions.return_application(application=row, remarks=remarks, by=by, at=now())


def test_a_document_taken_off_a_draft_stays_in_the_efile(cast, own):
    row = draft(own, "REGISTER", cast.own_manager)
    wrong = paper(row, "QUALITY_CERTIFICATE")
    for _ in "12":
        take_off(cast, row, wrong)
    wrong.refresh_from_db()
    assert wrong not in row.documents.all()
    assert (wrong.withdrawn_at, Document.objects.standing().filter(pk=wrong.pk).exists()) == (None, True)
    assert AuditRecord.objects.filter(action="registry.detach_document").count() == 1
    assert read_application(row, today=local_date(now())).missing == ["QUALITY_CERTIFICATE"]
    actions.attach_document(application=row, document=wrong, by=cast.own_manager.actor(), at=now())
    assert wrong in row.documents.all(), "and may come back"


def test_a_returned_application_lets_go_of_its_documents_too(cast, own):
    row = returned(cast, own)
    take_off(cast, row, paper(row, "MAINTENANCE_CONTRACT"))
    assert not row.documents.filter(kind="MAINTENANCE_CONTRACT").exists()


@pytest.mark.parametrize("state", ["SUBMITTED", "UNDER_REVIEW", "APPROVED", "REFUSED", "WITHDRAWN"])
def test_what_the_regulator_reads_or_has_decided_on_keeps_its_documents(cast, own, state):
    row, by = submitted(own, "STOP", cast.own_manager), cast.district_regulator.actor()
    document = file_document(elevator=own, kind="OTHER", attachments=[attachment(by)], by=by, at=now())
    ApplicationDocument.objects.create(application=row, document=document, attached_at=now())
    match state:
        case "UNDER_REVIEW" | "APPROVED":
            decisions.accept_application(application=row, by=by, at=now())
        case "REFUSED":
            decisions.refuse_application(application=row, reason="No", by=by, at=now())
        case "WITHDRAWN":
            actions.withdraw_application(application=row, by=cast.own_manager.actor(), at=now())
    if state == "APPROVED":
        approve(cast, row)
    with pytest.raises(actions.ApplicationWrongStep) as refused:
        take_off(cast, row, document)
    row.refresh_from_db()
    assert (row.state, refused.value.code, document in row.documents.all()) == (state, "application-wrong-step", True)


# --- returned, and what became of it ----------------------------------------------------------------------------------


def test_nothing_mended_is_refused_and_says_which_remarks_stand(cast, own):
    row = returned(cast, own)
    mend(cast, row, used_from=f"  {row.answers['used_from']} ")  # a blank more is no other answer
    document = paper(row, "QUALITY_CERTIFICATE")
    take_off(cast, row, document)
    actions.attach_document(application=row, document=document, by=cast.own_manager.actor(), at=now())
    with pytest.raises(actions.RemarksUnanswered) as refused:
        actions.submit_application(application=row, by=cast.own_manager.actor(), at=now())
    assert refused.value.code == "remarks-unanswered"
    assert "used_from (After the inspection); QUALITY_CERTIFICATE (Blurred)" in str(refused.value)
    row.refresh_from_db()
    assert (row.state, row.round) == ("RETURNED", 1)


def test_each_remark_is_mended_or_replied_to(cast, own):
    row, by = returned(cast, own), cast.own_manager.actor()
    new = replace_paper(cast, row, "QUALITY_CERTIFICATE")
    with pytest.raises(actions.RemarksUnanswered) as refused:
        actions.submit_application(application=row, by=by, at=now())
    assert [remark.name for remark in refused.value.remarks] == ["used_from"]
    for _ in "12":
        reply(cast, row, {("FIELD", "used_from"): " It was that day: see the certificate "})
    row = actions.submit_application(application=row, by=by, at=now())
    remarks = last_remarks(row)
    day, document = remarks[("FIELD", "used_from")], remarks[("DOCUMENT", "QUALITY_CERTIFICATE")]
    assert (row.round, day.state, day.reply) == (2, "REPLIED", "It was that day: see the certificate")
    assert (document.state, document.now, len(document.was)) == ("CHANGED", [str(new.public_id)], 1)
    assert AuditRecord.objects.filter(action="registry.reply_to_remarks").count() == 1


def test_replies_are_the_units_while_it_is_returned_and_of_the_last_return_only(cast, own):
    remarks, key = {("FIELD", "reason"): "Say more"}, ("FIELD", "reason")
    row, by = returned(cast, own, remarks, kind="STOP"), cast.own_manager.actor()
    with pytest.raises(actions.NoSuchRemark):
        reply(cast, row, {("FIELD", "protection"): "nobody asked"})
    reply(cast, row, {key: "x"})
    reply(cast, row, {key: " "})  # taken back
    with pytest.raises(actions.RemarksUnanswered):
        actions.submit_application(application=row, by=by, at=now())
    reply(cast, row, {key: "There is no more to say"})
    row = actions.submit_application(application=row, by=by, at=now())
    with pytest.raises(actions.ApplicationWrongStep):
        reply(cast, row, {key: "too late"})
    row = decisions.return_application(application=row, remarks=remarks, by=cast.district_regulator.actor(), at=now())
    assert last_remarks(row)[key].reply == ""
    with pytest.raises(actions.RemarksUnanswered):  # what was said of the first return does not answer the second
        actions.submit_application(application=row, by=by, at=now())
    assert [each.text for each in RemarkReply.objects.all()] == ["There is no more to say"]


def test_a_remark_from_before_the_answers_were_kept_holds_nobody_up(cast, own):
    row = submitted(own, "STOP", cast.own_manager)
    RegistrationApplication.objects.filter(pk=row.pk).update(state="RETURNED", due_on=None)
    RegistrationRemark.objects.create(
        application=row, round=1, target="FIELD", name="reason", reason="Say more", written_at=now(), written_by_id="x"
    )
    assert last_remarks(row)[("FIELD", "reason")].changed is None
    assert actions.submit_application(application=row, by=cast.own_manager.actor(), at=now()).round == 2


# --- the regulator ----------------------------------------------------------------------------------------------------


def test_returned_with_a_reason_at_each_place_mended_and_submitted_again(cast, own):
    row, by = submitted(own, "REGISTER", cast.own_manager), cast.district_regulator.actor()
    remarks = {("FIELD", "used_from"): "After the inspection", ("DOCUMENT", "QUALITY_CERTIFICATE"): "Not readable"}
    for _ in "12":
        row = decisions.return_application(application=row, remarks=remarks, by=by, at=now())
    assert (row.state, row.due_on) == ("RETURNED", None)
    assert {key: remark.reason for key, remark in last_remarks(row).items()} == remarks
    assert RegistrationRemark.objects.count() == 2
    mend(cast, row, used_from="2026-01-05")
    replace_paper(cast, row, "QUALITY_CERTIFICATE")
    row = actions.submit_application(application=row, by=cast.own_manager.actor(), at=now())
    assert (row.round, steps(own)) == (2, ["SUBMITTED", "RETURNED", "SUBMITTED"])
    with pytest.raises(DatabaseError), transaction.atomic():
        RegistrationRemark.objects.update(reason="never said")


@pytest.mark.parametrize("remarks", [{}, {("FIELD", "used_from"): "  "}, {("FIELD", "certificate_number"): "x"}])
def test_nothing_is_returned_without_a_reason_at_a_place_of_the_form(cast, own, remarks):
    row = submitted(own, "REGISTER", cast.own_manager)
    with pytest.raises(decisions.RemarksNeeded):
        decisions.return_application(application=row, remarks=remarks, by=cast.city_regulator.actor(), at=now())


def test_a_refusal_needs_a_reason_and_is_the_end(cast, own):
    row, by = submitted(own, "REGISTER", cast.own_manager), cast.district_regulator.actor()
    with pytest.raises(decisions.RefusalReasonNeeded):
        decisions.refuse_application(application=row, reason=" ", by=by, at=now())
    row = decisions.refuse_application(application=row, reason="No such elevator there", by=by, at=now())
    assert decisions.refuse_application(application=row, reason="again", by=by, at=now()).reason == row.reason
    for step in (actions.submit_application, actions.withdraw_application, decisions.approve_application):
        with pytest.raises((actions.ApplicationWrongStep, NotPermitted)):
            step(application=row, by=by, at=now())
    own.refresh_from_db()
    assert (own.registration_state, UseLabel.objects.count()) == ("UNREGISTERED", 0)


def test_only_regulators_of_the_place_decide_and_nobody_on_what_they_submitted(cast, own):
    row = submitted(own, "REGISTER", cast.own_manager)
    for name in ("other_district_regulator", "own_manager", "subdistrict_officer", "auditor", "stranger"):
        with pytest.raises(NotPermitted):
            decisions.accept_application(application=row, by=getattr(cast, name).actor(), at=now())
    RegistrationApplication.objects.update(submitted_by_id=cast.city_regulator.actor().id)
    with pytest.raises(decisions.OwnApplication):
        decisions.accept_application(application=row, by=cast.city_regulator.actor(), at=now())


def test_what_was_not_taken_up_is_not_approved(cast, own):
    with pytest.raises(actions.ApplicationWrongStep):
        approve(cast, submitted(own, "REGISTER", cast.own_manager))


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
    assert cv2.QRCodeDetector().detectAndDecode(picture)[0] == f"https://testserver/e/{text}"
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
