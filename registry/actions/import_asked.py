"""What a spec says of its targets: columns, options, choices, numbers; and what is wrong with them."""

from collections.abc import Iterable
from decimal import Decimal as D
from decimal import InvalidOperation

from django.utils.translation import gettext_lazy as _

from common.intake.kinds import MappingRefused
from common.intake.mapping import MappingSpec
from registry.rules import cells


class Asked:
    """A spec, to be asked. Every question raises MappingRefused for an answer that is none."""

    def __init__(self, spec: MappingSpec):
        self.spec = spec

    def column(self, target: str) -> str:
        use = self.spec.targets.get(target)
        return use.columns[0] if use else ""

    def option(self, target: str, name: str, default):
        use = self.spec.targets.get(target)
        value = use.options.get(name) if use else None
        if value in (None, ""):
            return default
        if isinstance(default, dict) and not isinstance(value, dict):
            raise MappingRefused(problems={target: _("This is not a table of words.")})
        return value

    def choice(self, target: str, option: str, known: Iterable[str]) -> str:
        value = self.option(target, option, next(iter(known)))
        if value not in known:
            raise MappingRefused(problems={target: _("“%(value)s” is not known here.") % {"value": value}})
        return value

    def number(self, target: str, option: str, default: D) -> D:
        try:
            value = D(str(self.option(target, option, default)))
        except InvalidOperation:
            value = D("NaN")
        if not value.is_finite() or not 0 < value < 1000:
            raise MappingRefused(problems={target: _("This is not a number between 0 and 1,000.")})
        return value


def listed(text) -> list[str]:
    """Words one to a line (or already a list)."""
    if isinstance(text, list | tuple):
        return [str(word) for word in text]
    return [word for line in str(text).splitlines() if (word := line.strip())]


def points(text) -> frozenset:
    """`40.712784, -74.005941`, one to a line."""
    found = set()
    for line in listed(text):
        try:
            latitude, longitude = (D(part.strip()).quantize(cells.MICRODEGREE) for part in line.split(","))
        except (ValueError, InvalidOperation):
            raise MappingRefused(problems={"latitude": _("A point is written as latitude, longitude.")}) from None
        found.add((latitude, longitude))
    return frozenset(found)
