"""Keyset pages: the cost of page 4,000 is that of page 1. Counts are capped and say so."""

import base64
import binascii
import datetime as dt
import json
from collections.abc import Callable
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import DataError
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from common.errors import Refusal

COUNT_CAP = 10_000


class BadCursor(Refusal):
    code = "bad-cursor"
    status = 400
    message = _("This page address is not complete. Start again from the first page.")


@dataclass(frozen=True, slots=True)
class Count:
    """How many rows there are, up to a cap."""

    value: int
    capped: bool

    def __str__(self) -> str:
        return f"{self.value:,}+" if self.capped else f"{self.value:,}"


@dataclass(frozen=True, slots=True)
class Page:
    """Rows in display order with the cursors of the pages beside them ('' where there is none)."""

    rows: list
    next: str
    previous: str

    def __iter__(self):
        return iter(self.rows)

    def __len__(self):
        return len(self.rows)


def capped_count(queryset: QuerySet, cap: int = COUNT_CAP) -> Count:
    """Count at most `cap` rows."""
    found = queryset.order_by().values("pk")[: cap + 1].count()
    return Count(min(found, cap), found > cap)


def page_of(
    queryset: QuerySet,
    *,
    order: tuple[str, ...],
    size: int,
    cursor: str = "",
    decorate=None,
    keys_first: bool = False,
    nulls_last: bool = False,
) -> Page:
    """One page of `queryset` in `order` (field names, '-' for descending; the last must be unique).

    `cursor` comes from a page before or behind. `decorate(queryset)` adds what the rows show. `keys_first` finds the
    keys of the page before it fetches a row: for a filter that PostgreSQL answers from an index in another order, so
    that it sorts narrow index entries and not whole rows. `nulls_last`: the first field may be NULL, and rows without
    it follow those with it, whichever way it is sorted. Raises BadCursor for a cursor that we did not make.
    """
    forward, values = _decode(cursor, len(order), nulls_last)
    fetch = _Fetch(queryset, decorate or (lambda rows: rows), keys_first)
    segments = [fetch.segment(order)]
    if nulls_last:
        lead = order[0].lstrip("-")
        segments = [
            fetch.segment(order, **{f"{lead}__isnull": False}),
            fetch.segment(order[1:], **{f"{lead}__isnull": True}),
        ]
    here = 1 if nulls_last and values and values[0] is None else 0
    path = segments[here:] if forward else segments[here::-1]
    fetched: list = []
    for number, (fields, rows) in enumerate(path):
        beyond = values[-len(fields) :] if values is not None and number == 0 else None
        fetched += fetch(rows, fields, beyond, forward=forward, limit=size + 1 - len(fetched))
        if len(fetched) > size:
            break
    more, kept = len(fetched) > size, fetched[:size]
    if not forward:
        kept.reverse()
    if not kept:
        return Page([], "", "")
    has_next = more if forward else True
    has_previous = (values is not None) if forward else more
    return Page(
        kept,
        _encode("n", kept[-1], order, nulls_last) if has_next else "",
        _encode("p", kept[0], order, nulls_last) if has_previous else "",
    )


@dataclass(frozen=True, slots=True)
class _Fetch:
    """How rows are brought for one page."""

    queryset: QuerySet
    decorate: Callable
    keys_first: bool

    def segment(self, fields, **condition) -> tuple[tuple[str, ...], QuerySet]:
        return fields, self.queryset.filter(**condition) if condition else self.queryset

    def __call__(self, rows, fields, values, *, forward: bool, limit: int) -> list:
        """At most `limit` rows beyond `values` (None: from the edge), nearest first."""
        order = fields if forward else tuple(_flip(name) for name in fields)
        rows = rows.order_by(*order)
        try:
            if values is not None:
                rows = rows.filter(_beyond(order, values))
            if self.keys_first:
                keys = rows.values("pk")[:limit]
                return list(self.decorate(self.queryset.model._base_manager.filter(pk__in=keys)).order_by(*order))
            return list(self.decorate(rows)[:limit])
        except (ValueError, TypeError, OverflowError, ValidationError, DataError) as error:
            if values is None:
                raise
            raise BadCursor from error


def _flip(name: str) -> str:
    return name[1:] if name.startswith("-") else f"-{name}"


def _beyond(fields: tuple[str, ...], values: list) -> Q:
    """(a, b) beyond (x, y): a beyond x, or a = x and b beyond y."""
    condition = Q()
    for index, name in enumerate(fields):
        bare, side = name.lstrip("-"), "lt" if name.startswith("-") else "gt"
        equal = Q(**{fields[i].lstrip("-"): values[i] for i in range(index)})
        condition |= equal & Q(**{f"{bare}__{side}": values[index]})
    if len(fields) > 1:
        # says nothing new, but is what an index can start from
        first, side = fields[0].lstrip("-"), "lte" if fields[0].startswith("-") else "gte"
        condition &= Q(**{f"{first}__{side}": values[0]})
    return condition


def _encode(side: str, row, order: tuple[str, ...], nulls_last: bool = False) -> str:
    values = [getattr(row, name.lstrip("-")) for name in order]
    if None in values[1 if nulls_last else 0 :]:
        raise TypeError(f"a page cannot end at NULL: {order} must be columns that are never null")
    text = json.dumps([side, *values], default=_whole, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _whole(value) -> str:
    """A moment with its microseconds: Django's encoder keeps three digits, and rows within a millisecond would be lost."""
    return value.isoformat() if isinstance(value, dt.date | dt.time) else str(value)


def _decode(cursor: str, width: int, nulls_last: bool = False) -> tuple[bool, list | None]:
    if not cursor:
        return True, None
    try:
        side, *values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error, TypeError, RecursionError) as error:
        raise BadCursor from error
    if side not in ("n", "p") or len(values) != width:
        raise BadCursor
    whole = values[1:] if nulls_last and values[0] is None else values
    if not all(isinstance(v, int | str) for v in whole):
        raise BadCursor
    if any("\0" in v for v in whole if isinstance(v, str)):  # PostgreSQL's text knows no NUL
        raise BadCursor
    return side == "n", values
