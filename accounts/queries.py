"""Questions about people, units and areas."""

import datetime as dt

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet
from django.db.models.functions import JSONObject

from accounts.models import AreaGrant, Membership, User
from accounts.roles import ROLES
from accounts.rules import Holding, Reach, reach
from common.actor import Actor, ActorKind


def users_with_holdings(at: dt.datetime) -> QuerySet[User]:
    """Users together with what they hold at this moment, in one statement: `.held_units`, `.held_areas`."""
    mine = {"user": OuterRef("pk")}
    units = Membership.objects.current(at).filter(**mine).order_by("pk")
    areas = AreaGrant.objects.current(at).filter(**mine).order_by("pk")
    return User.objects.annotate(
        held_units=ArraySubquery(units.values(json=JSONObject(role="role", unit_id="unit_id"))),
        held_areas=ArraySubquery(
            areas.values(
                json=JSONObject(
                    role="role",
                    area_id="area_id",
                    area_kind="area__kind",
                    city_id="area__city_id",
                    place_types="place_types",
                )
            )
        ),
    )


def actor_for(user: User, at: dt.datetime) -> Actor:
    """The actor that a signed-in person is. One query unless the user came from `users_with_holdings`."""
    if not hasattr(user, "held_units"):
        user = users_with_holdings(at).get(pk=user.pk)
    held = [
        Holding(role=row["role"], permissions=ROLES[row["role"]].permissions, unit_id=row["unit_id"])
        for row in user.held_units
        if row["role"] in ROLES
    ] + [
        Holding(
            role=row["role"],
            permissions=ROLES[row["role"]].permissions,
            area_id=row["area_id"],
            area_kind=row["area_kind"] or "",
            # a city is its own city
            city_id=row["city_id"] or row["area_id"],
            place_types=frozenset(row["place_types"]),
        )
        for row in user.held_areas
        if row["role"] in ROLES
    ]
    units = [holding.unit_id for holding in held if holding.unit_id]
    return Actor(
        kind=ActorKind.PERSON,
        id=str(user.public_id),
        acting_unit=units[0] if len(set(units)) == 1 else None,
        label=user.display_name,
        holdings=tuple(held),
    )


def reach_of(actor: Actor, permission) -> Reach:
    """How far a permission reaches for an actor; the platform itself reaches everything."""
    return Reach(everything=True) if actor.kind == ActorKind.SYSTEM else reach(actor.holdings, permission)
