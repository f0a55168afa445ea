"""Use registration: which step follows which, from which state of the elevator, what an application must say, and until when.

特种设备安全法 art. 33: before use or within 30 days after. The rest of TSG 08-2017 is from memory and TSG 08-2026 may differ
(domain notes §1, §3): terms and needs therefore come as dated rows with their certainty.
"""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from registry.rules.states import TRANSITIONS

# (state, step) → state. Everything else is refused.
STEPS = {
    ("DRAFT", "submit"): "SUBMITTED",
    ("RETURNED", "submit"): "SUBMITTED",
    ("SUBMITTED", "accept"): "UNDER_REVIEW",
    ("SUBMITTED", "return"): "RETURNED",
    ("UNDER_REVIEW", "return"): "RETURNED",
    ("UNDER_REVIEW", "approve"): "APPROVED",
    ("SUBMITTED", "refuse"): "REFUSED",
    ("UNDER_REVIEW", "refuse"): "REFUSED",
    ("RETURNED", "refuse"): "REFUSED",  # what is never mended must not block the elevator for ever
    ("DRAFT", "withdraw"): "WITHDRAWN",
    ("SUBMITTED", "withdraw"): "WITHDRAWN",
    ("RETURNED", "withdraw"): "WITHDRAWN",
    ("UNDER_REVIEW", "withdraw"): "WITHDRAWN",
}
EDITABLE = frozenset({"DRAFT", "RETURNED"})

# the states of the elevator from which each kind makes sense
FROM_STATES = {
    "REGISTER": frozenset({"UNREGISTERED"}),
    "CHANGE": frozenset({"IN_USE", "OUT_OF_USE"}),
    "STOP": frozenset({"IN_USE"}),
    "RESTART": frozenset({"OUT_OF_USE"}),
    "TRANSFER": frozenset({"IN_USE", "OUT_OF_USE"}),
    "RELOCATE": frozenset({"IN_USE", "OUT_OF_USE"}),
    "SCRAP": frozenset({"IN_USE", "OUT_OF_USE", "SCRAPPED"}),
}
TO_STATE = {"REGISTER": "IN_USE", "STOP": "OUT_OF_USE", "RESTART": "IN_USE"}
# what the regulator has sealed is not put into use by an application (our own decision)
NOT_WHILE_SEALED = frozenset({"REGISTER", "RESTART"})
# the day from which the using unit's own term runs
BASIS = {
    "REGISTER": "used_from",
    "CHANGE": "changed_on",
    "STOP": "stopped_on",
    "TRANSFER": "handover_on",
    "RELOCATE": "moved_on",
    "SCRAP": "scrapped_on",
}
ENDINGS = ("SCRAPPED", "DEREGISTERED")
LONGEST_TEXT = 500


@dataclass(frozen=True, slots=True)
class Field:
    """What an answer is: DATE, TEXT, UNIT (credit code), AREA (code), ENDING, CHECK. `past`: not after today."""

    form: str
    past: bool = False  # the day is not still to come
    ahead: bool = False  # the day is not over


FIELDS = {
    "used_from": Field("DATE"),  # before use or after
    "changed_on": Field("DATE", past=True),
    "work": Field("TEXT"),
    "stopped_on": Field("DATE"),
    "stopped_until": Field("DATE"),
    "reason": Field("TEXT"),
    "protection": Field("TEXT"),
    "self_checked_on": Field("DATE", past=True),
    "next_inspection_on": Field("DATE", ahead=True),  # it is printed on the use label
    "new_unit": Field("UNIT"),
    "handover_on": Field("DATE", past=True),
    "area": Field("AREA"),
    "address": Field("TEXT"),
    "building": Field("TEXT"),
    "moved_on": Field("DATE", past=True),
    "ending": Field("ENDING"),
    "scrapped_on": Field("DATE", past=True),
    "function_removed": Field("CHECK"),
}


class WrongStep(ValueError):
    """This step does not follow from the present state."""


@dataclass(frozen=True, slots=True)
class Need:
    """One row of what a kind needs. `target`: FIELD or DOCUMENT."""

    target: str
    name: str
    required: bool
    applies: str = "ALWAYS"


@dataclass(frozen=True, slots=True)
class Term:
    name: str
    kind: str
    days: int
    id: int = 0


