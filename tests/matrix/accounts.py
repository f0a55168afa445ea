"""Rows of the routes about people and units."""

import datetime as dt
import uuid

from django.urls import reverse

from accounts.models import AreaGrant, Invitation, Membership
from common.clock import now
from tests.factories.canaries import phone_of
from tests.matrix.framework import UNKNOWN, Right, Row

# People: one of unit A, one of unit B, an officer with an area, nobody at all.
OWN, FOREIGN, OFFICER = "own_manager", "stranger", "city_regulator"
PEOPLE = (OWN, FOREIGN, OFFICER, UNKNOWN)
KNOWN = {OWN, FOREIGN, OFFICER}
PLATFORM = ("auditor", "system_admin", "security_admin", "audit_admin")

SEES_PEOPLE = {"unit_admin": {OWN}} | dict.fromkeys(PLATFORM, KNOWN)
CHANGES_PEOPLE = {"system_admin": KNOWN, "security_admin": KNOWN}
ENDS_SESSIONS = {"unit_admin": {OWN}, "system_admin": KNOWN, "security_admin": KNOWN}
HOLDS_NUMBERS = {"unit_admin": {OWN}, "system_admin": KNOWN}
GIVES_UNIT_ROLES = {"unit_admin": {OWN}, "security_admin": KNOWN}
GIVES_ANY_ROLE = {"security_admin": KNOWN}
ENTERS_PEOPLE = {"unit_admin": {"-"}, "system_admin": {"-"}}
LISTS_PEOPLE = {name: {"-"} for name in SEES_PEOPLE}

# Units: A's, B's. An office of a city or district sees every unit of the city, since units work across districts.
UNIT_A, UNIT_B = "unit_a", "unit_b"
UNITS = (UNIT_A, UNIT_B, UNKNOWN)
BOTH = {UNIT_A, UNIT_B}
CITY_WIDE = (
    "city_regulator",
    "district_regulator",
    "other_district_regulator",
    "jiangbei_regulator",
    "subdistrict_officer",
    "industry_officer",
    "dispatcher",
    "auditor",
    "system_admin",
    "security_admin",
)
SEES_UNITS = {
    "own_manager": {UNIT_A},
    "unit_admin": {UNIT_A},
    "stranger": {UNIT_B},
    "strong_weak": {UNIT_B},
} | dict.fromkeys(CITY_WIDE, BOTH)
LISTS_UNITS = {name: {"-"} for name in [*SEES_UNITS, "maintainer", "former"]}
CHANGES_UNITS = {"city_regulator": BOTH, "system_admin": BOTH}
ENTERS_UNITS = {name: {"-"} for name in CHANGES_UNITS}

DONE, CREATED = frozenset({302}), frozenset({201})
NIL = uuid.UUID(int=7)


def person(cast, obj):
    return NIL if obj == UNKNOWN else cast.players[obj].user.public_id


def unit(cast, obj):
    return NIL if obj == UNKNOWN else getattr(cast, obj).public_id


def page(name, of):
    return lambda cast, obj: reverse(f"accounts:{name}", args=[of(cast, obj)])


def plain(name):
    return lambda cast, obj: reverse(f"accounts:{name}")


def membership(cast, obj):
    if obj not in (OWN, FOREIGN):
        return NIL
    return Membership.objects.get(user=cast.players[obj].user).public_id


def grant(cast, obj):
    return AreaGrant.objects.get(user=cast.players[obj].user).public_id if obj == OFFICER else NIL


def named(cast, obj):
    return {OWN, FOREIGN} if obj is None else str(person(cast, obj))


def unit_named(cast, obj):
    return BOTH if obj is None else str(unit(cast, obj))


# who sees both the unit and its person; the audit administrator sees no units
REMOVES_SEEN = {"unit_admin": {OWN}} | dict.fromkeys(("auditor", "system_admin", "security_admin"), KNOWN)


def invitation(cast, obj):
    """One that waits in A, one in B, made when first asked for."""
    if obj == UNKNOWN:
        return NIL
    inviter = cast.unit_admin.user if obj == UNIT_A else cast.stranger.user
    row, _made = Invitation.objects.get_or_create(
        unit=getattr(cast, obj),
        defaults={
            "role": "UNIT_VIEWER",
            "display_name": "Asked in",
            "digest": obj,
            "invited_by": inviter,
            "made_at": now(),
            "expires_at": now() + dt.timedelta(hours=72),
        },
    )
    return row.public_id


