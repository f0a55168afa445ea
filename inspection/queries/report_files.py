"""What reports of a file name: elevators by codes, people by certificates, orders. Sets in, a fixed number of statements."""

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import NamedTuple

from django.db.models import Q

from accounts.models import Certificate, Unit, User
from accounts.roles import Permission
from common.actor import Actor
from common.personal.keys import blind_indexes
from common.personal.kinds import CERTIFICATE_NUMBER, Malformed
from inspection.models import WindowOverride
from inspection.queries import Overrides, known_elevators
from registry.models import Elevator

CODES = ("equipment_code", "registration_code", "rescue_code", "certificate_number")


class Meant(NamedTuple):
    """A person whom a file names."""

    pk: int
    public_id: str
    username: str
    label: str


def filing_units(actor: Actor, needed: Collection[str]) -> dict[int, Unit]:
    """Units in whose name the actor may file by import: those where one role carries all of `needed`."""
    pks = {held.unit_id for held in actor.holdings if held.unit_id is not None and set(needed) <= held.permissions}
    return Unit.objects.in_bulk(pks) if pks else {}


def elevators_coded(codes: Collection[str], actor: Actor) -> dict[str, set[int]]:
    """{code: keys} of elevators about which the actor may file. Whatever column a code stands in: reports print a registration
    code in the field of the equipment code. One statement."""
    if not codes:
        return {}
    meant, wanted = Q(), sorted(codes)
    for column in CODES:
        meant |= Q(**{f"{column}__in": wanted})
    found: dict[str, set[int]] = defaultdict(set)
    seen = Elevator.objects.visible_to(actor, Permission.FILE_REPORT).filter(meant)
    for pk, *own in seen.values_list("pk", *CODES):
        for code in codes & set(own):
            found[code].add(pk)
    return found


def people_meant(names: Iterable[str], units: Collection[int]) -> dict[int, dict[str, set[Meant]]]:
    """{unit: {name as written: people}}: people who have or had a role in the unit, by certificate number, sign-in name or id.

    Two statements.
    """
    names = sorted(set(names))
    if not names or not units:
        return {}
    by_index = _by_index(names)
    members = User.objects.filter(memberships__unit__in=units)
    ids = {str(key): name for name in names if (key := _as_uuid(name))}
    said = members.filter(Q(username__in=names) | Q(public_id__in=list(ids)))
    found: dict[int, dict[str, set[Meant]]] = defaultdict(lambda: defaultdict(set))
    columns = ("pk", "public_id", "username", "display_name", "memberships__unit_id")
    for pk, public_id, username, label, unit in said.values_list(*columns).distinct():
        person = Meant(pk, str(public_id), username, label or username)
        for name in {username, ids.get(str(public_id))} & set(names):
            found[unit][name].add(person)
    held = Certificate.objects.standing().filter(number_index__in=list(by_index), user__memberships__unit__in=units)
    columns = ("number_index", *(f"user__{name}" for name in columns))
    for index, pk, public_id, username, label, unit in held.values_list(*columns).distinct():
        for name in by_index[bytes(index)]:
            found[unit][name].add(Meant(pk, str(public_id), username, label or username))
    return found


def _by_index(names: Iterable[str]) -> dict[bytes, set[str]]:
    """{what a certificate number is found by: names that say it}; its text is nowhere in the database."""
    field, found = Certificate._meta.get_field("number"), defaultdict(set)
    for name in names:
        try:
            number = CERTIFICATE_NUMBER.normalise(name)
        except Malformed:
            continue
        for index in blind_indexes(field, number):
            found[index].add(name)
    return found


def _as_uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def orders_over(elevator_ids: Collection[int]) -> dict[int, list]:
    """{elevator: orders that move its windows (rules.facts.Override)}; nothing is asked where nothing was ordered."""
    ids = sorted(elevator_ids)
    if not ids or not WindowOverride.objects.counting().exists():
        return {}
    ordered = Overrides(ids)
    return {known.pk: list(ordered.of(known)) for known in known_elevators(ids)}
