"""The whole city in one transaction: a seed that is killed leaves nothing, one that ends leaves everything."""

import datetime as dt
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice

from django.conf import settings
from django.db import connection, transaction
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from accounts.choices import AreaKind
from accounts.models import Area, User
from common.actor import system
from common.audit import record_change
from common.copying import Copier, reserve_keys
from common.errors import Refusal
from common.ids import new_public_id
from common.models import Deadline
from registry import rules
from registry.actions.responsibilities import REFRESH
from registry.choices import CoordSource
from registry.choices import ResponsibilityRole as Role
from registry.models import Elevator, LifeEvent, Responsibility, StatusFlag
from registry.seeding import elevators, lives, people, plates, sites, units

NANJING = "320100"
BATCH = 4000
ACTOR = system("seed_city")


class NotHere(Refusal):
    code = "not-a-demonstration"
    message = _("This installation is not a demonstration (SYNTHETIC_DATA_BANNER is off): no city is invented in it.")


class CityTaken(Refusal):
    code = "city-taken"


@dataclass(frozen=True, slots=True)
class Seeded:
    """How many rows a seed wrote; `periods` are responsibilities."""

    elevators: int
    sites: int
    units: int
    people: int
    periods: int
    events: int
    flags: int
    deadlines: int
    plates: int


def state_of_city() -> str:
    """`empty`, `synthetic` or `real` (elevators of somebody else's, or people in the way)."""
    here = Elevator.objects.filter(city__code=NANJING)
    if here.filter(synthetic=True).exists():
        return "synthetic"
    return "real" if here.filter(synthetic=False).exists() else "empty"


@transaction.atomic
def seed_city(
    *, count: int, seed: int, at: dt.datetime, progress: Callable[[int, int], None] = lambda done, total: None
) -> Seeded:
    """Invent a Nanjing of `count` elevators. All or nothing; `progress(done, total)` after each batch.

    Raises NotHere outside of a demonstration, CityTaken when Nanjing has elevators or the people's names are taken.
    """
    if not settings.SYNTHETIC_DATA_BANNER:
        raise NotHere
    with connection.cursor() as cursor:
        # two at once: the second waits, then finds the city taken
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('registry.seed_city'))")
        # foreign keys are checked batch by batch, beside the inventing, not four million of them at the commit
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    _require_empty()
    city = Area.objects.get(code=NANJING)
    areas = Area.objects.in_pickers().filter(kind=AreaKind.SUBDISTRICT, city=city)
    planned = sites.plan(
        count, seed, list(areas.select_related("managing_district", "statistical_parent").order_by("code"))
    )
    founded = units.plan(count, planned, city, at=at)
    units.write(founded)
    units.assign(planned, founded, seed)
    sites.write(planned, at=at)
    everybody = people.cast(planned, founded, city)
    people.write(everybody, at=at)
    writer = _Writer(founded.manufacturers, reserve_keys(Elevator, count), at)
    flags = lives.Flagging()
    everything = elevators.Register(seed, count).elevators(planned, len(founded.manufacturers))
    # the server takes in one batch while the next one is being invented: two cores, half the time
    with ThreadPoolExecutor(max_workers=1) as courier:
        under_way = None
        while batch := list(islice(everything, BATCH)):
            parcel = writer.prepare([(elevator, lives.live(elevator, founded, flags, at=at)) for elevator in batch])
            if under_way:
                progress(under_way.result(), count)
            under_way = courier.submit(writer.send, parcel)
        progress(under_way.result(), count)
    hung = plates.hang_all(city, by=ACTOR, at=at)
    changes = {"elevators": [None, count], "seed": [None, seed]}
    record_change(action="registry.seed_city", subject=city, by=ACTOR, changes=changes)
    return Seeded(sites=len(planned), units=len(founded.all), people=len(everybody), plates=hung, **writer.counts)


def _require_empty() -> None:
    state = state_of_city()
    if state == "synthetic":
        raise CityTaken(_("A synthetic city is there already; it is seeded once. Start from an empty database."))
    if state == "real":
        raise CityTaken(_("Nanjing has elevators that are not synthetic; an invented city must never be mixed in."))
    users = User.objects.annotate(name=Lower("username")).filter(name__in=people.USERNAMES)
    if taken := users.values_list("name", flat=True).first():
        raise CityTaken(_("There is a user called “%(name)s” already; the demonstration needs that name."), name=taken)


