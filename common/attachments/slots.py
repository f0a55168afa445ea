"""How many files a process reads at once: each takes seconds of processor and up to 1.5 GB, which the pages need too."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from common.errors import Refusal

PATIENCE = 3.0  # seconds that a file waits for a place
MOST_WAITING = 4  # files; each waits with a thread and a connection that others need


class ConvertersBusy(Refusal):
    code = "converters-busy"
    status = 503
    field = "files"
    retry_after = 10
    message = _("Other files are being read just now. Send this one again in a few seconds.")


class Slots:
    """Places in this process: settings.ATTACHMENT_CONVERTERS of them, one for each person at a time."""

    def __init__(self):
        self._changed = threading.Condition()
        self._busy: Counter[str] = Counter()
        self._waiting = 0

    @contextmanager
    def taken(self, who: str) -> Iterator[None]:
        """Hold a place for the block. Raises ConvertersBusy when none becomes free soon enough."""
        with self._changed:
            self._await_place(who)
            self._busy[who] += 1
        try:
            yield
        finally:
            with self._changed:
                self._busy -= Counter({who: 1})
                self._changed.notify_all()

    def _await_place(self, who: str) -> None:
        if self._free_for(who):
            return
        if self._waiting >= MOST_WAITING:
            raise ConvertersBusy
        self._waiting += 1
        try:
            if not self._changed.wait_for(lambda: self._free_for(who), timeout=PATIENCE):
                raise ConvertersBusy
        finally:
            self._waiting -= 1

    def _free_for(self, who: str) -> bool:
        return not self._busy[who] and self._busy.total() < settings.ATTACHMENT_CONVERTERS


converters = Slots()
