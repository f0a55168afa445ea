"""Reviews and meetings answer the items of the list: all right but what is named, with who mends it until when."""

import datetime as dt
import uuid

import pytest
from django.db import DatabaseError, transaction

from common.models import Attachment
from compliance.actions.duties import Finding
from compliance.actions.duties.refusals import DutyNotDone, FiledAlready, NoRiskList
from compliance.models import DutyFinding, DutyRecord, Hazard, RiskItem, RiskList
from compliance.rules.duties import DutyRefused, judged_on, period_of, require_mending
from registry.models import Elevator
from tests.compliance.duties.conftest import day
from tests.compliance.duties.test_actions import MINUTES, REVIEW, reason, report
from tests.compliance.duties.test_views import DUTIES, EN, key, picture, unit_url

KEYS, VISITS, OPEN = "三角钥匙、机房钥匙管理失控", "维保不到位", "隐患久拖不改"


@pytest.fixture(autouse=True)
def sealed(tmp_path, settings):
    settings.SEALED_DIR = tmp_path


def cross(stage, risk=KEYS, elevator=None, until=3, **more) -> Finding:
    values = {"remark": "少一把", "mender": "演示物业 李", "mend_by": day(until)} | more
    return Finding(elevator.pk if elevator else None, stage.item(risk).pk, **values)


# --- the rule ---------------------------------------------------------------------------------------------------------

TODAY = dt.date(2028, 2, 29)


@pytest.mark.parametrize(
    ("mender", "until", "refused"),
    [
        ("us", TODAY, None),
        ("us", dt.date(2029, 3, 1), None),
        ("us", dt.date(2029, 3, 2), "mending_far"),
        ("us", dt.date(2028, 2, 28), "mending_past"),
        (" ", TODAY, "mending_unsaid"),
        ("us", None, "mending_unsaid"),
    ],
)
def test_what_is_found_is_somebodys_until_a_day_that_can_be_kept(mender, until, refused):
    try:
        require_mending(mender, until, TODAY)
        why = None
    except DutyRefused as error:
        why = error.reason
    assert why == refused


def test_the_list_of_the_periods_last_day_counts_or_of_today_while_it_runs():
    week = period_of("WEEKLY_REVIEW", TODAY)  # a Tuesday
    assert judged_on(week, TODAY) == TODAY
    assert judged_on(week, dt.date(2028, 3, 8)) == dt.date(2028, 3, 5)


# --- filing -----------------------------------------------------------------------------------------------------------


def test_all_right_is_on_record_with_the_list_that_was_answered(stage):
    record = report(stage)
    assert (record.risk_list, record.findings_count, record.findings.count()) == (stage.risk_list, 0, 0)


def test_a_cross_says_who_mends_it_and_at_an_elevator_it_is_a_hazard(stage):
    found = [cross(stage), cross(stage, VISITS, stage.elevator, until=2)]
    record = report(stage, findings=found)
    kept = record.findings.order_by("elevator_id").values_list("item__risk", "elevator", "mender", "mend_by", "remark")
    assert list(kept) == [
        (VISITS, stage.elevator.pk, "演示物业 李", day(2), "少一把"),
        (KEYS, None, "演示物业 李", day(3), "少一把"),
    ]
    hazard = Hazard.objects.get()  # keys that nobody counted belong to no elevator
    assert (hazard.elevator, hazard.item_id, hazard.due_on) == (stage.elevator, "MANAGEMENT", day(2))
    assert record.findings.get(elevator=stage.elevator).hazard == hazard


def test_the_same_again_is_the_same_and_other_findings_are_refused(stage):
    found = [cross(stage), cross(stage, VISITS)]
    first = report(stage, findings=found)
    assert report(stage, findings=list(reversed(found))) == first
    for other in ([], [found[0]], [cross(stage, until=4), found[1]]):
        with pytest.raises(FiledAlready):
            report(stage, findings=other)
    assert (DutyRecord.objects.count(), DutyFinding.objects.count()) == (1, 2)


def test_what_is_no_answer_is_refused_by_its_code(stage):
    for bad, code in (
        ([cross(stage, "门开关不正常或夹人")], "duty-unknown-item"),  # of the day
        ([cross(stage, OPEN)], "duty-unknown-item"),  # of the month
        ([cross(stage, elevator=stage.cast.elevator_foreign)], "duty-elevator-not-used"),
        ([cross(stage), cross(stage, remark="again")], "duty-said-twice"),
        ([cross(stage, until=-1)], "duty-mending-past"),
        ([cross(stage, mender="")], "duty-mending-unsaid"),
    ):
        with pytest.raises(DutyNotDone) as refused:
            report(stage, findings=bad)
        assert reason(refused) == code
    assert report(stage, "MONTHLY_MEETING", findings=[cross(stage, OPEN)]).findings_count == 1


