"""The mapping page's form: a spec as fields, and the fields as a spec. Names are `column-<n>`, `option-<target>-<name>`,
`word-<target>-<n>` with `means-<target>-<n>`, and `file-<option>`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from common.intake.kinds import ImportKind
from common.intake.mapping import ColumnGuess, MappingSpec, Option, Target, TargetUse
from common.intake.tables import Table

SHOWN_CELLS = 3
LONGEST_SHOWN = 40
WORDS_READ = 5_000  # records in which words are looked for; later ones are named by the trial run
MOST_WORDS = 60  # of one column
SURE_WORD = 0.6  # from here on a suggestion is chosen beforehand
UNSURE = 0.75


@dataclass
class Box:
    """One field of the page: a select where it has `choices`, a tick where `value` is a bool, else a text."""

    name: str
    label: object
    value: object
    choices: Sequence = ()

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
            words[word] = value
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
        Box(f"option-{target.name}-{option.name}", option.label, given.get(option.name, option.default), option.choices)
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
    words = _words_in(table, {name: spec.targets[name].columns[0] for name in asked})
    bare = MappingSpec(
        spec.kind, spec.shipped, {n: TargetUse(u.columns) for n, u in spec.targets.items()}, spec.options
    )
    suggested = kind.suggest(bare, words, actor)
    found = []
    for name, (target, option) in asked.items():
        given = spec.targets[name].options.get(option.name, {})
        unknown = suggested.get(name, {})
        rows = [_word_row(word, option, given, unknown) for word in words[name] if word in unknown or word in given]
        if rows:
            found.append(WordTable(name, target.label, rows))
    return found


def _word_row(word: str, option: Option, given: Mapping, unknown: Mapping) -> WordRow:
    likely = list(unknown.get(word, ()))
    choices = [(each.value, each.label) for each in likely]
    choices += [choice for choice in option.choices if choice[0] not in {each.value for each in likely}]
    if word in given:
        if given[word] not in {value for value, _label in choices}:
            choices.append((given[word], given[word]))
        return WordRow(word, given[word], choices, suggested=False)
    best = likely[0] if likely and likely[0].score >= SURE_WORD else None
    return WordRow(word, best.value if best else "", choices, suggested=best is not None)


def _words_in(table: Table, columns: Mapping[str, str]) -> dict[str, list[str]]:
    found: dict[str, dict[str, None]] = {name: {} for name in columns}
    for record in islice(table, WORDS_READ):
        for name, column in columns.items():
            word = record.cells.get(column, "").strip()
            if word and len(found[name]) < MOST_WORDS and not record.refused:
                found[name][word] = None
    return {name: list(words) for name, words in found.items()}
