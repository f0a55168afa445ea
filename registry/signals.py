"""News that higher apps may hear, and questions that they answer (common.hooks)."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise

from common.hooks import HookPoint, Panel
from common.scoping import may


def _panel(actor, elevator, at) -> "Panel | None":
    """A panel about `elevator`, which `actor` may see; None when there is nothing for this actor."""


EFILE_PANELS = HookPoint("registry.efile_panels", _panel)


@dataclass(frozen=True, slots=True)
class EventWords:
    """What an event says beyond its kind, and where on the platform more of it stands ("" : nowhere)."""

    detail: str
    url: str = ""


def _event_words(actor, events) -> "dict[int, EventWords]":
    """What an app says of those of these life events that it wrote itself, by key, as far as `actor` may know it. A statement
    at most, none where none is its own."""


EVENT_WORDS = HookPoint("registry.event_words", _event_words)


@dataclass(frozen=True, slots=True)
class PublicFact:
    """One more thing on the page that a plate leads to. `sql`: a scalar SELECT about the elevator `e` at the moment
    `%(at)s`, without parameters of its own: it becomes a column of the one statement. NULL says nothing. `read` makes of
    the column what the portal has words for (jsonb arrives as text).
    """

    key: str
    sql: str
    read: Callable = lambda value: value


def _public_fact() -> "PublicFact":
    """What an app tells everybody about an elevator; the portal has the words for each key."""


PUBLIC_FACTS = HookPoint("registry.public_facts", _public_fact)


def _plate_screen(actor, plate, text, at) -> str:
    """Where `actor` goes who scanned the Nameplate `plate` (`text`: what it says); '' leaves it to the next app, and in
    the end to the public page. At most a few statements; first answer wins."""


PLATE_SCREENS = HookPoint("registry.plate_screens", _plate_screen)


@dataclass(frozen=True, slots=True)
class ElevatorMark:
    """One word that another app has for each elevator, where people look for elevators: a column and a filter of the list,
    columns of its export, colours of the map. Only for those whose role carries `permission`, and only on the rows that it
    reaches. `choices()`: (value, label); `states`: value → state of a badge, the gravest first.

    `narrow(elevators, actor, value, area)` leaves those with this value that the actor may know of (`area`: the Area that
    the list is narrowed to, or None, for rows that repeat an elevator's places). `values(ids, actor)` gives {id: value} in
    one statement. `tally(elevators, by, actor)` counts those of `elevators` by `by(path)` and value: rows (*by, value, count)
    in one statement, `path` being what leads to Elevator in the app's own lookups; None: the map has no colours of it.
    `columns(actor)` are those of an export, as expressions over Elevator. `extra`: its column stands in the list for those
    alone who choose it.
    """

    name: str
    label: str | Promise
    permission: object
    choices: Callable[[], list]
    states: dict[str, str]
    narrow: Callable
    values: Callable
    tally: Callable | None
    columns: Callable
    extra: bool = False

    def badges(self, ids, actor) -> dict[int, tuple]:
        """{id: (label, state)} of those that the actor may know of. One statement."""
        labels = dict(self.choices())
        return {pk: (labels[value], self.states[value]) for pk, value in self.values(ids, actor).items()}


def _elevator_mark() -> "ElevatorMark":
    """What an app says about elevators in their list and its export."""


ELEVATOR_MARKS = HookPoint("registry.elevator_marks", _elevator_mark)


def marks_for(actor) -> "list[ElevatorMark]":
    """What other apps say about elevators to this actor."""
    return [mark for registration in ELEVATOR_MARKS if may(actor, (mark := registration.answer()).permission)]


def tallied_for(actor) -> "list[ElevatorMark]":
    """Those of which the map has colours."""
    return [mark for mark in marks_for(actor) if mark.tally is not None]
