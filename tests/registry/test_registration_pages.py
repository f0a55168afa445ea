"""Applications on pages and over REST: what is typed stays, what is wrong stands at its place, what is foreign is not there."""

import datetime as dt

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.template.loader import render_to_string
from django.utils.translation import gettext, override

from accounts.models import CertificateRule
from common.clock import now
from common.models import RetentionRule
from registry.actions.registration_decisions import refuse_application, return_application
from registry.actions.registrations import submit_application
from registry.models import Document, Elevator, RegistrationApplication, RegistrationTerm, UseLabel
from tests.common import attachment_files as files
from tests.factories.registrations import draft, good_answers, submitted, under_review
from tests.registry.registration_doors import API, BASE, english, post, rest, returned

pytestmark = pytest.mark.usefixtures("places")


def test_the_whole_way_of_a_first_registration_on_pages(cast, own):
    unit, regulator = english(cast.own_manager), english(cast.district_regulator)
    Elevator.objects.filter(pk=own.pk).update(class_code="3110")
    assert "Apply" in unit.get(f"/elevators/{own.public_id}/").content.decode()
    edit = post(unit, f"/elevators/{own.public_id}/registrations/new/", kind="REGISTER")["Location"]
    row = RegistrationApplication.objects.get()
    upload = SimpleUploadedFile("quality.jpg", files.jpeg())
    answer = post(unit, edit, used_from="2026-01-05", intent="submit", file_quality_certificate=[upload])
    # kept, and each fault at its place
    assert answer["Location"] == f"{edit}?check=1"
    page = unit.get(answer["Location"]).content.decode()
    assert "Your draft is saved." in page and 'value="2026-01-05"' in page
    assert "Next inspection due on: This answer is needed." in page
    assert "Use registration form: This document is needed" in page
    assert "Product quality certificate: This document" not in page
    assert RegistrationApplication.objects.get().documents.get().kind == "QUALITY_CERTIFICATE"
    # the rest comes from the e-file and from good answers
    draft(own, "REGISTER", cast.own_manager)
    answer = post(unit, edit, **good_answers("REGISTER"), intent="submit")
    assert answer["Location"] == f"{BASE}{row.public_id}/"
    queue = regulator.get(f"{BASE}queue/").content.decode()
    assert own.rescue_code in queue and "first registration" in queue
    review = f"{BASE}{row.public_id}/review/"
    remark = {"remark_FIELD_used_from": "That was before the inspection", "decision": "return"}
    assert post(regulator, review, **remark).status_code == 302
    page = unit.get(f"{BASE}{row.public_id}/").content.decode()
    assert "Returned to be mended" in page and "That was before the inspection" in page
    assert "<strong>That was before the inspection</strong>" in unit.get(edit).content.decode()
    post(unit, edit, **good_answers("REGISTER", used_from="2026-01-06"), intent="submit")
    post(regulator, review, decision="accept")
    post(regulator, review, decision="approve")
    row.refresh_from_db()
    own.refresh_from_db()
    assert (row.state, row.round, own.registration_state) == ("APPROVED", 2, "IN_USE")
    assert own.certificate_number in unit.get(f"/elevators/{own.public_id}/certificate/").content.decode()
    assert own.rescue_code not in regulator.get(f"{BASE}queue/").content.decode()


@pytest.mark.parametrize("model", [RegistrationTerm, CertificateRule, RetentionRule])
def test_where_a_rule_comes_from_is_said_in_the_readers_language(db, model):
    """What shipped rows say of their source is in the catalogue: an official's page has no English sentence."""
    with override("zh-hans"):
        assert [each for each in model.objects.values_list("source", flat=True) if gettext(each) == each] == []
    row = model(source="typed by an operator", certainty="U")
    assert "typed by an operator" in render_to_string("components/source.html", {"rule": row})


