"""The mapping page's form: a spec as fields, and the fields as a spec. Names are `column-<n>`, `option-<target>-<name>`,
`word-<target>-<n>` with `means-<target>-<n>`, and `file-<option>`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import islice
from pathlib import Path

from common.intake.kinds import ImportKind
from common.intake.mapping import ColumnGuess, MappingSpec, Option, Target, TargetUse
from common.intake.shapes import CSV, XLSX, Shape
from common.intake.tables import Table, read_table

SHOWN_CELLS = 3
LONGEST_SHOWN = 40
WORDS_READ = {CSV: 100_000, XLSX: 5_000}  # records in which words are looked for; the trial run names later ones
MOST_WORDS = 60  # of one column
SURE_WORD = 0.6  # from here on a suggestion is chosen beforehand
UNSURE = 0.75
NOTHING = "~"  # in a form: the word is understood and means nothing that the platform has


@dataclass
class Box:
    """One field of the page: a select where it has `choices`, a tick where `value` is a bool, else a text (`lines`: one
    entry to a line)."""

    name: str
    label: object
    value: object
    choices: Sequence = ()
    lines: bool = False

    @property
    def text(self) -> str:
        value = self.value if self.value is not None else ""
        return "\n".join(map(str, value)) if isinstance(value, list | tuple) else str(value)

    @property
    def is_tick(self) -> bool:
        return isinstance(self.value, bool)


@dataclass
class ColumnRow:
    """One column of the file on the page: what stands in it, what it is taken for, how sure that is."""

    place: int
    header: str
    cells: list[str]
    target: str
    confidence: float | None = None  # None: somebody said so
    options: list[Box] = field(default_factory=list)
    problem: object = ""

    @property
    def percent(self) -> int | None:
        return None if self.confidence is None else round(self.confidence * 100)

    @property
    def unsure(self) -> bool:
        return self.confidence is not None and self.confidence < UNSURE


@dataclass
class WordRow:
    word: str
    value: str
    choices: Sequence
    suggested: bool


@dataclass
class WordTable:
    """Words of a column that need a meaning."""

    target: str
    label: object
    rows: list[WordRow]


def spec_of(
    data: Mapping, kind: ImportKind, header: Sequence[str], targets: Sequence[Target], options: Sequence[Option]
):
    """The spec that a sent form describes (unchecked: the kind compiles it)."""
    by_name = {target.name: target for target in targets}
    columns: dict[str, list[str]] = {}
    for place, name in enumerate(header):
        if (target := data.get(f"column-{place}", "")) in by_name:
            columns.setdefault(target, []).append(name)
    uses = {name: TargetUse(tuple(found), _options_of(data, by_name[name])) for name, found in columns.items()}
    whole = {option.name: data[f"file-{option.name}"].strip() for option in options if data.get(f"file-{option.name}")}
    return MappingSpec(kind.key, targets=uses, options=whole)


def _options_of(data: Mapping, target: Target) -> dict:
    found: dict = {}
    for option in target.options:
        name = f"option-{target.name}-{option.name}"
        if option.words:
            if words := _words_of(data, target.name):
                found[option.name] = words
        elif isinstance(option.default, bool):
            found[option.name] = name in data
        elif value := data.get(name, "").strip():
            found[option.name] = value
    return found


def _words_of(data: Mapping, target: str) -> dict[str, str]:
    words = {}
    for place in range(MOST_WORDS):
        word, value = data.get(f"word-{target}-{place}"), data.get(f"means-{target}-{place}")
        if word and value:
            words[word] = "" if value == NOTHING else value
    return words


def column_rows(
    spec: MappingSpec,
    table: Table,
    sample: Sequence[Mapping[str, str]],
    targets: Sequence[Target],
    guessed: Sequence[ColumnGuess],
    problems: Mapping,
) -> list[ColumnRow]:
    """The page's rows, one for each column; a target's options stand beside its first column."""
    by_name = {target.name: target for target in targets}
    sure = {guess.header: (guess.target, guess.confidence) for guess in guessed}
    shown: set[str] = set()
    rows = []
    for place, header in enumerate(table.header):
        target = next(iter(spec.column_of(header)), "")
        guess_target, confidence = sure.get(header, ("", 0.0))
        row = ColumnRow(place, header, _cells(sample, header), target)
        if target and target == guess_target:
            row.confidence = confidence
        if target in by_name and target not in shown:
            shown.add(target)
            row.options = _boxes(by_name[target], spec.targets[target].options)
            row.problem = problems.get(target, "")
        row.problem = row.problem or problems.get(header, "")
        rows.append(row)
    return rows


def _cells(sample: Sequence[Mapping[str, str]], header: str) -> list[str]:
    found: dict[str, None] = {}
    for cells in sample:
        if cell := cells.get(header, "").strip():
            found[cell if len(cell) <= LONGEST_SHOWN else cell[: LONGEST_SHOWN - 1] + "…"] = None
        if len(found) >= SHOWN_CELLS:
            break
    return list(found)


def _boxes(target: Target, given: Mapping) -> list[Box]:
    return [
        Box(
            f"option-{target.name}-{option.name}",
            option.label,
            given.get(option.name, option.default),
            option.choices,
            option.lines,
        )
        for option in target.options
        if not option.words
    ]


def file_boxes(spec: MappingSpec, options: Sequence[Option]) -> list[Box]:
    """The fields about the file as a whole."""
    return [
        Box(f"file-{option.name}", option.label, spec.options.get(option.name, option.default), option.choices)
        for option in options
        if not option.words
    ]


def word_tables(spec: MappingSpec, table: Table, kind: ImportKind, targets: Sequence[Target], actor) -> list[WordTable]:
    """Words of the mapped columns that nobody has given a meaning yet or that were given one here."""
    asked = {
        target.name: (target, option)
        for target in targets
        for option in target.options
        if option.words and target.name in spec.targets
    }
    if not asked:
        return []
    columns = tuple((name, spec.targets[name].columns[0]) for name in asked)
    words = _words_in(table.path, replace(table.shape, guesses=()), columns)
    bare = MappingSpec(
        spec.kind, spec.shipped, {n: TargetUse(u.columns) for n, u in spec.targets.items()}, spec.options
    )
    suggested = kind.suggest(bare, words, actor)
    found = []
    for name, (target, option) in asked.items():
        given = spec.targets[name].options.get(option.name, {})
        unknown = suggested.get(name, {})
        asking = [word for word in words[name] if word in unknown or word in given]
        known = [*option.choices, *kind.meanings(name, bare, actor).items()] if asking else []
        rows = [_word_row(word, known, given, unknown) for word in asking]
        if rows:
            found.append(WordTable(name, target.label, rows))
    return found


def _word_row(word: str, known: Sequence, given: Mapping, unknown: Mapping) -> WordRow:
    likely = list(unknown.get(word, ()))
    choices = [(each.value, each.label) for each in likely]
    choices += [choice for choice in dict(known).items() if choice[0] not in {each.value for each in likely}]
    if word in given:
        value = given[word] or NOTHING
        if value not in {NOTHING, *(known for known, _label in choices)}:
            choices.append((value, value))
        return WordRow(word, value, choices, suggested=False)
    best = likely[0] if likely and likely[0].score >= SURE_WORD else None
    return WordRow(word, best.value if best else "", choices, suggested=best is not None)


@lru_cache(maxsize=32)
def _words_in(path: Path, shape: Shape, columns: tuple[tuple[str, str], ...]) -> dict[str, list[str]]:
    """The different words of the first records, for each (target, column). An upload's file never changes."""
    found: dict[str, dict[str, None]] = {name: {} for name, _column in columns}
    for record in islice(read_table(path, shape), WORDS_READ[shape.format]):
        if record.refused:
            continue
        for name, column in columns:
            word = record.cells.get(column, "").strip()
            if word and len(found[name]) < MOST_WORDS:
                found[name][word] = None
    return {name: list(words) for name, words in found.items()}
