from django.db import models
from django.db.models import F, Func, Q

from accounts.choices import PlaceType
from accounts.models import Area, Unit
from accounts.queries import reach_of
from common.ids import new_public_id
from common.language import in_this_language
from registry.choices import CoordSource, FlagKind, RegistrationState
from registry.models.scope import elevator_condition
from registry.models.sites import Site
from registry.rules import flags_in


class ElevatorClass(models.Model):
    """An entry of the special equipment catalogue (announcement 2014 No. 114), dated, with its certainty."""

    code = models.CharField(max_length=4, primary_key=True)
    name_zh = models.CharField(max_length=60)
    name_en = models.CharField(max_length=60)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+")
    valid_from = models.DateField()
    source = models.CharField(max_length=200)
    certainty = models.CharField(max_length=8)

    class Meta:
        ordering = ["code"]
        constraints = [models.CheckConstraint(condition=Q(code__regex=r"^3[0-9]{3}$"), name="class_code_form")]

    def __str__(self):
        return f"{self.code} {self.name}"

    @property
    def name(self) -> str:
        return in_this_language(self.name_zh, self.name_en)


class ElevatorQuerySet(models.QuerySet):
    def visible_to(self, actor, permission):
        """The elevators that `actor` may see with roles carrying `permission`: the root of every query on them."""
        condition = elevator_condition(reach_of(actor, permission))
        # withdrawn with their import: rows only because ledgers point at them
        there = self.exclude(registration_state=RegistrationState.WITHDRAWN)
        return there if condition is None else there.filter(condition)

    def withdrawn(self):
        """Rows that nobody sees: taken back with the import that brought them."""
        return self.filter(registration_state=RegistrationState.WITHDRAWN)

    def with_neighbours(self):
        """Joined with everything that one elevator's page or answer names; for lists see queries.with_neighbours."""
        return self.select_related(
            "area", "managing_district", "city", "site", "using_unit", "maintenance_unit", "class_code"
        ).prefetch_related(
            models.Prefetch("flags", StatusFlag.objects.filter(ended_at__isnull=True), to_attr="open_flags")
        )


def _code_check(field: str, regex: str) -> Q:
    return Q(**{f"{field}__isnull": True}) | Q(**{f"{field}__regex": regex})


# The columns that lists are filtered by. Each index carries them behind its leading column and the order, so that
# filters are judged inside the index and only the rows shown are visited (docs/decisions/0006).
_FILTERS = (
    "registration_state",
    "class_code",
    "place_type",
    "city",
    "managing_district",
    "area",
    "retrofitted",
    "flag_bits",
    "commissioned_on",
)


def _list_index(*leading: str, name: str, until: tuple[str, ...] = (), **extra) -> models.Index:
    """The default order (newest entry first) under `leading`, with every filter column and `until` behind it.

    A unit's index carries the other unit as well: people filter by both.
    """
    behind = [F(column) for column in (*_FILTERS, *until) if column not in leading]
    return models.Index(*(F(column) for column in leading), F("id").desc(), *behind, name=name, **extra)