def test_a_draft_survives_bad_input_and_a_refused_file(cast, own):
    unit, row = english(cast.own_manager), draft(own, "STOP", cast.own_manager, documents=False)
    edit = f"{BASE}{row.public_id}/edit/"
    svg = SimpleUploadedFile("plan.svg", files.SVG)
    answer = post(unit, edit, reason="Facade", stopped_on="31.02.26", intent="submit", file_other=[svg])
    assert answer["Location"] == f"{edit}?check=1"
    page = unit.get(f"{edit}?check=1").content.decode()
    # at its field and summed at the top, not in a message of its own
    assert page.count("plan.svg: This file is neither a PDF nor a photograph") == 2
    assert "Other document: plan.svg" in page and 'aria-describedby="id_file_other' in page
    assert "plan.svg" not in unit.get(f"{edit}?check=1").content.decode(), "said once"
    assert "Out of use from: This cannot be read." in page
    row.refresh_from_db()
    assert (row.state, row.answers) == ("DRAFT", {"reason": "Facade", "stopped_on": "31.02.26"})
    # saving says it as well, and asks for nothing else yet
    svg = SimpleUploadedFile("again.svg", files.SVG)
    answer = post(unit, edit, reason="Facade", intent="save", file_other=[svg])
    page = unit.get(answer["Location"]).content.decode()
    assert page.count("again.svg: This file") == 2 and "This answer is needed" not in page


def test_a_document_that_was_returned_gives_way_to_the_mended_one(cast, own):
    unit, row = english(cast.own_manager), submitted(own, "REGISTER", cast.own_manager)
    remarks = {("DOCUMENT", "QUALITY_CERTIFICATE"): "Not readable"}
    return_application(application=row, remarks=remarks, by=cast.city_regulator.actor(), at=now())
    files_sent = {
        "file_quality_certificate": [SimpleUploadedFile("again.jpg", files.jpeg())],
        "file_registration_form": [SimpleUploadedFile("more.png", files.png())],
    }
    answer = post(unit, f"{BASE}{row.public_id}/edit/", **good_answers("REGISTER"), **files_sent, intent="submit")
    assert answer["Location"] == f"{BASE}{row.public_id}/"
    standing = [document.kind for document in row.documents.order_by("pk") if document.superseded_at is None]
    # what nobody complained of stays beside the new one
    assert sorted(standing).count("QUALITY_CERTIFICATE") == 1
    assert sorted(standing).count("REGISTRATION_FORM") == 2


def off_url(row, document) -> str:
    return f"{BASE}{row.public_id}/documents/{document.public_id}/take-off/"


def test_a_wrong_document_is_taken_off_on_the_page_and_stays_in_the_efile(cast, own):
    unit, row = english(cast.own_manager), draft(own, "REGISTER", cast.own_manager)
    document = row.documents.get(kind="QUALITY_CERTIFICATE")
    address = off_url(row, document)
    assert unit.get(f"{BASE}{row.public_id}/").content.decode().count("/take-off/") == 4
    page = unit.get(address).content.decode()
    assert "It stays in the e-file of the elevator unless it is withdrawn there." in page
    assert row.documents.count() == 4, "asked before it is done"
    form = {"idempotency_key": "one-click-only"}
    answers = [unit.post(address, form) for _ in "12"]
    assert {(answer.status_code, answer["Location"]) for answer in answers} == {(302, f"{BASE}{row.public_id}/")}
    assert not row.documents.filter(pk=document.pk).exists()
    assert post(unit, address).status_code == 404  # it is not there any more
    # and is offered again
    assert str(document.public_id) in unit.get(f"{BASE}{row.public_id}/edit/").content.decode()
    assert unit.get(f"/elevators/documents/{document.public_id}/").status_code == 200


