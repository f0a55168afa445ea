"""Reading the audit log: whose it is, what finds a row, taking it out, and whether it is still what was sealed."""

import datetime as dt
import re
from pathlib import Path

import pytest
from django.db import connection
from django.utils.translation import override

from accounts.actions import change_user
from accounts.actions.audit import ACTION, JOB_KIND, VerifyingAlready, request_verification
from accounts.forms.audit import KIND, AuditFilter
from accounts.models import ApiClient
from accounts.roles import ROLES, Permission
from accounts.rules import Holding
from common import jobs, ledgers
from common.action_labels import action_label
from common.actor import Actor, ActorKind, system
from common.audit import record_change
from common.clock import SHANGHAI, local_date, now
from common.exports.actions import request_export
from common.exports.run import folder
from common.hooks import LEDGERS
from common.models import AuditRecord, Export, Job
from tests.factories.canaries import CANARIES, id_number_of
from tests.factories.make import client_for

ROOT = Path(__file__).parents[2]
BY = system("tests")
EN = {"Accept-Language": "en"}


@pytest.fixture(autouse=True)
def exports_go_to(settings, tmp_path):
    settings.EXPORT_DIR = tmp_path


def seen(cast, player="audit_admin", **filters):
    rows = AuditRecord.objects.visible_to(getattr(cast, player).actor(), Permission.VIEW_AUDIT)
    filterset = AuditFilter(filters, queryset=rows)
    assert filterset.is_valid(), filterset.errors
    return filterset.qs


def test_the_log_is_read_over_the_platform_or_not_at_all(cast):
    total = AuditRecord.objects.count()
    assert total > 3
    assert [seen(cast, name).count() for name in ("audit_admin", "auditor")] == [total, total]
    others = ("system_admin", "security_admin", "city_regulator", "unit_admin", "nobody")
    assert [seen(cast, name).count() for name in others] == [0] * 5


def test_a_role_in_a_unit_or_an_area_reads_nothing_even_if_it_carried_the_permission(cast):
    carried = frozenset({Permission.VIEW_AUDIT})
    places = ({"unit_id": cast.unit_a.pk}, {"area_id": 1, "area_kind": "CITY", "city_id": 1}, {})
    actors = [Actor("PERSON", "x", holdings=(Holding(role="R", permissions=carried, **place),)) for place in places]
    found = [AuditRecord.objects.visible_to(actor, Permission.VIEW_AUDIT).exists() for actor in actors]
    assert found == [False, False, True]


def test_each_filter_finds_its_rows_and_no_other(cast):
    by = cast.system_admin.actor()
    user = cast.colleague.user
    change_user(user_id=user.pk, display_name="Another", by=by, at=now())
    mine = AuditRecord.objects.get(action="accounts.change_user")
    today = local_date(now())
    hits = [
        {"actor": "SYSTEM_ADMIN"},
        {"actor": by.id},
        {"action": "accounts.change"},
        {"subject": str(user.public_id).upper(), "action": "accounts.change_user"},
        {"since": today, "until": today, "actor": "system_admin"},
    ]
    assert [list(seen(cast, **each)) for each in hits] == [[mine]] * len(hits)
    misses = [
        {"actor": "nobody-at-all"},
        {"subject": "' OR 1=1 --"},
        {"until": today - dt.timedelta(days=1), "actor": "system_admin"},
        {"since": today + dt.timedelta(days=1)},
        {"unit": "no such unit"},
    ]
    assert [seen(cast, **each).count() for each in misses] == [0] * len(misses)


def test_days_are_those_of_nanjing_to_the_instant(cast):
    with connection.cursor() as cursor:
        cursor.execute("SELECT recorded_at FROM common_auditrecord ORDER BY id LIMIT 1")
        moment = cursor.fetchone()[0].astimezone(SHANGHAI)
    total = AuditRecord.objects.count()
    assert seen(cast, since=moment.date(), until=moment.date() + dt.timedelta(days=1)).count() == total
    assert AuditFilter({"since": "0001-01-01"}, queryset=seen(cast)).is_valid() is False


def test_the_unit_that_acted_finds_its_rows(cast):
    record_change(action="tests.of_a_unit", subject=cast.unit_a, by=cast.own_manager.actor())
    found = seen(cast, unit=cast.unit_a.name).values_list("action", flat=True)
    assert "tests.of_a_unit" in found
    assert seen(cast, unit=cast.unit_b.name, action="tests.").count() == 0
    part = cast.unit_a.name[2:]
    assert "tests.of_a_unit" in seen(cast, unit=part).values_list("action", flat=True)


