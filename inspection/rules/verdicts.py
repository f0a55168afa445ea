"""Conclusions of reports (domain notes §4): read in both generations, never recomputed.

Signs that contradict a conclusion are a warning.
"""

import datetime as dt
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from inspection.rules.facts import FAILED, PASSED, PASSED_AFTER_RECTIFICATION
from inspection.rules.law import ContradictionRule, VerdictRule, rows_in_force

MEETS, DOES_NOT, RECTIFIED, NOT_APPLICABLE = "MEETS", "DOES_NOT", "RECTIFIED", "NOT_APPLICABLE"
# How the four signs are typed; look-alikes by their code points.
SIGNS = {"√": MEETS, "✓": MEETS, "✔": MEETS, "×": DOES_NOT, "✕": DOES_NOT, "✗": DOES_NOT, "X": DOES_NOT, "x": DOES_NOT}
SIGNS |= {"△": RECTIFIED, "▵": RECTIFIED, "\u0394": RECTIFIED}
SIGNS |= dict.fromkeys(("-", "\u2212", "\u2013", "\u2014", "\u4e00", "\u2500", "/"), NOT_APPLICABLE)


class UnknownVerdict(ValueError):
    """No rule knows this wording. `text` as it was read."""

    code = "UNKNOWN_VERDICT"

    def __init__(self, text: str):
        self.text = text
        super().__init__(text)


class UnknownSign(ValueError):
    """Not one of √ × △ −."""

    code = "UNKNOWN_SIGN"

    def __init__(self, text: str):
        self.text = text
        super().__init__(text)


@dataclass(frozen=True, slots=True)
class ItemResult:
    """The sign at one item of a report, in the order of the report."""

    code: str
    key_item: bool
    sign: str


@dataclass(frozen=True, slots=True)
class ReportWarning:
    """Something to look at. `code` is stable; `params` are what the sentence says."""

    code: str
    params: tuple[tuple[str, object], ...] = ()


def _fold(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split()).rstrip("。.")


def read_verdict(text: str, *, kind: str, generation: str, rules: Iterable[VerdictRule], on: dt.date) -> str:
    """The verdict behind a printed conclusion of a report of this kind. Blanks, width and a full stop do not matter.

    A wording of the other generation is read too: the transition mixed them. Raises UnknownVerdict.
    """
    wanted = _fold(text)
    fits = [rule for rule in rows_in_force(rules, on) if rule.kind == kind and rule.text == wanted]
    if not fits:
        raise UnknownVerdict(text)
    return max(fits, key=lambda rule: (rule.generation == generation, rule.valid_from)).verdict


def read_sign(text: str) -> str:
    """MEETS √, DOES_NOT ×, RECTIFIED △ or NOT_APPLICABLE −; raises UnknownSign."""
    try:
        return SIGNS[text.strip()]
    except KeyError as error:
        raise UnknownSign(text) from error


def expected_verdict(
    items: Sequence[ItemResult], rule: ContradictionRule, *, supervised_use: bool, notice: bool
) -> str:
    """What a report checker would say (Ningxia, [V1 code]); for warnings only."""
    refused = [item for item in items if item.sign == DOES_NOT]
    if any(item.key_item for item in refused):
        return FAILED
    if not refused:
        return PASSED
    general = sum(not item.key_item and item.sign in (DOES_NOT, RECTIFIED) for item in items)
    if general <= rule.most_general_items and supervised_use and notice:
        return PASSED_AFTER_RECTIFICATION
    return FAILED


def contradictions(
    verdict: str, items: Sequence[ItemResult], rule: ContradictionRule | None, *, supervised_use: bool, notice: bool
) -> tuple[ReportWarning, ...]:
    """Warnings about a report, none of which changes its verdict (§4). `supervised_use`: the unit promises 监护使用;
    `notice`: the number of the 检验意见通知书 is noted. No rule (older reports, self-tests): nothing to compare with."""
    if rule is None or not items:
        return ()
    found = []
    expected = expected_verdict(items, rule, supervised_use=supervised_use, notice=notice)
    if verdict != expected:
        signs = {sign: sum(item.sign == sign for item in items) for sign in (DOES_NOT, RECTIFIED)}
        params = (
            ("stated", verdict),
            ("expected", expected),
            ("refused", signs[DOES_NOT]),
            ("rectified", signs[RECTIFIED]),
        )
        found.append(ReportWarning("VERDICT_CONTRADICTS_ITEMS", params))
    if later := _tested_after_balance(items, rule):
        found.append(ReportWarning("TESTED_AFTER_BALANCE_FAILED", (("items", later),)))
    return tuple(found)


def _tested_after_balance(items: Sequence[ItemResult], rule: ContradictionRule) -> tuple[str, ...]:
    """Balance factor × → all later tests are − (§4)."""
    codes = [item.code for item in items]
    if rule.balance_code not in codes:
        return ()
    place = codes.index(rule.balance_code)
    if items[place].sign != DOES_NOT:
        return ()
    later = items[place + 1 :]
    return tuple(item.code for item in later if item.code.startswith(rule.test_prefix) and item.sign != NOT_APPLICABLE)
