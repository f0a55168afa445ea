"""Pages of safety assessments: the same number of statements for one row as for three, forms that say what to do."""

import csv
import datetime as dt
import io
from decimal import Decimal
from uuid import uuid4

import pytest

from accounts.models import User
from accounts.queries import actor_for
from common import jobs
from common.actor import system
from common.clock import now, today
from common.exports import actions as exports
from common.models import Export
from compliance.models import Hazard
from inspection.actions import assessments as actions
from inspection.models import Assessment
from tests.factories.make import JIANGNING, client_for, hold, make_elevator, make_unit, make_user

pytestmark = pytest.mark.django_db
EN = {"Accept-Language": "en"}


@pytest.fixture
def stage():
    """A using unit in 江宁 with its manager, a body with its office, an officer of the district: all signed in."""
    unit, body = make_unit("Using unit"), make_unit("Assessing body", kind="INSPECTION_BODY")
    people = {name: make_user(name) for name in ("manager", "office", "officer")}
    hold(people["manager"], "USING_UNIT_MANAGER", unit=unit)
    hold(people["office"], "INSPECTION_OFFICE", unit=body)
    hold(people["officer"], "DISTRICT_REGULATOR", area_code=JIANGNING)
    return {"unit": unit, "body": body, **{name: client_for(user, **EN) for name, user in people.items()}}


def old(unit, count=1):
    rows = []
    for number in range(count):
        row = make_elevator(
            area_code=JIANGNING, using_unit=unit, place_type="HOSPITAL", commissioned_on=dt.date(2001 + number, 1, 1)
        )
        type(row).objects.filter(pk=row.pk).update(registration_state="IN_USE")
        row.refresh_from_db()
        rows.append(row)
    return rows


def cases(rows) -> list[Assessment]:
    return [actions.apply_for_assessment(elevator=row, by=system("tests"), at=now()) for row in rows]


def send(client, path, **words):
    return client.post(path, {"idempotency_key": str(uuid4()), **words})


@pytest.mark.parametrize("count", [1, 3])
def test_the_lists_cost_the_same_for_one_row_and_three(stage, count, django_assert_num_queries):
    made = cases(old(stage["unit"], count))
    for path, statements in (("/assessments/", LIST), ("/assessments/worklist/", WORKLIST)):
        stage["officer"].get(path)
        with django_assert_num_queries(statements):
            answer = stage["officer"].get(path)
        assert len(answer.context["page"].rows) == count, path
        assert all(row.public_id for row in answer.context["page"].rows)
    [first] = {
        row["count"] for row in stage["officer"].get("/assessments/").context["steps"] if row["state"] == "APPLIED"
    }
    assert first == len(made)


LIST, WORKLIST = 8, 15


@pytest.mark.parametrize("count", [1, 3])
def test_a_case_costs_the_same_however_much_was_found(stage, count, django_assert_num_queries):
    [case] = cases(old(stage["unit"]))
    Assessment.objects.filter(pk=case.pk).update(body=stage["body"], state="ASSIGNED")
    lines = "\n".join(f"1A risk {number}" for number in range(count))
    path = f"/assessments/{case.public_id}/"
    words = {"version": "1", "number": "P-1", "level": "三级", "reported_on": str(today()), "findings": lines}
    assert send(stage["office"], f"{path}report/", **words).status_code == 302
    stage["officer"].get(path)
    with django_assert_num_queries(CASE):
        answer = stage["officer"].get(path)
    assert [row.risk_class for row in answer.context["findings"]] == ["I"] * count
    assert Hazard.objects.filter(elevator=case.elevator).count() == 1


CASE = 16