def test_without_a_list_there_is_nothing_to_answer_and_the_texts_are_filed_all_the_same(stage):
    found = [cross(stage)]
    RiskList.objects.update(started_on=day(1))
    with pytest.raises(NoRiskList):
        report(stage, findings=found)
    assert report(stage).risk_list is None


def test_a_cross_of_nobody_is_refused_by_the_database(stage):
    report(stage, findings=[cross(stage)])
    [row] = DutyFinding.objects.all()
    row.pk, row.public_id, row.mender, row.mend_by = None, uuid.uuid4(), "", None
    with pytest.raises(DatabaseError, match="duty_finding_is_somebodys"), transaction.atomic():
        row.save(force_insert=True)


# --- the page ---------------------------------------------------------------------------------------------------------


def answer(stage, risk=KEYS, **more) -> dict:
    code = stage.item(risk).public_id.hex
    values = {"wrong": "on", "remark": "少一把", "mender": "演示物业 李", "until": day(3).isoformat()} | more
    return {f"{name}_{code}": value for name, value in values.items() if value is not None}


def test_the_review_is_answered_item_by_item_with_a_photograph_of_its_own(stage):
    client, page = stage.director.client(**EN), unit_url(stage, "review/")
    form = client.get(page).context["form"]
    assert [(card["item"].risk, card["open"]) for card in form.cards] == [(VISITS, False), (KEYS, False)]
    given = key() | REVIEW | answer(stage, elevator=stage.elevator.main_code, photos=picture())
    sent = client.post(page, given)
    assert sent.status_code == 302, sent.context["form"].errors
    finding = DutyFinding.objects.get()
    file = Attachment.objects.kept_for(finding).get()
    assert (finding.elevator, finding.hazard.item_id, finding.mend_by) == (stage.elevator, "MANAGEMENT", day(3))
    shown = client.get(sent["Location"]).content.decode()
    path = f"{sent['Location']}files/{file.public_id}/"
    for words in (path, "演示物业 李", "special keys are out of control", "maintenance is not done as it should be"):
        assert words in shown
    assert client.get(path).status_code == 200
    assert stage.cast.stranger.client().get(path).status_code == 404
    for address in ("week/", "meeting/"):  # the meeting hears of it
        assert "演示物业 李" in stage.head.client().get(unit_url(stage, address)).content.decode()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"remark": ""}, "remark"),
        ({"mender": ""}, "mender"),
        ({"until": ""}, "until"),
        ({"until": day(-1).isoformat()}, "until"),
        ({"until": "9999-12-31"}, "until"),
        ({"mender": "call 13912345678"}, "mender"),
        ({"wrong": None}, "wrong"),
        ({"elevator": "000000"}, "elevator"),
    ],
)
def test_each_slip_stands_at_its_field_and_its_card_is_open(stage, change, field):
    sent = stage.director.client().post(unit_url(stage, "review/"), key() | REVIEW | answer(stage, **change))
    form = sent.context["form"]
    assert (sent.status_code, list(form.errors)) == (422, [f"{field}_{stage.item(KEYS).public_id.hex}"])
    assert [card["open"] for card in form.cards] == [False, True]
    assert DutyRecord.objects.count() == 0


def test_an_elevator_of_another_unit_is_not_known_and_one_out_of_use_is_not_taken(stage):
    client, page = stage.director.client(), unit_url(stage, "review/")
    foreign = answer(stage, elevator=stage.cast.elevator_foreign.main_code)
    Elevator.objects.filter(pk=stage.elevator.pk).update(registration_state="OUT_OF_USE")
    for given in (foreign, answer(stage, elevator=stage.elevator.main_code)):
        errors = client.post(page, key() | REVIEW | given).context["form"].errors
        assert list(errors) == [f"elevator_{stage.item(KEYS).public_id.hex}"]


def test_a_photograph_that_came_with_a_slip_is_not_sent_twice(stage):
    client, page = stage.head.client(), unit_url(stage, "meeting/")
    sent = client.post(page, key() | MINUTES | answer(stage, OPEN, mender="", photos=picture()))
    kept = Attachment.objects.get()
    assert f'value="{kept.public_id}"' in sent.content.decode()
    again = answer(stage, OPEN, photos_kept=None) | {f"photos_{stage.item(OPEN).public_id.hex}_kept": kept.public_id}
    assert client.post(page, key() | MINUTES | again).status_code == 302
    assert Attachment.objects.kept_for(DutyFinding.objects.get()).get() == kept


