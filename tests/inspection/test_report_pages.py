"""Pages of reports: an inspector finds the elevator, writes, is refused, files once; others read, print, correct."""

import datetime as dt
import uuid

import pytest
from django.urls import reverse

from common.clock import local_date, now
from compliance.models import Hazard
from inspection.actions import ItemLine, begin_draft, file_report
from inspection.models import Report, ReportDraft
from inspection.queries.reports import catalogue_of
from registry.models import Responsibility
from tests.factories.make import GULOU, NANJING, client_for, hold, make_unit, make_user
from tests.factories.reports import BY, make_body, make_inspected, make_inspector, report_of

pytestmark = pytest.mark.django_db
# Of a rule that no later one of the catalogue touches; passed on time, whatever the day of the test.
DAY = "2025-05-12"


@pytest.fixture
def body(db):
    return make_body()


@pytest.fixture
def inspector(body):
    return make_inspector(body)


@pytest.fixture
def client(inspector):
    return client_for(inspector)


@pytest.fixture
def elevator(body):
    return make_inspected(body)


@pytest.fixture
def draft(body, inspector, elevator):
    return begun(body, inspector, elevator)


def begun(body, inspector, elevator, kind="PERIODIC", **more):
    return begin_draft(elevator=elevator, unit=body, kind=kind, owner=inspector, by=BY, at=now(), **more)


def address(name, row):
    return reverse(f"inspection:{name}", args=[row.public_id])


def sent(inspector, /, signs=None, **values) -> dict:
    """A whole form as the page sends it: everything √ unless said otherwise."""
    signs = dict.fromkeys((item.code for item in catalogue_of("PERIODIC", dt.date(2025, 5, 12))), "MEETS") | (
        signs or {}
    )
    head = {
        "idempotency_key": str(uuid.uuid4()),
        "version": "1",
        "verdict": "合格",
        "concluded_on": DAY,
        "number": "N 1",
        "people": [str(inspector.public_id)],
        "generation": "T7001_2023",
    }
    return head | {f"sign:{code}": sign for code, sign in signs.items() if sign} | values


# --- finding and beginning ----------------------------------------------------------------------------------------------


def test_a_code_opens_the_elevator_and_what_is_not_ones_own_is_nothing(client, elevator):
    found = client.get(reverse("inspection:find"), {"text": f" {elevator.rescue_code} "})
    assert found["Location"] == address("begin", elevator)
    foreign = make_inspected(make_body("Another body"))
    page = client.get(reverse("inspection:find"), {"text": foreign.rescue_code})
    assert page.status_code == 200 and "No elevator of yours is meant by this." in page.text
    assert page.context["found"] == [] and str(foreign.public_id) not in page.text


def test_the_page_of_the_elevator_offers_first_what_is_due_and_begins_a_draft(client, elevator, inspector):
    page = client.get(address("begin", elevator))
    kinds = [value for value, _label in page.context["form"].fields["kind"].choices]
    assert set(kinds) >= {"PERIODIC", "SELF_TEST", "INSTALLATION"}
    answer = client.post(address("begin", elevator), {"idempotency_key": str(uuid.uuid4()), "kind": "PERIODIC"})
    made = ReportDraft.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, address("draft", made))
    assert (made.owner, made.elevator, made.kind) == (inspector, elevator, "PERIODIC")
    assert address("draft", made) in client.get(address("begin", elevator)).text


def test_a_maintenance_unit_is_offered_only_what_it_may_file(elevator):
    unit = make_unit("Maintainer", kind="MAINTENANCE_UNIT")
    tester = make_inspector(unit, kind="ELEVATOR_WORK", role="MAINTENANCE_WORKER", first="2022-01-01")
    theirs = make_inspected(unit, role="MAINTENANCE_UNIT")
    page = client_for(tester).get(address("begin", theirs))
    kinds = [value for value, _label in page.context["form"].fields["kind"].choices]
    assert sorted(kinds) == ["BRAKE_TEST", "GOVERNOR_CHECK", "SELF_TEST"]


# --- writing ------------------------------------------------------------------------------------------------------------


