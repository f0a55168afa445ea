"""No route shows or changes what is another's: every address × person × object × verb."""

import datetime as dt
import subprocess

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.http import HttpResponse

from accounts.rules import sessions
from common import middleware
from stack import postgres
from tests.factories.canaries import CANARIES, seen_in
from tests.factories.cast import make_cast
from tests.factories.make import client_for
from tests.matrix import (
    accounts,
    applications,
    assessments,
    audit,
    certificates,
    climate,
    complaints,
    compliance,
    disclosures,
    documents,
    due,
    duties,
    handovers,
    hazards,
    inspection,
    intake,
    keys,
    law,
    machines,
    messages,
    plates,
    platform,
    registrations,
    registry,
    reports,
    risk,
    signal,
    waivers,
)
from tests.matrix.framework import all_routes, walk_row
from tests.matrix.people import EVERYBODY

MATRIX = {
    **platform.ROWS,
    **accounts.ROWS,
    **assessments.ROWS,
    **audit.ROWS,
    **certificates.ROWS,
    **machines.ROWS,
    **messages.ROWS,
    **registry.ROWS,
    **documents.ROWS,
    **duties.ROWS,
    **registrations.ROWS,
    **climate.ROWS,
    **complaints.ROWS,
    **hazards.ROWS,
    **compliance.ROWS,
    **risk.ROWS,
    **due.ROWS,
    **waivers.ROWS,
    **disclosures.ROWS,
    **handovers.ROWS,
    **inspection.ROWS,
    **applications.ROWS,
    **reports.ROWS,
    **keys.ROWS,
    **law.ROWS,
    **signal.ROWS,
    **plates.ROWS,
    **intake.ROWS,
}


@pytest.fixture(scope="module")
def stage(django_db_setup, django_db_blocker, renew_database, tmp_path_factory):
    """The cast, signed in, once for all routes of this process: every request is undone by itself (framework.ask).

    Committed, not kept in one open transaction: that would hold back the ledgers' horizon, which is the whole
    server's, for as long as the matrix takes.
    """
    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch:
        # A third of the matrix's time went into drawing refusals, whose looks other tests see to.
        patch.setattr(middleware, "render", lambda request, template, context, status: HttpResponse(status=status))
        # Each request is undone and with it that its sender was seen: after a minute every one would write it again.
        patch.setattr(sessions, "noted_each", lambda _profile: dt.timedelta(days=1))
        patch.setattr(settings, "SEALED_DIR", tmp_path_factory.mktemp("sealed"))
        with transaction.atomic():
            cast = make_cast()
            clients = {who: cast.players[who].client() for who in EVERYBODY} | {"stranger to all": client_for(None)}
        for client in clients.values():
            client.raise_request_exception = False
        yield cast, clients, {who: client.cookies.output() for who, client in clients.items()}
        renew_database()


def test_every_route_has_a_row():
    """A new route is decided here before it is served."""
    assert sorted(set(all_routes()) - set(MATRIX)) == []
    assert sorted(set(MATRIX) - set(all_routes())) == []


def test_everybody_of_the_cast_walks(stage):
    cast, _clients, _cookies = stage
    assert set(cast.players) == set(EVERYBODY)


def test_no_number_of_the_cast_stands_in_a_dump(stage, tried):
    """The whole database as pg_dump writes it holds the sealed rows and none of the numbers."""
    place = connection.settings_dict
    answer = subprocess.run(
        [postgres.find_programs()["pg_dump"], place["NAME"]],
        env={f"PG{name}": str(place[name]) for name in ("HOST", "PORT", "USER", "PASSWORD")},
        capture_output=True,
        check=True,
    )
    dump = answer.stdout.decode()
    assert dump.partition("COPY public.accounts_personaldetails ")[2].partition("\\.")[0].count("\\\\x01") >= 6
    bytes_written = "".join(f"{canary.encode().hex()} " for canary in CANARIES).split()
    assert (seen_in(dump), [one for one in bytes_written if one in dump]) == ([], [])
    tried("secrets × places searched", len(CANARIES))


@pytest.mark.parametrize("name", sorted(MATRIX))
def test_route(name, stage, tried):
    cast, clients, cookies = stage
    for who, client in clients.items():  # some route signed them out
        client.cookies.clear()
        client.cookies.load(cookies[who].replace("Set-Cookie: ", ""))
    with transaction.atomic():  # what a row prepares for itself (an issue, an upload) goes with it
        walk = walk_row(MATRIX[name], cast, clients)
        transaction.set_rollback(True)
    assert walk.findings == [], "\n".join(map(str, walk.findings[:25]))
    tried("route × role × object × verb", walk.asked)
