"""Words of files for choices of ours."""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from accounts import rules
from common.intake.actions_by_row import Unreadable
from common.intake.kinds import Run

WORDS = _("what each word means")


def table_of(choices: Sequence[tuple[str, object]], more: dict | None = None) -> dict[str, str]:
    """{folded word: value}: values, labels in both languages, and `more`."""
    found = {rules.fold(value): value for value, _label in choices}
    for language in ("en", "zh-hans"):
        with override(language):
            found |= {rules.fold(str(label)): value for value, label in choices}
    return found | {rules.fold(word): value for word, value in (more or {}).items()}


def meant(word: str, table: dict[str, str], target: str) -> str:
    if (key := rules.fold(word)) not in table:
        raise Unreadable(field=target, value=word[:60])
    return table[key]


def remembered(run: Run, name: str, make):
    if name not in run.memory:
        run.memory[name] = make()
    return run.memory[name]
