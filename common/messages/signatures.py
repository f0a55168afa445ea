"""How a webhook is signed (docs/api.md tells receivers): HMAC-SHA256 over id, moment and body. Plain Python.

`Webhook-Signature: 2;v1=<hex> 1;v1=<hex>`: the number of the secret before each signature, two while one secret is exchanged
for the next. Receivers compare in constant time, refuse moments further than REPLAY_WINDOW from their own clock, and
remember the ids of that time.
"""

import datetime as dt
import hmac
from collections.abc import Iterable

REPLAY_WINDOW = dt.timedelta(minutes=5)
FORMER_KEPT = dt.timedelta(hours=24)


def signature(secret: str, *, id: str, timestamp: int, body: bytes) -> str:
    """Hexadecimal HMAC-SHA256 with the secret's text as key."""
    return hmac.new(secret.encode(), f"{id}.{timestamp}.".encode() + body, "sha256").hexdigest()


def headers(secrets: Iterable[tuple[int, str]], *, id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """What travels with a body: id, moment (seconds since 1970), and a signature for each (number, secret)."""
    signed = [f"{number};v1={signature(secret, id=id, timestamp=timestamp, body=body)}" for number, secret in secrets]
    return {"Webhook-Id": id, "Webhook-Timestamp": str(timestamp), "Webhook-Signature": " ".join(signed)}
