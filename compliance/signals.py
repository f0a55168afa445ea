"""Questions that compliance asks and higher apps answer (common.hooks)."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise

from common.hooks import HookPoint
from compliance.rules import Planned


@dataclass(frozen=True, slots=True)
class KindSpec:
    """A kind of obligation in words. `met_by`: what ends it, as an advice. `of_units`: owed by no elevator."""

    code: str
    label: str | Promise
    overdue_label: str | Promise
    met_by: str | Promise = ""
    of_units: bool = False


@dataclass(frozen=True, slots=True)
class Reason:
    """One fact, or one row of law, from which days follow: `on` where it has a day, `detail` the clause or the source."""

    on: dt.date | None
    title: str | Promise
    detail: str | Promise = ""


@dataclass(frozen=True, slots=True)
class Planner:
    """How an app reckons what elevators owe.

    `plan(ids, today)` gives {elevator id: [Planned, …]} for every id, with everything of `kinds` up to the first period
    that is still to come; pure but for reading facts, in a fixed number of statements. `explain(elevator id, kind, period,
    today)` gives the facts and rows of law that one of them follows from, in the order in which they are reckoned.
    """

    kinds: tuple[KindSpec, ...]
    plan: Callable[[Sequence[int], dt.date], dict[int, list[Planned]]]
    explain: Callable[[int, str, str, dt.date], list[Reason]] | None = None


def _planner() -> Planner:
    """What an app plans for elevators (compliance.actions.replan asks it)."""


@dataclass(frozen=True, slots=True)
class NextStep:
    """How the doing of an obligation stands, and what this actor can do about it: `state` in words with its `colour` and an
    address to look at; `verb` with the address where it is done, '' where it is not theirs to do; `verb_stop` instead of it
    where the elevator must not be used until it is done. `about`: what it is about besides its subject, for the page of the
    alert: as a person whom the actor may see."""

    state: str | Promise = ""
    colour: str = ""
    state_url: str = ""
    verb: str | Promise = ""
    url: str = ""
    verb_stop: str | Promise = ""
    about: str = ""


def _next_steps(actor, rows, today) -> dict[int, NextStep]:
    """{obligation's key: its step} for those of `rows` (with their elevators) that the app knows of; at most two statements."""


__all__ = ["NEXT_STEPS", "PLANNERS", "KindSpec", "NextStep", "Planned", "Planner", "Reason"]

PLANNERS = HookPoint("compliance.planners", _planner)
NEXT_STEPS = HookPoint("compliance.next_steps", _next_steps)