def test_nobody_takes_off_what_is_not_theirs_or_no_longer_theirs_to_change(cast, own):
    unit, row = english(cast.own_manager), draft(own, "REGISTER", cast.own_manager)
    document = row.documents.get(kind="QUALITY_CERTIFICATE")
    other = draft(cast.elevator_foreign, "REGISTER", cast.stranger)
    foreign = other.documents.get(kind="QUALITY_CERTIFICATE")
    # the document of another application, under the own one; another unit's application, with either
    assert post(unit, off_url(row, foreign)).status_code == 404
    assert post(unit, off_url(other, foreign)).status_code == 404
    assert post(english(cast.stranger), off_url(row, document)).status_code == 404
    assert post(english(cast.colleague), off_url(row, document)).status_code == 403
    detach = f"{API}registrations/{row.public_id}/detach/"
    for body, status in (
        ({"document": str(foreign.public_id)}, 404),
        ({"document": "x"}, 400),
        ({}, 400),
        ({"document": str(document.public_id), "state": "APPROVED"}, 400),
    ):
        assert rest(unit, detach, body).status_code == status
    row = submit_application(application=row, by=cast.own_manager.actor(), at=now())
    assert "/take-off/" not in unit.get(f"{BASE}{row.public_id}/").content.decode()
    assert unit.get(off_url(row, document))["Location"] == f"{BASE}{row.public_id}/"
    answer = post(unit, off_url(row, document))
    assert answer.status_code == 422 and "The application is “submitted” by now" in answer.content.decode()
    refused = rest(unit, detach, {"document": str(document.public_id)})
    assert (refused.status_code, refused.json()["code"]) == (409, "application-wrong-step")
    assert (row.documents.count(), other.documents.count()) == (4, 4)


def test_the_regulator_and_readers_of_a_returned_application_have_no_button(cast, own):
    row = returned(cast, own, {("FIELD", "used_from"): "Later"})
    for player, buttons in ((cast.own_manager, 4), (cast.colleague, 0), (cast.city_regulator, 0)):
        page = english(player).get(f"{BASE}{row.public_id}/").content.decode()
        assert page.count("/take-off/") == buttons


def test_nothing_mended_comes_back_with_what_still_stands_at_its_place(cast, own):
    unit = english(cast.own_manager)
    row = returned(cast, own, {("FIELD", "used_from"): "Not that day", ("DOCUMENT", "QUALITY_CERTIFICATE"): "Blurred"})
    edit = f"{BASE}{row.public_id}/edit/"
    answer = post(unit, edit, **row.answers, intent="submit")
    assert answer["Location"] == f"{edit}?check=1"
    page = unit.get(answer["Location"]).content.decode()
    stands = "Nothing was changed here since it was returned. Change what was asked, or write why it stays."
    for place in ("Put into use on", "Product quality certificate"):
        assert f"Reply to the remark: {place}: {stands}" in page
    # one is replied to: kept, and the other still said
    post(unit, edit, **row.answers, reply_FIELD_used_from="It was <that> day", intent="submit")
    page = unit.get(f"{edit}?check=1").content.decode()
    assert 'value="It was &lt;that&gt; day"' in page and page.count(stands) == 2  # at its field and on top
    row.refresh_from_db()
    assert row.state == "RETURNED"
    form = {**row.answers, "reply_FIELD_used_from": "It was <that> day", "intent": "submit"}
    upload = SimpleUploadedFile("sharp.jpg", files.jpeg())
    assert post(unit, edit, **form, file_quality_certificate=[upload])["Location"] == f"{BASE}{row.public_id}/"


