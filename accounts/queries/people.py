"""Questions about people, units and areas."""

import datetime as dt
import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import F, Prefetch, Q, QuerySet
from django.utils.translation import gettext as _

from accounts.choices import PlaceType, RevealPurpose
from accounts.models import (
    ApiClient,
    Area,
    AreaGrant,
    Certificate,
    Membership,
    PersonalDetails,
    Unit,
    User,
)
from accounts.roles import PERMISSION_LABELS, ROLES, Permission, RoleDefinition
from accounts.rules import Holding, Reach, reach
from accounts.rules import certificates as rules_of_certificates
from accounts.signals import UNIT_FINDERS
from common.action_labels import action_label
from common.actor import Actor, ActorKind
from common.errors import NotVisible
from common.models import Attachment, AuditRecord
from common.personal import Malformed, blind_indexes
from common.reference import Reference
from common.scoping import get_visible

# Asked by every request: written out, because building it from expressions costs several times what PostgreSQL needs.
_WITH_HOLDINGS = """
SELECT u.*,
    (SELECT coalesce(json_agg(json_build_object('role', m.role, 'unit_id', m.unit_id) ORDER BY m.id), '[]')
       FROM accounts_membership m
      WHERE m.user_id = u.id AND m.started_at <= %(at)s AND (m.ended_at IS NULL OR m.ended_at > %(at)s)) AS held_units,
    (SELECT coalesce(json_agg(json_build_object('role', g.role, 'area_id', g.area_id, 'area_kind', a.kind,
                                                'city_id', a.city_id, 'place_types', g.place_types) ORDER BY g.id), '[]')
       FROM accounts_areagrant g LEFT JOIN accounts_area a ON a.id = g.area_id
      WHERE g.user_id = u.id AND g.started_at <= %(at)s AND (g.ended_at IS NULL OR g.ended_at > %(at)s)) AS held_areas,
    EXISTS (SELECT FROM accounts_secondfactor f WHERE f.user_id = u.id AND f.confirmed_at IS NOT NULL) AS has_second_factor,
    (SELECT count(*) FROM (SELECT FROM common_message x WHERE x.recipient_id = u.public_id::text
        AND x.recipient_kind = 'PERSON' AND x.in_app AND x.read_at IS NULL LIMIT 100) AS few) AS unread_messages
FROM accounts_user u WHERE u.id = %(id)s
"""


def user_with_holdings(user_id: int, at: dt.datetime) -> User | None:
    """A user with what they hold at this moment, in one statement: `.held_units`, `.held_areas`, `.has_second_factor`,
    `.unread_messages` (at most 100)."""
    return next(iter(User.objects.raw(_WITH_HOLDINGS, {"id": user_id, "at": at})), None)


def actor_for(user: User, at: dt.datetime) -> Actor:
    """The actor that a signed-in person is. One query unless the user came from `user_with_holdings`."""
    if not hasattr(user, "held_units"):
        user = user_with_holdings(user.pk, at)
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
        unread=user.unread_messages,
    )


def actor_again(kind, id, acting_unit, at) -> Actor | None:
    """The person behind a stored actor with what they hold at `at`; None when deactivated (registered at common.actors)."""
    if kind != ActorKind.PERSON or not is_uuid(id):
        return None
    user = User.objects.filter(public_id=id, is_active=True).only("pk").first()
    return actor_for(user, at) if user is not None else None


areas_by_id = Reference(lambda: {area.pk: area for area in Area.objects.order_by("code")})


def area_of(code: str) -> Area | None:
    """The area with this official code, from the process's copy of the list; None for an unknown one."""
    return next((area for area in areas_by_id().values() if area.code == code), None)


def reach_of(actor: Actor, permission) -> Reach:
    """How far a permission reaches for an actor; the platform itself reaches everything."""
    return Reach(everything=True) if actor.kind == ActorKind.SYSTEM else reach(actor.holdings, permission)


