"""Orders that a list offers. Offer only what an index can walk in every scope: measure the buffers first."""

from dataclasses import dataclass

from django.utils.functional import Promise


@dataclass(frozen=True, slots=True)
class Order:
    """`fields` as common.pagination.page_of takes them; `column` is the heading that leads to it."""

    label: str | Promise
    fields: tuple[str, ...]
    nulls_last: bool = False
    keys_first: bool = False
    column: str = ""

    @property
    def direction(self) -> str:
        """For aria-sort."""
        return "descending" if self.fields[0].startswith("-") else "ascending"
