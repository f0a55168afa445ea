"""A mapping that people put together, made into the same reader as one that is declared in code."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

from django.utils.translation import gettext_lazy as _

from accounts.queries import open_units
from accounts.roles import Permission
from common.actor import Actor
from common.intake.kinds import MappingRefused
from common.intake.mapping import MappingSpec, Option, Target, suggest
from registry.actions import import_words
from registry.actions.import_build import UNIT_TARGETS, Build, default_source, keeps_registers
from registry.actions.import_scope import KINDS
from registry.mappings.base import RegisterMapping
from registry.mappings.targets import BY_NAME, TARGETS
from registry.rules import MATCHING_ORDER, written


def targets() -> Sequence[Target]:
    return TARGETS


def options(actor: Actor) -> Sequence[Option]:
    """About the file as a whole: the city in which it lies, and the register's name for those who keep registers."""
    found = [Option("city", _("city"), tuple(import_words.cities()), import_words.city_of(actor))]
    if keeps_registers(actor):
        found.append(Option("source", _("name of the register"), default=default_source(actor)))
    return found


def field_label(name: str):
    """What a changed field is called: as its target."""
    if name == "flag":
        return _("Flag")
    name = name.removeprefix("technical.").removeprefix("unit.")
    key = {"area_id": "area", "class_code_id": "class_code", "registration_state": "state"}.get(name, name.lower())
    return BY_NAME[key].label if key in BY_NAME else name


def compile_spec(spec: MappingSpec, header: Sequence[str], actor: Actor, at: dt.datetime) -> RegisterMapping:
    """The reader that a spec describes, dated: days after `at` are implausible. Raises MappingRefused."""
    _require_whole(spec, set(header))
    return Build(spec, actor, at).mapping()


def _require_whole(spec: MappingSpec, header: set[str]) -> None:
    problems = {}
    for name, use in spec.targets.items():
        if name not in BY_NAME:
            problems[name] = _("Nothing is called so.")
        elif missing := [column for column in use.columns if column not in header]:
            problems[name] = _("The file has no column “%(column)s”.") % {"column": missing[0]}
        elif len(use.columns) > 1 and not BY_NAME[name].several:
            problems[name] = _("Only one column can be this.")
    if not set(spec.targets) & set(MATCHING_ORDER):
        problems["equipment_code"] = _(
            "Say which column tells one elevator from another: a code, or the register's key."
        )
    if ("latitude" in spec.targets) != ("longitude" in spec.targets):
        problems["latitude"] = _("Latitude and longitude belong together.")
    if problems:
        raise MappingRefused(problems=problems)


def suggest_words(spec: MappingSpec, words: Mapping[str, Iterable[str]], actor: Actor) -> dict:
    """{target: {word: suggestions}} for words that no area, class, state, place or visible unit is called."""
    found = {}
    for target, said in words.items():
        known, is_known = _known_words(target, spec, actor)
        if known:
            found[target] = {word: suggest(word, known) for word in said if word and not is_known(word)}
    return found


def meanings(target: str, spec: MappingSpec, actor: Actor) -> Mapping[str, str]:
    """{value: label} of the areas, classes, states or places that a word can mean; units are found by suggestion only."""
    return {} if target in UNIT_TARGETS else import_words.known(target, spec, actor)[0]


def _known_words(target: str, spec: MappingSpec, actor: Actor):
    if target in UNIT_TARGETS:
        seen = open_units(actor, Permission.VIEW_UNIT).filter(kind__in=KINDS[UNIT_TARGETS[target]])
        rows = list(seen.values_list("credit_code", "name")[:5000])
        known = {code or name: name for code, name in rows}
        called = {written.fold(text) for row in rows for text in row if text}
        return known, lambda word: written.fold(word) in called
    labels, table = import_words.known(target, spec, actor)
    folded = {written.fold(word) for word in table}
    return labels, lambda word: written.fold(word) in folded
