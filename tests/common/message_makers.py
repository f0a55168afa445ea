"""What tests of messages share: a kind to say, a receiver over real HTTP, an adapter that a test steers."""

import hashlib
import hmac
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from common.messages.choices import Group
from common.messages.kinds import MessageKind
from common.messages.senders import Sent

KIND, NEWS = "tests.alert", "tests.news"


def alert_kind() -> MessageKind:
    return MessageKind("test alert", Group.ALERT, "Overdue: %(what)s", "Since %(since)s.")


def news_kind() -> MessageKind:
    return MessageKind("test news", Group.NEWS, "News of %(what)s")


class SteeredSms:
    """An adapter in the settings' place. `does(id)` may raise; `sent` holds (to, text, id) of what went out."""

    sent: list = []
    does = staticmethod(lambda id: Sent(delivered=True))
    told: dict = {}

    def send(self, *, to, mask, text, id):
        answer = type(self).does(id)
        type(self).sent.append((to, text, id))
        return answer

    def reports(self, references):
        return {name: self.told[name] for name in references if name in self.told}


class Receiver:
    """A real server on the loopback that notes what it gets and answers as told."""

    def __init__(self):
        self.got, self.answers, self.delay, self.bodies = [], [], 0.0, b"ok"
        self.headers_out = {}
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def _take(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                receiver.got.append((self.command, self.path, dict(self.headers), body))
                if receiver.delay:
                    time.sleep(receiver.delay)
                status = receiver.answers.pop(0) if receiver.answers else 200
                self.send_response(status)
                for name, value in receiver.headers_out.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(receiver.bodies)))
                self.end_headers()
                self.wfile.write(receiver.bodies)

            do_POST = do_GET = _take

            def log_message(self, *_arguments):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/hook"

    def close(self):
        self._server.shutdown()
        self._server.server_close()


def verified(headers: dict, body: bytes, secrets: dict[int, str], *, now: float) -> dict:
    """What a careful receiver does, written from docs/api.md and nothing of ours. Raises ValueError."""
    moment = int(headers["Webhook-Timestamp"])
    if abs(now - moment) > 300:
        raise ValueError("too old")
    signed = headers["Webhook-Id"].encode() + b"." + str(moment).encode() + b"." + body
    for part in headers["Webhook-Signature"].split(" "):
        number, _, rest = part.partition(";")
        version, _, given = rest.partition("=")
        secret = secrets.get(int(number))
        if secret is None or version != "v1":
            continue
        wanted = hmac.new(secret.encode("ascii"), signed, hashlib.sha256).hexdigest()
        if hmac.compare_digest(wanted, given):
            return json.loads(body)
    raise ValueError("no signature fits")
