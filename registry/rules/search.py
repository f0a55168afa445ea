"""How a typed text is made comparable: folded, cut into terms, terms into pairs of characters. No database.

The database folds what is stored by the same rules (migration 0012); tests/registry/test_search_rules.py compares both.
"""

import re
import unicodedata
from dataclasses import dataclass

LONGEST_TEXT, MOST_TERMS, LONGEST_TERM = 80, 5, 40

# Between words, and thrown away within them. `|` keeps the fields of a stored text apart.
_SEPARATORS = re.compile(r"[\s!-/:-@\[-`{-~·—–‘’“”、。《》【】「」『』〔〕・\u200b\ufeff]+")
_BREAKS = re.compile(r"[\s,;()\[\]、。，；|]+")
_HEAD_AND_TAIL = re.compile(r"(?P<head>.*?[^\x00-\x7f])(?P<tail>[0-9].*)")
_SYLLABLE = re.compile(
    r"(?:[zcs]h|[bpmfdtnlgkhjqxrzcsyw])?"
    r"(?:iang|iong|uang|ang|eng|ing|ong|ian|iao|uai|uan|ai|an|ao|ei|en|er|ia|ie|in|iu|ou|ua|ue|ui|un|uo|ve|[aeiouv])"
    r"|\S",
    re.ASCII,
)
_FIRST_WITHOUT_ALPHABET = "\u2e80"  # from here on the characters are words themselves


def fold(text: str) -> str:
    """Full-width to half-width, lower case, without spaces and punctuation."""
    return _SEPARATORS.sub("", unicodedata.normalize("NFKC", text).lower())


def grams(text: str) -> list[str]:
    """The pairs of neighbouring characters of a folded text; a Chinese character alone is one too."""
    if len(text) == 1:
        return [text] if text >= _FIRST_WITHOUT_ALPHABET else []
    return sorted({text[i : i + 2] for i in range(len(text) - 1)})


def is_latin(text: str) -> bool:
    """Letters and digits of ASCII only: it may be pinyin."""
    return text.isascii()


def cut_pinyin(text: str) -> str:
    """Pinyin typed together, in syllables as far as it has any: songfenghua → song feng hua."""
    return " ".join(_SYLLABLE.findall(text))


@dataclass(frozen=True, slots=True)
class Query:
    """A typed text: `typed` as it came (cut), `terms` folded; every one of them has to be found."""

    typed: str
    terms: tuple[str, ...]

    @property
    def whole(self) -> str:
        return "".join(self.terms)

    @property
    def readings(self) -> list[tuple[tuple[str, ...], str]]:
        """What it may mean, most literal first: (terms that name a place, part of that place or '').

        松风花园3幢 is a place called so, or 松风花园 and there 3幢; of several terms each but the first may be the part.
        """
        found = [(self.terms, "")]
        if len(self.terms) == 1 and (cut := _HEAD_AND_TAIL.fullmatch(self.terms[0])):
            found.append(((cut["head"],), cut["tail"]))
        for i in range(len(self.terms) - 1, 0, -1):
            found.append((self.terms[:i] + self.terms[i + 1 :], self.terms[i]))
        return found


def read_query(text: str) -> Query:
    """Any text, however long or hostile, as a Query; without anything to search for it has no terms.

    A term is at least two letters or digits, or one Chinese character.
    """
    typed = text[: LONGEST_TEXT * 4].replace("\0", "").strip()[:LONGEST_TEXT]
    plain = unicodedata.normalize("NFKC", typed)[: LONGEST_TEXT * 2]
    folded = dict.fromkeys(fold(part)[:LONGEST_TERM] for part in _BREAKS.split(plain))
    return Query(typed, tuple(term for term in folded if grams(term))[:MOST_TERMS])