def test_the_draft_shows_every_item_of_the_catalogue_in_its_section(client, draft):
    page = client.get(address("draft", draft))
    sections = page.context["sections"]
    assert [section.code for section in sections] == [
        *("A1.1", "A1.2.1", "A1.2.2", "A1.2.3", "A1.2.4", "A1.2.5", "A1.2.6", "A1.2.7", "A1.3"),
    ]
    assert sum(len(section.lines) for section in sections) == page.context["left"] == 48
    assert "By the rule, if it passes:" in page.text


def test_a_class_without_a_catalogue_and_a_kind_without_items_ask_for_none(client, body, inspector):
    escalator = make_inspected(body)
    type(escalator).objects.filter(pk=escalator.pk).update(class_code="3310")
    for made in (begun(body, inspector, escalator), begun(body, inspector, escalator, "GOVERNOR_CHECK")):
        page = client.get(address("draft", made))
        assert page.context["sections"] == [] and "No items are asked for." in page.text


def test_every_change_is_kept_as_typed_and_comes_back(client, draft):
    typed = {"version": "1", "window": "a", "number": "N 7", "concluded_on": "2025-02-30", "sign:A1.3.13": "DOES_NOT"}
    typed |= {"remark:A1.3.13": "swings", "nonsense": "x", "sign:" + "y" * 40: "MEETS"}
    assert client.post(address("save_draft", draft), typed).json() == {"version": 2}
    draft.refresh_from_db()
    assert draft.items == {"A1.3.13": ["DOES_NOT", "", "swings"]}
    assert (draft.answers["number"], draft.answers["concluded_on"]) == ("N 7", "2025-02-30")
    assert "nonsense" not in draft.answers
    page = client.get(address("draft", draft))
    assert page.context["left"] == 47
    assert 'value="swings"' in page.text and 'value="N 7"' in page.text


def test_what_no_text_of_ours_holds_is_left_out_wherever_it_stands(client, draft):
    values = {"idempotency_key": str(uuid.uuid4()), "number": "R\0-7", "sign:A\0": "MEETS", "sign:A1.1.1": "MEETS"}
    for tail in ("save_draft", "draft"):
        said = values | {"version": str(ReportDraft.objects.get().version), "window": "a\0b"}
        assert client.post(address(tail, draft), said).status_code in (200, 422)
    kept = ReportDraft.objects.get()
    assert (kept.answers["number"], kept.items, kept.saved_from) == ("R-7", {"A1.1.1": ["MEETS", "", ""]}, "ab")


def test_two_windows_are_told_apart(client, draft):
    save = address("save_draft", draft)
    assert client.post(save, {"version": "1", "window": "a", "number": "A"}).json() == {"version": 2}
    refused = client.post(save, {"version": "1", "window": "b", "number": "B"})
    assert (refused.status_code, refused.json()["code"], refused.json()["version"]) == (409, "draft-moved", 2)
    whole = client.post(address("draft", draft), {"idempotency_key": "12345678", "version": "1", "number": "C"})
    assert whole.status_code == 409 and "changed in another window" in whole.text and 'value="C"' in whole.text
    draft.refresh_from_db()
    assert draft.answers == {"number": "A", "people": []}


def test_a_draft_is_its_owners_alone(client, body, draft):
    colleague, stranger = client_for(make_inspector(body, "colleague")), client_for(make_inspector(make_body("B")))
    for them in (colleague, stranger):
        assert them.get(address("draft", draft)).status_code == 404
        assert them.post(address("save_draft", draft), {"version": "1"}).status_code == 404
        assert them.get(address("discard_draft", draft)).status_code == 404
        assert str(draft.public_id) not in them.get(reverse("inspection:drafts")).text
    assert str(draft.public_id) in client.get(reverse("inspection:drafts")).text


def test_a_draft_is_thrown_away_with_a_click_that_asks(client, draft):
    assert client.get(address("discard_draft", draft)).status_code == 200
    client.post(address("discard_draft", draft), {"idempotency_key": str(uuid.uuid4())})
    assert not ReportDraft.objects.exists()
    assert client.post(address("save_draft", draft), {"version": "1"}).status_code == 404


# --- filing -------------------------------------------------------------------------------------------------------------


