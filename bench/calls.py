"""Requests through the WSGI handler, as a server would make them, and the time they take."""

import io
import statistics
import time
from collections.abc import Callable
from urllib.parse import unquote

from django.core.handlers.wsgi import WSGIHandler
from django.test import override_settings


class Caller:
    """One handler with all middleware, or with none."""

    def __init__(self, *, bare: bool = False):
        with override_settings(**({"MIDDLEWARE": []} if bare else {})):
            self._handler = WSGIHandler()

    def get(self, address: str, cookie: str = "") -> bytes:
        """The body of a 200 answer; anything else is an error of the bench."""
        status, body = self.answer(address, cookie)
        if not status.startswith("200"):
            raise RuntimeError(f"{address} answered {status}: {body[:300]!r}")
        return body

    def answer(self, address: str, cookie: str = "") -> tuple[str, bytes]:
        """Status line and body of any answer, a redirect too."""
        path, _mark, query = address.partition("?")
        environ = {
            "REQUEST_METHOD": "GET",
            # WSGI hands the path over as bytes in Latin-1
            "PATH_INFO": unquote(path).encode().decode("latin-1"),
            "QUERY_STRING": query,
            "SERVER_NAME": "testserver",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "HTTP_COOKIE": cookie,
            "HTTP_ACCEPT_LANGUAGE": "zh-hans",
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(),
            "wsgi.errors": io.StringIO(),
            "wsgi.multithread": True,
            "wsgi.multiprocess": True,
        }
        status = []
        response = self._handler(environ, lambda line, _headers: status.append(line))
        body = b"".join(response)
        response.close()
        return status[0], body


def paired_ms(
    first: Callable[[], object],
    second: Callable[[], object] | None = None,
    *,
    rendering: Callable[[], float] | None = None,
    times: int = 15,
) -> tuple[float, float]:
    """Medians of both, measured in turn so that a busy moment of the machine meets both.

    `rendering` in place of `second` takes its own time and returns it.
    """
    other = rendering or (lambda: _milliseconds(second))
    for _ in range(2):
        first(), other()
    pairs = [(_milliseconds(first), other()) for _ in range(times)]
    return statistics.median(a for a, _ in pairs), statistics.median(b for _, b in pairs)


def _milliseconds(work) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000
