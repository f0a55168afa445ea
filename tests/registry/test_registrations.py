"""Applications about use registrations: kept as typed, one under way, returned with reasons, approved once with all effects."""

import datetime as dt

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from common.clock import SHANGHAI, local_date, now
from common.errors import Changed, NotPermitted
from common.models import AuditRecord, CalendarDay
from registry.actions import registration_decisions as decisions
from registry.actions import registrations as actions
from registry.actions.documents import file_document
from registry.models import (
    ApplicationDocument,
    Document,
    RegistrationApplication,
    RegistrationRemark,
    RegistrationTerm,
    RemarkReply,
    UseLabel,
)
from registry.queries import chain_faults
from registry.queries.registrations import last_remarks, read_application
from tests.factories.make import hand_over
from tests.factories.registrations import approve, attachment, draft, steps, submitted

DAY = dt.timedelta(days=1)
pytestmark = pytest.mark.usefixtures("places")


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
