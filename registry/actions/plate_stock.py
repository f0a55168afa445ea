"""Handing plates of stock to whoever will hang them."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import Unit
from accounts.roles import Permission
from common.actor import Actor
from common.audit import record_change
from common.errors import Refusal
from common.scoping import require
from registry.choices import PlateState
from registry.models import Nameplate, PlateBatch


class NothingToHandOut(Refusal):
    code = "no-plates-left-of-order"
    status = 409
    message = _("No plate of this order is left to hand out: they hang, or are void.")


@transaction.atomic
def hand_out_plates(*, batch: PlateBatch, unit: Unit | None, by: Actor, at: dt.datetime) -> int:
    """Note that the plates of an order which hang nowhere yet are with `unit` now (None: back in the city's store).

    Returns how many changed hands; again changes nothing. Raises NothingToHandOut, NotPermitted.
    """
    require(by, Permission.ORDER_PLATES)
    batch = PlateBatch.objects.select_for_update(of=("self",)).get(pk=batch.pk)
    stock = Nameplate.objects.filter(batch=batch, state=PlateState.PRINTED)
    # one at a time with whoever hangs one of them this very moment
    keys = list(stock.select_for_update().order_by("pk").values_list("pk", flat=True))
    if not keys:
        raise NothingToHandOut
    moved = Nameplate.objects.filter(pk__in=keys).exclude(unit=unit).update(unit=unit)
    if moved or batch.unit_id != (unit.pk if unit else None):
        before = batch.unit
        PlateBatch.objects.filter(pk=batch.pk).update(unit=unit)
        record_change(
            action="registry.hand_out_plates",
            subject=batch,
            by=by,
            changes={
                "unit": [str(before.public_id) if before else None, str(unit.public_id) if unit else None],
                "plates": [None, moved],
            },
        )
    return moved
