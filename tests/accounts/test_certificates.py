"""Certificates of people: valid for their days, sealed numbers, recorded by the own unit, due lists without the past."""

import datetime as dt
import re
from types import SimpleNamespace

import pytest
from django.db import IntegrityError, transaction

from accounts.actions import Inactive
from accounts.actions.certificates import (
    CertificateDiffers,
    CertificateNumberTaken,
    CertificateNumberUnfit,
    LastDayNeeded,
    NotOfUnit,
    PeriodUnfit,
    record_certificate,
    reveal_certificate_number,
    withdraw_certificate,
)
from accounts.forms.certificates import CertificateFilter
from accounts.models import Certificate, CertificateRule, Membership
from accounts.queries import holds_valid
from accounts.roles import Permission
from accounts.rules import Unfit
from accounts.rules import certificates as rules
from common.actor import system
from common.clock import local_date, now
from common.models import AuditRecord
from common.personal import KINDS, Malformed
from tests.factories.canaries import id_number_of
from tests.matrix.documents import attachment

BY, DAY = system("tests"), dt.date(2026, 3, 1)


def paper(kind="ELEVATOR_WORK", first=DAY, last=dt.date(2030, 2, 28), withdrawn_at=None):
    return SimpleNamespace(kind=kind, valid_from=first, valid_until=last, withdrawn_at=withdrawn_at)


@pytest.mark.parametrize(
    ("day", "counts"),
    [
        (dt.date(2026, 2, 28), False),
        (DAY, True),
        (dt.date(2030, 2, 28), True),
        (dt.date(2030, 3, 1), False),
    ],
)
def test_both_days_belong_to_a_certificate(day, counts):
    assert rules.holds_valid([paper()], "ELEVATOR_WORK", day) is counts


def test_another_kind_a_withdrawn_one_and_none_at_all_entitle_to_nothing():
    papers = [paper(kind="SAFETY_MANAGEMENT"), paper(withdrawn_at=now())]
    assert rules.holds_valid(papers, "ELEVATOR_WORK", DAY) is False
    assert rules.holds_valid([], "ELEVATOR_WORK", DAY) is False
    assert rules.holds_valid([*papers, paper()], "ELEVATOR_WORK", DAY) is True


@pytest.mark.parametrize(("days", "state"), [(-1, "EXPIRED"), (0, "EXPIRING"), (60, "EXPIRING"), (61, "VALID")])
def test_sixty_days_before_its_last_day_a_certificate_expires_soon(days, state):
    assert (
        rules.state_of(paper(first=DAY, last=DAY + dt.timedelta(days=days + 100)), DAY + dt.timedelta(days=100))
        == state
    )


def test_four_years_end_the_day_before_and_a_leap_day_has_an_anniversary():
    assert rules.last_day(DAY, 4) == dt.date(2030, 2, 28)
    assert rules.last_day(dt.date(2024, 2, 29), 1) == dt.date(2025, 2, 28)
    rules.require_period(DAY, dt.date(2030, 3, 1), 4)
    rules.require_period(DAY, dt.date(2060, 3, 1), None)
    for last, reason in ((dt.date(2030, 3, 2), "long"), (dt.date(2026, 2, 28), "backwards")):
        with pytest.raises(Unfit) as unfit:
            rules.require_period(DAY, last, 4)
        assert unfit.value.reason == reason


@pytest.mark.parametrize("text", ["", "12", "<script>", "A" * 41, "中文"])
def test_what_is_no_number_is_refused_without_repeating_it(text):
    with pytest.raises(Malformed) as refused:
        KINDS["certificate_number"].normalise(text)
    assert text == "" or text not in str(refused.value)


def record(cast, player=None, number=None, **values) -> Certificate:
    player = player or cast.own_manager
    given = {"unit": cast.unit_a, "kind": "ELEVATOR_WORK", "issuer": "An authority", "valid_from": DAY, **values}
    return record_certificate(
        user_id=player.user.pk, number=number or id_number_of("own_manager"), by=BY, at=now(), **given
    )


