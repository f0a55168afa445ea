"""Rows of the register's routes."""

import uuid

from django.urls import reverse

from common.clock import now
from registry.actions import quality
from registry.models import DataIssue, Responsibility
from tests.matrix.framework import UNKNOWN, Right, Row

OWN, FOREIGN, FORMER, JIANGBEI = "elevator_own", "elevator_foreign", "elevator_former", "elevator_jiangbei"
ALL = {OWN, FOREIGN, FORMER, JIANGBEI}
OBJECTS = (OWN, FOREIGN, FORMER, JIANGBEI, UNKNOWN)

# Who sees which elevator, who may correct it, who may register and assign: literal, see tests/factories/cast.py.
SEES = {
    "own_manager": {OWN},
    "colleague": {OWN},
    "stranger": {FOREIGN, FORMER, JIANGBEI},
    "maintainer": {OWN},
    "strong_weak": ALL,
    "city_regulator": ALL,
    "district_regulator": {OWN},
    "other_district_regulator": {FOREIGN, FORMER},
    "jiangbei_regulator": {JIANGBEI},
    "subdistrict_officer": {OWN},
    "industry_officer": {FOREIGN},
    "dispatcher": ALL,
    "auditor": ALL,
}
CHANGES = {
    "own_manager": {OWN},
    "stranger": {FOREIGN, FORMER, JIANGBEI},
    "strong_weak": {FOREIGN, FORMER, JIANGBEI},
    "city_regulator": ALL,
    "district_regulator": {OWN},
    "other_district_regulator": {FOREIGN, FORMER},
    "jiangbei_regulator": {JIANGBEI},
}
REGISTERS = {name: CHANGES[name] for name in CHANGES if name.endswith("regulator")}
# Holds VIEW_ELEVATOR somewhere although today nothing comes of it.
LOOKS = {name: {"-"} for name in [*SEES, "former"]}
CREATES = {name: {"-"} for name in CHANGES}
# Holds CHANGE_REGISTRATION over some area.
DECIDES = {name: {"-"} for name in REGISTERS}


def public_id(cast, obj):
    return uuid.UUID(int=7) if obj == UNKNOWN else getattr(cast, obj).public_id


def page(name):
    return lambda cast, obj: reverse(f"registry:{name}", args=[public_id(cast, obj)])


def api(tail):
    return lambda cast, obj: f"/api/v1/registry/{tail.format(id=public_id(cast, obj) if '{id}' in tail else '')}"


def about(cast, obj):
    """A text that only this elevator's row holds; all names for None."""
    return ALL if obj is None else str(getattr(cast, obj).public_id)


def responsibility(cast, obj):
    """The current using unit's responsibility for the elevator."""
    if obj == UNKNOWN:
        return uuid.UUID(int=7)
    row = Responsibility.objects.get(elevator=getattr(cast, obj), role="USING_UNIT", ended_at=None)
    return row.public_id


def data_issue(cast, obj):
    """One open issue about the elevator's data."""
    if obj == UNKNOWN:
        return uuid.UUID(int=7)
    elevator = getattr(cast, obj)
    if not DataIssue.objects.filter(elevator=elevator).exists():
        quality.judge_all_due(at=now())
    return DataIssue.objects.filter(elevator=elevator).order_by("pk")[0].public_id


def judged(path: str):
    """The path, once every elevator of the cast has been judged."""

    def ready(_cast, _obj):
        quality.judge_all_due(at=now())
        return path

    return ready


def fold_form(_cast, _obj):
    return {"spellings": "Nobody wrote this", "name": "Nobody"}


def accept_form(_cast, _obj):
    return {"reason": "the plate says so"}


def change_form(cast, obj):
    if obj == UNKNOWN:
        return {}
    row = getattr(cast, obj)
    return {
        "rescue_code": row.rescue_code,
        "area": row.area.code,
        "address": "changed by the matrix",
        "place_type": row.place_type,
        "version": row.version,
    }


def new_form(cast, _obj):
    return {"area": "320106001", "address": "entered by the matrix", "place_type": "OFFICE"}


def assign_form(cast, _obj):
    unit = cast.unit_a
    return {
        "role": "INSURER",
        "unit": str(unit.public_id),
        "started_on": "2026-01-01T00:00",
        "reference": "matrix",
    }


def assign_json(cast, _obj):
    return {
        "role": "INSURER",
        "unit": str(cast.unit_a.public_id),
        "started_at": "2026-01-01T00:00:00Z",
        "reference": "matrix",
    }


def end_form(_cast, _obj):
    return {"ended_at": "2036-01-01T00:00"}


