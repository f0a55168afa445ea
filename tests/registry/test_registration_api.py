"""Applications about use registrations over REST."""

import pytest

from common.clock import now
from registry.actions.registration_decisions import approve_application
from registry.models import Document
from tests.factories.registrations import draft, good_answers, under_review
from tests.registry.registration_doors import API, english, rest, returned

pytestmark = pytest.mark.usefixtures("places")


def test_rest_begins_submits_and_reads(cast, own):
    client = english(cast.own_manager)
    row = draft(own, "STOP", cast.own_manager, documents=False)
    address = f"{API}elevators/{own.public_id}/registrations/"
    made = rest(client, address, {"kind": "STOP", "answers": {"reason": "Facade"}})
    assert (made.status_code, made.json()["id"]) == (201, str(row.public_id))  # the draft that was there
    assert made.json()["faults"] == {"stopped_on": "required", "protection": "required"}
    submit = f"{API}registrations/{row.public_id}/submit/"
    refused = rest(client, submit, {})
    assert (refused.status_code, refused.json()["code"]) == (422, "application-incomplete")
    rest(client, address, {"kind": "STOP", "answers": good_answers("STOP")})
    answers = [rest(client, submit, {}, "same-key-again") for _ in "12"]
    assert [answer.json()["state"] for answer in answers] == ["SUBMITTED"] * 2
    assert answers[1]["Idempotency-Replayed"] == "true"
    listed = client.get(f"{API}registrations/").json()["results"]
    assert [(each["id"], each["state"]) for each in listed] == [(str(row.public_id), "SUBMITTED")]
    for stranger in (cast.stranger, cast.maintainer):
        assert english(stranger).get(f"{API}registrations/{row.public_id}/").status_code in (403, 404)


def test_rest_takes_a_document_off(cast, own):
    client, row = english(cast.own_manager), draft(own, "REGISTER", cast.own_manager)
    document = row.documents.get(kind="QUALITY_CERTIFICATE")
    detach, body = f"{API}registrations/{row.public_id}/detach/", {"document": str(document.public_id)}
    answers = [rest(client, detach, body, "same-key-for-both") for _ in "12"]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json()["missing_documents"] == ["QUALITY_CERTIFICATE"]
    assert body["document"] not in answers[0].json()["documents"]
    assert rest(client, detach, body).status_code == 404
    assert Document.objects.standing().filter(pk=document.pk).exists()


def test_rest_replies_to_remarks_when_it_submits_again(cast, own):
    client, row = english(cast.own_manager), returned(cast, own, {("FIELD", "reason"): "Say more"}, kind="STOP")
    submit = f"{API}registrations/{row.public_id}/submit/"
    refused = rest(client, submit, {})
    assert (refused.status_code, refused.json()["code"]) == (422, "remarks-unanswered")
    assert "reason (Say more)" in refused.json()["detail"]
    bad = {"target": "FIELD", "name": "protection", "reply": "x"}
    assert rest(client, submit, {"replies": [bad]}).json()["code"] == "no-such-remark"
    assert rest(client, submit, {"replies": [{"target": "STATE", "name": "reason", "reply": "x"}]}).status_code == 400
    body = {"replies": [{"target": "FIELD", "name": "reason", "reply": "There is no more"}]}
    for _ in "12":
        answer = rest(client, submit, body)
    remark = {"target": "FIELD", "name": "reason", "reason": "Say more", "changed": False, "reply": "There is no more"}
    assert (answer.status_code, answer.json()["state"], answer.json()["remarks"]) == (200, "SUBMITTED", [remark])


def test_rest_needs_a_key(cast, own):
    row = draft(own, "STOP", cast.own_manager)
    answer = english(cast.own_manager).post(
        f"{API}registrations/{row.public_id}/submit/", {}, content_type="application/json"
    )
    row.refresh_from_db()
    assert (answer.status_code, row.state) == (400, "DRAFT")


def test_a_label_is_fetched_over_rest_by_those_who_see_the_elevator(cast, own):
    row = under_review(own, "REGISTER", cast.own_manager, cast.district_regulator)
    approve_application(application=row, by=cast.district_regulator.actor(), at=now())
    label = english(cast.maintainer).get(f"{API}use-labels/").json()["results"][0]
    assert (label["elevator"], label["ready"]) == (str(own.public_id), False)
    file = f"{API}use-labels/{label['id']}/file/"
    answer = english(cast.maintainer).get(file)
    assert (answer.status_code, answer.json()["code"]) == (409, "label-not-ready")
    assert english(cast.stranger).get(file).status_code == 404
