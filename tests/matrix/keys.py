"""Rows of special keys: each unit keeps its own; the regulator of the place sees them."""

import uuid

from common.clock import now
from registry.actions.keys import enter_key, issue_key
from registry.models import SpecialKey
from tests.matrix.climate import SOME
from tests.matrix.framework import UNKNOWN, Right, Row
from tests.matrix.registry import FOREIGN, FORMER, JIANGBEI, OWN, SEES, api, page

# keys: of unit A and of the maintenance unit, both for the own elevator; of unit B for the foreign one
OURS, THEIRS, FOREIGNS = "key_of_a", "key_of_maintenance", "key_of_b"
OBJECTS = (OURS, THEIRS, FOREIGNS, UNKNOWN)
KEEPER = {OURS: "own_manager", THEIRS: "maintainer", FOREIGNS: "stranger"}
KEEPS = {"own_manager": {OURS}, "maintainer": {THEIRS}, "stranger": {FOREIGNS}, "strong_weak": {FOREIGNS}}
VIEWS = KEEPS | {
    "city_regulator": {OURS, THEIRS, FOREIGNS},
    "district_regulator": {OURS, THEIRS},
    "other_district_regulator": {FOREIGNS},
    "jiangbei_regulator": set(),
}
LISTS = {name: {"-"} for name in [*VIEWS, "former"]}
PICKS = {name: {"-"} for name in [*KEEPS, "former"]}
ENTERS = {
    "own_manager": {OWN},
    "maintainer": {OWN},
    "stranger": {FOREIGN, FORMER, JIANGBEI},
    "strong_weak": {FOREIGN, FORMER, JIANGBEI},
}
DONE = frozenset({302})


def key(cast, obj) -> SpecialKey:
    if (row := SpecialKey.objects.filter(label=obj).first()) is None:
        elevator = cast.elevator_foreign if obj == FOREIGNS else cast.elevator_own
        by = cast.players[KEEPER[obj]].actor()
        row = enter_key(elevator=elevator, label=obj, kind="DOOR", by=by, at=now())
    return row


def handed_out(cast, obj) -> SpecialKey:
    row, keeper = key(cast, obj), cast.players[KEEPER[obj]]
    issue_key(key=row, holder=keeper.user, purpose="matrix", hours=1, by=keeper.actor(), at=now())
    return row


def path(form: str, made=key):
    return lambda cast, obj: form.format(uuid.UUID(int=7) if obj == UNKNOWN else made(cast, obj).public_id)


def every(address: str):
    def made(cast, _obj):
        for name in KEEPER:
            key(cast, name)
        return address

    return made


def marks(_cast, obj):
    return set(KEEPER) if obj is None else obj


def entering(_cast, _obj):
    return {"label": "T-1", "kind": "DOOR"}


def issuing(cast, obj):
    return {"holder": cast.players[KEEPER.get(obj, "own_manager")].user.username, "purpose": "matrix", "hours": 1}


def note(_cast, _obj):
    return {"note": "of the matrix"}


PAGE, API = "/elevators/keys/", "/api/v1/registry/special-keys/"
ABOUT = {"objects": OBJECTS, "sees": VIEWS}


def step(name: str, body=None, made=key) -> Row:
    rights = {"GET": Right(KEEPS), "POST": Right(KEEPS, ok=DONE, body=body)}
    return Row(path=path(f"{PAGE}{{}}/{name}/", made), rights=rights, **ABOUT)


def verb(name: str, body=None, made=key) -> Row:
    return Row(path=path(f"{API}{{}}/{name}/", made), rights={"POST": Right(KEEPS, body=body)}, json=True, **ABOUT)


ROWS = {
    "registry:special_keys": Row(path=every(PAGE), rights={"GET": Right(LISTS)}, lists=VIEWS, marks=marks),
    "registry:special_key": Row(path=path(f"{PAGE}{{}}/"), rights={"GET": Right(VIEWS)}, objects=OBJECTS),
    "registry:issue_key": step("issue", issuing),
    "registry:return_key": step("return", made=handed_out),
    "registry:lose_key": step("lost", note),
    "registry:retire_key": step("retire", note),
    "registry:key_holder_picker": Row(
        path=lambda _cast, _obj: "/elevators/pickers/key-holders/", rights={"GET": Right(PICKS)}
    ),
    "registry:enter_key": Row(
        path=page("enter_key"),
        rights={"GET": Right(ENTERS), "POST": Right(ENTERS, ok=DONE, body=entering)},
        objects=SOME,
        sees=SEES,
    ),
    "registry-api:elevator_keys": Row(
        path=api("elevators/{id}/special-keys/"),
        rights={"GET": Right(SEES), "POST": Right(ENTERS, ok=frozenset({201}), body=entering)},
        objects=SOME,
        json=True,
        sees=SEES,
    ),
    "registry-api:specialkey-list": Row(
        path=every(API), rights={"GET": Right(LISTS)}, json=True, lists=VIEWS, marks=marks
    ),
    "registry-api:specialkey-detail": Row(
        path=path(f"{API}{{}}/"), rights={"GET": Right(VIEWS)}, objects=OBJECTS, json=True
    ),
    "registry-api:specialkey-issue": verb("issue", issuing),
    "registry-api:specialkey-bring-back": verb("return", made=handed_out),
    "registry-api:specialkey-lose": verb("lose", note),
    "registry-api:specialkey-retire": verb("retire", note),
}
