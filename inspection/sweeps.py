"""Work of this app that lies in rows until somebody looks (common.sweeps)."""

import datetime as dt

from django.db.models import Min
from django.utils.translation import gettext_lazy as _

from common.clock import SHANGHAI, local_date
from common.sweeps import Sweep
from inspection.actions.applications import end_of_gone, of_gone
from inspection.actions.law_changes import lapse_due, passed


def ending_with_elevators() -> Sweep:
    return Sweep(
        _("Applications whose elevator is gone"), lambda at: _all(end_of_gone, at), _gone_since, dt.timedelta(days=1)
    )


def lapsing_proposals() -> Sweep:
    return Sweep(
        _("Proposed rows of law whose day has passed"),
        lambda at: _all(lapse_due, at),
        _passed_since,
        dt.timedelta(days=1),
    )


def _all(some, at: dt.datetime) -> int:
    total = 0
    while done := some(at=at):
        total += done
    return total


def _gone_since(_at: dt.datetime) -> dt.datetime | None:
    return of_gone().aggregate(since=Min("elevator__registration_state_at"))["since"]


def _passed_since(at: dt.datetime) -> dt.datetime | None:
    day = passed(local_date(at)).aggregate(day=Min("valid_from"))["day"]
    return day and dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), SHANGHAI)
