"""How tests knock at the pages of people and units."""

import uuid

TEMPORARY = "abcd-efgh-jkmn-pqr2"
UNKNOWN = "01900000-0000-7000-8000-000000000000"


def post(client, path, *, key=None, **data):
    return client.post(path, {"idempotency_key": key or str(uuid.uuid4()), **data})


def person_path(user, step="") -> str:
    return f"/accounts/people/{user.public_id}/{step}"


def text_of(answer) -> str:
    return answer.content.decode()
