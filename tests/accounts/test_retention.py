"""What is kept for a time only: chosen by dated rows, taken away in whole batches, never more than is due."""

import datetime as dt

import pytest
from axes.models import AccessAttempt
from django.db import connection

from accounts.actions.retention import former_people
from accounts.models import Invitation, Membership, PersonalDetails, User
from common import retention
from common.audit import AuditRecord
from common.clock import now, today
from common.hooks import RETENTION_KINDS
from common.models import RetentionRule, RetentionRun
from tests.common.together import at_once
from tests.factories.make import client_for

DAY = dt.timedelta(days=1)
FORMER = "accounts.former_people"


def leave(user: User, *, days_ago: int) -> None:
    """Deactivated, every role over, numbers untouched since."""
    moment = now() - days_ago * DAY
    User.objects.filter(pk=user.pk).update(is_active=False)
    Membership.objects.filter(user=user).update(started_at=moment - DAY, ended_at=moment)
    PersonalDetails.objects.update_or_create(user=user, defaults={"phone": "13900000002", "changed_at": moment - DAY})


def numbers_of(user: User) -> bool:
    return PersonalDetails.objects.filter(user=user).exists()


def attempt(days_ago: int) -> AccessAttempt:
    name = f"somebody {AccessAttempt.objects.count()}"
    row = AccessAttempt.objects.create(username=name, ip_address="192.0.2.1", failures_since_start=1)
    AccessAttempt.objects.filter(pk=row.pk).update(attempt_time=now() - days_ago * DAY)
    return row


def test_numbers_of_people_who_left_go_when_their_days_are_over_and_no_others(cast):
    gone, recent, still_here = cast.former.user, cast.colleague.user, cast.own_manager.user
    leave(gone, days_ago=1097)
    leave(recent, days_ago=1000)
    PersonalDetails.objects.update_or_create(
        user=still_here, defaults={"phone": "13900000003", "changed_at": now() - 2000 * DAY}
    )
    assert retention.sweep(at=now())[FORMER] == 1
    assert [numbers_of(user) for user in (gone, recent, still_here)] == [False, True, True]
    assert retention.sweep(at=now())[FORMER] == 0
    run = RetentionRun.objects.get(kind=FORMER)
    assert (run.removed, run.rule.days) == (1, 1096)
    record = AuditRecord.objects.get(action="common.remove_kept")
    assert record.changes == {"kind": [None, FORMER], "removed": [None, 1], "rule": [None, run.rule_id]}


def test_who_still_holds_a_role_keeps_their_numbers_although_deactivated(cast):
    user = cast.former.user
    leave(user, days_ago=1097)
    Membership.objects.filter(user=user).update(ended_at=None)
    assert retention.sweep(at=now())[FORMER] == 0 and numbers_of(user)


def test_the_days_are_a_dated_row_and_without_one_nothing_goes(cast):
    leave(cast.former.user, days_ago=40)
    day = today()
    assert retention.sweep(at=now())[FORMER] == 0
    RetentionRule.objects.filter(kind=FORMER).update(valid_until=day)
    assert FORMER not in retention.sweep(at=now())
    RetentionRule.objects.create(kind=FORMER, days=30, valid_from=day, source="test", certainty="U")
    assert retention.sweep(at=now())[FORMER] == 1


def test_a_phone_of_an_invitation_goes_and_the_invitation_stays(cast):
    made = now() - 30 * DAY
    row = Invitation.objects.create(
        unit=cast.unit_a,
        role="UNIT_VIEWER",
        display_name="Somebody",
        phone="13900000001",
        digest="x" * 64,
        invited_by=cast.unit_admin.user,
        made_at=made,
        expires_at=made + DAY,
    )
    retention.sweep(at=now())
    row.refresh_from_db()
    assert (row.phone, row.phone_index) == (None, None)


def test_a_look_changes_nothing_and_says_what_is_due(cast):
    attempt(191), attempt(189)
    [line] = [line for line in retention.retention_lines(at=now()) if line.key == "accounts.attempts"]
    assert (line.due, line.removed, AccessAttempt.objects.count()) == (1, 0, 2)
    leave(cast.former.user, days_ago=1097)
    page = client_for(cast.system_admin.user, **{"Accept-Language": "en"}).get("/accounts/retention/").content.decode()
    assert "refused attempts to sign in" in page and "not verified" in page
    assert not RetentionRun.objects.exists() and numbers_of(cast.former.user)


def test_a_sweep_that_dies_leaves_whole_batches_and_goes_on(cast, monkeypatch):
    monkeypatch.setattr(retention, "AT_ONCE", 2)
    for _n in range(5):
        attempt(200)
    written = retention.record_change
    calls = []

    def dies(**given):
        calls.append(given)
        if len(calls) == 2:
            raise RuntimeError("killed between the deleting and its record")
        return written(**given)

    monkeypatch.setattr(retention, "record_change", dies)
    with pytest.raises(RuntimeError):
        retention.sweep(at=now())
    assert AccessAttempt.objects.count() == 3
    assert sum(RetentionRun.objects.values_list("removed", flat=True)) == 2
    assert retention.sweep(at=now())["accounts.attempts"] == 3
    assert sum(RetentionRun.objects.values_list("removed", flat=True)) == 5


def test_two_sweeps_at_once_take_each_row_once(transactional_db):
    for _n in range(6):
        attempt(200)
    moment = now()
    answers = at_once(*[lambda: retention.sweep(at=moment)["accounts.attempts"]] * 2)
    assert sum(answers) == 6
    assert sum(RetentionRun.objects.values_list("removed", flat=True)) == 6


def test_no_ledger_is_among_the_kinds(db):
    """Its rows could not go anyhow: the database refuses. Each rule is of a kind, or says when of a kind is told."""
    ledgers = {"common_auditrecord", "common_accessrecord", "registry_lifeevent"}
    tables = {registration.answer().due(now()).model._meta.db_table for registration in RETENTION_KINDS}
    assert not tables & ledgers and former_people().due(now()).model is PersonalDetails
    known = [key for r in RETENTION_KINDS for key in (r.key, r.answer().told) if key]
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM common_retentionrule WHERE kind <> ALL(%s)", [known])
        assert cursor.fetchone() == (0,)
