"""What was noted becomes messages: one for each audience and topic, whatever the number of rows behind it."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from django.db import connection, transaction

from accounts.queries import people_to_tell
from accounts.roles import Permission
from common.actor import system
from common.clock import local_date
from common.locks import Busy, one_at_a_time
from common.messages.actions import Recipient, Saying, person, queue_messages, unit
from compliance.choices import Audience, Topic
from compliance.models import Alert, Hazard, Obligation
from compliance.models.obligations import NEAR
from compliance.rules.telling import summary_day

BY = "compliance.telling"
AUDIENCES = 500  # told in one transaction
HAZARD_DAYS = 3
HAZARDS = {
    Topic.HAZARD: "hazard_found",
    Topic.HAZARD_LATER: "hazard_later",
    Topic.HAZARD_BACK: "hazard_back",
    Topic.HAZARD_MEND: "hazard_mend",
    Topic.HAZARD_YES: "hazard_yes",
    Topic.HAZARD_NO: "hazard_no",
}

_TAKE = """
WITH due AS (
    SELECT DISTINCT coalesce(unit_id, 0) AS u, coalesce(area_id, 0) AS a, coalesce(person_id, 0) AS p
    FROM compliance_news WHERE tell_at <= %(at)s ORDER BY 1, 2, 3 LIMIT %(limit)s
), gone AS (
    DELETE FROM compliance_news n USING due
    WHERE n.tell_at <= %(at)s
      AND (coalesce(n.unit_id, 0), coalesce(n.area_id, 0), coalesce(n.person_id, 0)) = (due.u, due.a, due.p)
    RETURNING n.*
)
SELECT topic, unit_id, area_id, person_id, sum(overdue), sum(month), sum(hazards), max(id), min(alert_id), min(obligation_id),
    min(hazard_id)
