"""Workers that are killed while they tell: news, the summaries of a day, reminders in bulk, a person's daily message, webhooks.
Each is killed inside a set that is written and not committed, behind sets that are: nobody is told twice, nobody is forgotten."""

import contextlib
import datetime as dt
import json
import os

import psycopg
import pytest

from accounts.models import User
from accounts.queries import actor_for
from common import clock
from common.actor import system
from common.messages import rules
from common.messages.actions import Saying, person, queue_messages
from common.messages.actions import unit as unit_recipient
from common.models import Delivery, Message, MessagePreference
from compliance.actions.reminders import AT_ONCE, request_reminders
from compliance.models import News, Reminder, Summary
from compliance.queries.overdue import Where
from registry.models import Elevator
from tests.common.message_makers import Receiver
from tests.common.together import wait_until_blocked
from tests.factories.due import many_elevators, owe
from tests.factories.make import LONG_AGO, NANJING, hold, make_unit, make_user
from tests.faults.conftest import wait_for

pytestmark = pytest.mark.long
BY = system("tests")
TELL = "from common.tasks import run_sweep; run_sweep.apply_async(['compliance.telling'], queue='default')"
DIGEST = "from common.tasks import sweep_digests; sweep_digests.apply_async(queue='default')"
JOBS = "from common.tasks import sweep_jobs; sweep_jobs()"
WEBHOOKS = "from common.tasks import send_webhooks; send_webhooks.apply_async(queue='default')"

# in a program of the platform: its keys seal the secret
ENTER = """
from common import clock
from common.actor import system
from common.messages.webhooks import create_endpoint
create_endpoint(unit_id={unit}, name="A program", url="{url}", groups=["NEWS"], by=system("tests"), at=clock.now())
"""


def many_people(count: int) -> list[User]:
    at = clock.now() - LONG_AGO
    return User.objects.bulk_create(
        User(username=f"told-{n}", display_name=f"Told {n}", password="!", synthetic=True, created_at=at)
        for n in range(count)
    )


@contextlib.contextmanager
def said_already(platform, *, recipient: User, key: str):
    """Somebody is about to say the same to the same person and has not decided: whoever says it waits, everything of its set
    being written."""
    with psycopg.connect(platform.database_url) as blocker:
        blocker.execute(
            "INSERT INTO common_message (public_id, key, recipient_kind, recipient_id, kind, params, subject_type, subject_id,"
            " link, emergency, in_app, actor_kind, actor_id, created_at)"
            " VALUES (gen_random_uuid(), %s, 'PERSON', %s, 'x', '{}', '', '', '', false, false, 'SYSTEM', 'x', now())",
            [key, str(recipient.public_id)],
        )
        yield
        blocker.rollback()


def messages(kind: str) -> list[tuple[str, int]]:
    """[(recipient, how often)], only where it is not once."""
    counts: dict[str, int] = {}
    for recipient in Message.objects.filter(kind=kind).values_list("recipient_id", flat=True):
        counts[recipient] = counts.get(recipient, 0) + 1
    return sorted(counts.items())


def once_each(people) -> list[tuple[str, int]]:
    return sorted((str(one.public_id), 1) for one in people)


def kill_inside(platform, started) -> None:
    wait_until_blocked(within=60)
    platform.kill(started)


def test_news_of_a_killed_worker_is_told_once(platform_with_broker):
    platform, people = platform_with_broker, many_people(1_200)  # three sets
    at = clock.now() - dt.timedelta(minutes=1)
    News.objects.bulk_create(News(topic="RESOLVED", person=one, tell_at=at) for one in people)
    last = News.objects.get(person=people[-1])
    with said_already(platform, recipient=people[-1], key=f"resolved:p:{last.pk}"):
        worker = platform.worker("default")
        wait_for(lambda: "ready" in platform.logs(), what="the worker")
        platform.shell(TELL)
        kill_inside(platform, worker)
    wait_for(lambda: Message.objects.count() == 1_000, within=10, what="the roll-back of what was in hand")
    assert News.objects.count() == 200
    for _ in range(2):
        platform.worker("default")
    for _ in range(2):
        platform.shell(TELL)
    wait_for(lambda: not News.objects.exists(), what=f"all news ({platform.logs()[-2000:]})")
    assert messages("compliance.resolved") == once_each(people)


@pytest.fixture
def debtors(platform_with_broker):
    """[(unit, its manager)]: units each of which owes one inspection that is late. Three sets of reminders, two of summaries."""
    count = 2 * AT_ONCE + 110
    people = many_people(count)
    units = [make_unit() for _ in people]
    for unit, one in zip(units, people, strict=True):
        hold(one, "USING_UNIT_MANAGER", unit=unit)
    elevators = many_elevators(count)
    for unit, elevator in zip(units, elevators, strict=True):
        elevator.using_unit = unit
    Elevator.objects.bulk_update(elevators, ["using_unit"])
    owe(elevators, due_on=clock.today() - dt.timedelta(days=1))
    return list(zip(units, people, strict=True))


