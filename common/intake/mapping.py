"""Which column of a file means what: declared targets, a spec as people correct it, and a first guess of it.

Plain Python: no database, no clock. Words are compared folded (width, case, accents of punctuation), in pieces and by
trigrams; what the cells of a column look like counts as evidence.
"""

import hashlib
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher
from functools import lru_cache

from django.utils.functional import Promise

from common.canonical import canonical

BOTH_NAMES = " · "
LEAST = 0.5  # of a score below which a column stays unmapped
COMPARED = 200  # characters of a header or a word that are looked at; no name of a column is longer


@dataclass(frozen=True, slots=True)
class Option:
    """How the cells of a column are to be read. `choices`: (value, label) pairs; without choices it is a text, or
    with `words` a table {cell: value} whose values are among `choices` (or free), with `lines` several, one to a line."""

    name: str
    label: str | Promise
    choices: tuple[tuple[str, str | Promise], ...] = ()
    default: object = ""
    words: bool = False
    lines: bool = False


@dataclass(frozen=True, slots=True)
class Target:
    """Something that a column can mean.

    `aliases`: header words, in any language. `several`: more columns than one may be joined for it. `looks(cell)`: does
    a cell look like it; `telling`: hardly anything else looks so, so that cells alone decide. `hints(header, cells)`:
    options that header and cells speak for.
    """

    name: str
    label: str | Promise
    aliases: tuple[str, ...] = ()
    required: bool = False
    personal: bool = False
    several: bool = False
    options: tuple[Option, ...] = ()
    looks: Callable[[str], bool] | None = None
    telling: bool = False
    hints: Callable[[str, Sequence[str]], dict] | None = None


@dataclass(frozen=True, slots=True)
class TargetUse:
    """The columns (headers, in order) that a target is read from, and how."""

    columns: tuple[str, ...]
    options: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MappingSpec:
    """How a file's columns are read, as it is stored (as_json) and known by its digest.

    `shipped`: the name of a mapping declared in code, in which case there are no `targets`. `options` are those of the
    file as a whole: `source` (the register's name), and what the kind declares.
    """

    kind: str
    shipped: str = ""
    targets: Mapping[str, TargetUse] = field(default_factory=dict)
    options: Mapping[str, object] = field(default_factory=dict)

    def as_json(self) -> dict:
        return {
            "kind": self.kind,
            "shipped": self.shipped,
            "targets": {
                name: {"columns": list(use.columns), "options": dict(use.options)} for name, use in self.targets.items()
            },
            "options": dict(self.options),
        }

    @classmethod
    def from_json(cls, stored: Mapping) -> "MappingSpec":
        """The spec as as_json gave it. Raises ValueError for what is none."""
        try:
            targets = {
                str(name): TargetUse(tuple(map(str, use["columns"])), dict(use.get("options", {})))
                for name, use in stored.get("targets", {}).items()
                if use["columns"]
            }
            tables = [table for use in targets.values() for table in use.options.values() if isinstance(table, Mapping)]
            if not all(isinstance(word, str) for table in tables for word in table.values()):
                raise ValueError("a table of words says what each is in words")
            return cls(str(stored["kind"]), str(stored.get("shipped", "")), targets, dict(stored.get("options", {})))
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise ValueError("not a mapping") from error

    @property
    def digest(self) -> str:
        """64 hexadecimal characters: the same for the same reading."""
        return hashlib.sha256(canonical(self.as_json())).hexdigest()

    def column_of(self, header: str) -> list[str]:
        """The targets that a column serves."""
        return [name for name, use in self.targets.items() if header in use.columns]

    def with_target(self, name: str, columns: Sequence[str], **options) -> "MappingSpec":
        """The same with one target read from other columns (none: not at all)."""
        targets = dict(self.targets)
        if columns:
            kept = targets[name].options if name in targets else {}
            targets[name] = TargetUse(tuple(columns), {**kept, **options})
        else:
            targets.pop(name, None)
        return replace(self, targets=targets)


@dataclass(frozen=True, slots=True)
class ColumnGuess:
    """What one column was taken for: `target` '' for nothing, `confidence` 0 to 1, and the next best targets."""

    header: str
    target: str
    confidence: float
    rivals: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class GuessedMapping:
    spec: MappingSpec
    columns: tuple[ColumnGuess, ...]


def guess_mapping(
    kind: str,
    targets: Sequence[Target],
    header: Sequence[str],
    sample: Sequence[Mapping[str, str]],
    options: Mapping[str, object] | None = None,
) -> GuessedMapping:
    """A first guess: each column goes to the target whose aliases its header resembles most, cells being evidence.

    `sample`: cells by header of some rows. `options`: those of the file as a whole, kept as they are.
    """
    cells = {name: [cell for row in sample if (cell := row.get(name, "").strip())] for name in header}
    scores = {
        (name, target.name): score
        for name in header
        for target in targets
        if (score := column_score(target, name, cells[name])) > 0.2
    }
    by_name = {target.name: target for target in targets}
    taken: dict[str, list[str]] = {}
    chosen: dict[str, tuple[str, float]] = {}
    for (name, target), score in sorted(scores.items(), key=lambda item: (-item[1], header.index(item[0][0]))):
        if score < LEAST or name in chosen:
            continue
        if target in taken and not (by_name[target].several and score >= 0.75):
            continue
        taken.setdefault(target, []).append(name)
        chosen[name] = (target, score)
    uses = {}
    for target in targets:
        if names := sorted(taken.get(target.name, ()), key=header.index):
            hints = target.hints(names[0], cells[names[0]]) if target.hints else {}
            uses[target.name] = TargetUse(tuple(names), hints)
    columns = tuple(_guess_of(name, chosen.get(name), scores) for name in header)
    return GuessedMapping(MappingSpec(kind, targets=uses, options=dict(options or {})), columns)


