"""Which items of a report are to be inspected on this elevator in this year (domain notes §5). Conditions are rows."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from inspection.rules.law import ItemCondition

APPLIES, DOES_NOT_APPLY, UNKNOWN = "APPLIES", "DOES_NOT_APPLY", "UNKNOWN"
OVER_YEARS, SUPERVISED_FROM, MADE_FROM = "OVER_YEARS", "SUPERVISED_FROM", "MADE_FROM"
BUILT_AFTER_EDITION, BRAKE_TEST_DUE, OF_CLASSES = "BUILT_AFTER_EDITION", "BRAKE_TEST_DUE", "OF_CLASSES"


@dataclass(frozen=True, slots=True)
class ItemFacts:
    """What the conditions ask. `n`: calendar years since A (R2). `supervised_on`: the latest installation or alteration pass.

    `built_to`: the edition (year) of GB 7588 it was made to. `class_code`: of the special equipment catalogue. None: not known.
    """

    n: int | None
    supervised_on: dt.date | None
    made_on: dt.date | None
    built_to: int | None
    brake_test_due: bool | None
    class_code: str | None = None


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
    if condition.condition == OF_CLASSES:
        return facts.class_code and facts.class_code in condition.class_codes, True
    raise ValueError(condition.condition)


def conditions_of(item: int | None, conditions: Iterable[ItemCondition], code: str = "") -> list[ItemCondition]:
    """The rows about an item: by its number on the report or, where it has none, by its code in the catalogue."""
    return [row for row in conditions if (row.code == code if row.code else row.item == item is not None)]


def whole_refusals(rows: Iterable[ItemCondition], facts: ItemFacts) -> list[ItemCondition]:
    """Of the rows about an item that does not apply, those that say so: of the whole, else of all that it consists of."""
    failing = [row for row in rows if holds(row, facts) == DOES_NOT_APPLY]
    return [row for row in failing if not row.part] or failing


def item_scope(item: int | None, facts: ItemFacts, conditions: Iterable[ItemCondition], code: str = "") -> ItemScope:
    """The scope of an item of the report; one without a condition applies whole.

    `conditions`: the rows of the report's kind that are in force on its conclusion date."""
    rows = conditions_of(item, conditions, code)
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