def test_the_rule_of_the_first_day_says_the_last_and_the_row_names_it(cast):
    row = record(cast)
    assert (row.valid_until, row.rule.years, row.rule.certainty) == (dt.date(2030, 2, 28), 4, "U")
    CertificateRule.objects.filter(kind="ELEVATOR_WORK").update(valid_until=DAY)
    CertificateRule.objects.create(kind="ELEVATOR_WORK", years=2, valid_from=DAY, source="a later rule", certainty="D")
    withdraw_certificate(certificate=row, reason="typed wrong", by=BY, at=now())
    assert record(cast).valid_until == dt.date(2028, 2, 29)
    assert record(cast, valid_from=DAY - dt.timedelta(days=1)).valid_until == dt.date(2030, 2, 27)


def test_what_the_rule_does_not_allow_or_say_is_refused_with_its_source(cast):
    with pytest.raises(PeriodUnfit) as refused:
        record(cast, valid_until=dt.date(2031, 1, 1))
    assert "TSG Z6001" in str(refused.value.message)
    with pytest.raises(LastDayNeeded):
        record(cast, kind="INSPECTOR")


def test_recorded_twice_it_is_one_and_with_other_words_refused(cast):
    assert record(cast) == record(cast, number=f" {id_number_of('own_manager').lower()} ")
    with pytest.raises(CertificateDiffers):
        record(cast, issuer="Another authority")
    assert AuditRecord.objects.filter(action="accounts.record_certificate").count() == 1


def test_a_number_is_one_persons_by_rule_and_by_the_database(cast):
    row = record(cast)
    with pytest.raises(CertificateNumberTaken):
        record(cast, player=cast.stranger, unit=cast.unit_b)
    twin = Certificate.objects.get(pk=row.pk)
    twin.pk, twin.public_id = None, "0198c0de-0000-7000-8000-000000000001"
    twin.user = cast.stranger.user
    twin.number = id_number_of("own_manager")
    with pytest.raises(IntegrityError), transaction.atomic():
        twin.save(force_insert=True)
    # the renewed certificate of the same person has the same number
    assert record(cast, valid_from=dt.date(2030, 3, 1)).pk != row.pk


def test_only_the_units_own_present_people_get_one(cast):
    with pytest.raises(NotOfUnit):
        record(cast, player=cast.stranger)
    Membership.objects.filter(user=cast.own_manager.user).update(ended_at=now())
    with pytest.raises(NotOfUnit):
        record(cast)
    cast.own_manager.user.is_active = False
    cast.own_manager.user.save()
    with pytest.raises(Inactive):
        record(cast)
    with pytest.raises(CertificateNumberUnfit):
        record(cast, player=cast.colleague, number="??")


def test_the_number_is_nowhere_but_in_the_answer_to_a_purpose_on_record(cast):
    row = record(cast)
    number = id_number_of("own_manager")
    stored = Certificate.objects.filter(pk=row.pk).values_list("number", "number_index").get()
    assert [number.encode() in bytes(each) for each in stored] == [False, False]
    assert (str(row.number), row.number.masked) == ("***", f"********{number[-2:]}")
    assert reveal_certificate_number(certificate=row, purpose="CERTIFICATE", by=BY) == number
    said = [
        str(each)
        for each in AuditRecord.objects.filter(action__contains="certificate").values_list("changes", flat=True)
    ]
    assert len(said) == 2
    assert [each for each in said if number in each] == []
    with pytest.raises(ValueError, match="CURIOSITY"):
        reveal_certificate_number(certificate=row, purpose="CURIOSITY", by=BY)


def test_holds_valid_counts_certificates_of_any_unit_and_forgets_withdrawn_ones(cast):
    row = record(cast)
    user = cast.own_manager.user
    assert holds_valid(user, "ELEVATOR_WORK", dt.date(2030, 2, 28))
    assert not holds_valid(user, "ELEVATOR_WORK", dt.date(2030, 3, 1))
    assert not holds_valid(cast.stranger.user, "ELEVATOR_WORK", DAY)
    withdraw_certificate(certificate=row, reason="typed wrong", by=BY, at=now())
    assert not holds_valid(user, "ELEVATOR_WORK", DAY)


def due(cast, value) -> list[int]:
    rows = Certificate.objects.visible_to(cast.unit_admin.actor(), Permission.VIEW_CERTIFICATE).order_by("pk")
    return list(CertificateFilter({"due": value}, rows).qs.values_list("pk", flat=True))