def bulk_form(cast, obj):
    """Confirmed: with the mark of the preview that shows just this."""
    from registry.actions.bulk import fingerprint, plan_bulk_change

    row = None if obj == UNKNOWN else getattr(cast, obj)
    seen = fingerprint(plan_bulk_change([row], {"place_type": "SCHOOL"})) if row else "nothing"
    return {"ids": [str(public_id(cast, obj))], "place_type": "SCHOOL", "seen": seen}


def version_header(cast, obj):
    return {"If-Match": '"0"' if obj == UNKNOWN else f'"{getattr(cast, obj).version}"'}


GET = Right(SEES)
REDIRECT, CREATED = frozenset({302}), frozenset({201})
# regulators enter what lies in their area only, and the form's area is 鼓楼's
ENTERS = {name: {"-"} for name in ("own_manager", "stranger", "strong_weak", "city_regulator", "district_regulator")}


def search_row():
    """Search answers everybody: a redirect to the one elevator for those who see it, an empty page for the others."""
    from tests.matrix.people import EVERYBODY

    return Row(
        path=lambda cast, obj: (
            f"{reverse('registry:search')}?q={'000000' if obj == UNKNOWN else getattr(cast, obj).rescue_code}"
        ),
        rights={"GET": Right({name: set(OBJECTS) for name in EVERYBODY}, ok=frozenset({200, 302}))},
        objects=OBJECTS,
        redirects=lambda cast, who, obj: page("elevator")(cast, obj) if obj in SEES.get(who, ()) else None,
    )


EVERY_ADDRESS = "sample road"  # every elevator of the cast is found by it, by those who see it


