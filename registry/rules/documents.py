"""Documents of the e-file: the nine parts and what is missing (TSG 08-2017 §2.5 as remembered; the rows say how certain)."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

# between two parties: read by them, the using unit and those who supervise (our own decision)
CONFIDENTIAL = frozenset({"MAINTENANCE_CONTRACT", "PROPERTY_CONTRACT"})
# of these the unit that maintains is a party or stranger to
OF_MAINTENANCE = frozenset({"MAINTENANCE_CONTRACT"})


class DatesBackwards(ValueError):
    """The end of a document's validity lies before its beginning."""


class SignedLater(ValueError):
    """A document cannot be signed after the day on which it is filed."""


@dataclass(frozen=True, slots=True)
class Item:
    """One kind of document as the law has it on a day: its part, and whether every elevator in use must have it."""

    kind: str
    part: int
    required: bool


@dataclass(frozen=True, slots=True)
class KindLine:
    """A kind within its part: `state` is IN_FORCE, EXPIRED, MISSING (required and not there) or NONE."""

    kind: str
    required: bool
    state: str
    documents: tuple
    count: int  # of the kind in all; `documents` may be the last of them


@dataclass(frozen=True, slots=True)
class PartLine:
    number: int
    kinds: tuple[KindLine, ...]

    @property
    def wanting(self) -> tuple[KindLine, ...]:
        """What must be there and is not, or no longer in force."""
        return tuple(line for line in self.kinds if line.required and line.state in ("MISSING", "EXPIRED"))

    @property
    def count(self) -> int:
        return sum(line.count for line in self.kinds)


def require_sound_dates(
    *, signed_on: dt.date | None, valid_from: dt.date | None, valid_until: dt.date | None, today: dt.date
) -> None:
    """Raise DatesBackwards, SignedLater."""
    if valid_until is not None and valid_from is not None and valid_until < valid_from:
        raise DatesBackwards
    if signed_on is not None and signed_on > today:
        raise SignedLater


def state_of(document, today: dt.date) -> str:
    """WITHDRAWN, SUPERSEDED, FUTURE, EXPIRED or IN_FORCE on a day; the last day of validity still counts."""
    if document.withdrawn_at is not None:
        return "WITHDRAWN"
    if document.superseded_by_id is not None:
        return "SUPERSEDED"
    if document.valid_from is not None and document.valid_from > today:
        return "FUTURE"
    if document.valid_until is not None and document.valid_until < today:
        return "EXPIRED"
    return "IN_FORCE"


def parts(items: Iterable[Item], documents: Iterable, today: dt.date) -> list[PartLine]:
    """The parts in order with their kinds; `documents` are those that stand (neither superseded nor withdrawn)."""
    by_kind: dict[str, list] = {}
    for document in documents:
        by_kind.setdefault(document.kind, []).append(document)
    lines: dict[int, list[KindLine]] = {}
    for item in items:
        there = tuple(by_kind.get(item.kind, ()))
        count = max((getattr(document, "of_kind", len(there)) for document in there), default=0)
        lines.setdefault(item.part, []).append(
            KindLine(item.kind, item.required, _kind_state(item, there, today), there, count)
        )
    return [PartLine(number, tuple(lines[number])) for number in sorted(lines)]


def _kind_state(item: Item, there: tuple, today: dt.date) -> str:
    if any(state_of(document, today) == "IN_FORCE" for document in there):
        return "IN_FORCE"
    if any(state_of(document, today) == "EXPIRED" for document in there):
        return "EXPIRED"
    return "MISSING" if item.required else "NONE"
