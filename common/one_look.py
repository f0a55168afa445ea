"""What one page asks several times and has to be told once: kept while the page is made, for its asker, and no longer."""

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

T = TypeVar("T")

_told: ContextVar[dict[Hashable, object] | None] = ContextVar("told_in_this_look", default=None)


@contextmanager
def one_look() -> Iterator[None]:
    """Answers of `once` are kept inside (of the outermost, where one is in another), and belong to nobody outside: another
    request, even in the same thread, asks anew. For what only reads: what is written inside would not be seen by what was asked
    before."""
    if _told.get() is not None:
        yield
        return
    token = _told.set({})
    try:
        yield
    finally:
        _told.reset(token)


def once(key: Hashable, ask: Callable[[], T]) -> T:
    """The answer of `ask`, asked once for each key in one look, each time elsewhere. The key holds all that the answer depends
    on: whoever asks by a reach names that reach."""
    told = _told.get()
    if told is None:
        return ask()
    if key not in told:
        told[key] = ask()
    return told[key]
