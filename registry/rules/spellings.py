"""Spellings of manufacturers: which probably mean the same. Proposals only; people confirm them."""

import re
import unicodedata
from collections.abc import Mapping
from typing import NamedTuple

# Words that say what kind of firm it is and not which.
_KIND_WORDS = frozenset(
    {
        *("CO", "COMPANY", "CORP", "CORPORATION", "INC", "LTD", "LIMITED", "LLC"),
        *("GMBH", "AG", "SA", "THE", "OF", "AND", "ELEVATOR", "ELEVATORS"),
        *("ELEV", "ELEVS", "ELGV", "LIFT", "LIFTS", "ESCALATOR", "INDUSTRIES", "INTERNATIONAL"),
        *("INTL"),
    }
)
_KIND_SIGNS = re.compile("股份|有限|责任|公司|集团|电梯|扶梯|机电|设备|制造|工业|中国|[()（）]")
LIKELY = 0.6  # trigram similarity from which two spellings are proposed as one


class Proposal(NamedTuple):
    """`spelling` probably means `name`; `likeness` from 0 to 1."""

    spelling: str
    name: str
    likeness: float


def folded(spelling: str) -> str:
    """What of a spelling tells one manufacturer from another: no case, width, punctuation, kind of firm."""
    text = unicodedata.normalize("NFKC", spelling).upper()
    text = _KIND_SIGNS.sub(" ", text)
    words = [word for word in re.split(r"[^\w]+", text) if word and word not in _KIND_WORDS]
    return " ".join(words)


def likeness(one: str, other: str) -> float:
    """Shared trigrams of two folded spellings, 0 to 1; short ones by their beginning."""
    if one == other:
        return 1.0 if one else 0.0
    first, second = _trigrams(one), _trigrams(other)
    return len(first & second) / len(first | second) if first and second else 0.0


def _trigrams(text: str) -> set[str]:
    padded = f"  {text} "
    return {padded[place : place + 3] for place in range(len(padded) - 2)} if text else set()


def propose(counts: Mapping[str, int], known: Mapping[str, str]) -> list[Proposal]:
    """For each spelling in `counts` (spelling → elevators) that is not in `known` (spelling → name), the likeliest name.

    Names are those already confirmed, then the commonest spelling of each group; a spelling that resembles none of
    them begins a group of its own and gets no proposal.
    """
    names: dict[str, str] = {}  # folded → name
    for spelling, name in known.items():
        names.setdefault(folded(name), name)
        names.setdefault(folded(spelling), name)
    proposals = []
    grams = {key: _trigrams(key) for key in names}
    for spelling in sorted(set(counts) - set(known), key=lambda spelling: (-counts[spelling], spelling)):
        key = folded(spelling)
        mine = _trigrams(key)
        best, score = "", 0.0
        if key in names:
            best, score = names[key], 1.0
        else:
            for other, theirs in grams.items():
                if not mine or not theirs:
                    continue
                alike = len(mine & theirs) / len(mine | theirs)
                if alike > score:
                    best, score = names[other], alike
        if score >= LIKELY:
            proposals.append(Proposal(spelling, best, round(score, 2)))
        elif key:
            names[key], grams[key] = spelling, mine
    return proposals