def test_the_worklist_says_why_and_is_narrowed(stage):
    first, second = old(stage["unit"], 2)
    cases([first])
    client, path = stage["officer"], "/assessments/worklist/"
    rows = client.get(path).context["page"].rows
    assert [(row.pk, [str(each) for each in row.reasons]) for row in rows] == [
        (first.pk, [f"in use since 2001-01-01, {today().year - 2001} years, public place"]),
        (second.pk, [f"in use since 2002-01-01, {today().year - 2002} years, public place"]),
    ]
    assert [row.pk for row in client.get(f"{path}?case=none").context["page"].rows] == [second.pk]
    assert [row.pk for row in client.get(f"{path}?case=under_way").context["page"].rows] == [first.pk]
    assert client.get(f"{path}?reason=FAULTS").context["page"].rows == []
    assert client.get(f"{path}?reason=nonsense").status_code == 200


def test_the_using_unit_is_told_at_home_and_applies_in_the_e_file(stage):
    [elevator] = old(stage["unit"])
    client = stage["manager"]
    assert "Elevators to be assessed" in client.get("/").content.decode()
    path = f"/assessments/apply/{elevator.public_id}/"
    assert path in client.get(f"/elevators/{elevator.public_id}/").content.decode()
    answer = send(client, path, note="often stands still")
    case = Assessment.objects.get(elevator=elevator)
    assert answer["Location"] == f"/assessments/{case.public_id}/"
    assert "Elevators to be assessed" not in client.get("/").content.decode()
    assert path not in client.get(f"/elevators/{elevator.public_id}/").content.decode()


def test_the_page_offers_each_the_next_verb_and_nobody_anothers(stage):
    [case] = cases(old(stage["unit"]))
    path = f"/assessments/{case.public_id}/"

    def verbs(name):
        return [str(label) for label, _url, _danger in stage[name].get(path).context["steps"]]

    cancel = "Cancel the assessment"
    assert (verbs("manager"), verbs("officer")) == (["Give it to a body", cancel], [cancel])
    answer = send(stage["manager"], f"{path}step/assign/", version="1", body=str(stage["body"].public_id))
    assert (answer.status_code, verbs("office")) == (302, ["File the report"])
    assert stage["manager"].get(f"{path}step/report/").status_code == 404
    assert stage["manager"].get(f"{path}report/").status_code == 403


def test_the_page_says_what_is_to_be_done_by_whom_until_when(stage):
    [case] = cases(old(stage["unit"]))
    path = f"/assessments/{case.public_id}/"

    def turn(name):
        given = stage[name].get(path).context["turn"]
        return given and (str(given["what"]), given["who"], given["own"], given["until"])

    to_give = "Give it to a body that assesses"
    assert (turn("manager"), turn("officer")) == (
        (to_give, "Using unit", True, None),
        (to_give, "Using unit", False, None),
    )
    said = {"body": stage["body"], "state": "WORKING", "level": "四级", "report_number": "P-9", "report_on": today()}
    said |= {"decision": "REPLACE", "decided_on": today(), "cost": Decimal(300_000), "assured": Decimal(300_000)}
    last = today() + dt.timedelta(days=30)
    said |= {"works_unit": stage["unit"], "works_from": today(), "works_until": last}
    Assessment.objects.filter(pk=case.pk).update(**said)
    to_accept = "Have the works accepted, and enter what proves it"
    assert turn("manager") == (to_accept, "Using unit", True, last)
    Assessment.objects.filter(pk=case.pk).update(state="ACCEPTED")
    assert turn("officer")[1:] == (f"officers of {case.managing_district}", True, None)
    Assessment.objects.filter(pk=case.pk).update(state="CLOSED")
    assert turn("officer") is None


@pytest.mark.parametrize(
    "findings", ["2G door", "5A door", "2C", "door 2C", "2C " + "x" * 201, "2C tel 13912345678", "1A ok\n\nbad"]
)
def test_risks_that_cannot_be_read_are_refused_at_their_field(stage, findings):
    [case] = cases(old(stage["unit"]))
    Assessment.objects.filter(pk=case.pk).update(body=stage["body"], state="ASSIGNED")
    words = {"version": "1", "number": "P-1", "level": "三级", "reported_on": str(today()), "findings": findings}
    answer = send(stage["office"], f"/assessments/{case.public_id}/report/", **words)
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["findings"])
    assert Assessment.objects.get(pk=case.pk).state == "ASSIGNED"


