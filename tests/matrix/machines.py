"""Rows of the machines of units and of the endpoint that gives them tokens."""

import uuid

from accounts.actions.machines import create_client, issue_secret
from accounts.models import ApiClient
from common.actor import system
from common.clock import now
from tests.matrix.accounts import DONE
from tests.matrix.framework import UNKNOWN, Right, Row

UNIT_A, UNIT_B = "unit_a", "unit_b"
SOME, BOTH = (UNIT_A, UNIT_B, UNKNOWN), {UNIT_A, UNIT_B}
# its administrator and whoever holds the rights that a machine is to have
MANAGES = {"unit_admin": {UNIT_A}, "own_manager": {UNIT_A}, "stranger": {UNIT_B}, "strong_weak": {UNIT_B}}
ELSEWHERE = {"maintainer": set(), "former": set()}  # of units whose machines are not walked here
SEES = MANAGES | ELSEWHERE | {"system_admin": BOTH}
LISTS = {name: {"-"} for name in SEES}
ENTERS = {name: {"-"} for name in MANAGES | ELSEWHERE}


def machine(cast, obj) -> ApiClient:
    unit, by = getattr(cast, obj), system("tests")
    row = ApiClient.objects.filter(unit=unit).first()
    if row is None:
        row = create_client(
            unit=unit, name=f"of {obj}", permissions=["accounts.view_unit"], rate_per_minute=600, by=by, at=now()
        )
        issue_secret(client=row, by=by, at=now())
    return row


def path(form: str):
    return lambda cast, obj: form.format(uuid.UUID(int=7) if obj == UNKNOWN else machine(cast, obj).public_id)


def secret_path(form: str):
    def made(cast, obj):
        if obj == UNKNOWN:
            return form.format(uuid.UUID(int=7), uuid.UUID(int=8))
        row = machine(cast, obj)
        return form.format(row.public_id, row.secrets.first().public_id)

    return made


def every(address: str):
    def made(cast, _obj):
        for name in BOTH:
            machine(cast, name)
        return address

    return made


def marks(cast, obj):
    return BOTH if obj is None else str(machine(cast, obj).public_id)


def values(cast, obj):
    return {"name": "Matrix", "permissions": ["accounts.view_unit"], "rate_per_minute": 10}


def new(cast, obj):
    return values(cast, obj) | {"unit": str(cast.unit_a.public_id)}


def nothing(_cast, _obj):
    return {}


def step(form, table, body=nothing, at=path, ok=DONE):
    return Row(
        path=at(form), rights={"GET": Right(table), "POST": Right(table, ok=ok, body=body)}, objects=SOME, sees=SEES
    )


PAGE = "/accounts/machines/"
REFUSED = Right({}, ok=frozenset({400, 429, 405}))
ROWS = {
    "accounts:clients": Row(path=every(PAGE), rights={"GET": Right(LISTS)}, lists=SEES, marks=marks),
    "accounts:create_client": Row(
        path=lambda cast, obj: f"{PAGE}new/",
        rights={"GET": Right(ENTERS), "POST": Right(ENTERS, ok=DONE | {422}, body=new)},
    ),
    "accounts:client": Row(path=path(PAGE + "{}/"), rights={"GET": Right(SEES)}, objects=SOME),
    "accounts:change_client": step(PAGE + "{}/change/", MANAGES, values),
    "accounts:revoke_client": step(PAGE + "{}/revoke/", SEES),
    "accounts:issue_secret": step(PAGE + "{}/secrets/new/", MANAGES, ok=frozenset({200})),
    "accounts:revoke_secret": step(PAGE + "{}/secrets/{}/revoke/", SEES, at=secret_path),
    # for machines with a secret; a session opens nothing here
    "oauth_token": Row(
        path=lambda cast, obj: "/api/v1/oauth/token/",
        rights=dict.fromkeys(("GET", "POST", "PUT", "PATCH", "DELETE"), REFUSED),
        public=True,
        for_everybody=True,
    ),
}