def test_the_reviewer_reads_at_each_remark_what_became_of_it(cast, own):
    remarks = {
        ("FIELD", "used_from"): "Not that day",
        ("FIELD", "next_inspection_on"): "Sure?",
        ("DOCUMENT", "QUALITY_CERTIFICATE"): "Blurred",
    }
    row = returned(cast, own, remarks)
    before = row.answers["used_from"]
    old = row.documents.get(kind="QUALITY_CERTIFICATE")
    form = {**row.answers, "used_from": "2026-01-06", "reply_FIELD_next_inspection_on": "Quite <sure>"}
    upload = SimpleUploadedFile("sharp.jpg", files.jpeg())
    edit = f"{BASE}{row.public_id}/edit/"
    post(english(cast.own_manager), edit, **form, intent="submit", file_quality_certificate=[upload])
    page = english(cast.city_regulator).get(f"{BASE}{row.public_id}/review/").content.decode()
    assert f"Then: {before} → now: 2026-01-06" in page
    assert page.count("changed since it was returned") == 2 and page.count("not changed, but replied to") == 1
    assert "Reply of the using unit: Quite &lt;sure&gt;" in page
    then, _arrow, later = page.partition("Blurred")[2].partition("→")
    assert str(old.public_id) in then and str(row.documents.latest("pk").public_id) in later
    assert "to be mended</span>" not in page
    # what was said stays between the two
    timeline = english(cast.maintainer).get(f"/elevators/{own.public_id}/").content.decode()
    assert "returned to be mended" in timeline and "Quite" not in timeline


def test_two_people_of_a_unit_do_not_overwrite_each_other(cast, own):
    unit, row = english(cast.own_manager), draft(own, "STOP", cast.own_manager)
    answer = post(unit, f"{BASE}{row.public_id}/edit/", reason="Mine", version=row.version - 1, intent="save")
    assert answer.status_code == 422
    assert "Mine" in answer.content.decode()
    row.refresh_from_db()
    assert row.answers["reason"] == "Works on the facade"


def test_nobody_sets_what_is_not_theirs_to_set(cast, own):
    unit, row = english(cast.own_manager), draft(own, "REGISTER", cast.own_manager)
    before = {f.name: getattr(row, f.name) for f in row._meta.fields}
    forged = {"state": "APPROVED", "decided_by_id": "me", "certificate_number": "梯11苏A0001(26)", "unit": "1"}
    post(unit, f"{BASE}{row.public_id}/edit/", **good_answers("REGISTER"), **forged, intent="save")
    row.refresh_from_db()
    assert {name: getattr(row, name) for name in before} == before
    body = {"kind": "REGISTER", "answers": {}, "state": "APPROVED"}
    address = f"{API}elevators/{own.public_id}/registrations/"
    assert rest(unit, address, body).status_code == 400
    assert rest(unit, address, {"kind": "REGISTER", "answers": {"certificate_number": "x"}}).status_code == 400
    assert rest(unit, f"{API}registrations/{row.public_id}/submit/", {"decided_by_id": "me"}).status_code == 400


def test_a_reviewer_does_not_see_drafts_nor_review_what_is_decided(cast, own):
    regulator, row = english(cast.district_regulator), draft(own, "REGISTER", cast.own_manager)
    assert regulator.get(f"{BASE}{row.public_id}/").status_code == 404
    row = submitted(own, "REGISTER", cast.own_manager)
    answer = post(regulator, f"{BASE}{row.public_id}/review/", decision="approve")
    assert answer.status_code == 422  # not taken up: not among the choices


def test_an_approval_sent_twice_is_one(cast, own):
    regulator = english(cast.district_regulator)
    row = under_review(own, "REGISTER", cast.own_manager, cast.city_regulator)
    review, form = f"{BASE}{row.public_id}/review/", {"idempotency_key": "one-click-only", "decision": "approve"}
    answers = [regulator.post(review, form) for _ in "123"]
    assert {answer.status_code for answer in answers} == {302}
    assert own.life_events.filter(kind="STATE_CHANGED").count() == UseLabel.objects.count() == 1