@dataclass(frozen=True, slots=True)
class Remark:
    """What is to be mended and why; `was`: what stood there when it was returned (None: not kept), `now`: what stands there.

    `reply`: what the unit says of it. Answers as `said` gives them, documents by their ids.
    """

    target: str
    name: str
    reason: str
    was: list | None
    now: list
    reply: str = ""
    id: int = 0

    @property
    def changed(self) -> bool | None:
        """None when nobody kept what stood there."""
        return None if self.was is None else self.was != self.now

    @property
    def unanswered(self) -> bool:
        """Neither mended nor replied to: the regulator would read the same again (our own decision)."""
        return self.changed is False and not self.reply

    @property
    def state(self) -> str:
        if self.changed:
            return "CHANGED"
        return "REPLIED" if self.reply else "STANDS"


def said(name: str, raw) -> list:
    """An answer for comparing: [] for none; blanks do not make another of it."""
    if raw in (None, "", False):
        return []
    if FIELDS[name].form == "CHECK":
        return [True]
    text = " ".join(str(raw).split())
    return [text] if text else []


def next_state(state: str, step: str) -> str:
    """Raise WrongStep unless `step` may be taken."""
    try:
        return STEPS[(state, step)]
    except KeyError as error:
        raise WrongStep(f"{step} from {state}") from error


def why_not(kind: str, *, state: str, flags: Collection[str], ending: str = "") -> str:
    """'' when an application of this kind fits the elevator, else 'state' or 'sealed'."""
    if state not in FROM_STATES[kind]:
        return "state"
    if ending and ending not in TRANSITIONS[state]:
        return "state"
    return "sealed" if kind in NOT_WHILE_SEALED and "SEALED" in flags else ""


def needs_of(needs: Iterable[Need], *, stopped_days: int | None, stopped_long: int | None) -> list[Need]:
    """The needs that apply: STOPPED_LONG ones only after `stopped_long` days out of use."""
    long = stopped_days is not None and stopped_long is not None and stopped_days >= stopped_long
    return [need for need in needs if need.applies == "ALWAYS" or long]


def read_answers(needs: Iterable[Need], answers: Mapping, *, today: dt.date) -> tuple[dict, dict[str, str]]:
    """(values, faults) of what was typed: dates as dates, the rest as text or True; a fault is required, form, future or over.

    Never raises, whatever `answers` hold: drafts are kept as typed.
    """
    values, faults = {}, {}
    for need in needs:
        if need.target != "FIELD":
            continue
        raw = answers.get(need.name)
        if raw in (None, "", False) or (isinstance(raw, str) and not raw.strip()):
            if need.required:
                faults[need.name] = "required"
            continue
        value, fault = _read(FIELDS[need.name], raw, today)
        if fault:
            faults[need.name] = fault
        else:
            values[need.name] = value
    later, earlier = values.get("stopped_until"), values.get("stopped_on")
    if later and earlier and later <= earlier:  # out of use for no day at all
        faults["stopped_until"] = "backwards"
    return values, faults


def _read(field: Field, raw, today: dt.date):
    if field.form == "CHECK":
        return True, "" if raw in (True, "on", "true", "1") else "form"
    if not isinstance(raw, str) or len(raw) > LONGEST_TEXT or "\x00" in raw:
        return None, "form"
    text = raw.strip()
    if field.form == "ENDING":
        return text, "" if text in ENDINGS else "form"
    if field.form != "DATE":
        return text, ""
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        return None, "form"
    if not 1900 <= day.year <= 2199:
        return None, "form"
    if field.ahead and day < today:
        return None, "over"
    return day, "future" if field.past and day > today else ""


def missing_documents(needs: Iterable[Need], kinds: Collection[str]) -> list[str]:
    """Kinds of documents that must be there and are not."""
    return [need.name for need in needs if need.target == "DOCUMENT" and need.required and need.name not in kinds]


def term_of(terms: Iterable[Term], name: str, kind: str) -> Term | None:
    """The term of a kind, else the one for every kind; of several the last."""
    fits = [term for term in terms if term.name == name and term.kind in ("", kind)]
    return max(fits, key=lambda term: (term.kind != "", term.id), default=None)


def apply_due_on(kind: str, values: Mapping, term: Term | None) -> dt.date | None:
    """The last day on which the using unit applies in time; the day of the event itself does not count."""
    basis = values.get(BASIS.get(kind, ""))
    return basis + dt.timedelta(days=term.days) if basis and term else None


def certificate_prefix(class_code: str, letters: str) -> str:
    """梯 + 2nd and 3rd digit of the class + province and city: 3110 and 苏A → 梯11苏A (domain notes §2)."""
    return f"梯{class_code[1:3]}{letters}"


def certificate_number(prefix: str, serial: int, year: int) -> str:
    """Serial of at least 4 digits, year of two: 梯11苏A0001(26)."""
    return f"{prefix}{serial:04d}({year % 100:02d})"