def _guess_of(name: str, chosen: tuple[str, float] | None, scores: Mapping) -> ColumnGuess:
    target, score = chosen or ("", 0.0)
    rivals = sorted(
        ((other, round(value, 3)) for (column, other), value in scores.items() if column == name and other != target),
        key=lambda rival: -rival[1],
    )
    return ColumnGuess(name, target, round(score, 3), tuple(rivals[:3]))


def column_score(target: Target, header: str, cells: Sequence[str]) -> float:
    """How well a column fits a target, 0 to 1."""
    named = max((resemblance(alias, header) for alias in (target.name, *target.aliases)), default=0.0)
    if target.looks is None or not cells:
        return named
    fits = sum(map(target.looks, cells)) / len(cells)
    if target.telling and fits >= 0.8 and named < 0.7:
        return max(named, 0.7 * fits)
    if fits < 0.3 and named < 1:
        return named * (0.6 + fits)
    return named * (0.85 + 0.15 * fits)


# bounded, and never past another bracket: a header of nothing but brackets must cost its length, not its square
_BRACKETS = re.compile(r"[(（\[【][^()（）\[\]【】]{0,60}[)）\]】]")
_APART = re.compile(r"[^0-9a-z\u4e00-\u9fff]+")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


@lru_cache(maxsize=8192)
def folded(text: str) -> str:
    """Width, case, underscores and punctuation folded: `DV_SPEED_FPM` → `dv speed fpm`."""
    text = unicodedata.normalize("NFKC", _CAMEL.sub(" ", text)).casefold()
    return _APART.sub(" ", text).strip()


def resemblance(alias: str, header: str) -> float:
    """How alike two header words are, 0 to 1: 1 as written, then folded, without a unit in brackets, by their words,
    by trigrams."""
    if alias == header:
        return 1.0
    alias, header = alias[:COMPARED], header[:COMPARED]
    one, other = folded(alias), folded(header)
    if not one or not other:
        return 0.0
    if one.replace(" ", "") == other.replace(" ", ""):
        return 0.97
    if one.replace(" ", "") == folded(_BRACKETS.sub("", header)).replace(" ", ""):
        return 0.95
    words, others = set(one.split()), set(other.split())
    shared = 0.0
    if words <= others:  # every word of the alias stands in the header
        shared = 0.6 + 0.3 * len(words) / len(others)
    elif words & others:
        shared = 0.5 * len(words & others) / len(words | others)
    inside = 0.0
    if _is_chinese(one) and (one in other or (other in one and len(other) > 1)):
        inside = 0.55 + 0.35 * min(len(one), len(other)) / max(len(one), len(other))
    return max(shared, inside, 0.8 * trigram_similarity(one, other))


def _is_chinese(text: str) -> bool:
    return any("\u4e00" <= character <= "\u9fff" for character in text)


def trigram_similarity(one: str, other: str) -> float:
    """Shared trigrams over all, as PostgreSQL's pg_trgm counts them."""
    a, b = _trigrams(one), _trigrams(other)
    return len(a & b) / len(a | b) if a and b else 0.0


@lru_cache(maxsize=8192)
def _trigrams(text: str) -> frozenset[str]:
    padded = [f"  {word} " for word in text.split()]
    return frozenset(word[place : place + 3] for word in padded for place in range(len(word) - 2))


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What a cell's word may have meant: `value` for the mapping's table of words, `label` for people, `score` 0 to 1."""

    value: str
    label: str
    score: float


def _nearness(label: str, word: str) -> float:
    """How near a word comes to a name: also a short Chinese one with one character wrong, which shares no trigram."""
    near = max(resemblance(label, word), resemblance(word, label))
    if _is_chinese(word) and near < 0.9:
        near = max(near, 0.9 * SequenceMatcher(None, folded(label), folded(word), autojunk=False).ratio())
    return near


def suggest(word: str, known: Mapping[str, str], *, most: int = 5, least: float = 0.25) -> list[Suggestion]:
    """The likeliest of `known` ({value: label}) for a word that fits none of them; a label may hold names in several
    languages, BOTH_NAMES between them."""
    word = word[:COMPARED]
    scored = (
        (max(_nearness(part, word) for part in label.split(BOTH_NAMES)), value, label) for value, label in known.items()
    )
    best = sorted((row for row in scored if row[0] >= least), key=lambda row: (-row[0], row[2]))
    return [Suggestion(value, label, round(score, 3)) for score, value, label in best[:most]]
