"""When whom is told of what: our own policy (inspection.md §7, oversight.md §5, certainty D). No clock, no database."""

import datetime as dt
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
HOUR = 8  # when the day's news are told; a person's own quiet hours and summary come on top (common.messages)
MONDAY = 0
AT_ONCE = frozenset({"OPENED"})


def hour_of(day: dt.date) -> dt.datetime:
    """The moment of a day in Nanjing at which its news are told."""
    return dt.datetime.combine(day, dt.time(HOUR), SHANGHAI).astimezone(dt.UTC)


def tell_at(topic: str, at: dt.datetime) -> dt.datetime:
    """When news that come up at `at` are told: what is overdue since today at once, everything else at the next HOUR."""
    if topic in AT_ONCE:
        return at
    today = hour_of(at.astimezone(SHANGHAI).date())
    return today if at < today else hour_of(at.astimezone(SHANGHAI).date() + dt.timedelta(days=1))


def summary_day(audience: str, at: dt.datetime) -> dt.date | None:
    """The day whose summary is to be made at `at`: for units today's from HOUR on, for areas that of the last Monday.

    Units: None before HOUR; yesterday's is no longer of use. A week's summary is made late rather than not at all.
    """
    local = at.astimezone(SHANGHAI)
    if audience == "UNITS":
        return local.date() if local.hour >= HOUR else None
    day = local.date() if local.hour >= HOUR else local.date() - dt.timedelta(days=1)
    return day - dt.timedelta(days=(day.weekday() - MONDAY) % 7)