_ELEVATOR_NAMES = (
    *("id", "public_id", "equipment_code", "registration_code", "certificate_number", "rescue_code"),
    *("source", "source_key", "internal_number", "area_id", "city_id", "managing_district_id", "site_id"),
    *("building", "address", "place_type", "latitude", "longitude", "coord_source", "class_code_id"),
    *("manufacturer_name", "model", "factory_number", "manufactured_on", "rated_load_kg", "rated_speed_mps"),
    *("travel_m", "floors", "landings", "floor_from", "floor_to", "commissioned_on", "last_renewed_on"),
    *("retrofitted", "registration_state", "registration_state_at", "using_unit_id", "using_unit_until"),
    *("maintenance_unit_id", "maintenance_unit_until", "synthetic", "created_at", "updated_at"),
)


class _Writer:
    """Turns elevators and what hangs on them into rows, and sends them with one COPY per table; counts the rows."""

    def __init__(self, makers: list, keys: list[int], at: dt.datetime):
        self._makers, self._keys, self._at = makers, iter(keys), at
        subject = ("subject_type", "subject_id")
        self._tables = {
            "elevators": Copier(Elevator, _ELEVATOR_NAMES),
            "periods": Copier(
                Responsibility, ("public_id", "elevator_id", "unit_id", "role", "started_at", "ended_at")
            ),
            "events": Copier(
                LifeEvent,
                ("elevator_id", *lives.EVENT_NAMES),
                form_version=rules.FORM_VERSION,
                actor_kind=ACTOR.kind,
                actor_id=ACTOR.id,
            ),
            "flags": Copier(StatusFlag, ("public_id", "elevator_id", "kind", "reason", "started_at")),
            "deadlines": Copier(Deadline, ("public_id", "kind", *subject, "due_at", "attempt_after", "created_at")),
        }
        self.counts = dict.fromkeys(self._tables, 0)

    def prepare(self, batch: list[tuple[elevators.Elevator, lives.Life]]) -> dict[str, list[tuple]]:
        """Rows by table."""
        parcel = {name: [] for name in self._tables}
        for elevator, life in batch:
            key, public_id = next(self._keys), new_public_id()
            parcel["elevators"].append(self._row(key, public_id, elevator, life))
            parcel["periods"] += [(p.public_id, key, p.unit.pk, p.role, p.started_at, p.ended_at) for p in life.periods]
            events = lives.events(elevator, life, public_id, by=ACTOR, at=self._at)
            parcel["events"] += [(key, *event) for event in events]
            parcel["flags"] += [(flag.public_id, key, flag.kind, flag.reason, flag.started_at) for flag in life.flags]
            if due_at := life.next_change_at:
                subject = ("registry.elevator", key)
                parcel["deadlines"].append((new_public_id(), REFRESH, *subject, due_at, due_at, self._at))
        return parcel

    def send(self, parcel: dict[str, list[tuple]]) -> int:
        """Returns how many elevators are there now. Runs in the courier's thread."""
        for name, rows in parcel.items():
            self._tables[name].write(rows)
            self.counts[name] += len(rows)
        return self.counts["elevators"]

    def _row(self, key, public_id, elevator: elevators.Elevator, life: lives.Life) -> tuple:
        site = elevator.site
        using, maintaining = life.current[Role.USING_UNIT], life.current[Role.MAINTENANCE_UNIT]
        return (
            *(key, public_id, elevator.equipment_code, elevator.registration_code, elevator.certificate_number),
            *(elevator.rescue_code, elevators.SOURCE, f"{elevator.number + 1:07d}", elevator.internal_number),
            *(site.area.pk, site.area.city_id, site.area.managing_district_id, site.row.pk, elevator.building),
            *(site.row.address, site.profile.place_type, elevator.latitude, elevator.longitude, CoordSource.MANUAL),
            *(elevator.class_code, self._makers[elevator.maker].name, f"SX-{elevator.class_code}-{elevator.maker + 1}"),
            *(f"F{elevator.number + 1:07d}", elevator.manufactured_on, elevator.load_kg, elevator.speed_mps),
            *(elevator.travel_m, elevator.floors, elevator.floors, "1", str(elevator.floors), elevator.commissioned_on),
            *(elevator.last_renewed_on, site.profile.retrofitted, elevator.state, life.state_at),
            *(using and using.unit.pk, using and using.ended_at),
            *(maintaining and maintaining.unit.pk, maintaining and maintaining.ended_at),
            *(True, self._at, self._at),
        )
