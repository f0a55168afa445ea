"""The life of a complaint: who may do what next, what it is called outside, when it sounds like an emergency."""

import re
import unicodedata

OPEN = frozenset({"RECEIVED", "ASSIGNED", "RETURNED", "ANSWERED"})
WANTS_ANSWER = frozenset({"RECEIVED", "ASSIGNED", "RETURNED"})
JUDGED = frozenset({"REVIEWED", "CLOSED"})
NEARBY_DAYS = 30  # the same place and category within so many days is shown before another is sent [D]
RATED_FOR_DAYS = 90  # how long after the review somebody may still say how satisfied they are [D]
CLOSES_AFTER_DAYS = 10  # days between review and the end, in which the complainant may rate [D]

STEPS: dict[tuple[str, str], str] = {
    **{(state, "assign"): "ASSIGNED" for state in WANTS_ANSWER},
    **{(state, "answer"): "ANSWERED" for state in WANTS_ANSWER},
    ("ANSWERED", "return"): "RETURNED",
    ("ANSWERED", "review"): "REVIEWED",
    ("REVIEWED", "close"): "CLOSED",
    **{(state, "duplicate"): "DUPLICATE" for state in OPEN},
    **{(state, "transfer"): "TRANSFERRED" for state in OPEN},
    ("TRANSFERRED", "take_back"): "ASSIGNED",  # only what nobody outside has taken over (actions.forwarding)
}


class ComplaintRefused(ValueError):
    """Why a step cannot be taken. `reason`: not_now, same_person, not_open, itself, other_place, not_judged, not_a_grade."""

    def __init__(self, reason: str):
        self.reason = reason
        super().__init__(reason)


def after(state: str, step: str) -> str:
    """The state that a step leads to. Raises ComplaintRefused('not_now')."""
    if (state, step) not in STEPS:
        raise ComplaintRefused("not_now")
    return STEPS[state, step]


def steps_from(state: str) -> list[str]:
    """What may be done now, in the order in which it usually comes."""
    order = ("answer", "assign", "review", "return", "close", "duplicate", "transfer")
    return [step for step in order if (state, step) in STEPS]


def require_somebody_else(answered_by: str, reviewer: str) -> None:
    """An answer is judged by another person than who gave it. Raises ComplaintRefused('same_person')."""
    if answered_by == reviewer:
        raise ComplaintRefused("same_person")


def require_grade(stars: int) -> None:
    """Satisfaction is 1 to 5 (emergency.md §7, the same scale as after a rescue)."""
    if not 1 <= stars <= 5:
        raise ComplaintRefused("not_a_grade")


# Words that may mean that somebody needs help now. Better too many: they only put the alarm number first. `(?<!…)` keeps
# "trapdoor" and "被困扰" apart from people.
_EMERGENCY = re.compile(
    r"困在|被困(?!扰)|关在|出不来|受伤|伤人|流血|骨折|摔伤|夹伤|夹住|坠落|救命|昏迷|昏倒"
    r"|\btrapped\b|\bstuck (?:in|inside)\b|\bcan(?:no|')?t get out\b|\binjur|\bhurt\b|\bbleeding\b|\bcrushed\b|\bhelp me\b"
)


def speaks_of_emergency(text: str) -> bool:
    """Does a text say that somebody is trapped or hurt? Written in either language, full or half width."""
    return bool(_EMERGENCY.search(unicodedata.normalize("NFKC", text).lower().replace("’", "'")))


# Crockford's alphabet: no I, L, O, U, so that a number read over the phone is typed right.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
TRACKING_LENGTH = 16  # 80 bits: nobody guesses another's
_LOOKS_LIKE = str.maketrans({"O": "0", "I": "1", "L": "1"})


def tracking_number(secret: bytes) -> str:
    """The tracking number of 80 secret bits."""
    number = int.from_bytes(secret[:10])
    return "".join(ALPHABET[(number >> (5 * place)) & 31] for place in reversed(range(TRACKING_LENGTH)))


def tracking_typed(text: str) -> str:
    """A typed or read tracking number in its one form; '' for what is none."""
    folded = unicodedata.normalize("NFKC", text).upper().translate(_LOOKS_LIKE)
    number = re.sub(r"[\s\-]", "", folded)
    return number if len(number) == TRACKING_LENGTH and set(number) <= set(ALPHABET) else ""


def tracking_spoken(number: str) -> str:
    """In groups of four, as it is shown."""
    return "-".join(number[start : start + 4] for start in range(0, len(number), 4))
