"""Plates in the cars of the invented city: nearly all elevators in use have one, as in a city some years on."""

import datetime as dt

from django.db import connection

from accounts.models import Area
from common.actor import Actor
from registry.models import PlateCity
from registry.plates.keys import current_key_id

ONE_IN = 29  # of the elevators in use has none yet: somebody must be left to hang one for


def hang_all(city: Area, *, by: Actor, at: dt.datetime) -> int:
    """Hang a plate in the elevators of `city` that are in use and have a rescue code; one statement, no life events.

    Returns how many. The numbers exist already, so that nothing is ordered or printed.
    """
    PlateCity.objects.get_or_create(area=city, defaults={"number": city.code})
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO registry_nameplate (public_id, city_id, code, issue, key_id, state, elevator_id, created_at,"
            " bound_at, bound_by_kind, bound_by_id, latitude, longitude, voided_by_kind, voided_by_id, void_reason)"
            " SELECT gen_random_uuid(), city_id, rescue_code, 1, %(key)s, 'BOUND', id, %(at)s, %(at)s, %(kind)s, %(id)s,"
            " latitude, longitude, '', '', '' FROM registry_elevator"
            " WHERE city_id = %(city)s AND synthetic AND rescue_code IS NOT NULL AND registration_state = 'IN_USE'"
            " AND id %% %(left)s <> 0 ORDER BY id",
            {"key": current_key_id(), "at": at, "kind": by.kind, "id": by.id, "city": city.pk, "left": ONE_IN},
        )
        return cursor.rowcount
