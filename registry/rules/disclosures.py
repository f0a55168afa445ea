"""Publishing what elevators earn and cost (宁政办发〔2019〕34号 §9). Money in integer fen; days in Nanjing."""

import datetime as dt
from decimal import Decimal

COSTS = ("maintenance", "repair", "inspection", "insurance", "other")
LONGEST = dt.timedelta(days=366)  # longer than a year hides what a year was like
MOST_FEN = 10**12


class PeriodError(ValueError):
    """A period that cannot be published. `reason`: backwards, unfinished, long."""

    def __init__(self, reason: str):
        self.reason = reason
        super().__init__(reason)


def require_sound_period(first: dt.date, last: dt.date, *, today: dt.date) -> None:
    """Both days count. Raises PeriodError."""
    if last < first:
        raise PeriodError("backwards")
    if last > today:
        raise PeriodError("unfinished")
    if last - first >= LONGEST:
        raise PeriodError("long")


def fen(yuan: Decimal) -> int:
    """Yuan as people write them, at most two decimals, in fen. ValueError for anything finer."""
    whole = yuan * 100
    if whole != whole.to_integral_value():
        raise ValueError("finer than a fen")
    return int(whole)


def yuan(fen: int) -> Decimal:
    """With both decimals."""
    return Decimal(fen).scaleb(-2)


def wanting_since(today: dt.date, *, months: int) -> dt.date:
    """A publication must reach this day or a later one, when one is due every `months`."""
    month = today.year * 12 + today.month - 1 - months
    year, place = divmod(month, 12)
    for day in range(today.day, 27, -1):
        try:
            return dt.date(year, place + 1, day)
        except ValueError:  # the month is shorter
            continue
    return dt.date(year, place + 1, min(today.day, 28))
