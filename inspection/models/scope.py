"""Rows about elevators that units see: found so that a list keeps its order by its index."""

from django.db.models import OuterRef, Q, Subquery
from django.db.models.lookups import IsNull

from registry.models import Elevator

FEW, MANY = 1_000, 8_000  # measured in a city of 200,000: where one way begins to cost less than the other


def by_elevators(scope, actor, permission) -> Q:
    """Rows about the elevators that one sees.

    Of a unit with few elevators these are named by their keys (one statement more): then PostgreSQL finds the rows by both
    indexes, and does not walk all rows of the city for those of three elevators. Of a unit with very many, as a body has, about
    each third row of the list's index fits: each is asked for by itself, where `IN (SELECT …)` gathers all elevators first.
    """
    seen = Elevator.objects.visible_to(actor, permission).order_by()
    if scope.areas or not scope.unit_ids:
        return Q(elevator__in=seen.values("pk"))
    keys = list(seen.values_list("pk", flat=True)[: FEW + 1])
    if len(keys) <= FEW:
        return Q(elevator__in=keys)
    if not seen[MANY : MANY + 1].exists():
        return Q(elevator__in=seen.values("pk"))
    # not Exists: of that PostgreSQL makes the same set again
    return Q(IsNull(Subquery(seen.filter(pk=OuterRef("elevator_id")).values("pk")[:1]), False))
