"""What people hold: memberships in units, grants over areas and the platform."""

import datetime as dt

from django.db import IntegrityError, transaction

from accounts import rules
from accounts.actions import refusals
from accounts.actions.people import keep_one_platform_keeper, lock_user
from accounts.actions.sessions import forget_sessions
from accounts.models import Area, AreaGrant, Membership, Unit, User
from accounts.roles import ROLES
from common.actor import Actor, ActorKind
from common.audit import record_change


@transaction.atomic
def add_membership(
    *, user_id: int, unit: Unit, role: str, by: Actor, at: dt.datetime, ended_at: dt.datetime | None = None
) -> Membership:
    """Let a person hold a role in a unit from now on (until `ended_at`). The same call again returns the same row.

    Raises RoleUnfit, Oneself, NotYours, Inactive, UnitClosed, PeriodBackwards, HeldAlready.
    """
    unit = Unit.objects.select_for_update(no_key=True).get(pk=unit.pk)
    user = _receiver(user_id, by)
    require_in_unit(by, unit.pk)
    if unit.closed_on is not None:
        raise refusals.UnitClosed
    try:
        rules.require_unit_role(role, unit.kind)
        rules.require_apart(_held(user, at), role)
    except rules.Unfit as unfit:
        raise refusals.RoleUnfit(unfit) from unfit
    present = Membership.objects.unfinished(at).filter(user=user, unit=unit, role=role).first()
    made = _begin(Membership(user=user, unit=unit, role=role, started_at=at, ended_at=ended_at), present, at)
    if made is not present:
        _record("add_membership", user, by, {"membership": [None, _spoken(made)]})
    return made


@transaction.atomic
def end_membership(*, membership_id: int, by: Actor, at: dt.datetime) -> Membership:
    """End a person's role in a unit now; one that has ended stays as it is.

    A unit's last administrator is ended only by somebody who can name another. Raises Oneself, NotYours,
    LastAdministrator.
    """
    unit_id = Membership.objects.values_list("unit_id", flat=True).get(pk=membership_id)
    Unit.objects.select_for_update(no_key=True).get(pk=unit_id)
    row = Membership.objects.select_for_update(of=("self",)).select_related("user", "unit").get(pk=membership_id)
    _require_somebody_else(by, row.user)
    require_in_unit(by, unit_id)
    if row.ended_at is not None and row.ended_at <= at:
        return row
    if row.role == rules.UNIT_KEEPER and not _gives_anywhere(by):
        others = Membership.objects.lasting(at).filter(unit_id=unit_id, role=rules.UNIT_KEEPER).exclude(pk=row.pk)
        if not others.exists():
            raise refusals.LastAdministrator
    return finish("end_membership", row, "membership", by, at)


@transaction.atomic
def grant_area(
    *,
    user_id: int,
    role: str,
    area: Area | None,
    by: Actor,
    at: dt.datetime,
    place_types: tuple[str, ...] = (),
    reference: str = "",
    ended_at: dt.datetime | None = None,
) -> AreaGrant:
    """Let a person hold a role over an area, or over the platform without one. The same call again returns the same row.

    `reference` is the document that assigns it. A privileged role begins with a fresh sign-in: open sessions end.
    Raises RoleUnfit, Oneself, NotYours, Inactive, PeriodBackwards, HeldAlready.
    """
    user = _receiver(user_id, by)
    if not _gives_anywhere(by):
        raise refusals.NotYours
    held = AreaGrant.objects.unfinished(at).filter(user=user)
    try:
        rules.require_area_role(role, area.kind if area else None, place_types)
        rules.require_apart(_held(user, at), role)
    except rules.Unfit as unfit:
        raise refusals.RoleUnfit(unfit) from unfit
    wanted = sorted(set(place_types))
    present = next((row for row in held.filter(role=role, area=area) if sorted(row.place_types) == wanted), None)
    grant = AreaGrant(
        user=user,
        area=area,
        role=role,
        place_types=wanted,
        reference=reference.strip(),
        started_at=at,
        ended_at=ended_at,
    )
    made = _begin(grant, present, at)
    if made is not present:
        if ROLES[role].privileged:
            forget_sessions(user)
        _record("grant_area", user, by, {"grant": [None, _spoken(made)], "reference": [None, made.reference]})
    return made


@transaction.atomic
def end_grant(*, grant_id: int, by: Actor, at: dt.datetime) -> AreaGrant:
    """End a role over an area or the platform now; one that has ended stays as it is.

    Raises Oneself, NotYours, LastAdministrator.
    """
    row = AreaGrant.objects.select_related("user").get(pk=grant_id)
    _require_somebody_else(by, row.user)
    if not _gives_anywhere(by):
        raise refusals.NotYours
    if row.role == rules.PLATFORM_KEEPER:
        keep_one_platform_keeper(without_user_id=row.user_id, at=at)
    row = AreaGrant.objects.select_for_update(of=("self",)).select_related("user", "area").get(pk=grant_id)
    if row.ended_at is not None and row.ended_at <= at:
        return row
    return finish("end_grant", row, "grant", by, at)


def _held(user: User, at: dt.datetime) -> list[str]:
    """Every role that a person holds or will hold, wherever."""
    rows = (model.objects.unfinished(at).filter(user=user) for model in (Membership, AreaGrant))
    return [role for held in rows for role in held.values_list("role", flat=True)]


def _receiver(user_id: int, by: Actor) -> User:
    user = lock_user(user_id)
    _require_somebody_else(by, user)
    if not user.is_active:
        raise refusals.Inactive
    return user


def _require_somebody_else(by: Actor, user: User) -> None:
    try:
        rules.require_somebody_else(by.id, str(user.public_id))
    except rules.Unfit as unfit:
        raise refusals.Oneself from unfit


def require_in_unit(by: Actor, unit_id: int) -> None:
    if by.kind != ActorKind.SYSTEM and not rules.may_give_in_unit(by.holdings, unit_id):
        raise refusals.NotYours


def _gives_anywhere(by: Actor) -> bool:
    return by.kind == ActorKind.SYSTEM or rules.may_give_anywhere(by.holdings)


def _begin(row, present, at):
    """Save a new period, or answer with the one that is there already."""
    if row.ended_at is not None and row.ended_at <= at:
        raise refusals.PeriodBackwards
    if present is not None:
        if present.ended_at == row.ended_at:
            return present
        raise refusals.HeldAlready
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise refusals.HeldAlready from error
    return row


def finish(verb: str, row, what: str, by: Actor, at: dt.datetime):
    """One that has not begun ends where it would begin."""
    row.ended_at = max(at, row.started_at)
    row.save(update_fields=["ended_at"])
    _record(verb, row.user, by, {what: [_spoken(row), None]})
    return row


def _spoken(row) -> list[str]:
    """A holding as the audit log keeps it: role, where (public id of the unit, code of the area), place types."""
    if isinstance(row, Membership):
        return [row.role, str(row.unit.public_id)]
    return [row.role, row.area.code if row.area else "", *row.place_types]


def _record(verb: str, user: User, by: Actor, changes: dict) -> None:
    record_change(action=f"accounts.{verb}", subject=user, by=by, changes=changes)
