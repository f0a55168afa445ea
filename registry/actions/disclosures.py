"""Publishing advertising income and costs."""

import datetime as dt
from collections.abc import Mapping

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.queries import reach_of
from accounts.roles import Permission
from common.actor import Actor
from common.audit import record_change
from common.clock import local_date
from common.errors import NotPermitted, Refusal
from registry.actions.life_events import record_event
from registry.choices import LifeEventKind
from registry.models import Disclosure, Elevator, Site
from registry.models.disclosures import MONEY
from registry.rules.disclosures import PeriodError, require_sound_period


class BadPeriod(Refusal):
    code = "bad-period"
    field = "period_until"


PERIOD_SENTENCES = {
    "backwards": _("The period ends before it begins."),
    "unfinished": _("The period is not over yet."),
    "long": _("A period is a year at most. Publish longer ones year by year."),
}


class PeriodPublished(Refusal):
    code = "period-published"
    status = 409
    field = "period_from"
    message = _("Another publication covers days of this period. If it is wrong, correct that one.")


class AlreadyCorrected(Refusal):
    code = "already-corrected"
    status = 409
    message = _("This publication has been corrected already. Correct the newer one.")


class NoSite(Refusal):
    code = "no-site"
    field = "whole_site"
    message = _("The register has this elevator at no site. Publish for the elevator alone.")


@transaction.atomic
def publish_income(
    *,
    elevator: Elevator,
    period_from: dt.date,
    period_until: dt.date,
    money: Mapping[str, int],
    by: Actor,
    at: dt.datetime,
    whole_site: bool = False,
    used_for: str = "",
    corrects: Disclosure | None = None,
) -> Disclosure:
    """Publish what `elevator`, or with `whole_site` all of the using unit's elevators at its site, earned and cost.

    `money`: fen for each of models.disclosures.MONEY. The same again is the same publication; a correction takes the place
    of a wrong one and keeps what that was about. Raises BadPeriod, PeriodPublished, AlreadyCorrected, NoSite, NotPermitted.
    """
    try:
        require_sound_period(period_from, period_until, today=local_date(at))
    except PeriodError as error:
        raise BadPeriod(PERIOD_SENTENCES[error.reason]) from error
    elevator = Elevator.objects.select_for_update(of=("self",)).get(pk=elevator.pk)
    own = reach_of(by, Permission.DISCLOSE_INCOME)
    if not own.everything and elevator.using_unit_id not in own.unit_ids:
        raise NotPermitted(permission=Permission.DISCLOSE_INCOME)
    if whole_site and elevator.site_id is None:
        raise NoSite
    if corrects is not None and corrects.using_unit_id != elevator.using_unit_id:
        raise NotPermitted(permission=Permission.DISCLOSE_INCOME)
    if corrects is not None:
        about = {name: getattr(corrects, name) for name in ("elevator_id", "site_id", "using_unit_id")}
    else:
        site = elevator.site_id if whole_site else None
        about = {"elevator_id": elevator.pk, "site_id": site, "using_unit_id": elevator.using_unit_id}
    if about["site_id"]:
        # two of the unit's people at two elevators of one site; rows of an append-only table cannot be locked themselves
        Site.objects.select_for_update().get(pk=about["site_id"])
    said = {"period_from": period_from, "period_until": period_until, "used_for": used_for.strip(), **money}
    if (same := _same(about, said, corrects)) is not None:
        return same
    _require_free(about, said, corrects)
    made = Disclosure.objects.create(
        **about, **said, corrects=corrects, filed_at=at, filed_by_kind=by.kind, filed_by_id=by.id
    )
    details = {"period": f"{period_from}/{period_until}", **{name: str(money[name]) for name in MONEY}}
    if corrects is not None:
        details["corrects"] = str(corrects.public_id)
    record_event(elevator, LifeEventKind.INCOME_PUBLISHED, by=by, at=at, source=made, details=details)
    record_change(
        action="registry.publish_income", subject=made, by=by, changes={k: [None, v] for k, v in details.items()}
    )
    return made


def _rows(about: dict):
    rows = Disclosure.objects.filter(using_unit=about["using_unit_id"], site=about["site_id"])
    return rows if about["site_id"] else rows.filter(elevator=about["elevator_id"])


def _same(about: dict, said: dict, corrects: Disclosure | None) -> Disclosure | None:
    there = _rows(about).filter(corrects=corrects) if corrects is None else Disclosure.objects.filter(corrects=corrects)
    return there.filter(**said).first()


def _require_free(about: dict, said: dict, corrects: Disclosure | None) -> None:
    if corrects is not None and Disclosure.objects.filter(corrects=corrects).exists():
        raise AlreadyCorrected
    others = (
        _rows(about).counting().filter(period_from__lte=said["period_until"], period_until__gte=said["period_from"])
    )
    if corrects is not None:
        others = others.exclude(pk=corrects.pk)
    if others.exists():
        raise PeriodPublished
