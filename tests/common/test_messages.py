"""A message is said once for each key, in the caller's transaction, to each as they chose; nobody reads another's."""

import datetime as dt
import threading

import pytest
from django.db import transaction

from common import tasks
from common.actor import system
from common.clock import SHANGHAI
from common.hooks import ADDRESSES
from common.messages import inbox
from common.messages.actions import Recipient, person, queue_message, unit
from common.messages.texts import text_of
from common.models import AuditRecord, Delivery, Message, MessagePreference
from common.personal import Sealed
from tests.common.message_makers import KIND, NEWS
from tests.common.together import Together, wait_until_blocked

NOON = dt.datetime(2026, 3, 1, 12, 0, tzinfo=SHANGHAI)
NIGHT = dt.datetime(2026, 3, 1, 23, 59, tzinfo=SHANGHAI)
MORNING = dt.datetime(2026, 3, 2, 7, 0, tzinfo=SHANGHAI)
BY = system("tests")
SAID = {"what": "inspection", "since": "2026-02-01"}

pytestmark = pytest.mark.usefixtures("spoken")


def say(to, kind=KIND, key="k1", at=NOON, **options) -> int:
    return queue_message(to=to, kind=kind, params=SAID, key=key, by=BY, at=at, **options)


def ways() -> list[tuple]:
    return list(Delivery.objects.order_by("pk").values_list("channel", "state", "attempt_after"))


def choose(player, at=NOON, **values):
    given = {"channels": {}, "quiet_from": dt.time(22), "quiet_until": dt.time(7), "digest_hour": None} | values
    return inbox.choose_preferences(by=player.actor(), at=at, **given)


def test_message_stands_in_the_inbox_at_once_and_goes_by_text_message(cast):
    actor = cast.own_manager.actor()
    assert say(person(actor.id), link="/elevators/", subject=cast.elevator_own) == 1
    row = Message.objects.visible_to(actor).get()
    text = text_of(row)
    assert (text.title, text.body, row.link, row.read_at) == (
        "Overdue: inspection",
        "Since 2026-02-01.",
        "/elevators/",
        None,
    )
    assert (row.subject_type, row.subject_id) == ("registry.elevator", str(cast.elevator_own.public_id))
    assert ways() == [("SMS", "QUEUED", NOON)]


def test_the_same_key_says_nothing_new_to_the_same_and_something_to_another(cast):
    one, two = (person(player.user.public_id) for player in (cast.own_manager, cast.colleague))
    assert [say(one), say(one), say([one, two]), say([one, two], key="k2")] == [1, 0, 1, 2]
    assert (Message.objects.count(), Delivery.objects.count()) == (4, 4)


def test_message_goes_with_the_transaction_of_its_caller(cast, monkeypatch, django_capture_on_commit_callbacks):
    woken = []
    monkeypatch.setattr(tasks.send_messages, "apply_async", lambda args, **options: woken.append(options))
    to = person(cast.own_manager.user.public_id)
    with pytest.raises(RuntimeError), django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        say(to)
        raise RuntimeError
    assert (Message.objects.count(), woken) == (0, [])
    with django_capture_on_commit_callbacks(execute=True):
        say(to)
    assert woken == [{"queue": "default", "retry": False}]


def test_two_at_once_say_it_once(transactional_db):
    to, both = Recipient("PERSON", "p-1"), Together()
    written, go_on = threading.Event(), threading.Event()

    def slowly():
        with transaction.atomic():
            count = say(to)
            written.set()
            go_on.wait(30)
            return count

    both.start(slowly)
    written.wait(30)
    both.start(say, to)
    wait_until_blocked()
    go_on.set()
    assert both.results() == [1, 0]
    assert (Message.objects.count(), Delivery.objects.count()) == (1, 1)


def test_quiet_hours_hold_back_the_text_message_not_the_inbox_and_no_emergency(cast):
    actor = cast.own_manager.actor()
    say(person(actor.id), at=NIGHT)
    assert ways() == [("SMS", "QUEUED", MORNING)]
    assert Message.objects.visible_to(actor).unread().count() == 1
    say(person(actor.id), at=NIGHT, key="fire", emergency=True)
    assert ways()[1] == ("SMS", "QUEUED", NIGHT)


def test_preferences_decide_ways_and_summary(cast, settings):
    settings.MESSAGE_CHANNELS = ["SMS", "EMAIL"]
    actor = cast.own_manager.actor()
    choose(cast.own_manager, channels={"NEWS": ["EMAIL"], "ALERT": []}, digest_hour=8)
    say(person(actor.id))
    assert ways() == []
    say(person(actor.id), kind=NEWS)
    assert ways() == []  # the key has been used: a message is one thing
    say(person(actor.id), kind=NEWS, key="k2")
    say(person(actor.id), key="k3", emergency=True)
    assert ways() == [
        ("EMAIL", "DIGEST", dt.datetime(2026, 3, 2, 8, tzinfo=SHANGHAI)),
        ("SMS", "QUEUED", NOON),
        ("EMAIL", "QUEUED", NOON),
    ]


