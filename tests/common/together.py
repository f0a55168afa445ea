"""Two things at the same moment, each over a database connection of its own."""

import threading
import time

from django.db import connection


class Together:
    """Runs functions in threads: start(f) → waits for nothing; results() → what they returned, in order of starting."""

    def __init__(self):
        self._threads, self._answers = [], []

    def start(self, function, *args, **kwargs):
        place = len(self._answers)
        self._answers.append(None)

        def run():
            try:
                self._answers[place] = function(*args, **kwargs)
            except Exception as error:
                self._answers[place] = error
            finally:
                connection.close()

        thread = threading.Thread(target=run, daemon=True)
        self._threads.append(thread)
        thread.start()
        return thread

    def results(self, *, within: float = 30) -> list:
        """Answers in order of starting; an exception stands for itself."""
        for thread in self._threads:
            thread.join(within)
            assert not thread.is_alive(), "still running"
        return self._answers


def at_once(*functions) -> list:
    """All functions from the same moment on; their answers (or exceptions) in order."""
    gate, together = threading.Barrier(len(functions)), Together()

    def behind(function):
        connection.ensure_connection()
        gate.wait(30)
        return function()

    for function in functions:
        together.start(behind, function)
    return together.results()


def wait_until_blocked(count: int = 1, *, within: float = 15) -> None:
    """Until so many sessions of this database wait for somebody's lock."""
    end = time.monotonic() + within
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            if cursor.fetchone()[0] >= count:
                return
        assert time.monotonic() < end, f"nobody waited within {within} s"
        time.sleep(0.02)