def test_reminders_of_a_killed_worker_reach_each_unit_once(platform_with_broker, debtors):
    platform, officer = platform_with_broker, make_user()
    hold(officer, "CITY_REGULATOR", area_code=NANJING)
    at = clock.now()
    units = [unit.pk for unit, _ in debtors]
    run = request_reminders(where=Where(), unit_ids=units, by=actor_for(officer, at), at=at)
    unit_of_last = run.unit_ids[-1]
    [last] = [one for unit, one in debtors if unit.pk == unit_of_last]
    with said_already(platform, recipient=last, key=f"reminder:{run.public_id}:{unit_of_last}"):
        worker = platform.worker("bulk")
        platform.shell(JOBS)
        kill_inside(platform, worker)
    wait_for(lambda: Reminder.objects.count() == 2 * AT_ONCE, within=10, what="the roll-back of what was in hand")
    assert Message.objects.filter(kind="compliance.reminder").count() == 2 * AT_ONCE
    platform.worker("bulk")
    wait_for(
        lambda: platform.ask("SELECT lease_until < now() FROM common_job") == [(True,)], what="the end of the lease"
    )
    for _ in range(2):
        platform.shell(JOBS)
    wait_for(
        lambda: platform.job(str(run.job.public_id))[0] == "SUCCEEDED", what=f"the job ({platform.logs()[-2000:]})"
    )
    assert messages("compliance.reminder") == once_each(one for _, one in debtors)
    assert sorted(Reminder.objects.values_list("unit", flat=True)) == sorted(unit.pk for unit, _ in debtors)


def test_the_summaries_of_a_day_are_told_once_when_whoever_made_them_is_killed_before_they_are_told(
    platform_with_broker, debtors
):
    """A moment of its own, so that the hour of the run does not matter."""
    platform = platform_with_broker
    nine = dt.datetime.combine(clock.today() + dt.timedelta(days=1), dt.time(9), clock.SHANGHAI)
    tell = (
        "from compliance.actions.telling import tell_all; import datetime as dt;"
        f"tell_all(at=dt.datetime.fromisoformat({nine.isoformat()!r}))"
    )
    with psycopg.connect(platform.database_url) as blocker:
        blocker.execute(
            "LOCK TABLE common_message IN SHARE ROW EXCLUSIVE MODE"
        )  # the figures are noted, nobody is told yet
        kill_inside(platform, platform.start("manage.py", "shell", "-v", "0", "-c", tell))
        blocker.rollback()
    assert (Summary.objects.filter(audience="UNITS").count(), Message.objects.count()) == (1, 0)
    assert News.objects.count() >= len(debtors)
    for one in [platform.start("manage.py", "shell", "-v", "0", "-c", tell) for _ in range(2)]:
        assert one.wait(timeout=90) == os.EX_OK, platform.logs()[-2000:]
    assert messages("compliance.day") == once_each(one for _, one in debtors)
    assert not News.objects.exists()


def test_the_daily_message_of_a_person_comes_once_when_whoever_gathers_it_is_killed(platform_with_broker):
    platform, people = platform_with_broker, many_people(450)  # three sets
    at = clock.now()
    MessagePreference.objects.bulk_create(
        MessagePreference(person_id=str(one.public_id), channels={"NEWS": ["SMS"]}, digest_hour=9, changed_at=at)
        for one in people
    )
    sayings = [
        Saying((person(str(one.public_id)),), "compliance.resolved", f"x{n}", {"count": 1})
        for one in people
        for n in range(2)
    ]
    queue_messages(sayings, by=BY, at=at)
    waiting = Delivery.objects.filter(state="DIGEST")
    assert waiting.count() == 2 * len(people)
    waiting.update(attempt_after=at - dt.timedelta(minutes=1))
    day = rules.digest_day(at - dt.timedelta(minutes=1))
    last = max(people, key=lambda one: str(one.public_id))
    with said_already(platform, recipient=last, key=f"digest:{day}"):
        worker = platform.worker("default")
        platform.shell(DIGEST)
        kill_inside(platform, worker)
    gathered = Delivery.objects.filter(state="GATHERED")
    wait_for(lambda: gathered.count() == 800, within=10, what="the roll-back of what was in hand")
    for _ in range(2):
        platform.worker("default")
    for _ in range(2):
        platform.shell(DIGEST)
    wait_for(lambda: gathered.count() == 900, what=f"every summary ({platform.logs()[-2000:]})")
    assert messages("common.digest") == once_each(people)
    assert set(Delivery.objects.exclude(state="GATHERED").values_list("message__kind", flat=True)) == {"common.digest"}


def test_a_webhook_whose_worker_was_killed_comes_again_under_the_same_number(platform_with_broker):
    """At least once, and the receiver can tell: nothing can make it once where the other side took it and our note is lost."""
    platform, receiver, unit, at = platform_with_broker, Receiver(), make_unit(), clock.now()
    platform.env["WEBHOOK_ALLOWED_NETWORKS"] = "127.0.0.0/8"
    platform.shell(ENTER.format(unit=unit.pk, url=receiver.url))
    said = [Saying((unit_recipient(unit.pk),), "compliance.resolved", f"x{n}", {"count": n}) for n in range(5)]
    queue_messages(said, by=BY, at=at)
    receiver.delay = 30
    worker = platform.worker("default")
    platform.shell(WEBHOOKS)
    wait_for(lambda: receiver.got, what="the first call")
    platform.kill(worker)
    receiver.delay = 0
    [cut] = receiver.got
    platform.worker("default")
    wait_for(
        lambda: platform.ask("SELECT max(attempt_after) < now() FROM common_delivery") == [(True,)],
        what="the end of the lease",
    )
    for _ in range(2):
        platform.shell(WEBHOOKS)
    wait_for(lambda: set(Delivery.objects.values_list("state", flat=True)) == {"DELIVERED"}, what="all of them")
    receiver.close()
    numbers = [headers["Webhook-Id"] for _verb, _path, headers, _body in receiver.got]
    assert sorted(numbers) == sorted([*(str(row.public_id) for row in Delivery.objects.all()), cut[2]["Webhook-Id"]])
    assert {json.loads(body)["params"]["count"] for _verb, _path, _headers, body in receiver.got} == set(range(5))