def test_documents_of_another_elevator_are_not_attached(cast, own):
    row = draft(own, "REGISTER", cast.own_manager, documents=False)
    other = draft(cast.elevator_foreign, "REGISTER", cast.stranger)
    foreign = Document.objects.filter(elevator=cast.elevator_foreign).first()
    form = {**good_answers("REGISTER"), f"have_{foreign.kind.lower()}": [str(foreign.public_id)], "intent": "save"}
    post(english(cast.own_manager), f"{BASE}{row.public_id}/edit/", **form)
    body = {"kind": "REGISTER", "documents": [str(foreign.public_id)]}
    for client in (english(cast.own_manager), english(cast.strong_weak)):
        assert rest(client, f"{API}elevators/{own.public_id}/registrations/", body).status_code in (403, 404)
    assert (row.documents.count(), other.documents.count()) == (0, 4)


def test_the_queue_shows_the_longest_overdue_first_in_a_fixed_number_of_statements(
    cast, own, django_assert_max_num_queries
):
    rows = [submitted(own, "REGISTER", cast.own_manager), submitted(cast.elevator_foreign, "REGISTER", cast.stranger)]
    RegistrationApplication.objects.filter(pk=rows[1].pk).update(due_on="2026-01-05")
    client = english(cast.city_regulator)
    with django_assert_max_num_queries(9):
        page = client.get(f"{BASE}queue/").content.decode()
    assert page.index(cast.elevator_foreign.rescue_code) < page.index(own.rescue_code)
    home = client.get("/").content.decode()
    assert "pplications to answer" in home and "overdue" in home


def test_the_life_of_the_elevator_tells_the_step_and_not_the_reason(cast, own):
    row = submitted(own, "REGISTER", cast.own_manager)
    remarks = {("FIELD", "used_from"): "SECRET-REASON"}
    return_application(application=row, remarks=remarks, by=cast.city_regulator.actor(), at=now())
    page = english(cast.maintainer).get(f"/elevators/{own.public_id}/").content.decode()
    assert "returned to be mended" in page and "first registration" in page
    assert "SECRET-REASON" not in page


def test_whoever_approves_a_relocation_out_of_the_area_is_told_so(cast, own):
    """Not left before a page that is no longer theirs."""
    regulator, row = (
        english(cast.district_regulator),
        under_review(own, "RELOCATE", cast.own_manager, cast.district_regulator, area="320115008"),
    )
    review = f"{BASE}{row.public_id}/review/"
    version = {"version": RegistrationApplication.objects.get().version}
    answer = post(regulator, review, decision="approve", **version)
    assert answer["Location"] == f"{BASE}queue/", answer.content.decode()
    page = regulator.get(answer["Location"]).content.decode()
    assert "Approved. It is in effect. The elevator is no longer in your area." in page


def test_a_refused_file_is_named_with_the_document_that_it_was_for(cast, own):
    unit, row = english(cast.own_manager), draft(own, "REGISTER", cast.own_manager, documents=False)
    edit = f"{BASE}{row.public_id}/edit/"
    bad = SimpleUploadedFile("scan.jpg", b"<html>")
    answer = post(unit, edit, used_from="2026-01-05", intent="submit", file_quality_certificate=[bad])
    page = unit.get(answer["Location"]).content.decode()
    assert "Product quality certificate: scan.jpg: This file is neither a PDF nor a photograph" in page


# --- personal numbers in people's own words ---------------------------------------------------------------------------

TYPED = "Ask Zhang San, 139 1234 5678"
REFUSED = "A phone or identity number of a person stands here"


def test_a_phone_in_an_answer_is_refused_at_its_field_and_stays_typed(cast, own):
    unit, row = english(cast.own_manager), draft(own, "STOP", cast.own_manager, documents=False)
    answer = post(unit, f"{BASE}{row.public_id}/edit/", **good_answers("STOP", reason=TYPED), intent="save")
    page = answer.content.decode()
    assert answer.status_code == 422 and f"Reason: {REFUSED}" in page and TYPED in page
    body = {"kind": "STOP", "answers": {"reason": TYPED}}
    answer = rest(unit, f"{API}elevators/{own.public_id}/registrations/", body)
    named = [(each["pointer"], each["code"]) for each in answer.json()["errors"]]
    assert (answer.status_code, named) == (400, [("/answers/reason", "personal-number")])
    row.refresh_from_db()
    assert row.answers["reason"] == "Works on the facade"