@pytest.mark.parametrize("rows", [1, 3])
def test_the_page_costs_the_same_for_one_and_three(cast, django_assert_num_queries, rows):
    for _number in range(rows):
        record_change(action="tests.rows", subject=cast.unit_a, by=cast.own_manager.actor())
    client = cast.audit_admin.client()
    client.get("/accounts/me/")
    with django_assert_num_queries(QUERIES):
        answer = client.get("/accounts/audit/?action=tests.rows")
    assert answer.content.decode().count("tests.rows</code>") == rows


QUERIES = 7  # session, person with holdings, keep-alive, rows, people, units, last verification, running job


def test_numbers_of_people_are_not_in_the_log_and_names_of_changes_are(cast):
    record_change(action="tests.named", subject=cast.own_manager.user, by=BY, changes={"display_name": ["Old", "New"]})
    page = cast.audit_admin.client().get("/accounts/audit/").content.decode()
    assert ("display_name: *** → ***" in page, [each for each in CANARIES if each in page]) == (True, [])
    assert id_number_of("own_manager") not in page


def test_taking_it_out_calculates_nothing_and_is_itself_on_record(cast):
    record_change(action="tests.hostile", subject=cast.unit_a, by=BY, changes={"name": ["=1+1", "@SUM(A1)"]})
    by = cast.audit_admin.actor()
    parameters = [["action", "tests.hostile"]]
    export = request_export(kind=KIND, format="csv", parameters=parameters, columns=None, by=by, at=now())
    assert jobs.run(export.job_id, at=now()).state == "SUCCEEDED"
    text = (folder() / Export.objects.get(pk=export.pk).file_name).read_text("utf-8-sig")
    cells = [cell.strip('"') for line in text.splitlines() for cell in line.split(",")]
    assert ("tests.hostile" in cells, [cell for cell in cells if cell[:1] in ("=", "+", "@")]) == (True, [])
    row = AuditRecord.objects.get(action="common.request_export")
    assert (row.actor_id, row.changes["kind"]) == (by.id, [None, KIND])


def verify(cast) -> AuditRecord:
    job = request_verification(by=cast.audit_admin.actor(), at=now())
    assert jobs.run(job.pk, at=now()).state == "SUCCEEDED"
    return AuditRecord.objects.filter(action=ACTION).latest("pk")


def test_verifying_says_up_to_where_nothing_has_changed_and_stays_on_record(cast):
    row = verify(cast)
    assert {pair[1][2] for pair in row.changes.values()} == {0}
    assert (row.actor_id, Job.objects.get(kind=JOB_KIND).result.keys()) == (
        cast.audit_admin.actor().id,
        row.changes.keys(),
    )
    page = cast.audit_admin.client().get("/accounts/audit/").content.decode()
    assert (
        "nothing sealed yet" in page
    )  # the transaction of a test is never settled; tests/common/test_ledgers.py seals


def test_a_fault_in_a_ledger_is_said_by_the_job(cast, monkeypatch):
    def faulty(ledger, *, after_each, expected_chain=""):
        return [ledgers.Fault(ledger, "seal 7", "a row differs from what was sealed")]

    monkeypatch.setattr(ledgers, "verify", faulty)
    row = verify(cast)
    assert {tuple(pair[1][2:]) for pair in row.changes.values()} == {(1, "seal 7: a row differs from what was sealed")}
    assert "seal 7" in cast.audit_admin.client().get("/accounts/audit/").content.decode()


def test_one_verification_at_a_time(cast):
    request_verification(by=cast.audit_admin.actor(), at=now())
    with pytest.raises(VerifyingAlready):
        request_verification(by=cast.audit_admin.actor(), at=now())


def test_every_action_and_ledger_has_a_name_in_words():
    """Whoever reads the log is no programmer: what the sources record is compared with what is named."""
    written = re.compile(r"""(?:audit_)?(?:action|ACTION) ?= ?"((?:common|accounts|registry)\.\w+)\"""")
    found = {
        name
        for app in ("common", "accounts", "registry", "portal")
        for path in (ROOT / app).rglob("*.py")
        for name in written.findall(path.read_text(encoding="utf-8"))
    }
    found |= {f"registry.change_{state.lower()}" for state in ("CONFIRMED", "REFUSED", "WITHDRAWN", "EXPIRED")}
    assert len(found) > 80, "the pattern finds what the sources record"
    found |= {registration.key for registration in LEDGERS}
    with override("zh-hans"):
        assert sorted(name for name in found if not re.search("[\u4e00-\u9fff]", str(action_label(name)))) == []