@pytest.mark.parametrize("rows", [1, 3])
def test_a_record_costs_the_same_for_one_finding_and_three(stage, django_assert_num_queries, rows):
    for number in range(2):
        item = stage.item(KEYS)
        RiskItem.objects.create(
            risk_list=stage.risk_list, position=90 + number, risk=f"own {number}", measure="x",
            frequency="WEEKLY", owner="DIRECTOR", hazard_item=item.hazard_item,
        )  # fmt: skip
    record = report(stage, findings=[cross(stage, risk) for risk in (KEYS, "own 0", "own 1")[:rows]])
    client = stage.director.client()
    path = f"{DUTIES}records/{record.public_id}/"
    client.get(path)
    with django_assert_num_queries(8):  # session, person, record, access; findings, photographs (two), items
        assert len(client.get(path).context["findings"]) == rows


# --- REST -------------------------------------------------------------------------------------------------------------

API = "/api/v1/compliance/duties/"


def body(stage, kind="WEEKLY_REVIEW", **more) -> dict:
    person, texts = (stage.director, REVIEW) if kind == "WEEKLY_REVIEW" else (stage.head, MINUTES)
    values = {"client_id": str(uuid.uuid4()), "unit": str(stage.unit.public_id), "person": str(person.user.public_id)}
    return values | {"day": day().isoformat()} | texts | more


def post(client, values, kind="WEEKLY_REVIEW"):
    name = "weekly-reviews" if kind == "WEEKLY_REVIEW" else "monthly-meetings"
    headers = {"Idempotency-Key": str(uuid.uuid4())}
    return client.post(f"{API}{name}/", values, content_type="application/json", headers=headers)


def row(stage, risk=KEYS, **more) -> dict:
    values = {"item": str(stage.item(risk).public_id), "remark": "少一把", "mender": "演示物业 李"}
    return values | {"mend_by": day(3).isoformat()} | more


@pytest.mark.parametrize("kind", ["WEEKLY_REVIEW", "MONTHLY_MEETING"])
def test_a_report_is_filed_over_rest_once_and_read_back(stage, kind):
    player = stage.director if kind == "WEEKLY_REVIEW" else stage.head
    client, risk = player.client(), KEYS if kind == "WEEKLY_REVIEW" else OPEN
    rows = [row(stage, risk), row(stage, risk, elevator=str(stage.elevator.public_id))]
    values = body(stage, kind, findings=rows)
    first, second = post(client, values, kind), post(client, values, kind)
    assert (first.status_code, second.status_code, first.json()) == (201, 201, second.json()), first.content
    read = client.get(f"{API}records/{first.json()['id']}/").json()
    hazard = Hazard.objects.get()
    more = {"stopped": False}
    assert sorted(read["findings"], key=lambda one: str(one["hazard"])) == sorted(
        [rows[0] | more | {"elevator": None, "hazard": None}, rows[1] | more | {"hazard": str(hazard.public_id)}],
        key=lambda one: str(one["hazard"]),
    )
    assert (read["kind"], set(read["content"])) == (kind, set(REVIEW if kind == "WEEKLY_REVIEW" else MINUTES))
    name = "weekly-reviews" if kind == "WEEKLY_REVIEW" else "monthly-meetings"
    assert [one["id"] for one in client.get(f"{API}{name}/").json()["results"]] == [read["id"]]
    changed = post(client, values | {"findings": rows[:1]}, kind)
    assert (changed.status_code, changed.json()["code"]) == (409, "duty-filed-already")


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"day": str(day(-40))}, 422, "duty-too-late"),
        ({"day": "9999-12-31"}, 400, None),  # in a week that never ends
        ({"unit": str(uuid.UUID(int=7))}, 404, "not-found"),
        ({"person": str(uuid.UUID(int=7))}, 409, "not-appointed"),
        ({"plan": ""}, 400, None),
        ({"surprise": 1}, 400, None),
        ({"findings": [{"item": str(uuid.UUID(int=7)), "remark": "x", "mender": "y", "mend_by": str(day())}]},
         422, "duty-unknown-item"),
        ({"findings": [{"item": str(uuid.UUID(int=7)), "remark": "x", "mender": "y"}]}, 400, None),
        ({"findings": [{"surprise": 1}]}, 400, None),
    ],
)  # fmt: skip
def test_what_cannot_be_filed_over_rest_is_refused_by_its_code(stage, change, status, code):
    sent = post(stage.director.client(), body(stage, **change))
    assert sent.status_code == status, sent.content
    assert code in (None, sent.json()["code"])
    assert DutyRecord.objects.count() == 0


def test_an_elevator_or_a_file_of_others_is_as_if_it_were_not_there(stage):
    client = stage.director.client()
    foreign = row(stage, elevator=str(stage.cast.elevator_foreign.public_id))
    assert post(client, body(stage, findings=[foreign])).json()["code"] == "duty-elevator-not-used"
    wrong_person = body(stage, person=str(stage.head.user.public_id))
    assert post(client, wrong_person).json()["code"] == "not-appointed"
    assert post(stage.cast.stranger.client(), body(stage)).status_code == 404
    assert post(stage.cast.colleague.client(), body(stage)).status_code == 403
    assert Hazard.objects.count() == 0
