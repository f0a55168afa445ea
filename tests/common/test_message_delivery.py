"""What is due goes out once however many look, again when a worker dies, later when it fails, and not for ever."""

import datetime as dt
import io
import logging

import pytest
import structlog
from django.core import mail
from django.db import connection
from django.utils import translation

from accounts.models import PersonalDetails
from common.actor import system
from common.clock import SHANGHAI
from common.messages import delivery, inbox
from common.messages.actions import NotGivenUp, person, queue_message, send_again
from common.messages.choices import Reason
from common.messages.delivery import LEASE, Lane, claim, fetch_reports, send_due
from common.messages.digests import build_digests
from common.messages.retention import old_messages
from common.messages.senders import SendFailed, Sent, SmsReport
from common.models import AuditRecord, Delivery, Message
from tests.common.message_makers import KIND, NEWS
from tests.common.test_messages import say
from tests.common.together import at_once
from tests.factories.canaries import phone_of

NOON = dt.datetime(2026, 3, 1, 12, 0, tzinfo=SHANGHAI)
SECOND, DAY = dt.timedelta(seconds=1), dt.timedelta(days=1)
BY = system("tests")

pytestmark = pytest.mark.usefixtures("spoken")


def fail(reason=Reason.UNREACHABLE, **options):
    def does(_id):
        raise SendFailed(reason, **options)

    return staticmethod(does)


def to_manager(cast, **options) -> Delivery:
    say(person(cast.own_manager.user.public_id), **options)
    return Delivery.objects.latest("pk")


def fresh(row: Delivery) -> Delivery:
    return Delivery.objects.get(pk=row.pk)


@pytest.fixture(autouse=True)
def no_jitter(monkeypatch):
    monkeypatch.setattr(delivery.random, "random", lambda: 0.0)


def test_text_message_goes_to_the_number_and_the_log_keeps_a_mask(cast, sms):
    row = to_manager(cast)
    assert send_due(Lane.PEOPLE, at=NOON).sent == 1
    phone = phone_of("own_manager")
    assert sms.sent == [(phone, "Overdue: inspection\nSince 2026-02-01.", str(row.public_id))]
    row = fresh(row)
    assert (row.state, row.attempts, row.address, row.reason) == ("DELIVERED", 1, f"{phone[:3]}****{phone[-4:]}", "")
    assert send_due(Lane.PEOPLE, at=NOON + DAY).taken == 0


def test_the_console_and_every_log_hold_no_number(cast):
    to_manager(cast)
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    logging.getLogger().addHandler(handler)
    try:
        with structlog.testing.capture_logs() as said:
            send_due(Lane.PEOPLE, at=NOON)
    finally:
        logging.getLogger().removeHandler(handler)
    assert [each["event"] for each in said] == ["sms"]
    assert phone_of("own_manager") not in str(said) + stream.getvalue()


def test_text_goes_out_in_the_platform_s_language_and_links_as_whole_addresses(cast, settings):
    settings.PLATE_HOST = "elevators.example.org"
    message = Message.objects.get(pk=to_manager(cast, link="/elevators/").message_id)
    with translation.override("zh-hans"):
        body = delivery.body_of(message, "d-1")
    assert body == {
        "id": "d-1",
        "kind": KIND,
        "emergency": False,
        "occurred_at": "2026-03-01T04:00:00+00:00",
        "subject": None,
        "params": {"what": "inspection", "since": "2026-02-01"},
        "title": "Overdue: inspection",
        "text": "Since 2026-02-01.",
        "link": "https://elevators.example.org/elevators/",
    }


def test_two_senders_at_once_send_each_once(transactional_db, cast_of_many, sms):
    ticks = at_once(*[lambda: send_due(Lane.PEOPLE, at=NOON, limit=20)] * 3)
    assert sum(tick.sent for tick in ticks) == 30
    assert sorted(Delivery.objects.values_list("attempts", flat=True)) == [1] * 30
    assert len({id for _to, _text, id in sms.sent}) == len(sms.sent) == 30