def test_due_lists_hold_the_newest_of_those_who_are_still_there(cast):
    today = local_date(now())

    def ends(days, player, number, kind="ELEVATOR_WORK"):
        last = today + dt.timedelta(days=days)
        first = last - dt.timedelta(days=1000)
        return record(cast, player, number, kind=kind, valid_from=first, valid_until=last).pk

    gone = ends(-10, cast.colleague, "GONE-1")
    expired = ends(-1, cast.own_manager, "OWN-1")
    today_last = ends(0, cast.own_manager, "OWN-2", kind="SAFETY_MANAGEMENT")
    soon = ends(45, cast.unit_admin, "ADMIN-1")
    ends(61, cast.unit_admin, "ADMIN-2", kind="SAFETY_MANAGEMENT")
    assert due(cast, "expired") == [gone, expired]
    ends(900, cast.own_manager, "OWN-1")  # renewed
    Membership.objects.filter(user=cast.colleague.user).update(ended_at=now())  # left
    assert (due(cast, "expired"), due(cast, "30"), due(cast, "60")) == ([], [today_last], [today_last, soon])


def test_a_former_persons_certificates_leave_the_units_sight_with_them(cast):
    row = record(cast, cast.colleague, "GONE-1")

    def seen():
        players = (cast.unit_admin, cast.district_regulator, cast.stranger)
        rows = [Certificate.objects.visible_to(each.actor(), Permission.VIEW_CERTIFICATE) for each in players]
        return [list(each.values_list("pk", flat=True)) for each in rows]

    assert seen() == [[row.pk], [row.pk], []]
    Membership.objects.filter(user=cast.colleague.user).update(ended_at=now())
    assert seen() == [[], [row.pk], []]


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_costs_the_same_for_one_and_three(cast, django_assert_num_queries, rows):
    for number, player in enumerate([cast.own_manager, cast.colleague, cast.unit_admin][:rows]):
        record(cast, player, f"NUMBER-{number}")
    client = cast.unit_admin.client()
    client.get("/accounts/certificates/")
    with django_assert_num_queries(QUERIES):
        answer = client.get("/accounts/certificates/")
    assert answer.content.decode().count("<tr data-href") == rows


QUERIES = 3


# --- one's own --------------------------------------------------------------------------------------------------------

ME, REST_ME = "/accounts/me/", "/api/v1/accounts/me/"
LEFT_TO_RUN = [(-1, "expired"), (0, "today is its last day"), (1, "runs out in 1 day"), (60, "runs out in 60 days")]


def lines(client) -> list[list[str]]:
    """The cells of the own certificates on "My account", as they are read."""
    page = client.get(ME).content.decode()
    rows = re.findall(r"<tr[^>]*>(.*?)</tr>", page.split('id="certificates"')[1].split("<tbody>")[1], re.DOTALL)
    cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL) for row in rows]
    return [[re.sub(r"<[^>]+>", "", cell).strip() for cell in row] for row in cells]


def ending(days: int) -> dict:
    today = local_date(now())
    return {"valid_from": today - dt.timedelta(days=400), "valid_until": today + dt.timedelta(days=days)}


def test_my_account_lists_my_certificates_masked_and_nobody_elses(cast):
    record(cast, **ending(900))
    record(cast, cast.colleague, "OTHER-1234")
    number = id_number_of("own_manager")
    until = (local_date(now()) + dt.timedelta(days=900)).isoformat()
    since = (local_date(now()) - dt.timedelta(days=400)).isoformat()
    mine = ["elevator worker (item T)", f"********{number[-2:]}", "Using unit A", since, until, "valid"]
    assert lines(cast.own_manager.client()) == [mine]
    page = cast.own_manager.client().get(ME).content.decode()
    assert (number in page, page.count("********"), "********34" in page) == (False, 1, False)
    assert "No unit has recorded a certificate of yours." in cast.stranger.client().get(ME).content.decode()


@pytest.mark.parametrize(("days", "words"), [*LEFT_TO_RUN, (61, "valid")])
def test_my_account_says_in_words_how_long_each_still_runs(cast, days, words):
    record(cast, **ending(days))
    assert [line[-1] for line in lines(cast.own_manager.client())] == [words]