# --- holdings in words ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class HeldRole:
    """One membership or grant as pages show it."""

    row: Membership | AreaGrant
    role: RoleDefinition
    where: str
    place_types: str

    @property
    def unit(self) -> Unit | None:
        return getattr(self.row, "unit", None)

    @property
    def may(self) -> list[str]:
        """What the role lets its holder do, in words."""
        return [PERMISSION_LABELS[permission] for permission in Permission if permission in self.role.permissions]


def in_words(rows: Iterable[Membership | AreaGrant]) -> list[HeldRole]:
    """Rows (with their unit or area fetched) as pages show them."""
    return [
        HeldRole(row, ROLES[row.role], _where(row), _(", ").join(_place_names(getattr(row, "place_types", []))))
        for row in rows
        if row.role in ROLES
    ]


def _where(row) -> str:
    if isinstance(row, Membership):
        return row.unit.name
    return str(row.area) if row.area else _("the whole platform")


def _place_names(codes) -> list[str]:
    return [str(PlaceType(code).label) for code in codes if code in PlaceType.values]


def memberships_seen(actor: Actor, at: dt.datetime) -> QuerySet[Membership]:
    """Unfinished memberships that `actor` may see, with their units, oldest first."""
    rows = Membership.objects.visible_to(actor, Permission.VIEW_USER).unfinished(at)
    return rows.select_related("unit").order_by("pk")


def grants_seen(actor: Actor, at: dt.datetime) -> QuerySet[AreaGrant]:
    """Unfinished grants that `actor` may see, with their areas, oldest first."""
    rows = AreaGrant.objects.visible_to(actor, Permission.VIEW_USER).unfinished(at)
    return rows.select_related("area").order_by("pk")


def with_seen_roles(users: QuerySet[User], *, actor: Actor, at: dt.datetime) -> QuerySet[User]:
    """Users with `.seen_memberships` and `.seen_grants`: what they hold, as far as `actor` may know. Two more queries."""
    return users.prefetch_related(
        Prefetch("memberships", memberships_seen(actor, at), to_attr="seen_memberships"),
        Prefetch("area_grants", grants_seen(actor, at), to_attr="seen_grants"),
    )


def holding_role(users: QuerySet[User], role: str, *, actor: Actor, at: dt.datetime) -> QuerySet[User]:
    """Those who hold a role that `actor` may know of; "" for those who hold none at all (platform's eyes only)."""
    memberships, grants = memberships_seen(actor, at), grants_seen(actor, at)
    if role:
        memberships, grants = memberships.filter(role=role), grants.filter(role=role)
        return users.filter(Q(pk__in=memberships.values("user_id")) | Q(pk__in=grants.values("user_id")))
    return users.exclude(pk__in=memberships.values("user_id")).exclude(pk__in=grants.values("user_id"))


def own_certificates(user: User) -> QuerySet[Certificate]:
    """What any unit ever recorded of this person, for that very person: no unit, role or membership decides here.

    What counts stands first, the one that holds longest at its head; withdrawn ones follow.
    """
    rows = Certificate.objects.filter(user=user).select_related("unit")
    return rows.order_by(F("withdrawn_at").desc(nulls_first=True), "-valid_until", "-pk")


def people_numbered(users: QuerySet[User], text: str) -> QuerySet[User]:
    """Those of `users` whose phone or identity number this is; none for a text that is neither."""
    wanted = Q(pk__in=[])
    for name in ("phone", "id_number"):
        field = PersonalDetails._meta.get_field(name)
        try:
            wanted |= Q(**{f"details__{name}_index__in": blind_indexes(field, field.kind.normalise(text))})
        except Malformed:
            continue
    return users.filter(wanted)


# --- history ----------------------------------------------------------------------------------------------------------