def whom(_cast, _obj):
    return {"display_name": "Asked in", "phone": "13900007777", "role": "UNIT_VIEWER"}


def nothing(_cast, _obj):
    return {}


def new_person(cast, _obj):
    return {
        "display_name": "Entered by the matrix",
        "username": "matrix.person",
        "unit": str(cast.unit_a.public_id),
        "role": "UNIT_VIEWER",
        "password": "gqtr-w4kd-0zpm-11xy",
    }


def unit_role(cast, _obj):
    return {"unit": str(cast.unit_a.public_id), "role": "SAFETY_OFFICER"}


def area_role(_cast, _obj):
    return {"role": "DISPATCHER", "area": "320100", "reference": "matrix"}


def unit_form(cast, obj):
    row = None if obj in ("-", UNKNOWN) else getattr(cast, obj)
    return {"name": "Named by the matrix", "kind": row.kind if row else "PROPERTY_MANAGER", "area": "320106"} | (
        {"version": row.version} if row else {}
    )


def unit_json(_cast, _obj):
    return {"name": "Named by the matrix", "kind": "PROPERTY_MANAGER", "area": "320106"}


def version_header(cast, obj):
    return {"If-Match": '"0"' if obj == UNKNOWN else f'"{getattr(cast, obj).version}"'}


def everybody(*verbs, ok=frozenset({200})):
    return {verb: Right({}, ok=ok) for verb in verbs}


def of_person(name, table, body, objects=PEOPLE):
    """A form about a person."""
    return Row(
        path=page(name, person),
        rights={"GET": Right(table), "POST": Right(table, ok=DONE, body=body)},
        objects=objects,
        sees=SEES_PEOPLE,
    )


# reactivating and entering may be refused by rules (the person is active): the form answers 422 and nothing is written
REACTIVATES = Row(
    path=page("reactivate_user", person),
    rights={"GET": Right(CHANGES_PEOPLE), "POST": Right(CHANGES_PEOPLE, ok=frozenset({302, 422}), body=nothing)},
    objects=PEOPLE,
    sees=SEES_PEOPLE,
)
SIGN_IN_ANSWERS = frozenset({200, 302, 405, 422})