def test_a_withdrawn_one_stays_in_sight_without_the_reason_and_behind_those_that_count(cast):
    wrong = record(cast, **ending(900))
    withdraw_certificate(certificate=wrong, reason="belongs to Sample Somebody", by=BY, at=now())
    record(cast, kind="SAFETY_MANAGEMENT", number="OWN-2", **ending(10))
    client = cast.own_manager.client()
    assert [line[-1] for line in lines(client)] == ["runs out in 10 days", "withdrawn"]
    for path in (ME, REST_ME):
        assert "Sample Somebody" not in client.get(path).content.decode(), path


def test_whoever_left_the_unit_still_reads_what_it_recorded_of_them(cast):
    record(cast, **ending(900))
    Membership.objects.filter(user=cast.own_manager.user).update(ended_at=now())
    client = cast.own_manager.client()
    assert [line[2] for line in lines(client)] == ["Using unit A"]
    assert "You hold no role yet" in client.get(ME).content.decode()
    assert len(client.get(REST_ME).json()["certificates"]) == 1


def test_rest_me_answers_with_my_certificates_masked_and_nobody_elses(cast):
    row, number = record(cast, **ending(10)), id_number_of("own_manager")
    record(cast, cast.colleague, "OTHER-1234")
    assert cast.own_manager.client().get(REST_ME).json()["certificates"] == [
        {
            "id": str(row.public_id),
            "unit": {"id": str(cast.unit_a.public_id), "name": cast.unit_a.name},
            "kind": "ELEVATOR_WORK",
            "number": f"********{number[-2:]}",
            "valid_from": row.valid_from.isoformat(),
            "valid_until": row.valid_until.isoformat(),
            "state": "EXPIRING",
        }
    ]
    assert cast.stranger.client().get(REST_ME).json()["certificates"] == []


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize("path", [ME, REST_ME])
def test_my_account_costs_the_same_for_one_certificate_and_three(cast, django_assert_num_queries, rows, path):
    for number in range(rows):
        record(cast, number=f"NUMBER-{number}", valid_from=DAY + dt.timedelta(days=number))
    client = cast.own_manager.client()
    client.get(path)
    with django_assert_num_queries(OWN_QUERIES[path]):
        answer = client.get(path)
    assert answer.content.decode().count("********") == rows


OWN_QUERIES = {ME: 5, REST_ME: 5}


def test_rest_records_with_a_scan_answers_masked_and_refuses_what_it_does_not_know(cast):
    client, number = cast.unit_admin.client(), id_number_of("own_manager")
    body = {
        "unit": str(cast.unit_a.public_id),
        "person": str(cast.own_manager.user.public_id),
        "kind": "ELEVATOR_WORK",
        "number": number,
        "issuer": "An authority",
        "valid_from": "2026-03-01",
        "files": [str(attachment(cast.unit_admin.actor()).public_id)],
    }

    def send(key, **more):
        return client.post(
            "/api/v1/accounts/certificates/",
            body | more,
            content_type="application/json",
            headers={"Idempotency-Key": key},
        )

    answer = send("one")
    assert (answer.status_code, answer.json()["number"], answer.json()["valid_until"], answer.json()["state"]) == (
        201,
        f"********{number[-2:]}",
        "2030-02-28",
        "VALID",
    )
    assert (number in answer.content.decode(), len(answer.json()["files"])) == (False, 1)
    assert send("two", state="VALID").status_code == 400
    assert send("three", person=str(cast.stranger.user.public_id)).status_code == 404
    assert send("four", unit=str(cast.unit_b.public_id)).status_code == 404


def test_a_refused_page_does_not_send_the_number_back(cast):
    number = id_number_of("own_manager")
    answer = cast.unit_admin.client().post(
        "/accounts/certificates/new/", {"number": number, "idempotency_key": "0198c0de-0000-7000-8000-00000000000a"}
    )
    page = answer.content.decode()
    assert (answer.status_code, number in page) == (422, False)
    # never sent back, so the page must not say that it is still there
    assert "give these again: Number" in page
