"""Changing who maintains an elevator: days and moments. The using unit chooses its maintenance unit (特种设备安全法 art. 45:
maintenance by a licensed unit under contract); how long each side has to answer stands in dated rows, not here."""

import datetime as dt
from zoneinfo import ZoneInfo

NANJING = ZoneInfo("Asia/Shanghai")
FURTHEST = dt.timedelta(days=180)  # beyond half a year nobody knows whom he will have to maintain


def start_moment(day: dt.date) -> dt.datetime:
    """The first moment of a day in Nanjing, in UTC."""
    return dt.datetime.combine(day, dt.time(), NANJING).astimezone(dt.UTC)


def bad_start(day: dt.date, *, today: dt.date) -> str:
    """'' for a day on which a change may begin, else `early` (today or before) or `late`."""
    if day <= today:
        return "early"
    return "late" if day - today > FURTHEST else ""


def answer_until(starts_on: dt.date, *, at: dt.datetime, days: int) -> dt.datetime:
    """When a proposal lapses that nobody answers: after `days`, at the latest when the change would begin."""
    return min(at + dt.timedelta(days=days), start_moment(starts_on))