ROWS = {
    "registry:elevators": Row(
        path=lambda cast, obj: reverse("registry:elevators"), rights={"GET": Right(LOOKS)}, lists=SEES, marks=about
    ),
    "registry:search": search_row(),
    "registry:suggestions": Row(
        path=lambda cast, obj: f"{reverse('registry:suggestions')}?q={EVERY_ADDRESS}",
        rights={"GET": Right({})},
        for_everybody=True,
        lists=SEES,
        marks=about,
    ),
    "registry:site_picker": Row(path=lambda cast, obj: reverse("registry:site_picker"), rights={"GET": Right(LOOKS)}),
    # figures of what one sees, never rows of others: tests/registry/test_map.py
    "registry:map": Row(path=lambda cast, obj: reverse("registry:map"), rights={"GET": Right(LOOKS)}),
    "registry:map_clusters": Row(
        path=lambda cast, obj: f"{reverse('registry:map_clusters')}?bbox=118,31,120,33", rights={"GET": Right(LOOKS)}
    ),
    "registry:map_place": Row(
        path=lambda cast, obj: f"{reverse('registry:map_place')}?bbox=118,31,120,33", rights={"GET": Right(LOOKS)}
    ),
    "registry:create_elevator": Row(
        path=lambda cast, obj: reverse("registry:create_elevator"),
        rights={"GET": Right(CREATES), "POST": Right(ENTERS, ok=REDIRECT, body=new_form)},
        sees=CREATES,
    ),
    "registry:elevator": Row(path=page("elevator"), rights={"GET": GET}, objects=OBJECTS),
    "registry:change_elevator": Row(
        path=page("change_elevator"),
        rights={"GET": Right(CHANGES), "POST": Right(CHANGES, ok=REDIRECT, body=change_form)},
        objects=OBJECTS,
        sees=SEES,
    ),
    "registry:bulk_change": Row(
        path=lambda cast, obj: f"{reverse('registry:bulk_change')}?ids={public_id(cast, obj)}",
        rights={"GET": Right(REGISTERS), "POST": Right(REGISTERS, ok=REDIRECT, body=bulk_form)},
        objects=OBJECTS,
        sees=SEES,
    ),
    "registry:assign_responsibility": Row(
        path=page("assign_responsibility"),
        rights={"GET": Right(REGISTERS), "POST": Right(REGISTERS, ok=REDIRECT, body=assign_form)},
        objects=OBJECTS,
        sees=SEES,
    ),
    "registry:end_responsibility": Row(
        path=lambda cast, obj: reverse("registry:end_responsibility", args=[responsibility(cast, obj)]),
        rights={"GET": Right(REGISTERS), "POST": Right(REGISTERS, ok=REDIRECT, body=end_form)},
        objects=OBJECTS,
        sees=SEES,
    ),
    "registry:data_issues": Row(
        path=judged("/elevators/quality/"),
        rights={"GET": Right(LOOKS)},
        lists=SEES,
        marks=about,
    ),
    "registry:accept_data_issue": Row(
        path=lambda cast, obj: reverse("registry:accept_data_issue", args=[data_issue(cast, obj)]),
        rights={"GET": Right(CHANGES), "POST": Right(CHANGES, ok=REDIRECT, body=accept_form)},
        objects=OBJECTS,
        sees=SEES,
    ),
    "registry:quality_scores": Row(
        path=lambda cast, obj: reverse("registry:quality_scores"), rights={"GET": Right(LOOKS)}
    ),
    "registry:spellings": Row(
        path=lambda cast, obj: reverse("registry:spellings"),
        # the elevators of the cast have no manufacturer: whoever may fold finds no such spelling
        rights={"GET": Right(DECIDES), "POST": Right(DECIDES, ok=frozenset({422}), body=fold_form)},
    ),
    # --- REST ---------------------------------------------------------------------------------------------------------
    "registry-api:elevator-list": Row(
        path=api("elevators/"),
        rights={"GET": Right(LOOKS), "POST": Right(ENTERS, ok=CREATED, body=new_form)},
        json=True,
        lists=SEES,
        marks=about,
        sees=LOOKS,
    ),
    "registry-api:elevator-detail": Row(
        path=api("elevators/{id}/"),
        rights={
            "GET": GET,
            "PATCH": Right(CHANGES, body=lambda cast, obj: {"address": "matrix"}, headers=version_header),
        },
        objects=OBJECTS,
        json=True,
        sees=SEES,
    ),
    "registry-api:elevator-by-code": Row(
        path=lambda cast, obj: (
            f"/api/v1/registry/elevators/by-code/{'000000' if obj == UNKNOWN else getattr(cast, obj).rescue_code}/"
        ),
        rights={"GET": GET},
        objects=OBJECTS,
        json=True,
    ),
    "registry-api:elevator-bulk-change": Row(
        path=api("elevators/bulk-change/"),
        rights={
            "POST": Right(
                REGISTERS, body=lambda cast, obj: {"ids": [str(public_id(cast, obj))], "place_type": "SCHOOL"}
            )
        },
        objects=OBJECTS,
        json=True,
        sees=SEES,
    ),
    "registry-api:clusters": Row(
        path=api("elevators/clusters/?zoom=5&bbox=118,31,120,33"), rights={"GET": Right(LOOKS)}, json=True
    ),
    "registry-api:life_events": Row(
        path=api("elevators/{id}/life-events/"), rights={"GET": GET}, objects=OBJECTS, json=True
    ),
    "registry-api:responsibilities": Row(
        path=api("elevators/{id}/responsibilities/"),
        rights={"GET": GET, "POST": Right(REGISTERS, ok=CREATED, body=assign_json)},
        objects=OBJECTS,
        json=True,
        sees=SEES,
    ),
    "registry-api:end_responsibility": Row(
        path=lambda cast, obj: f"/api/v1/registry/responsibilities/{responsibility(cast, obj)}/end/",
        rights={"POST": Right(REGISTERS, body=lambda cast, obj: {"ended_at": "2036-01-01T00:00:00Z"})},
        objects=OBJECTS,
        json=True,
        sees=SEES,
    ),
    "registry-api:dataissue-list": Row(
        path=judged("/api/v1/registry/data-issues/"), rights={"GET": Right(LOOKS)}, json=True, lists=SEES, marks=about
    ),
    "registry-api:dataissue-detail": Row(
        path=lambda cast, obj: f"/api/v1/registry/data-issues/{data_issue(cast, obj)}/",
        rights={"GET": GET},
        objects=OBJECTS,
        json=True,
    ),
    "registry-api:dataissue-accept": Row(
        path=lambda cast, obj: f"/api/v1/registry/data-issues/{data_issue(cast, obj)}/accept/",
        rights={"POST": Right(CHANGES, body=accept_form)},
        objects=OBJECTS,
        json=True,
        sees=SEES,
    ),
    "registry-api:search": Row(
        path=api(f"search/?q={EVERY_ADDRESS}"), rights={"GET": Right(LOOKS)}, json=True, lists=SEES, marks=about
    ),
    "registry-api:site-list": Row(path=api("sites/"), rights={"GET": Right(LOOKS)}, json=True),
    "registry-api:site-detail": Row(
        path=api("sites/{id}/"), rights={"GET": Right({})}, objects=(UNKNOWN,), json=True, sees={}
    ),
    "registry-api:classes": Row(path=api("classes/"), rights={"GET": Right({})}, json=True, for_everybody=True),
}
