"""How tests knock at the pages and the REST face of applications about use registrations."""

from itertools import count

from common.clock import now
from registry.actions.registration_decisions import return_application
from tests.factories.make import client_for
from tests.factories.registrations import submitted

BASE = "/elevators/registrations/"
API = "/api/v1/registry/"
_CLICKS = count(1)


def english(player):
    return client_for(player.user, **{"Accept-Language": "en"})


def key():
    return f"click-number-{next(_CLICKS)}"


def post(client, path, **values):
    return client.post(path, {"idempotency_key": key(), **values})


def rest(client, address, body, given=None):
    headers = {"Idempotency-Key": given or key()}
    return client.post(address, body, content_type="application/json", headers=headers)


def returned(cast, elevator, remarks, kind="REGISTER"):
    row = submitted(elevator, kind, cast.own_manager)
    return return_application(application=row, remarks=remarks, by=cast.city_regulator.actor(), at=now())
