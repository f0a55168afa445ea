"""One judge behind three doors: what a page, a request and a file are refused, they are refused alike; and a report that was
filed is answered with the first, through whichever door it comes again."""

import datetime as dt
import json
import re
import sys
import uuid

import pytest
from django.urls import reverse

from common import clock
from common.models import SourceRow
from inspection.actions import begin_draft, file_report, report_refusals
from inspection.models import Report
from registry.actions import set_registration_state
from tests.factories.make import client_for
from tests.factories.reports import BY, moment, report_of
from tests.inspection.test_report_files import (
    HEAD,
    as_csv,
    body,
    bring,
    elevator,
    inspector,
    office,
    outcomes,
    row_of,
)

pytestmark = pytest.mark.django_db
__all__ = ("body", "bring", "elevator", "inspector", "office")  # fixtures
COLUMNS = {"检验日期": "concluded_on", "注册代码": "elevator", "检验人员证书编号": "people", "报告编号": "number"}


@pytest.fixture
def doors(body, office, inspector, elevator, bring, tmp_path):
    """{door: sends the report of a number and a day}; what comes back is (code, field), or (filed | replayed, its id)."""
    client = client_for(office)

    def page(number, day):
        draft = begin_draft(elevator=elevator, unit=body, kind="PERIODIC", owner=office, by=BY, at=clock.now())
        said = {"version": "1", "number": number, "concluded_on": day, "verdict": "合格", "generation": "T7001_2023"}
        said |= {"people": [str(inspector.public_id)]}
        there = Report.objects.count()
        answer = _posted(client, draft, said)
        if answer.status_code == 422 and answer.context["seen"]:  # the warnings are seen now
            draft.refresh_from_db()
            answer = _posted(client, draft, said | {"version": str(draft.version), "seen": answer.context["seen"]})
        if answer.status_code == 302:
            reports = {
                reverse("inspection:report", args=[row.public_id]): str(row.public_id) for row in Report.objects.all()
            }
            return ("filed" if len(reports) > there else "replayed"), reports[answer["Location"]]
        [(field, [words])] = answer.context["form"].errors.items()
        return _code_of(words), "elevator" if field == "__all__" else field

    def rest(number, day):
        row = {"elevator": str(elevator.public_id), "kind": "PERIODIC", "number": number, "concluded_on": str(day)}
        row |= {"verdict": "合格", "people": [inspector.username], "generation": "T7001_2023"}
        answer = client.post(
            "/api/v1/inspection/reports/",
            json.dumps({"reports": [row]}),
            content_type="application/json",
            headers={"Idempotency-Key": str(uuid.uuid4())},
        )
        [result] = answer.json()["results"]
        if result["code"]:
            return result["code"], result["errors"][0]["pointer"].strip("/")
        return result["result"], result["report"]

    def file(number, day):
        row = [*row_of(elevator, inspector, number, day=str(day)), str(uuid.uuid4())]  # the same file is not read twice
        result = bring(as_csv(tmp_path / f"{row[-1]}.csv", row, head=[*HEAD, "x"]), at=clock.now())
        kept = SourceRow.objects.get(batch=result.batch)
        if kept.issues and kept.outcome == "REFUSED":
            [issue] = kept.issues
            return issue["code"], COLUMNS[issue["column"]]
        named = {"CREATED": "filed", "UNCHANGED": "replayed"}
        [outcome] = outcomes(result)
        return named[outcome], str(Report.objects.get(pk=kept.subject_id).public_id)

    return {"page": page, "rest": rest, "file": file}


def _posted(client, draft, said):
    key = {"idempotency_key": str(uuid.uuid4())}
    return client.post(reverse("inspection:draft", args=[draft.public_id]), key | said)


def _code_of(words: str) -> str:
    """Which refusal these words are: a page shows no codes."""
    known = [row for row in vars(report_refusals).values() if isinstance(row, type) and hasattr(row, "message")]
    parts = {row.code: max(re.split(r"%\(\w+\)s", str(row.message)), key=len) for row in known if row.message}
    [code] = [code for code, part in parts.items() if part.strip() and part in words]
    return code


def scrap(elevator):
    when = moment("2025-05-01 09:00")
    set_registration_state(elevator_id=elevator.pk, state="SCRAPPED", reference="test", by=BY, at=when)


def lose_certificate(inspector):
    inspector.certificates.update(valid_until=dt.date(2025, 1, 1))


DAY = dt.date(2025, 5, 12)
REFUSED = {
    "dated in the future": ("2199-01-01", "report-in-future", "concluded_on"),
    "before its window": ("2025-02-28", "report-too-early", "concluded_on"),
    "scrapped": ("2025-05-12", "report-elevator-scrapped", "elevator"),
    "without a certificate": ("2025-05-12", "inspector-not-certified", "people"),
    "number of another": ("2025-05-12", "report-number-taken", "number"),
}


@pytest.mark.parametrize("door", ["page", "rest", "file"])
@pytest.mark.parametrize("case", REFUSED)
def test_each_door_refuses_alike(doors, door, case, body, elevator, inspector):
    day, code, field = REFUSED[case]
    if case == "scrapped":
        scrap(elevator)
    elif case == "without a certificate":
        lose_certificate(inspector)
    elif case == "number of another":
        other = report_of(elevator, inspector, number="N-1", kind="GOVERNOR_CHECK")
        file_report(filing=other, body=body, by=BY, at=clock.now())
    there = Report.objects.count()
    assert doors[door]("N-1", day) == (code, field)
    assert Report.objects.count() == there


@pytest.mark.parametrize("first", ["page", "rest", "file"])
def test_what_was_filed_through_one_door_is_answered_through_each(doors, first, inspector):
    """Also when it would be refused by now: the certificate has been lost since."""
    done, report = doors[first]("N-1", DAY)
    assert done == "filed"
    lose_certificate(inspector)
    assert {name: door("N-1", DAY) for name, door in doors.items()} == dict.fromkeys(doors, ("replayed", report))
    assert Report.objects.count() == 1


@pytest.mark.parametrize("door", ["page", "rest", "file"])
def test_a_number_in_other_widths_or_with_what_nobody_sees_is_the_same_number(doors, door):
    """Two rows for one printed report would stand in two obligations' proofs, and neither would be found by the other."""
    _done, report = doors["rest"]("n-1", DAY)
    assert doors[door]("  ｎ\u2011１\u200b ", DAY) == ("replayed", report)
    assert Report.objects.count() == 1


@pytest.mark.parametrize(
    ("door", "code"), [("page", "This field is required."), ("rest", "invalid"), ("file", "needed")]
)
def test_a_number_of_which_nothing_is_seen_is_none(doors, door, code, monkeypatch):
    monkeypatch.setattr(sys.modules[__name__], "_code_of", str)  # a form's own words
    assert doors[door]("\u200b\u200b", DAY) == (code, "number")
    assert Report.objects.count() == 0


def test_a_number_that_grows_beyond_its_column_stays_as_it_was_written(doors):
    """One letter of the presentation forms is eighteen."""
    number = "\ufdfa" * 3
    done, _report = doors["rest"](number, DAY)
    assert (done, Report.objects.get().number) == ("filed", number)
