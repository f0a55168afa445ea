"""Many elevators that owe something, entered in sets."""

import datetime as dt

from common import clock
from common.copying import copy_in
from common.ids import new_public_id
from compliance.actions import store_plans
from compliance.models import Obligation
from compliance.queries import policies_on
from compliance.rules import Planned
from registry.models import Elevator
from tests.factories.make import GULOU, make_elevator

KIND = "PERIODIC_INSPECTION"


def many_elevators(count: int, **values) -> list[Elevator]:
    """Copies of one, without its code, with `values`; no life events, as nothing here reads them."""
    pattern = make_elevator(area_code=GULOU)
    rows = []
    for _ in range(count):
        row = Elevator.objects.get(pk=pattern.pk) if not rows else Elevator(**_values(pattern))
        row.pk, row.public_id, row.rescue_code = None, new_public_id(), None
        for name, value in values.items():
            setattr(row, name, value)
        rows.append(row)
    return list(copy_in(Elevator, rows))


def _values(pattern: Elevator) -> dict:
    skipped = {"id", "map_x", "map_y"}
    return {f.attname: getattr(pattern, f.attname) for f in Elevator._meta.concrete_fields if f.attname not in skipped}


def owe(
    elevators: list[Elevator],
    *,
    due_on: dt.date,
    opens_on: dt.date | None = None,
    apply_by: dt.date | None = None,
    at: dt.datetime | None = None,
    kind: str = KIND,
) -> None:
    """One obligation each; what is late by now is to be looked at at once."""
    at = at or clock.now()
    planned = Planned(kind, str(due_on.year), opens_on or due_on - dt.timedelta(days=90), due_on, apply_by=apply_by)
    store_plans(
        plans={elevator.pk: [planned] for elevator in elevators},
        kinds=[kind],
        policies=policies_on(clock.local_date(at)),
        at=at,
    )


def owe_more(elevator, due_on: dt.date, **values) -> None:
    """Besides what is owed already, which a plan of owe() would withdraw; `values`: its period, its last day to apply."""
    owe(many_elevators(1), due_on=due_on)
    Obligation.objects.order_by("pk").filter(pk=Obligation.objects.latest("pk").pk).update(
        elevator=elevator,
        city=elevator.city,
        managing_district=elevator.managing_district,
        area=elevator.area,
        **values,
    )