FROM gone GROUP BY topic, unit_id, area_id, person_id ORDER BY 2, 3, 4, 1
"""
_MADE = "INSERT INTO compliance_summary (audience, day, made_at) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING"
_FIGURES = """
INSERT INTO compliance_news (topic, unit_id, area_id, overdue, month, hazards, tell_at)
SELECT %(topic)s, {columns}, sum(overdue), sum(month), sum(hazards), %(at)s FROM ({parts}) AS parts (id, overdue, month, hazards)
WHERE id IS NOT NULL GROUP BY id HAVING sum(overdue) + sum(hazards) + {also} > 0
"""
_USING = """
SELECT e.using_unit_id, {figures} FROM compliance_{table} x JOIN registry_elevator e ON e.id = x.elevator_id
WHERE {condition} AND (e.using_unit_until IS NULL OR e.using_unit_until > %(at)s) GROUP BY 1
"""
_PLAIN = "SELECT x.{column}, {figures} FROM compliance_{table} x WHERE {condition} GROUP BY 1"
_LATE = "x.status = 'PENDING' AND x.alert_after < %(today)s"
# compliance.models.obligations.to_do_by
_MONTH = "x.status = 'PENDING' AND (x.alert_after <= %(month)s OR x.apply_by <= %(month)s)"
# compliance.models.obligations.LINE: an elevator that missed two of a kind is one line of the list that opens
_LINES = """count(DISTINCT (x.kind || coalesce(x.elevator_id, -x.id)) COLLATE "C")"""
_HAZARDS = "x.state IN ('FOUND', 'CONFIRMED', 'CLAIMED_FIXED') AND x.due_on <= %(hazards_until)s"
# what its people owe for it as well: the number of a message is that of the list to which it leads
_OF_UNITS = f"{_LATE} AND x.for_unit_id IS NOT NULL"
_BOTH = ("managing_district_id", "city_id")
_WEEK = f"{_LINES} FILTER (WHERE x.alert_after < %(today)s), {_LINES} FILTER (WHERE x.alert_after >= %(today)s), 0"
# {audience: (topic, columns, parts, what makes a summary beside overdue and hazards)}
_SUMMARIES = {
    Audience.UNITS: (
        Topic.DAY,
        "id, NULL::bigint",
        (
            _USING.format(table="obligation", figures=f"{_LINES}, 0, 0", condition=_LATE),
            _PLAIN.format(table="obligation", column="for_unit_id", figures="count(*), 0, 0", condition=_OF_UNITS),
            _USING.format(table="hazard", figures="0, 0, count(*)", condition=_HAZARDS),
        ),
        "0",
    ),
    Audience.AREAS: (
        Topic.WEEK,
        "NULL::bigint, id",
        (
            *(_PLAIN.format(table="obligation", column=of, figures=_WEEK, condition=_MONTH) for of in _BOTH),
            *(_PLAIN.format(table="hazard", column=of, figures="0, 0, count(*)", condition=_HAZARDS) for of in _BOTH),
        ),
        "sum(month)",
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _News:
    topic: str
    unit_id: int | None
    area_id: int | None
    person_id: int | None
    overdue: int
    month: int
    hazards: int
    last: int
    alert_id: int | None
    obligation_id: int | None
    hazard_id: int | None


@transaction.atomic
def make_summaries(*, at: dt.datetime) -> int:
    """Note the summaries whose hour has come, each once for its day; returns how many sorts were made. Two statements each.

    After days without any sweep the newest day's is made and no other: what was overdue then and is not now helps nobody.
    """
    made = 0
    for audience in Audience:
        day = summary_day(audience, at)
        if day is None:
            continue
        with connection.cursor() as cursor:
            cursor.execute(_MADE, [audience, day, at])
            if cursor.rowcount:
                _note_figures(cursor, audience, at)
                made += 1
    return made


def _note_figures(cursor, audience: str, at: dt.datetime) -> None:
    topic, columns, parts, also = _SUMMARIES[audience]
    today, ahead = local_date(at), HAZARD_DAYS if audience == Audience.UNITS else -1
    params = {
        "topic": topic,
        "at": at,
        "today": today,
        "month": today + NEAR,
        "hazards_until": today + dt.timedelta(days=ahead),
    }
    cursor.execute(_FIGURES.format(columns=columns, parts=" UNION ALL ".join(parts), also=also), params)


def tell_all(*, at: dt.datetime) -> int:
    """Make the summaries that are due and tell everything whose hour has come, set by set; returns how many messages.

    One worker at a time: another one's half of a set would make two messages of one. What is told and its messages are
    one transaction.
    """
    make_summaries(at=at)
    told = 0
    try:
        while True:
            with one_at_a_time(BY, patience="10ms"):
                news = _take(at)
                told += _say(news, at)
            if not news:
                return told
    except Busy:
        return told


def _take(at: dt.datetime) -> list[_News]:
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, {"at": at, "limit": AUDIENCES})
        return [_News(*row) for row in cursor.fetchall()]


def _say(news: list[_News], at: dt.datetime) -> int:
    """Ten statements and the messages' own, however many news; one more where somebody is to mend."""
    if not news:
        return 0
    units, areas = people_to_tell(
        permission=Permission.ACKNOWLEDGE_ALERT,
        unit_ids={row.unit_id for row in news} - {None},
        area_ids={row.area_id for row in news} - {None},
        at=at,
    )
    menders = _menders(news, units, at)
    people = _people({row.person_id for row in news} - {None})
    single = _singles(news)
    sayings = []
    for row in news:
        if to := _recipients(row, menders if row.topic == Topic.HAZARD_MEND else units, areas, people):
            name, params, link = _words(row, single)
            key = f"{name}:{'u' if row.unit_id else 'a' if row.area_id else 'p'}{row.unit_id or row.area_id or ''}:{row.last}"
            sayings.append(Saying(to, f"compliance.{name}", key, params, link=link))
    return queue_messages(sayings, by=system(BY), at=at)


