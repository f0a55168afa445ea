"""No route shows or changes what is another's: every address × person × object × verb."""

import pytest

from tests.factories.make import client_for
from tests.matrix import accounts, intake, platform, registry
from tests.matrix.framework import all_routes, walk_row
from tests.matrix.people import EVERYBODY

MATRIX = {**platform.ROWS, **accounts.ROWS, **registry.ROWS, **intake.ROWS}


def test_every_route_has_a_row():
    """A new route is decided here before it is served."""
    assert sorted(set(all_routes()) - set(MATRIX)) == []
    assert sorted(set(MATRIX) - set(all_routes())) == []


def test_everybody_of_the_cast_walks(cast):
    assert set(cast.players) == set(EVERYBODY)


@pytest.mark.parametrize("name", sorted(MATRIX))
def test_route(name, cast, record_property):
    clients = {who: cast.players[who].client() for who in EVERYBODY} | {"stranger to all": client_for(None)}
    for client in clients.values():
        client.raise_request_exception = False
    walk = walk_row(MATRIX[name], cast, clients)
    record_property("requests", walk.asked)
    assert walk.findings == [], "\n".join(map(str, walk.findings[:25]))