def test_filing_leads_to_the_report_and_filing_again_to_the_same(client, draft, inspector):
    given = sent(inspector, next_on="2026-05")
    first = client.post(address("draft", draft), given)
    report = Report.objects.get()
    assert (first.status_code, first["Location"]) == (302, address("report", report))
    assert (report.results.count(), report.verdict, report.verdict_text) == (48, "PASSED", "合格")
    assert report.next_on == dt.date(2026, 5, 31) and report.warnings == []
    for again in (given, sent(inspector, number="N 2", version="9")):
        assert client.post(address("draft", draft), again)["Location"] == address("report", report)
    assert client.get(address("draft", draft))["Location"] == address("report", report)
    assert Report.objects.count() == 1


REFUSED = [
    ({"concluded_on": "2199-01-01"}, "concluded_on", "after today"),
    ({"concluded_on": "2024-01-01"}, "concluded_on", "commissioning"),
    ({"number": ""}, "number", "required"),
    ({"people": []}, "people", "at least one"),
    ({"issued_on": "2025-05-01"}, "issued_on", "lies between"),
    ({"next_on": "2026-13"}, "next_on", "year and month"),
    ({"remark:A1.3.13": "call 13912345678"}, None, "A1.3.13"),
    ({"measured:A1.1.4": "x" * 61}, None, "A1.1.4"),
]


def test_refusals_stand_at_their_fields_and_the_draft_stays(client, draft, inspector):
    for values, field, words in REFUSED:
        draft.refresh_from_db()
        page = client.post(address("draft", draft), sent(inspector, version=str(draft.version), **values))
        form = page.context["form"]
        assert (page.status_code, list(form.errors)) == (422, [field or "__all__"]), values
        assert words in str(form.errors) and "Your draft is saved." in page.text
    draft.refresh_from_db()
    assert draft.version == 1 + len(REFUSED) and len(draft.items) == 48
    assert not Report.objects.exists()


def test_whoever_lost_the_certificate_is_refused_at_the_people(client, draft, inspector):
    inspector.certificates.update(valid_until=dt.date(2025, 1, 1))
    page = client.post(address("draft", draft), sent(inspector))
    assert "held no valid certificate" in str(page.context["form"].errors["people"])


def test_the_number_of_another_report_is_refused_at_the_number(client, body, draft, inspector, elevator):
    file_report(filing=report_of(elevator, inspector, number="N 1", kind="GOVERNOR_CHECK"), body=body, by=BY, at=now())
    page = client.post(address("draft", draft), sent(inspector))
    assert page.status_code == 422 and "N 1" in str(page.context["form"].errors["number"])


def test_an_elevator_that_the_unit_no_longer_answers_for_is_refused_and_not_shown(
    client, body, draft, inspector, elevator
):
    Responsibility.objects.filter(unit=body, elevator=elevator).update(ended_at=now() - dt.timedelta(minutes=1))
    page = client.get(address("draft", draft))
    assert page.context["elevator"] is None and "does not answer for this elevator now" in page.text
    answer = client.post(address("draft", draft), sent(inspector))
    assert answer.status_code == 422 and not Report.objects.exists()
    assert "no such elevator among those" in str(answer.context["form"].errors)


def test_what_contradicts_is_shown_first_and_filed_on_the_second_sending(client, draft, inspector):
    given = sent(inspector, {"A1.2.2.17": "DOES_NOT"}, next_on="2027-05")
    page = client.post(address("draft", draft), given)
    assert page.status_code == 422 and not Report.objects.exists()
    assert page.context["warnings"] == [
        "The conclusion is “passed”; by the items one expects “not passed” (× 1, △ 0).",
        "The next month as printed is 2027-05; by the rule it is 2026-05.",
    ]
    assert "File it all the same" in page.text
    given |= {"seen": page.context["seen"], "version": str(ReportDraft.objects.get().version)}
    assert client.post(address("draft", draft), given).status_code == 302
    assert [each["code"] for each in Report.objects.get().warnings] == [
        "VERDICT_CONTRADICTS_ITEMS",
        "NEXT_DATE_DIFFERS",
    ]


# --- reading ------------------------------------------------------------------------------------------------------------


def failed(body, inspector, elevator, number="F 1", **more) -> Report:
    items = tuple(ItemLine(code, "×", "", "worn <b>") for code in ("A1.2.2.17", "A1.2.7.2"))
    filing = report_of(
        elevator, inspector, number=number, verdict="不合格", items=items, notice_number="T 1", notice_due_on=dt.date(2025, 5, 30)
    )  # fmt: skip
    return file_report(filing=filing, body=body, by=BY, at=now()).report


