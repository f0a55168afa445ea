"""Reports of assessments over REST: what a body's machine sends, what it gets back, who reads them."""

import datetime as dt
import json
import uuid

import pytest

from accounts.models import User
from accounts.queries import actor_for
from common.actor import system
from common.clock import now, today
from common.models import Attachment
from inspection.actions import assessments as actions
from inspection.models import Assessment, AssessmentFinding
from registry.models import Document
from tests.factories.make import JIANGNING, client_for, hold, make_elevator, make_unit, make_user
from tests.factories.registrations import attachment

pytestmark = pytest.mark.django_db
PATH = "/api/v1/inspection/assessments/"
BY = system("tests")


@pytest.fixture
def body():
    return make_unit("Assessing body", kind="INSPECTION_BODY")


@pytest.fixture
def office(body):
    user = make_user("office")
    hold(user, "INSPECTION_OFFICE", unit=body)
    return client_for(user)


def assigned(body) -> Assessment:
    elevator = make_elevator(area_code=JIANGNING, using_unit=make_unit(), commissioned_on=dt.date(2001, 1, 1))
    type(elevator).objects.filter(pk=elevator.pk).update(registration_state="IN_USE")
    case = actions.apply_for_assessment(elevator=elevator, by=BY, at=now())
    return actions.assign_assessment(case=case, body=body, version=1, by=BY, at=now())


def sent(case, **values) -> dict:
    risk = {"text": "brake worn", "severity": 1, "probability": "D"}
    words = {"assessment": str(case.public_id), "number": f"N-{case.pk}", "level": "三级", "findings": [risk]}
    return {**words, "reported_on": str(today()), **values}


def post(client, *reports, key=None):
    return client.post(
        PATH,
        data=json.dumps({"reports": list(reports)}),
        content_type="application/json",
        headers={"Idempotency-Key": key or str(uuid.uuid4()), "Accept-Language": "en"},
    )


def test_a_bulk_answers_for_each_and_keeps_the_good_ones(body, office):
    good, other, late = assigned(body), assigned(body), assigned(body)
    foreign = assigned(make_unit("Another body", kind="INSPECTION_BODY"))
    rows = [
        sent(good),
        sent(foreign),
        sent(other, number=f"N-{good.pk}"),
        sent(late, reported_on=str(today() + dt.timedelta(days=1))),
        sent(late, level="", colour="red"),
        sent(late, findings=[{"text": "x", "severity": 5, "probability": "A"}]),
    ]
    answer = post(office, *rows).json()
    said = [(row["result"], row["code"], [error["pointer"] for error in row["errors"]]) for row in answer["results"]]
    assert said[:4] == [
        ("filed", "", []),
        ("refused", "not-found", ["/assessment"]),
        ("refused", "assessment-number-taken", ["/number"]),
        ("refused", "assessment-day-after-today", ["/reported_on"]),
    ]
    assert [(result, code) for result, code, _pointers in said[4:]] == [("refused", "invalid")] * 2
    assert (answer["filed"], answer["replayed"], answer["refused"]) == (1, 0, 5)
    states = dict(Assessment.objects.values_list("pk", "state"))
    assert [states[row.pk] for row in (good, foreign, other, late)] == ["REPORTED", *["ASSIGNED"] * 3]
    assert AssessmentFinding.objects.count() == 1


def test_the_same_report_again_is_replayed_and_other_content_is_refused(body, office):
    case = assigned(body)
    assert post(office, sent(case), key="first-key-of-ours").json()["filed"] == 1
    assert post(office, sent(case), key="first-key-of-ours")["Idempotency-Replayed"] == "true"
    assert post(office, sent(case)).json()["replayed"] == 1
    [row] = post(office, sent(case, level="四级")).json()["results"]
    assert (row["code"], Assessment.objects.get(pk=case.pk).level) == ("assessment-not-now", "三级")


def test_a_report_sent_again_after_the_next_step_is_still_replayed(body, office, settings, tmp_path):
    """A machine that got no answer sends again next morning; by then the using unit has decided."""
    settings.MEDIA_ROOT = tmp_path
    case = assigned(body)
    own = actor_for(User.objects.get(username="office"), now())
    given = sent(case, files=[str(attachment(own).public_id)])
    assert post(office, given).json()["filed"] == 1
    case.refresh_from_db()
    decided = {"decision": "KEEP", "decided_on": today(), "measures": "watch it", "version": case.version}
    actions.decide_assessment(case=case, **decided, by=BY, at=now())
    answer = post(office, given).json()
    assert (answer["replayed"], answer["refused"]) == (1, 0)
    assert post(office, {**given, "level": "四级"}).json()["results"][0]["code"] == "assessment-not-now"
    case.refresh_from_db()
    assert (case.state, case.level, case.steps.filter(kind="report").count()) == ("DECIDED", "三级", 1)


def test_a_report_brings_its_paper_which_the_e_file_keeps(body, office, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    own = actor_for(User.objects.get(username="office"), now())
    case, other = assigned(body), assigned(body)
    paper, foreign = attachment(own), attachment(actor_for(make_user(), now()))
    given = sent(case, files=[str(paper.public_id)])
    [refused] = post(office, given | {"reported_on": "2999-01-01"}).json()["results"]
    assert (refused["result"], Document.objects.count()) == ("refused", 0)
    [refused] = post(office, given | {"files": [str(foreign.public_id)]}).json()["results"]
    assert (refused["code"], refused["errors"][0]["pointer"]) == ("not-found", "/files")
    assert post(office, given).json()["filed"] == 1
    document = Assessment.objects.get(pk=case.pk).report_document
    assert (document.elevator, document.number) == (case.elevator, f"N-{case.pk}")
    assert document.kind == "SAFETY_ASSESSMENT"
    assert Attachment.objects.kept_for(document).get() == paper
    assert post(office, given).json()["replayed"] == 1
    # what one report keeps is no other's
    [refused] = post(office, sent(other, files=[str(paper.public_id)])).json()["results"]
    assert (refused["code"], Document.objects.count()) == ("not-found", 1)


def test_whoever_files_no_documents_files_a_report_without_one(body, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    user = make_user()
    hold(user, "INSPECTOR", unit=body)
    case, paper = assigned(body), attachment(actor_for(user, now()))
    [refused] = post(client_for(user), sent(case, files=[str(paper.public_id)])).json()["results"]
    assert (refused["code"], Assessment.objects.get(pk=case.pk).state) == ("not-permitted", "ASSIGNED")
    assert post(client_for(user), sent(case)).json()["filed"] == 1


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_costs_the_same_for_one_row_and_three(body, office, count, django_assert_num_queries):
    rows = [assigned(body) for _number in range(count)]
    post(office, *(sent(row) for row in rows))
    with django_assert_num_queries(5):
        answer = office.get(PATH).json()
    assert [row["id"] for row in answer["results"]] == [str(row.public_id) for row in reversed(rows)]
    assert {row["findings"][0]["risk_class"] for row in answer["results"]} == {"I"}


@pytest.mark.parametrize(
    ("language", "words"), [("en", ["the unit asks for it", "many hazards on record"]), ("zh-hans", None)]
)
def test_why_is_said_in_codes_and_in_words(body, office, language, words):
    case = assigned(body)
    Assessment.objects.filter(pk=case.pk).update(reasons=["REQUEST", "FAULTS"])
    row = office.get(f"{PATH}{case.public_id}/", headers={"Accept-Language": language}).json()
    assert (row["reasons"], row["turn"]) == (["REQUEST", "FAULTS"], {"who": "BODY", "step": "report"})
    assert row["reason_labels"] == (words or ["使用单位申请", "已记录隐患多"])
