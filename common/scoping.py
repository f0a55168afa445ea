"""How edges get hold of rows: only through `visible_to(actor, permission)`.

404 for what the actor may not see, 403 for what they see but may not change.
"""

import datetime as dt
import uuid

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from common.actor import Actor, ActorKind
from common.errors import NotPermitted, NotVisible
from common.hooks import ACTORS


def may(actor: Actor, permission) -> bool:
    """Does any role of this actor carry the permission, on whatever rows?"""
    if actor.kind == ActorKind.SYSTEM:
        return True
    return any(permission in holding.permissions for holding in actor.holdings)


def require(actor: Actor, permission) -> None:
    """Raise NotPermitted unless some role carries the permission (None: it takes none, e.g. for one's own exports)."""
    if permission is not None and not may(actor, permission):
        raise NotPermitted(_("Your role may not do this."), permission=permission)


def actor_again(kind: str, id: str, acting_unit: int | None, at: dt.datetime) -> Actor | None:
    """Who once asked for something, with what they hold now; None when they may no longer act (common.actors)."""
    if kind == ActorKind.SYSTEM:
        return Actor(kind=ActorKind.SYSTEM, id=id, acting_unit=acting_unit, label=id)
    answers = (registration.answer(kind, id, acting_unit, at) for registration in ACTORS)
    return next((actor for actor in answers if actor is not None), None)


def get_visible(queryset: QuerySet, public_id, *, actor: Actor, view, change=None, lock: bool = False):
    """The row with this public id that `actor` may view (and change, when `change` names a permission).

    Raises NotVisible for a foreign, unknown or malformed id alike, NotPermitted for a row seen but not theirs to change.
    """
    try:
        wanted = public_id if isinstance(public_id, uuid.UUID) else uuid.UUID(str(public_id))
    except ValueError as error:
        raise NotVisible from error
    rows = queryset.select_for_update(of=("self",)) if lock else queryset
    row = rows.visible_to(actor, view).filter(public_id=wanted).first()
    if row is None:
        raise NotVisible
    if change is not None and change != view:
        require(actor, change)
        if not queryset.model._default_manager.visible_to(actor, change).filter(pk=row.pk).exists():
            raise NotPermitted(permission=change)
    return row


class TooMany(NotPermitted):
    code = "too-many"
    status = 413

    def __init__(self, largest):
        super().__init__(_("At most %(largest)s at once. Choose fewer."), largest=largest)


def get_visible_set(queryset: QuerySet, public_ids, *, actor: Actor, view, change=None, largest: int = 1000) -> list:
    """The rows with these public ids, in the order asked, each of them seen and changeable, or a refusal of the whole.

    One id that is foreign, unknown or malformed makes all of it NotVisible: which one is not said.
    """
    if len(public_ids) > largest:
        raise TooMany(largest)
    try:
        wanted = list(dict.fromkeys(uuid.UUID(str(public_id)) for public_id in public_ids))
    except ValueError as error:
        raise NotVisible from error
    found = {row.public_id: row for row in queryset.visible_to(actor, view).filter(public_id__in=wanted)}
    if len(found) != len(wanted) or not wanted:
        raise NotVisible
    if change is not None and change != view:
        require(actor, change)
        keys = [row.pk for row in found.values()]
        theirs = queryset.model._default_manager.visible_to(actor, change).filter(pk__in=keys).count()
        if theirs != len(keys):
            raise NotPermitted(permission=change)
    return [found[public_id] for public_id in wanted]