class Elevator(models.Model):
    """One elevator's identity and technical facts. Changed only through registry.actions.

    `using_unit`, `maintenance_unit` and their `_until` repeat the current Responsibility, kept by registry.actions and
    a deadline; `city` and `managing_district` repeat the area's.
    """

    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)

    # identifiers; an elevator of a legacy register lives by (source, source_key)
    equipment_code = models.CharField(max_length=18, null=True, blank=True)  # noqa: DJ001 - unique where known
    registration_code = models.CharField(max_length=20, null=True, blank=True)  # noqa: DJ001 - unique where known
    certificate_number = models.CharField(max_length=24, null=True, blank=True)  # noqa: DJ001 - unique where known
    rescue_code = models.CharField(max_length=6, null=True, blank=True)  # noqa: DJ001 - unique where known
    source = models.CharField(max_length=40, blank=True)
    source_key = models.CharField(max_length=80, blank=True)
    source_status = models.CharField(max_length=40, blank=True)
    internal_number = models.CharField(max_length=40, blank=True)

    # where
    area = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="+")
    city = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="+", db_index=False)
    managing_district = models.ForeignKey(Area, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, null=True, blank=True, related_name="elevators")
    building = models.CharField(max_length=80, blank=True)
    address = models.CharField(max_length=240, blank=True)
    place_type = models.CharField(max_length=16, choices=PlaceType, default=PlaceType.OTHER)
    latitude = models.DecimalField(max_digits=9, decimal_places=6, null=True, blank=True)
    longitude = models.DecimalField(max_digits=9, decimal_places=6, null=True, blank=True)
    coord_source = models.CharField(max_length=10, choices=CoordSource, blank=True)
    # the same place as a point of the map's grid (registry.rules.grid), kept by the database; NULL without a position
    map_x = models.GeneratedField(
        expression=Func(F("longitude"), function="registry_map_x"), output_field=models.IntegerField(), db_persist=True
    )
    map_y = models.GeneratedField(
        expression=Func(F("latitude"), function="registry_map_y"), output_field=models.IntegerField(), db_persist=True
    )

    # what
    class_code = models.ForeignKey(
        ElevatorClass, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_column="class_code"
    )
    manufacturer_name = models.CharField(max_length=120, blank=True)
    model = models.CharField(max_length=80, blank=True)
    factory_number = models.CharField(max_length=60, blank=True)
    manufactured_on = models.DateField(null=True, blank=True)
    rated_load_kg = models.PositiveIntegerField(null=True, blank=True)
    rated_speed_mps = models.DecimalField(max_digits=6, decimal_places=3, null=True, blank=True)
    travel_m = models.DecimalField(max_digits=7, decimal_places=3, null=True, blank=True)
    floors = models.PositiveSmallIntegerField(null=True, blank=True)
    landings = models.PositiveSmallIntegerField(null=True, blank=True)
    floor_from = models.CharField(max_length=20, blank=True)
    floor_to = models.CharField(max_length=20, blank=True)
    technical = models.JSONField(default=dict, blank=True)

    # when
    commissioned_on = models.DateField(null=True, blank=True)
    last_renewed_on = models.DateField(null=True, blank=True)
    retrofitted = models.BooleanField(default=False)
    registration_state = models.CharField(
        max_length=14, choices=RegistrationState, default=RegistrationState.UNREGISTERED
    )
    registration_state_at = models.DateTimeField()
    flag_bits = models.SmallIntegerField(default=0, db_default=0, editable=False)

    # who answers now (repeats Responsibility)
    using_unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    using_unit_until = models.DateTimeField(null=True)
    maintenance_unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    maintenance_unit_until = models.DateTimeField(null=True)

    synthetic = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    objects = ElevatorQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["equipment_code"], name="elevator_equipment_code_once"),
            models.UniqueConstraint(fields=["registration_code"], name="elevator_registration_code_once"),
            models.UniqueConstraint(fields=["certificate_number"], name="elevator_certificate_once"),
            models.UniqueConstraint(fields=["rescue_code", "city"], name="elevator_rescue_code_once"),
            models.UniqueConstraint(
                fields=["source_key", "source"], condition=~Q(source_key=""), name="elevator_source_key_once"
            ),
            models.CheckConstraint(
                condition=_code_check("equipment_code", r"^\d{4}\d{2}[0-9A-Z]{3}\d{4}[0-9A-Z]\d{4}$"),
                name="elevator_equipment_code_form",
            ),
            models.CheckConstraint(
                condition=_code_check("registration_code", r"^3\d{3}\d{6}(19|20)\d{2}(0[1-9]|1[0-2])\d{4}$"),
                name="elevator_registration_code_form",
            ),
            models.CheckConstraint(
                condition=_code_check("certificate_number", r"^梯\d{2}[一-龥][A-Z]\d{4,6}\(\d{2}\)$"),
                name="elevator_certificate_form",
            ),
            models.CheckConstraint(condition=_code_check("rescue_code", r"^\d{6}$"), name="elevator_rescue_code_form"),
            models.CheckConstraint(
                condition=Q(latitude__isnull=True, longitude__isnull=True, coord_source="")
                | (Q(latitude__range=(-90, 90), longitude__range=(-180, 180)) & ~Q(coord_source="")),
                name="elevator_position_whole",
            ),
            models.CheckConstraint(
                condition=Q(registration_state__in=RegistrationState.values), name="elevator_state_known"
            ),
            models.CheckConstraint(condition=Q(place_type__in=PlaceType.values), name="elevator_place_known"),
            models.CheckConstraint(
                condition=Q(using_unit__isnull=False) | Q(using_unit_until__isnull=True), name="elevator_using_until"
            ),
            models.CheckConstraint(
                condition=Q(maintenance_unit__isnull=False) | Q(maintenance_unit_until__isnull=True),
                name="elevator_maintenance_until",
            ),
        ]
        indexes = [
            # the map, strip by strip from north to south, with every filter judged inside
            # included, not keys: asked about later keys, PostgreSQL 18 skips through the index, which costs twice reading on
            models.Index(
                fields=["city", "map_y", "map_x"],
                include=["id", *(column for column in _FILTERS if column != "city")],
                name="elevator_map",
            ),
            _list_index("city", name="elevator_city"),
            _list_index("managing_district", name="elevator_district"),
            _list_index("area", name="elevator_area"),
            _list_index(
                "using_unit",
                name="elevator_using",
                until=("using_unit_until", "maintenance_unit"),
                condition=Q(using_unit__isnull=False),
            ),
            _list_index(
                "maintenance_unit",
                name="elevator_maintenance",
                until=("maintenance_unit_until", "using_unit"),
                condition=Q(maintenance_unit__isnull=False),
            ),
            _list_index("class_code", name="elevator_class"),
            _list_index("place_type", name="elevator_place"),
            _list_index("registration_state", name="elevator_state"),
            _list_index(name="elevator_retrofitted", condition=Q(retrofitted=True)),
            _list_index(name="elevator_flagged", condition=Q(flag_bits__gt=0)),
            models.Index(F("commissioned_on"), F("id").desc(), *map(F, _FILTERS[:-1]), name="elevator_commissioned"),
            # in order of age the whole city passes by before a filter finds what is not old, or seldom: two small indexes
            models.Index(
                F("commissioned_on"),
                F("id").desc(),
                *(F(name) for name in _FILTERS if name not in ("commissioned_on", "retrofitted")),
                name="elevator_retrofitted_age",
                condition=Q(retrofitted=True),
            ),
            models.Index(
                F("registration_state"),
                F("commissioned_on"),
                F("id").desc(),
                *(F(name) for name in _FILTERS if name not in ("commissioned_on", "registration_state")),
                name="elevator_not_in_use_age",
                condition=~Q(registration_state="IN_USE"),
            ),
            # where a found address is
            models.Index(fields=["address"], condition=~Q(address=""), name="elevator_address"),
        ]

    @property
    def flag_kinds(self) -> set[str]:
        """The open flags, from the row itself."""
        return flags_in(self.flag_bits)

    @property
    def main_code(self) -> str:
        """The identifier that people would quote first."""
        return (
            self.rescue_code
            or self.equipment_code
            or self.registration_code
            or self.certificate_number
            or self.source_key
            or str(self.public_id)
        )


class StatusFlag(models.Model):
    """A dated side state (sealed, relocating, changing, dismantled): what set it, what lifted it."""

    public_id = models.UUIDField(default=new_public_id, unique=True, editable=False)
    elevator = models.ForeignKey(Elevator, on_delete=models.PROTECT, related_name="flags")
    kind = models.CharField(max_length=12, choices=FlagKind)
    reason = models.CharField(max_length=240, blank=True)
    reference = models.CharField(max_length=120, blank=True)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["elevator", "kind"], condition=Q(ended_at__isnull=True), name="flag_one_open"
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("started_at")), name="flag_forward"
            ),
        ]