def _menders(news: list[_News], told: Mapping, at: dt.datetime) -> Mapping:
    """{unit: public ids} of those who mend and have not heard of the hazard as those who take note of it. One statement, none
    where nothing is to be mended."""
    ids = {row.unit_id for row in news if row.topic == Topic.HAZARD_MEND} - {None}
    if not ids:
        return {}
    units, _areas = people_to_tell(permission=Permission.MEND_HAZARD, unit_ids=ids, at=at)
    return {key: [each for each in people if each not in told.get(key, ())] for key, people in units.items()}


def _people(ids: set[int]) -> dict[int, str]:
    from accounts.models import User

    if not ids:
        return {}
    rows = User.objects.filter(pk__in=ids, is_active=True).values_list("pk", "public_id")
    return {pk: str(public_id) for pk, public_id in rows}


def _recipients(row: _News, units: Mapping, areas: Mapping, people: Mapping) -> tuple[Recipient, ...]:
    if row.unit_id:
        programs = () if row.topic == Topic.HAZARD_MEND else (unit(row.unit_id),)  # they read "hazard_found"
        return (*(person(each) for each in units.get(row.unit_id, ())), *programs)
    if row.area_id:
        return tuple(person(each) for each in areas.get(row.area_id, ()))
    return (person(people[row.person_id]),) if row.person_id in people else ()


def _singles(news: list[_News]) -> dict[tuple[str, int], tuple[str, str, str]]:
    """{(topic, id): (code, last day, link)} of alerts, obligations and hazards that are told alone. Three statements."""
    alone = [row for row in news if row.overdue == 1]
    alerts = {row.alert_id for row in alone if row.topic == Topic.OPENED} - {None}
    obligations = {row.obligation_id for row in alone if row.topic == Topic.SOON} - {None}
    hazards = {row.hazard_id for row in alone if row.topic in HAZARDS} - {None}
    found = {}
    if hazards:
        for row in Hazard.objects.filter(pk__in=hazards).select_related("elevator"):
            link = f"/due/hazards/{row.public_id}/"
            found["HAZARD", row.pk] = (row.elevator.main_code, str(row.due_on), link)
    if alerts:
        for alert in Alert.objects.filter(pk__in=alerts, elevator__isnull=False).select_related("elevator"):
            found[Topic.OPENED, alert.pk] = (alert.elevator.main_code, "", f"/due/alerts/{alert.public_id}/")
    if obligations:
        for row in Obligation.objects.filter(pk__in=obligations, elevator__isnull=False).select_related("elevator"):
            link = f"/elevators/{row.elevator.public_id}/#obligations"
            found[Topic.SOON, row.pk] = (row.elevator.main_code, str(row.due_on), link)
    return found


def _words(row: _News, single: Mapping) -> tuple[str, dict, str]:
    """(kind, parameters, link) of one message."""
    if row.topic in (Topic.DAY, Topic.WEEK):
        name, link = ("day", "/due/?when=overdue") if row.topic == Topic.DAY else ("week", "/due/overdue/")
        return name, {"overdue": row.overdue, "month": row.month, "hazards": row.hazards}, link
    if row.topic in HAZARDS:
        if row.overdue == 1 and (one := single.get(("HAZARD", row.hazard_id))):
            return f"{HAZARDS[row.topic]}_one", {"code": one[0], "due_on": one[1]}, one[2]
        turn = "done" if row.topic == Topic.HAZARD_NO else "mend"
        return HAZARDS[row.topic], {"count": row.overdue}, f"/due/hazards/?turn={turn}"
    if row.topic == Topic.SOON:
        if row.overdue == 1 and (one := single.get((Topic.SOON, row.obligation_id))):
            return "soon_one", {"code": one[0], "due_on": one[1]}, one[2]
        return "soon", {"count": row.overdue}, "/due/?when=month"
    if row.topic == Topic.OPENED:
        if row.overdue == 1 and (one := single.get((Topic.OPENED, row.alert_id))):
            return "overdue_one", {"code": one[0]}, one[2]
        return "overdue", {"count": row.overdue}, "/due/?when=overdue"
    name = "escalated" if row.topic == Topic.ESCALATED else "resolved"
    return name, {"count": row.overdue}, "/due/alerts/"