def test_the_page_asks_again_while_a_verification_runs(cast):
    reader = cast.audit_admin.client()
    assert "every 2s" not in reader.get("/accounts/audit/").content.decode()
    request_verification(by=cast.audit_admin.actor(), at=now())
    assert "every 2s" in reader.get("/accounts/audit/").content.decode()


def test_a_machine_has_its_name_and_a_moment_is_that_of_nanjing(cast):
    moment = dt.datetime(2027, 11, 24, 17, 9, 36, 421053, tzinfo=dt.UTC)
    machine = ApiClient.objects.create(
        unit=cast.unit_a, name="billing program", permissions=["registry.view_elevator"], created_at=now()
    )
    by = Actor(kind=ActorKind.API_CLIENT, id=str(machine.public_id), holdings=(), acting_unit=cast.unit_a.pk)
    record_change(action="tests.by_a_machine", subject=cast.unit_a, by=by, changes={"expires_at": [None, moment]})
    page = cast.audit_admin.client().get("/accounts/audit/?action=tests.by_a_machine").content.decode()
    assert "billing program" in page and "2027-11-25 01:09:36" in page and "421053" not in page


def test_an_action_is_found_by_its_words_in_either_language(cast):
    by = cast.system_admin.actor()
    change_user(user_id=cast.colleague.user.pk, display_name="Another", by=by, at=now())
    with override("zh-hans"):
        words = str(action_label("accounts.change_user"))
    for typed in (words, "renamed", "RENAMED", "accounts.change_user"):
        assert {row.action for row in seen(cast, action=typed)} == {"accounts.change_user"}, typed
    assert seen(cast, action="no such thing").count() == 0


def test_codes_of_known_choices_stand_in_words_and_others_as_they_are(cast):
    changes = {
        "registration_state": ["IN_USE", "OUT_OF_USE"],
        "flag": [None, "SEALED"],
        "reason": ["", "IN_USE"],
        "MAINTENANCE_UNIT": [None, "x"],
    }
    record_change(action="tests.coded", subject=cast.elevator_own, by=BY, changes=changes)
    record_change(
        action="tests.coded", subject=cast.colleague.user, by=BY, changes={"roles": [["SAFETY_OFFICER"], ["NO_SUCH"]]}
    )
    page = client_for(cast.audit_admin.user, **EN).get("/accounts/audit/?action=tests.coded").content.decode()
    said = re.findall(r"<div>([a-z_ ]+: [^<]*)</div>", page)
    officer = str(ROLES["SAFETY_OFFICER"].label)
    assert sorted(said) == [
        "flag: — → sealed by the regulator",
        "maintenance unit: — → x",
        "reason: — → IN_USE",
        "registration_state: in use → out of use",
        f"roles: {officer} → NO_SUCH",
    ]


def test_the_file_names_who_acted_beside_the_id(cast):
    machine = ApiClient.objects.create(
        unit=cast.unit_a, name="billing program", permissions=["registry.view_elevator"], created_at=now()
    )
    actors = [
        cast.own_manager.actor(),
        Actor(kind=ActorKind.API_CLIENT, id=str(machine.public_id), holdings=(), acting_unit=cast.unit_a.pk),
        BY,
    ]
    for actor in actors:
        record_change(action="tests.who", subject=cast.unit_a, by=actor)
    export = request_export(
        kind=KIND,
        format="csv",
        parameters=[["action", "tests.who"]],
        columns=None,
        by=cast.audit_admin.actor(),
        at=now(),
    )
    assert jobs.run(export.job_id, at=now()).state == "SUCCEEDED"
    lines = (folder() / Export.objects.get(pk=export.pk).file_name).read_text("utf-8-sig").splitlines()
    cells = [[cell.strip('"') for cell in line.split(",")] for line in lines]
    named = [str(cast.own_manager.user), "billing program", BY.id]
    for name, actor in zip(named, actors, strict=True):
        assert any(name in row and actor.id in row for row in cells), name