@pytest.mark.parametrize(("decision", "field"), [("refuse", "reason"), ("return", "remark_FIELD_used_from")])
def test_a_phone_in_the_reviewers_words_is_refused(cast, own, decision, field):
    row = under_review(own, "REGISTER", cast.own_manager, cast.city_regulator)
    answer = post(
        english(cast.district_regulator), f"{BASE}{row.public_id}/review/", decision=decision, **{field: TYPED}
    )
    assert answer.status_code == 422 and REFUSED in answer.content.decode()
    row.refresh_from_db()
    assert (row.state, row.reason, row.remarks.count()) == ("UNDER_REVIEW", "", 0)


def test_a_phone_in_the_note_of_a_document_is_refused(cast, own):
    unit, page = english(cast.own_manager), f"/elevators/{own.public_id}/documents/new/"
    upload = SimpleUploadedFile("scan.jpg", files.jpeg())
    answer = post(unit, page, kind="OTHER", note="联系人张三 13912345678", files=[upload])
    assert answer.status_code == 422 and f"Note: {REFUSED}" in answer.content.decode()
    assert not Document.objects.exists()


# --- nothing written is lost, nothing refused goes unnoticed -------------------------------------------------------------


@pytest.mark.parametrize(
    ("decision", "field", "said"),
    [
        ("accept", "remark_FIELD_used_from", "You wrote what is to be mended"),
        ("refuse", "remark_FIELD_used_from", "You wrote what is to be mended"),
        ("accept", "reason", "You wrote why it is refused"),
        ("return", "reason", "You wrote why it is refused"),
    ],
)
def test_what_the_reviewer_wrote_is_not_lost_by_another_choice(cast, own, decision, field, said):
    row = submitted(own, "REGISTER", cast.own_manager)
    answer = post(
        english(cast.district_regulator), f"{BASE}{row.public_id}/review/", decision=decision, **{field: "Not readable"}
    )
    page = answer.content.decode()
    assert answer.status_code == 422 and f"Decision: {said}" in page and "Not readable" in page
    row.refresh_from_db()
    assert row.state == "SUBMITTED"


def decided(row, days):
    then = now() - dt.timedelta(days=days)
    RegistrationApplication.objects.filter(pk=row.pk).update(decided_at=then, created_at=then - dt.timedelta(days=1))


def test_a_refusal_is_told_on_the_home_page_until_the_unit_applies_again(cast, own):
    row = submitted(own, "REGISTER", cast.own_manager)
    refuse_application(application=row, reason="Not ours", by=cast.city_regulator.actor(), at=now())
    decided(row, 2)
    unit, stranger = english(cast.own_manager), english(cast.stranger)
    assert "refused 2 days ago" in unit.get("/").content.decode()
    assert "days ago" not in stranger.get("/").content.decode()
    assert "days ago" not in english(cast.city_regulator).get("/").content.decode()
    page = unit.get(f"{BASE}{row.public_id}/").content.decode()
    again = f"/elevators/{own.public_id}/registrations/new/?kind=REGISTER"
    assert f'href="{again}">Apply again' in page
    assert "Apply again" not in english(cast.city_regulator).get(f"{BASE}{row.public_id}/").content.decode()
    post(unit, again, kind="REGISTER")
    assert "refused 2 days ago" not in unit.get("/").content.decode()


def test_an_old_refusal_leaves_the_home_page(cast, own):
    row = submitted(own, "REGISTER", cast.own_manager)
    refuse_application(application=row, reason="Not ours", by=cast.city_regulator.actor(), at=now())
    unit = english(cast.own_manager)
    for days, told in ((29, True), (31, False)):
        decided(row, days)
        assert (f"refused {days} days ago" in unit.get("/").content.decode()) is told