def history(subject: User | Unit, limit: int = 50) -> list[dict]:
    """The newest audit rows about a person or a unit, as components/timeline.html wants them. At most four queries."""
    records = list(
        AuditRecord.objects.filter(subject_type=subject._meta.label_lower, subject_id=str(subject.public_id)).order_by(
            "-id"
        )[:limit]
    )
    actors = _labels(User, {record.actor_id for record in records if record.actor_kind == ActorKind.PERSON})
    held = [value for record in records for value in _holdings_in(record.changes)]
    units = _labels(Unit, {value[1] for value in held if len(value) > 1})
    areas = {area.code: str(area) for area in Area.objects.filter(code__in={v[1] for v in held if len(v) > 1})}
    return [
        {
            "at": record.recorded_at,
            "title": action_label(record.action) or record.action,
            "detail": _detail(record.changes, units | areas),
            "actor": actors.get(record.actor_id) or _("the platform"),
        }
        for record in records
    ]


def _labels(model, public_ids) -> dict[str, str]:
    wanted = [text for text in public_ids if is_uuid(text)]
    return {str(row.public_id): str(row) for row in model.objects.filter(public_id__in=wanted)} if wanted else {}


def is_uuid(text) -> bool:
    try:
        uuid.UUID(str(text))
    except ValueError:
        return False
    return True


def _holdings_in(changes: dict) -> list[list]:
    """The [role, where, …] lists in the changes of an audit row about a membership or a grant."""
    pairs = [changes[name] for name in ("membership", "grant") if name in changes]
    return [value for pair in pairs for value in pair if value]


def _detail(changes: dict, names: dict[str, str]) -> str:
    parts = []
    for role, *rest in _holdings_in(changes):
        place = names.get(rest[0], rest[0]) if rest and rest[0] else ""
        label = str(ROLES[role].label) if role in ROLES else role
        parts.append(" · ".join(part for part in (label, place, *_place_names(rest[1:])) if part))
    for name in ("name", "credit_code", "kind", "area", "closed_on"):
        if name in changes:
            old, new = changes[name]
            parts.append(f"{old} → {new}" if old else str(new))
    if (purpose := changes.get("purpose", [None, None])[1]) in RevealPurpose.values:
        parts.append(str(RevealPurpose(purpose).label))
    return "; ".join(parts)


def units_found(units: QuerySet[Unit], text: str) -> QuerySet[Unit]:
    """Those of `units` that a typed text may mean: by code, the beginning of the name, and whatever else finds them (any
    part of the name, pinyin: accounts.unit_finders). One statement; each way has its own index, hence the union."""
    keys = Unit.objects.called(text).values("pk")
    more = [found for registration in UNIT_FINDERS if (found := registration.answer(text)) is not None]
    return units.filter(pk__in=keys.union(*more) if more else keys)


def units_named(units: QuerySet[Unit], text: str) -> QuerySet[Unit]:
    """Those of `units` that a text names: by credit code where there is one, else by whole name."""
    by_code = units.filter(credit_code="".join(text.split()).upper())
    return by_code if by_code.exists() else units.filter(name=text)


def open_units(actor: Actor, permission) -> QuerySet[Unit]:
    """Units that have not closed, among those where the actor has the permission."""
    return Unit.objects.visible_to(actor, permission).filter(closed_on__isnull=True)


# --- certificates -----------------------------------------------------------------------------------------------------


def holds_valid(user: User, kind: str, on_day: dt.date) -> bool:
    """May this person do work of this kind on that day, by the certificates on record? One query."""
    return rules_of_certificates.holds_valid(Certificate.objects.of_person(user), kind, on_day)


def certificate_file(public_id, attachment_id, *, actor: Actor) -> Attachment:
    """One scan of a certificate that the actor may see. Raises NotVisible, also for a file of another row."""
    rows = Certificate.objects.all()
    certificate = get_visible(rows, public_id, actor=actor, view=Permission.VIEW_CERTIFICATE)
    for file in Attachment.objects.kept_for(certificate):
        if str(file.public_id) == str(attachment_id):
            return file
    raise NotVisible


def machines_called_by_id(public_ids: Iterable[str]) -> dict[str, str]:
    """Names of machines by public id, as text; one query."""
    return _labels(ApiClient, set(public_ids))


def people_called_by_id(public_ids: Iterable[str]) -> dict[str, str]:
    """Names by public id, as text; one query."""
    return _labels(User, set(public_ids))