@pytest.fixture
def cast_of_many(transactional_db):
    from tests.factories.make import make_user

    users = [make_user() for _number in range(30)]
    for number, user in enumerate(users):
        PersonalDetails.objects.create(user=user, phone=f"1990000{8000 + number}", changed_at=NOON)
    say([person(user.public_id) for user in users])
    return users


def test_no_transaction_is_open_while_it_is_sent(transactional_db, cast_of_many, sms):
    open_ones = []
    sms.does = staticmethod(lambda id: open_ones.append(connection.in_atomic_block) or Sent(delivered=True))
    assert send_due(Lane.PEOPLE, at=NOON).sent == 10
    assert open_ones == [False] * 10


def test_a_worker_that_died_leaves_a_message_that_is_sent_when_its_lease_ends(cast, sms):
    row = to_manager(cast)
    assert [each.pk for each in claim(Lane.PEOPLE, at=NOON)] == [row.pk]  # and it dies
    assert send_due(Lane.PEOPLE, at=NOON + LEASE - SECOND).taken == 0
    assert send_due(Lane.PEOPLE, at=NOON + LEASE).sent == 1
    assert (fresh(row).attempts, len(sms.sent)) == (2, 1)


def test_who_comes_back_after_the_lease_writes_nothing_over_the_other_s_note(cast, sms):
    row = to_manager(cast)
    (slow,) = claim(Lane.PEOPLE, at=NOON)
    assert send_due(Lane.PEOPLE, at=NOON + LEASE).sent == 1
    delivery._note_failure(slow, SendFailed(Reason.TIMEOUT, for_good=True), None, NOON + LEASE)
    assert fresh(row).state == "DELIVERED"


def test_a_message_over_which_every_worker_dies_is_given_up(cast, sms, settings):
    settings.MESSAGE_MOST_ATTEMPTS = 3
    row, at = to_manager(cast), NOON
    for _death in range(3):
        assert len(claim(Lane.PEOPLE, at=at)) == 1
        at += LEASE
    assert claim(Lane.PEOPLE, at=at) == []
    assert (fresh(row).state, fresh(row).reason) == ("GIVEN_UP", "worker-died")


def test_failures_wait_longer_each_time_and_end(cast, sms, settings):
    settings.MESSAGE_MOST_ATTEMPTS = 4
    sms.does = fail()
    row, at, waits = to_manager(cast), NOON, []
    for _attempt in range(4):
        assert send_due(Lane.PEOPLE, at=at).failed == 1
        waits.append(round((fresh(row).attempt_after - at).total_seconds()))
        at = fresh(row).attempt_after + SECOND
    assert waits[:3] == [30, 60, 120]
    row = fresh(row)
    assert (row.state, row.reason, row.attempts) == ("GIVEN_UP", "unreachable", 4)
    assert send_due(Lane.PEOPLE, at=at + DAY).taken == 0


def test_a_refusal_for_good_ends_at_once_and_an_error_of_ours_quotes_nothing(cast, sms):
    sms.does = fail(Reason.REFUSED, for_good=True, status_code=400)
    first = to_manager(cast)
    send_due(Lane.PEOPLE, at=NOON)
    assert (fresh(first).state, fresh(first).reason, fresh(first).status_code) == ("GIVEN_UP", "refused", 400)

    def break_down(_id):
        raise ValueError(f"canary {phone_of('own_manager')}")

    sms.does = staticmethod(break_down)
    second = to_manager(cast, key="k2")
    with structlog.testing.capture_logs() as said:
        assert send_due(Lane.PEOPLE, at=NOON).failed == 1
    assert (fresh(second).state, fresh(second).reason) == ("QUEUED", "broken")
    assert "canary" not in str(said)


def test_who_has_no_number_is_given_up_and_costs_nobody_else_anything(cast, sms):
    say([person(cast.colleague.user.public_id), person(cast.own_manager.user.public_id)])
    tick = send_due(Lane.PEOPLE, at=NOON)
    assert (tick.sent, tick.failed) == (1, 1)
    assert Delivery.objects.get(state="GIVEN_UP").reason == "no-address"


