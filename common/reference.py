"""Small tables that hardly ever change (areas, class catalogue), kept in the process for a minute.

A change made by a migration or command shows after that minute at the latest; nothing that decides a write reads here.
"""

import time
from collections.abc import Callable
from typing import Generic, TypeVar

from django.conf import settings

Value = TypeVar("Value")


class Reference(Generic[Value]):
    """`Reference(load)()` is what `load()` gave, at most settings.REFERENCE_SECONDS old."""

    def __init__(self, load: Callable[[], Value]):
        self._load = load
        self._kept: tuple[float, Value] | None = None

    def __call__(self) -> Value:
        now = time.monotonic()
        # two threads may load at once; both get a whole value
        if self._kept is None or now - self._kept[0] > settings.REFERENCE_SECONDS:
            self._kept = (now, self._load())
        return self._kept[1]
