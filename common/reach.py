"""How far a permission reaches over what belongs to units; the holdings themselves are `accounts`'."""

from common.actor import Actor, ActorKind


def units_reached(actor: Actor, permission) -> frozenset[int] | None:
    """Keys of the units where a role of the actor carries the permission; None for the whole platform.

    Roles over areas reach no unit's own affairs.
    """
    if actor.kind == ActorKind.SYSTEM:
        return None
    held = [holding for holding in actor.holdings if permission in holding.permissions]
    if any(holding.unit_id is None and holding.area_id is None for holding in held):
        return None
    return frozenset(holding.unit_id for holding in held if holding.unit_id is not None)
