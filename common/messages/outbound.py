"""One POST to somebody else's server: nothing followed, everything bounded, the address judged that is called."""

import contextlib
import http.client
import socket
import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from common.messages.choices import Reason

CONNECT_SECONDS = 5
WHOLE_SECONDS = 10
MOST_BYTES = 64 * 1024


class CallFailed(Exception):
    """No answer that counts; `reason` is one of Reason. Never quotes what the other side said."""

    def __init__(self, reason: str):
        self.reason = reason
        super().__init__(reason)


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes


def post(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    may_call: Callable[[str], bool] = lambda _address: True,
    method: str = "POST",
    seconds: float = WHOLE_SECONDS,
    most_bytes: int = MOST_BYTES,
) -> Answer:
    """Send and read at most `most_bytes` of the answer, all of it within `seconds`. Raises CallFailed.

    `may_call` judges every address that the name has; one that it refuses refuses the whole.
    """
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    place = (parts.hostname, parts.port or (443 if secure else 80))
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    connection = _Pinned(place, secure=secure, may_call=may_call, seconds=seconds)
    try:
        with connection.within(seconds):
            connection.request(method, target, body=body, headers={"User-Agent": "elevator-platform", **headers})
            answer = connection.getresponse()
            return Answer(answer.status, answer.read(most_bytes))
    except CallFailed:
        raise
    except ssl.SSLCertVerificationError:
        raise CallFailed(Reason.CERTIFICATE) from None
    except (OSError, http.client.HTTPException, ValueError):
        raise CallFailed(Reason.TIMEOUT if connection.late else Reason.UNREACHABLE) from None
    finally:
        connection.close()


class _Pinned(http.client.HTTPConnection):
    """A connection to an address that was judged; the name is used for TLS and the Host header only."""

    def __init__(self, place, *, secure, may_call, seconds):
        super().__init__(place[0], place[1], timeout=min(CONNECT_SECONDS, seconds))
        self.default_port = 443 if secure else 80  # whether the Host header names the port
        self._secure, self._may_call = secure, may_call
        self.late = False

    def connect(self):
        found = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
        addresses = list(dict.fromkeys(entry[4][0] for entry in found))
        if not addresses or not all(self._may_call(address) for address in addresses):
            raise CallFailed(Reason.FORBIDDEN_ADDRESS)
        if self.late:  # the resolver took all the time there was
            raise TimeoutError
        self.sock = self._first_that_answers(addresses)
        if self._secure:
            self.sock = ssl.create_default_context().wrap_socket(self.sock, server_hostname=self.host)

    def _first_that_answers(self, addresses):
        for number, address in enumerate(addresses[:4], start=1):
            try:
                return socket.create_connection((address, self.port), timeout=self.timeout)
            except TimeoutError:
                self.late = True
                raise
            except OSError:
                if number == len(addresses[:4]):
                    raise
        raise OSError("no address")

    @contextlib.contextmanager
    def within(self, seconds):
        """Cut the line when the whole takes longer: a time-out of the socket starts anew with every byte."""
        timer = threading.Timer(seconds, self._cut)
        timer.daemon = True
        timer.start()
        try:
            yield
        except TimeoutError:
            self.late = True
            raise
        finally:
            timer.cancel()

    def _cut(self):
        self.late = True
        if self.sock is not None:
            with contextlib.suppress(OSError):
                self.sock.shutdown(socket.SHUT_RDWR)
