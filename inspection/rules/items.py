"""Which items of a report are to be inspected on this elevator in this year (domain notes §5). Conditions are rows."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from inspection.rules.law import ItemCondition

APPLIES, DOES_NOT_APPLY, UNKNOWN = "APPLIES", "DOES_NOT_APPLY", "UNKNOWN"
OVER_YEARS, SUPERVISED_FROM, MADE_FROM = "OVER_YEARS", "SUPERVISED_FROM", "MADE_FROM"
BUILT_AFTER_EDITION, BRAKE_TEST_DUE = "BUILT_AFTER_EDITION", "BRAKE_TEST_DUE"


@dataclass(frozen=True, slots=True)
class ItemFacts:
    """What the conditions ask. `n`: calendar years since A (R2). `supervised_on`: the latest installation or alteration pass.

    `built_to`: the edition (year) of GB 7588 it was made to. None: not known.
    """

    n: int | None
    supervised_on: dt.date | None
    made_on: dt.date | None
    built_to: int | None
    brake_test_due: bool


@dataclass(frozen=True, slots=True)
class ItemScope:
    """Whether an item applies; `left_out` and `unknown`: those of its parts that do not, or nobody knows."""

    applies: str
    left_out: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


def holds(condition: ItemCondition, facts: ItemFacts) -> str:
    """APPLIES, DOES_NOT_APPLY, or UNKNOWN for want of a fact: what nobody knows is asked, never left out in silence."""
    given, wanted = _compared(condition, facts)
    if given is None:
        return UNKNOWN
    return APPLIES if given >= wanted else DOES_NOT_APPLY


def _compared(condition: ItemCondition, facts: ItemFacts) -> tuple:
    """(what is given, from which on it applies)."""
    if condition.condition == OVER_YEARS:  # "> 15 years" means n > 15 (§6)
        return facts.n, condition.years + 1
    if condition.condition == SUPERVISED_FROM:
        return facts.supervised_on, condition.day
    if condition.condition == MADE_FROM:
        return facts.made_on, condition.day
    if condition.condition == BUILT_AFTER_EDITION:  # not for those made to this edition or an earlier one
        return facts.built_to, condition.edition + 1
    if condition.condition == BRAKE_TEST_DUE:
        return facts.brake_test_due, True
    raise ValueError(condition.condition)


def item_scope(item: int, facts: ItemFacts, conditions: Iterable[ItemCondition]) -> ItemScope:
    """The scope of a numbered item of the report; an item without a condition applies whole.

    `conditions`: the rows of the report's kind that are in force on its conclusion date."""
    rows = [row for row in conditions if row.item == item]
    whole = [holds(row, facts) for row in rows if not row.part]
    for answer in (DOES_NOT_APPLY, UNKNOWN):
        if answer in whole:
            return ItemScope(answer)
    parts = {row.part: holds(row, facts) for row in rows if row.part}
    left_out = tuple(sorted(part for part, answer in parts.items() if answer == DOES_NOT_APPLY))
    unknown = tuple(sorted(part for part, answer in parts.items() if answer == UNKNOWN))
    applies = APPLIES
    if parts and any(row.only_parts for row in rows) and APPLIES not in parts.values():
        applies = UNKNOWN if unknown else DOES_NOT_APPLY
    return ItemScope(applies, left_out, unknown)