def test_a_stale_form_says_so_and_a_double_click_counts_once(stage):
    [case] = cases(old(stage["unit"]))
    path, word = f"/assessments/{case.public_id}/", str(stage["body"].public_id)
    twice = {"idempotency_key": "the-very-same-key", "version": "1", "body": word}
    for _click in range(2):
        assert stage["manager"].post(f"{path}step/assign/", twice).status_code == 302
    assert Assessment.objects.get(pk=case.pk).version == 2
    other = make_unit("Other body", kind="INSPECTION_BODY")
    answer = send(stage["manager"], f"{path}step/assign/", version="1", body=str(other.public_id))
    assert (answer.status_code, "Reload it" in answer.content.decode()) == (422, True)


def test_the_vote_asks_for_every_number_or_for_a_reason(stage):
    [case] = cases(old(stage["unit"]))
    said = {"body": stage["body"], "state": "DECIDED", "decision": "REPLACE", "decided_on": today(), "level": "四级"}
    said |= {"report_number": "P-9", "report_on": today(), "cost": Decimal(300_000)}
    Assessment.objects.filter(pk=case.pk).update(**said)
    path, client = f"/assessments/{case.public_id}/step/vote/", stage["manager"]
    answer = send(client, path, version="1", recorded="yes", voted_on=str(today()), area_all="100")
    assert sorted(answer.context["form"].errors) == sorted(
        ["area_voting", "area_for", "owners_all", "owners_voting", "owners_for"]
    )
    assert list(send(client, path, version="1", recorded="no").context["form"].errors) == ["note"]
    assert send(client, path, version="1", recorded="no", note="no minutes").status_code == 302
    assert Assessment.objects.get(pk=case.pk).vote == "NOT_RECORDED"
    money = {"version": "2", "source": "OWNERS", "amount": "1234.50", "state": "REQUESTED"}
    assert send(client, f"/assessments/{case.public_id}/step/fund/", **money).status_code == 302
    page = client.get(f"/assessments/{case.public_id}/")
    assert page.context["record"][0]["detail"] == "owners · 1,234.50 · asked for"
    assert "300,000.00" in page.content.decode()


@pytest.mark.parametrize(
    ("kind", "columns"),
    [
        ("inspection.assessments", ("rescue_code", "state", "reason", "gap")),
        ("inspection.to_be_assessed", ("rescue_code", "commissioned_on", "reason")),
    ],
)
def test_what_is_taken_out_is_what_the_page_shows(stage, settings, tmp_path, kind, columns):
    settings.MEDIA_ROOT = tmp_path
    first, second = old(stage["unit"], 2)
    make_elevator(area_code=JIANGNING, using_unit=stage["unit"], commissioned_on=dt.date(2001, 1, 1))  # a dwelling
    cases([first])
    foreign = old(make_unit("Another unit"))
    cases(foreign)
    by = actor_for(User.objects.get(username="manager"), now())
    export = exports.request_export(kind=kind, format="csv", parameters=(), columns=columns, by=by, at=now())
    ended = jobs.run(export.job_id, at=now())
    assert ended.state == "SUCCEEDED", ended.error
    path = exports.file_for(Export.objects.select_related("job").get(pk=export.pk), by=by, at=now(), via="page")
    rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline="")))
    said = [row for row in rows if row[0].startswith("9") and len(row[0]) == 6]
    wanted = [first] if kind == "inspection.assessments" else [second, first]
    assert [row[0] for row in said] == [row.rescue_code for row in wanted]
    if kind == "inspection.assessments":
        assert said[0][2] in ("old, in a public place", "公共场所老旧电梯")
    if kind == "inspection.to_be_assessed":
        years = today().year - 2001
        assert said[1][2] in (
            f"in use since 2001-01-01, {years} years, public place",
            f"自 2001-01-01 起使用，已 {years} 年，公共场所",
        )