def test_somebody_who_looked_sends_a_given_up_message_again(cast, sms):
    sms.does = fail(Reason.REFUSED, for_good=True)
    row = to_manager(cast)
    with pytest.raises(NotGivenUp):
        send_again(delivery=row, by=BY, at=NOON)
    send_due(Lane.PEOPLE, at=NOON)
    sms.does = staticmethod(lambda id: Sent(delivered=True))
    send_again(delivery=row, by=BY, at=NOON + DAY)
    assert AuditRecord.objects.get(action="common.send_again").subject_id == str(row.public_id)
    assert send_due(Lane.PEOPLE, at=NOON + DAY).sent == 1
    assert [id for _to, _text, id in sms.sent] == [str(row.public_id)]


def test_what_comes_late_into_the_night_waits_for_the_morning(cast, sms):
    row = to_manager(cast, at=NOON)
    night, morning = NOON.replace(hour=23), NOON.replace(hour=7) + DAY  # the platform was down from noon on
    assert send_due(Lane.PEOPLE, at=night).postponed == 1
    assert (fresh(row).attempt_after, fresh(row).attempts, sms.sent) == (morning, 0, [])
    assert send_due(Lane.PEOPLE, at=morning).sent == 1


def test_an_emergency_goes_in_the_night_by_the_urgent_lane(cast, sms):
    night = NOON.replace(hour=23, minute=59)
    to_manager(cast, at=night, key="ordinary")
    urgent = to_manager(cast, at=night, key="fire", emergency=True)
    assert send_due(Lane.URGENT, at=night).sent == 1
    assert [id for _to, _text, id in sms.sent] == [str(urgent.public_id)]


def test_the_gateway_s_report_ends_a_text_message(cast, sms):
    sms.does = staticmethod(lambda id: Sent(reference=id[-12:]))
    rows = [to_manager(cast, key=key) for key in ("k1", "k2", "k3")]
    send_due(Lane.PEOPLE, at=NOON)
    assert [fresh(row).state for row in rows] == ["ACCEPTED"] * 3
    references = [fresh(row).reference for row in rows]
    sms.told = {references[0]: SmsReport(True), references[1]: SmsReport(False), references[2]: SmsReport(None)}
    later = NOON + LEASE
    assert [fetch_reports(at=later), fetch_reports(at=later)] == [2, 0]
    assert [(fresh(row).state, fresh(row).reason) for row in rows] == [
        ("DELIVERED", ""),
        ("GIVEN_UP", "undelivered"),
        ("ACCEPTED", ""),
    ]
    assert fetch_reports(at=NOON + 4 * DAY) == 0


def test_email_goes_by_django_s_backend_with_the_same_id_each_time(cast, settings, monkeypatch):
    settings.MESSAGE_CHANNELS = ["EMAIL"]
    inbox.choose_preferences(
        channels={"ALERT": ["EMAIL"]},
        quiet_from=dt.time(22),
        quiet_until=dt.time(7),
        digest_hour=None,
        by=cast.own_manager.actor(),
        at=NOON,
    )
    row = to_manager(cast)
    monkeypatch.setattr(delivery.ADDRESSES, "_registrations", {})
    delivery.ADDRESSES.register("PERSON", lambda ids, channel, at: {id: f"{channel.lower()}@example.org" for id in ids})
    assert send_due(Lane.PEOPLE, at=NOON).sent == 1
    (sent,) = mail.outbox
    assert (sent.subject, sent.to) == ("Overdue: inspection", ["email@example.org"])
    assert sent.extra_headers == {"Message-ID": f"<{row.public_id}@testserver>"}
    assert (fresh(row).state, fresh(row).address) == ("ACCEPTED", "e***@example.org")


# --- the daily summary ------------------------------------------------------------------------------------------------

EIGHT = NOON.replace(hour=8) + DAY


@pytest.fixture
def sleeper(cast):
    """Somebody who wants one summary a day, at eight."""
    inbox.choose_preferences(
        channels={"ALERT": ["SMS"], "NEWS": ["SMS"]},
        quiet_from=dt.time(22),
        quiet_until=dt.time(7),
        digest_hour=8,
        by=cast.own_manager.actor(),
        at=NOON,
    )
    return cast.own_manager


def digests() -> list[tuple]:
    rows = Message.objects.filter(kind="common.digest").order_by("pk")
    return [(row.key, row.params, row.in_app) for row in rows]


