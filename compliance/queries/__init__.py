"""Questions about what is due: policies, kinds, planners."""

import datetime as dt

from compliance.models import AlertPolicy
from compliance.queries.duty_words import DUTY_KINDS
from compliance.rules import Policy
from compliance.signals import PLANNERS, KindSpec, Planner


def planners() -> list[Planner]:
    return [registration.answer() for registration in PLANNERS]


def kinds() -> dict[str, KindSpec]:
    """Every kind of obligation that some app plans, by its code, and those of using units."""
    return {kind.code: kind for planner in planners() for kind in planner.kinds} | {
        str(kind.code): kind for kind in DUTY_KINDS
    }


class Policies:
    """The policy rows of one day: the row of a kind, else the one of every kind."""

    def __init__(self, rows: dict[str, Policy]):
        self._rows = rows

    def __getitem__(self, kind: str) -> Policy:
        return self._rows.get(kind) or self._rows[""]

    def items(self):
        return self._rows.items()


def policies_on(day: dt.date) -> Policies:
    """What is in force on `day`. One statement. Raises LookupError when no row covers every kind."""
    rows: dict[str, Policy] = {}
    found = AlertPolicy.objects.filter(valid_from__lte=day).exclude(valid_until__lt=day).order_by("valid_from")
    for row in found:  # a later one takes the place of an earlier one
        rows[row.kind] = Policy(
            tuple(row.warn_days),
            tuple((days, level) for days, level in row.ladder),
            severity=row.severity,
            version=f"{row.kind or '*'} {row.valid_from}",
        )
    if "" not in rows:
        raise LookupError(f"no alert policy covers every kind on {day}")
    return Policies(rows)