def test_preferences_are_one_s_own_and_on_the_audit_log(cast):
    choose(cast.own_manager, channels={"NEWS": ["SMS", "PIGEON"], "NO_SUCH": ["SMS"]}, digest_hour=9)
    row = MessagePreference.objects.get()
    assert (row.person_id, row.digest_hour) == (cast.own_manager.actor().id, 9)
    assert row.channels == {"ALERT": [], "DUE": [], "DECISION": [], "NEWS": ["SMS"]}
    assert AuditRecord.objects.get(action="common.choose_messages").actor_id == row.person_id
    with pytest.raises(inbox.HourUnfit):
        choose(cast.own_manager, digest_hour=24)


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "tests.unknown"},
        {"params": {"what": "x"}},
        {"params": {**SAID, "more": object()}},
        {"params": {**SAID, "more": {"phone": "x"}}},
        {"link": "https://elsewhere.example.org/"},
        {"link": "//elsewhere.example.org/"},
        {"link": "/\\elsewhere.example.org/"},
        {"key": ""},
        {"key": "k" * 161},
        {"key": "电"},
    ],
)
def test_what_a_caller_may_not_say(db, wrong):
    given = {"to": person("p-1"), "kind": KIND, "params": SAID, "key": "k1", "by": BY, "at": NOON} | wrong
    with pytest.raises(ValueError):
        queue_message(**given)
    assert Message.objects.count() == 0


def test_no_number_of_a_person_gets_into_a_row(db):
    queue_message(
        to=person("p-1"), kind=KIND, params={"what": "call 13912345678", "since": "x"}, key="k1", by=BY, at=NOON
    )
    assert Message.objects.get().params["what"] == "call ***"


def test_a_recipient_without_an_inbox_is_reached_by_what_there_is(db):
    say(Recipient("TESTS", "t-1"), kind=NEWS)
    assert (Message.objects.get().in_app, [way[:2] for way in ways()]) == (False, [("SMS", "QUEUED")])


def test_a_unit_without_webhooks_is_told_nothing(cast):
    assert say(unit(cast.unit_a.pk)) == 0
    assert Message.objects.count() == 0


def test_saying_it_to_many_costs_the_same_as_to_one(cast, django_assert_num_queries):
    people = [person(player.user.public_id) for player in (cast.own_manager, cast.colleague, cast.stranger)]
    for count, key in ((1, "k1"), (3, "k2")):
        with django_assert_num_queries(6):  # savepoint, insert, which are new, preferences, deliveries, release
            assert say(people[:count], key=key) == count


def test_nobody_reads_another_s_message_or_marks_it(cast):
    mine, other = cast.own_manager.actor(), cast.city_regulator.actor()
    say(person(mine.id))
    row = Message.objects.get()
    assert [Message.objects.visible_to(actor).count() for actor in (mine, other, cast.system_admin.actor())] == [
        1,
        0,
        0,
    ]
    assert inbox.mark_read(message=row, by=other, at=NOON) is False
    assert inbox.mark_all_read(up_to=row, by=other, at=NOON) == 0
    assert [inbox.mark_read(message=row, by=mine, at=NOON) for _twice in range(2)] == [True, False]
    row.refresh_from_db()
    assert row.read_at == NOON


def test_what_came_after_the_page_was_shown_stays_unread(cast):
    actor = cast.own_manager.actor()
    for key in ("k1", "k2", "k3"):
        say(person(actor.id), key=key)
    second = Message.objects.get(key="k2")
    assert inbox.mark_all_read(up_to=second, by=actor, at=NOON) == 2
    assert list(Message.objects.unread().values_list("key", flat=True)) == ["k3"]


def test_the_actor_brings_the_number_of_unread_messages(cast):
    user = cast.own_manager.user
    for key in ("k1", "k2"):
        say(person(user.public_id), key=key)
    assert (cast.own_manager.actor().unread, cast.colleague.actor().unread) == (2, 0)
    inbox.mark_read(message=Message.objects.first(), by=cast.own_manager.actor(), at=NOON)
    assert cast.own_manager.actor().unread == 1


def test_a_phone_is_asked_for_when_a_message_is_sent_and_comes_sealed(cast):
    ids = [cast.own_manager.actor().id, cast.colleague.actor().id, "no uuid"]
    found = ADDRESSES["PERSON"](ids, "SMS", NOON)
    assert list(found) == ids[:1]
    assert isinstance(found[ids[0]], Sealed)
    assert ADDRESSES["PERSON"](ids, "EMAIL", NOON) == {}
    type(cast.own_manager.user).objects.filter(pk=cast.own_manager.user.pk).update(is_active=False)
    assert ADDRESSES["PERSON"](ids, "SMS", NOON) == {}