def test_summary_gathers_what_waits_in_one_message(cast, sleeper, sms):
    for key in ("k1", "k2", "k3"):
        to_manager(cast, key=key, kind=NEWS)
    assert send_due(Lane.PEOPLE, at=EIGHT - SECOND).taken == build_digests(at=EIGHT - SECOND) == 0
    assert [build_digests(at=EIGHT), build_digests(at=EIGHT)] == [1, 0]
    assert digests() == [("digest:2026-03-02", {"count": 3}, False)]
    assert send_due(Lane.PEOPLE, at=EIGHT).sent == 1
    assert sms.sent[0][1].startswith("New messages: 3\n")
    digest = Message.objects.get(kind="common.digest")
    assert [row.state for row in digest.gathered.all()] == ["GATHERED"] * 3
    assert Message.objects.visible_to(sleeper.actor()).count() == 3  # the summary itself is not in the inbox


def test_summary_is_made_up_for_after_a_downtime_one_for_each_day(cast, sleeper):
    to_manager(cast, key="k1")
    assert build_digests(at=EIGHT + DAY - 3600 * SECOND) == 1  # a day late, and before the next one is due
    to_manager(cast, key="k2", at=EIGHT + DAY - 1800 * SECOND)
    assert build_digests(at=EIGHT + DAY) == 1
    assert [key for key, _params, _in_app in digests()] == ["digest:2026-03-02", "digest:2026-03-03"]


def test_what_was_committed_too_late_for_a_summary_comes_with_the_next(cast, sleeper):
    to_manager(cast, key="k1")
    build_digests(at=EIGHT)
    late = to_manager(cast, key="k2", at=NOON + SECOND)  # queued yesterday, committed only now
    assert build_digests(at=EIGHT + SECOND) == 0
    assert (fresh(late).state, fresh(late).attempt_after) == ("DIGEST", EIGHT + DAY)
    assert build_digests(at=EIGHT + DAY) == 1
    assert len(digests()) == 2


def test_two_sweeps_at_once_make_one_summary_for_each(transactional_db, spoken):
    for number in range(5):
        row = Message.objects.create(
            key=f"k{number}",
            recipient_kind="PERSON",
            recipient_id=f"p-{number % 2}",
            kind=KIND,
            params={},
            created_at=NOON,
        )
        Delivery.objects.create(
            message=row, channel="SMS", state="DIGEST", due_at=NOON, attempt_after=NOON, created_at=NOON
        )
    assert sum(at_once(*[lambda: build_digests(at=NOON)] * 3)) == 2
    assert sorted(Message.objects.filter(kind="common.digest").values_list("params__count", flat=True)) == [2, 3]


def test_an_emergency_waits_for_no_summary(cast, sleeper, sms):
    to_manager(cast, emergency=True)
    assert send_due(Lane.URGENT, at=NOON).sent == 1


# --- cost, retention --------------------------------------------------------------------------------------------------


def test_a_set_is_claimed_in_five_statements_and_each_noted_in_one(cast, sms, django_assert_num_queries):
    for rows in (1, 3):
        for number in range(rows):
            to_manager(cast, key=f"{rows}-{number}")
        # savepoint, due, taken, them with messages, release; preferences; numbers; a note each
        with django_assert_num_queries(7 + rows):
            assert send_due(Lane.PEOPLE, at=NOON).sent == rows


def test_old_messages_go_with_their_deliveries(cast, sms, sleeper):
    to_manager(cast, key="k1")
    build_digests(at=EIGHT)
    send_due(Lane.PEOPLE, at=EIGHT)
    kind = old_messages()
    keys = list(kind.due(EIGHT).values_list("pk", flat=True))
    assert len(keys) == 1  # the summary is younger
    kind.remove(keys)
    assert list(Message.objects.values_list("kind", flat=True)) == ["common.digest"]
    kind.remove(list(kind.due(EIGHT + DAY).values_list("pk", flat=True)))
    assert (Message.objects.count(), Delivery.objects.count()) == (0, 0)
    assert queue_message(to=person("p-9"), kind=NEWS, params={"what": "x"}, key="k1", by=BY, at=NOON) == 1