def test_a_report_shows_items_warnings_and_the_hazards_that_it_opened(client, body, inspector, elevator):
    report = failed(body, inspector, elevator)
    page = client.get(address("report", report))
    assert [line.item.code for line in page.context["wrong"]] == ["A1.2.2.17", "A1.2.7.2"]
    assert "worn &lt;b&gt;" in page.text and "worn <b>" not in page.text
    assert "items that every such report has are missing" in page.context["warnings"][0]
    assert len(page.context["hazards"]) == Hazard.objects.count() == 3  # not passed, shaft, door
    notice = client.get(address("notice", report))
    assert "T 1" in notice.text and "2025-05-30" in notice.text
    assert {hazard.due_on for hazard in notice.context["hazards"]} == {dt.date(2025, 5, 30)}
    assert client.get(address("print_report", report)).status_code == 200


def test_a_correction_takes_the_place_and_both_lead_to_each_other(client, body, inspector, elevator):
    report = failed(body, inspector, elevator)
    answer = client.post(address("correct_report", report), {"idempotency_key": str(uuid.uuid4())})
    draft = ReportDraft.objects.get()
    assert answer["Location"] == address("draft", draft) and draft.corrects == report
    given = sent(inspector, number="F 1", verdict="合格")
    page = client.post(address("draft", draft), given)
    assert list(page.context["form"].errors) == ["correction_reason"]
    given |= {"correction_reason": "the wrong page was typed", "version": "2"}
    assert client.post(address("draft", draft), given).status_code == 302
    newer = Report.objects.get(supersedes=report)
    old, new = client.get(address("report", report)), client.get(address("report", newer))
    assert address("report", newer) in old.text and address("report", report) in new.text
    assert "Correct it" not in old.text and "Correct it" in new.text
    refused = client.post(address("correct_report", report), {"idempotency_key": str(uuid.uuid4())})
    assert refused.status_code == 422 and "Correct the newest one" in refused.text


def test_only_the_body_itself_corrects(body, inspector, elevator):
    report = failed(body, inspector, elevator)
    office = make_user()
    hold(office, "CITY_REGULATOR", area_code=NANJING)
    page = client_for(office).get(address("report", report))
    assert page.status_code == 200 and "Correct it" not in page.text
    assert client_for(office).get(address("correct_report", report)).status_code == 403


def test_the_efile_links_the_report(client, body, inspector, elevator):
    report = failed(body, inspector, elevator)
    page = client.get(reverse("registry:elevator", args=[elevator.public_id]))
    assert address("report", report) in page.text and address("begin", elevator) in page.text


def test_the_list_filters_by_kind_verdict_body_district_and_days(client, body, inspector, elevator):
    failed(body, inspector, elevator)
    today = local_date(now()).isoformat()
    for query, shown in (
        ("kind=PERIODIC&verdict=FAILED", 1),
        ("kind=SELF_TEST", 0),
        ("verdict=PASSED", 0),
        (f"body={body.public_id}", 1),
        ("body=Inspection+body", 1),
        (f"body={uuid.UUID(int=7)}", 0),
        (f"district={GULOU}", 1),
        (f"district={NANJING}&since=2025-05-12&until=2025-05-12", 1),
        (f"since={today}", 0),
        ("until=2025-05-11", 0),
        (f"elevator={elevator.public_id}", 1),
    ):
        page = client.get(f"{reverse('inspection:reports')}?{query}")
        assert len(page.context["page"].rows) == shown, query


@pytest.mark.parametrize("rows", (1, 3))
def test_lists_ask_the_same_however_long_they_are(client, body, inspector, rows, django_assert_num_queries):
    for place in range(rows):
        elevator = make_inspected(body)
        failed(body, inspector, elevator, number=f"L {place}")
        begun(body, inspector, elevator)
    for name, statements in (("reports", 9), ("drafts", 6)):
        client.get(reverse(f"inspection:{name}"))
        with django_assert_num_queries(statements):
            page = client.get(reverse(f"inspection:{name}"))
        assert len(page.context["page"].rows) == rows
