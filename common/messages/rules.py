"""When and how a message goes out: quiet hours, daily summaries, waits between attempts. No Django, no clock.

Our own rules, certainty D: no regulation says when somebody may be written to.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
QUIET_FROM, QUIET_UNTIL = dt.time(22), dt.time(7)
# Groups that reach people who never chose; everything is in the inbox anyway.
USUAL_CHANNELS: Mapping[str, tuple[str, ...]] = {"ALERT": ("SMS",)}
# Ten tries of an ordinary message take about two and a half hours, of an urgent one some minutes (test_rules).
FIRST_WAIT, LONGEST_WAIT = dt.timedelta(seconds=30), dt.timedelta(hours=1)
FIRST_URGENT_WAIT, LONGEST_URGENT_WAIT = dt.timedelta(seconds=5), dt.timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Preferences:
    """How one person wants to be told. `channels`: {group: channels}; a group left out has the usual ones.

    Quiet hours are half-open, in Nanjing, and may span midnight; none when both ends are the same. `digest_hour`: one
    summary a day at this hour; None: each message at once.
    """

    channels: Mapping[str, Iterable[str]] | None = None
    quiet_from: dt.time = QUIET_FROM
    quiet_until: dt.time = QUIET_UNTIL
    digest_hour: int | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """When a message goes out; `digest`: in the summary of that moment rather than by itself."""

    due_at: dt.datetime
    digest: bool = False


def channels_for(group: str, chosen: Preferences, *, emergency: bool, offered: Iterable[str]) -> list[str]:
    """The channels beside the inbox, in the order offered. An emergency takes every way there is."""
    wanted = (chosen.channels or {}).get(group, USUAL_CHANNELS.get(group, ()))
    return [channel for channel in offered if emergency or channel in wanted]


def is_quiet(at: dt.datetime, chosen: Preferences) -> bool:
    """Does this moment lie in the person's quiet hours?"""
    start, end, now = chosen.quiet_from, chosen.quiet_until, at.astimezone(SHANGHAI).time()
    return start <= now < end if start <= end else now >= start or now < end


def after_quiet(at: dt.datetime, chosen: Preferences) -> dt.datetime:
    """`at`, or the end of the quiet hours that it lies in."""
    if not is_quiet(at, chosen):
        return at
    end = at.astimezone(SHANGHAI).replace(
        hour=chosen.quiet_until.hour, minute=chosen.quiet_until.minute, second=0, microsecond=0
    )
    return (end if end > at else end + dt.timedelta(days=1)).astimezone(dt.UTC)


def next_digest(at: dt.datetime, chosen: Preferences) -> dt.datetime:
    """The first daily summary after `at`; an hour that is quiet waits for the end of the quiet hours."""
    local = at.astimezone(SHANGHAI)
    for day in (-1, 0, 1, 2):  # yesterday's may have waited for the end of the night
        there = (local + dt.timedelta(days=day)).replace(hour=chosen.digest_hour, minute=0, second=0, microsecond=0)
        if (due := after_quiet(there, chosen)) > at:
            return due.astimezone(dt.UTC)
    raise AssertionError("a day has a digest hour")


def plan(at: dt.datetime, chosen: Preferences, *, emergency: bool) -> Plan:
    """When a message of this moment goes out to somebody who chose so. An emergency: now, whatever they chose."""
    if emergency:
        return Plan(at)
    if chosen.digest_hour is not None:
        return Plan(next_digest(at, chosen), digest=True)
    return Plan(after_quiet(at, chosen))


def digest_day(due_at: dt.datetime) -> dt.date:
    """The day in Nanjing whose summary it is: one per person and day."""
    return due_at.astimezone(SHANGHAI).date()


def wait_after(attempts: int, *, emergency: bool, jitter: float) -> dt.timedelta:
    """How long to wait after so many attempts (1 or more): twice as long each time, up to a limit.

    `jitter` from 0 to 1 takes up to half of it away, so that what failed together does not come back together.
    """
    first, longest = (FIRST_URGENT_WAIT, LONGEST_URGENT_WAIT) if emergency else (FIRST_WAIT, LONGEST_WAIT)
    whole = min(first * 2 ** min(attempts - 1, 20), longest)
    return whole * (1 - jitter / 2)