ROWS = {
    "accounts:retention": Row(
        path=lambda _cast, _obj: "/accounts/retention/", rights={"GET": Right({"system_admin": {"-"}})}
    ),
    "accounts:sign_in": Row(
        path=plain("sign_in"),
        rights=everybody("GET", "POST", "PUT", "PATCH", "DELETE", ok=SIGN_IN_ANSWERS),
        public=True,
        for_everybody=True,
    ),
    "accounts:sign_out": Row(
        path=plain("sign_out"),
        rights=everybody("GET", "POST", "PUT", "PATCH", "DELETE", ok=frozenset({302, 405})),
        public=True,
        for_everybody=True,
    ),
    "accounts:me": Row(path=plain("me"), rights=everybody("GET"), for_everybody=True),
    "accounts:change_password": Row(
        path=plain("change_password"), rights=everybody("GET", "POST", ok=frozenset({200, 422})), for_everybody=True
    ),
    "accounts:second_factor": Row(
        path=plain("second_factor"), rights=everybody("GET", "POST", ok=frozenset({302})), for_everybody=True
    ),
    # without naming one of their own there is nothing to end
    "accounts:my_sessions": Row(
        path=plain("my_sessions"),
        rights={"GET": Right({}), "POST": Right({}, ok=frozenset({404}))},
        for_everybody=True,
    ),
    "accounts:end_sessions": of_person("end_sessions", ENDS_SESSIONS, nothing),
    "accounts:my_second_factor": Row(
        path=plain("my_second_factor"), rights=everybody("GET", "POST", ok=frozenset({200, 422})), for_everybody=True
    ),
    "accounts:confirm_second_factor": Row(
        path=plain("confirm_second_factor"), rights=everybody("GET", "POST", ok=frozenset({302})), for_everybody=True
    ),
    "accounts:remove_second_factor": Row(
        path=plain("remove_second_factor"),
        rights=everybody("GET", "POST", ok=frozenset({200, 422})),
        for_everybody=True,
    ),
    "accounts:recovery_codes": Row(
        path=plain("recovery_codes"), rights=everybody("GET", "POST", ok=frozenset({200, 422})), for_everybody=True
    ),
    # the officer has a second factor, the others may have none: then nothing can be proposed
    "accounts:reset_factor": Row(
        path=page("reset_factor", person),
        rights={
            "GET": Right({"system_admin": KNOWN}),
            "POST": Right({"system_admin": KNOWN}, ok=frozenset({302, 422}), body=nothing),
        },
        objects=PEOPLE,
        sees=SEES_PEOPLE,
    ),
    "accounts:approve_reset": Row(
        path=page("approve_reset", person),
        rights={
            "GET": Right({"security_admin": KNOWN}),
            "POST": Right({"security_admin": KNOWN}, ok=frozenset({302, 422}), body=nothing),
        },
        objects=PEOPLE,
        sees=SEES_PEOPLE,
    ),
    "accounts:people": Row(path=plain("people"), rights={"GET": Right(LISTS_PEOPLE)}, lists=SEES_PEOPLE, marks=named),
    "accounts:create_user": Row(
        path=plain("create_user"),
        rights={"GET": Right(ENTERS_PEOPLE), "POST": Right(ENTERS_PEOPLE, ok=DONE, body=new_person)},
    ),
    "accounts:person": Row(path=page("person", person), rights={"GET": Right(SEES_PEOPLE)}, objects=PEOPLE),
    "accounts:change_user": of_person("change_user", CHANGES_PEOPLE, lambda cast, obj: {"display_name": "Matrix"}),
    "accounts:deactivate_user": of_person("deactivate_user", CHANGES_PEOPLE, nothing),
    "accounts:reactivate_user": REACTIVATES,
    "accounts:set_password": of_person(
        "set_password", {"system_admin": KNOWN}, lambda cast, obj: {"password": "gqtr-w4kd-0zpm-11xy"}
    ),
    # nobody's waits in the cast: whoever may approve is told so
    "accounts:approve_password": Row(
        path=page("approve_password", person),
        rights={
            "GET": Right({"security_admin": KNOWN}),
            "POST": Right({"security_admin": KNOWN}, ok=frozenset({422}), body=nothing),
        },
        objects=PEOPLE,
        sees=SEES_PEOPLE,
    ),
    "accounts:unlock": of_person("unlock", CHANGES_PEOPLE, nothing),
    "accounts:change_details": of_person(
        "change_details", HOLDS_NUMBERS, lambda cast, obj: {"phone": "19900007300", "version": 1}
    ),
    "accounts:reveal_details": Row(
        path=page("reveal_details", person),
        rights={
            "GET": Right(HOLDS_NUMBERS),
            "POST": Right(HOLDS_NUMBERS, body=lambda cast, obj: {"purpose": "REACH"}),
        },
        objects=PEOPLE,
        sees=SEES_PEOPLE,
        reveals=True,
    ),
    "accounts:find_person": Row(
        path=plain("find_person"),
        rights={
            "GET": Right(ENTERS_PEOPLE),
            "POST": Right(ENTERS_PEOPLE, ok=DONE, body=lambda cast, obj: {"number": phone_of(OWN)}),
        },
    ),
    "accounts:add_membership": of_person("add_membership", GIVES_UNIT_ROLES, unit_role),
    "accounts:grant_area": of_person("grant_area", GIVES_ANY_ROLE, area_role, objects=(OWN, FOREIGN, UNKNOWN)),
    "accounts:end_membership": Row(
        path=page("end_membership", membership),
        rights={
            "GET": Right({"unit_admin": {OWN}, "security_admin": {OWN, FOREIGN}}),
            "POST": Right({"unit_admin": {OWN}, "security_admin": {OWN, FOREIGN}}, ok=DONE, body=nothing),
        },
        objects=(OWN, FOREIGN, UNKNOWN),
        sees=SEES_PEOPLE,
    ),
    "accounts:end_grant": Row(
        path=page("end_grant", grant),
        rights={
            "GET": Right({"security_admin": {OFFICER}}),
            "POST": Right({"security_admin": {OFFICER}}, ok=DONE, body=nothing),
        },
        objects=(OFFICER, UNKNOWN),
        sees={name: {OFFICER} for name in PLATFORM},
    ),
    "accounts:units": Row(path=plain("units"), rights={"GET": Right(LISTS_UNITS)}, lists=SEES_UNITS, marks=unit_named),
    "accounts:create_unit": Row(
        path=plain("create_unit"),
        rights={"GET": Right(ENTERS_UNITS), "POST": Right(ENTERS_UNITS, ok=DONE, body=unit_form)},
    ),
    "accounts:unit": Row(path=page("unit", unit), rights={"GET": Right(SEES_UNITS)}, objects=UNITS),
    "accounts:change_unit": Row(
        path=page("change_unit", unit),
        rights={"GET": Right(CHANGES_UNITS), "POST": Right(CHANGES_UNITS, ok=DONE, body=unit_form)},
        objects=UNITS,
        sees=SEES_UNITS,
    ),
    "accounts:close_unit": Row(
        path=page("close_unit", unit),
        rights={"GET": Right(CHANGES_UNITS), "POST": Right(CHANGES_UNITS, ok=frozenset({302, 422}), body=nothing)},
        objects=UNITS,
        sees=SEES_UNITS,
    ),
    "accounts:invite": Row(
        path=page("invite", unit),
        rights={"GET": Right({"unit_admin": {UNIT_A}}), "POST": Right({"unit_admin": {UNIT_A}}, body=whom)},
        objects=UNITS,
        sees=SEES_UNITS,
    ),
    "accounts:withdraw_invitation": Row(
        path=page("withdraw_invitation", invitation),
        rights={
            "GET": Right({"unit_admin": {UNIT_A}}),
            "POST": Right({"unit_admin": {UNIT_A}}, ok=DONE, body=nothing),
        },
        objects=UNITS,
    ),
    "accounts:remove_person": Row(
        path=lambda cast, obj: reverse(
            "accounts:remove_person",
            args=[(cast.unit_b if obj == FOREIGN else cast.unit_a).public_id, person(cast, obj)],
        ),
        rights={
            "GET": Right({"unit_admin": {OWN}, "security_admin": {OWN, FOREIGN}}),
            "POST": Right({"unit_admin": {OWN}, "security_admin": {OWN, FOREIGN}}, ok=DONE, body=nothing),
        },
        objects=(OWN, FOREIGN, UNKNOWN),
        sees=REMOVES_SEEN,
    ),
    # without a link there is nothing, for anybody
    "accounts:join": Row(
        path=plain("join"), rights=everybody("GET", "POST", ok=frozenset({302, 404})), public=True, for_everybody=True
    ),
    "accounts:join_known": Row(
        path=plain("join_known"), rights=everybody("GET", "POST", ok=frozenset({404})), for_everybody=True
    ),
    "accounts:join_link": Row(
        path=lambda cast, obj: reverse("accounts:join_link", args=["no-such-token"]),
        rights=everybody("GET", ok=frozenset({404})),
        public=True,
        for_everybody=True,
    ),
    "accounts:area_picker": Row(path=plain("area_picker"), rights=everybody("GET"), for_everybody=True),
    "accounts:unit_picker": Row(
        path=plain("unit_picker"), rights={"GET": Right(LISTS_UNITS)}, lists=SEES_UNITS, marks=unit_named
    ),
    "accounts:user_picker": Row(
        path=plain("user_picker"), rights={"GET": Right(LISTS_PEOPLE)}, lists=SEES_PEOPLE, marks=named
    ),
    # --- REST ---------------------------------------------------------------------------------------------------------
    "accounts-api:areas": Row(
        path=lambda cast, obj: "/api/v1/accounts/areas/", rights=everybody("GET"), for_everybody=True, json=True
    ),
    "accounts-api:me": Row(
        path=lambda cast, obj: "/api/v1/accounts/me/", rights=everybody("GET"), for_everybody=True, json=True
    ),
    "accounts-api:unit-list": Row(
        path=lambda cast, obj: "/api/v1/accounts/units/",
        rights={"GET": Right(LISTS_UNITS), "POST": Right(ENTERS_UNITS, ok=CREATED, body=unit_json)},
        json=True,
        lists=SEES_UNITS,
        marks=unit_named,
    ),
    "accounts-api:unit-detail": Row(
        path=lambda cast, obj: f"/api/v1/accounts/units/{unit(cast, obj)}/",
        rights={
            "GET": Right(SEES_UNITS),
            "PATCH": Right(CHANGES_UNITS, body=lambda cast, obj: {"name": "Matrix"}, headers=version_header),
        },
        objects=UNITS,
        json=True,
        sees=SEES_UNITS,
    ),
    "accounts-api:user-list": Row(
        path=lambda cast, obj: "/api/v1/accounts/users/",
        rights={"GET": Right(LISTS_PEOPLE)},
        json=True,
        lists=SEES_PEOPLE,
        marks=named,
    ),
    "accounts-api:user-detail": Row(
        path=lambda cast, obj: f"/api/v1/accounts/users/{person(cast, obj)}/",
        rights={"GET": Right(SEES_PEOPLE)},
        objects=PEOPLE,
        json=True,
    ),
}
