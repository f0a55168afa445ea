"""Publishing advertising income and costs."""

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.queries import reach_of
from accounts.roles import Permission
from common.actor import Actor
from common.audit import record_change
from common.clock import local_date
from common.errors import Changed, NotPermitted, Refusal
from registry.actions.life_events import record_event
from registry.choices import LifeEventKind
from registry.models import Disclosure, Elevator, Site
from registry.models.disclosures import MONEY
from registry.queries.disclosures import covered_by
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


class ElevatorsChanged(Changed):
    code = "elevators-changed"
    message = _("The elevators that this is for changed after you looked. Look at them again, then publish.")


@dataclass(frozen=True, slots=True)
class Publication:
    """What would be published: what it is about, what it says, the elevators (keys) on whose plates it would be read.

    `same`: the publication that says exactly this already.
    """

    about: dict
    said: dict
    elevators: list[int]
    same: Disclosure | None

    @property
    def fingerprint(self) -> str:
        return fingerprint(self.about["site_id"], self.elevators)


def fingerprint(site_id: int | None, elevators: Iterable[int]) -> str:
    """What somebody saw before publishing: for a whole site (or None: one elevator), and which elevators those were."""
    return hashlib.sha256(f"{site_id} {sorted(elevators)}".encode()).hexdigest()


def plan_income(
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
) -> Publication:
    """What `publish_income` would do with the same arguments; raises what that would raise and writes nothing."""
    try:
        require_sound_period(period_from, period_until, today=local_date(at))
    except PeriodError as error:
        raise BadPeriod(PERIOD_SENTENCES[error.reason]) from error
    _require_own(elevator, corrects, by)
    about = _about(elevator, whole_site, corrects)
    said = {"period_from": period_from, "period_until": period_until, "used_for": used_for.strip(), **money}
    same = _same(about, said, corrects)
    if same is None:
        _require_free(about, said, corrects)
    return Publication(about, said, covered_by(**about, actor=by), same)


@transaction.atomic
def publish_income(
    *,
    elevator: Elevator,
    by: Actor,
    at: dt.datetime,
    whole_site: bool = False,
    corrects: Disclosure | None = None,
    seen: str | None = None,
    **values,
) -> Disclosure:
    """Publish what `elevator`, or with `whole_site` all of the using unit's elevators at its site, earned and cost.

    `values`: `period_from`, `period_until`, `used_for` and `money`, fen for each of models.disclosures.MONEY. The same
    again is the same publication; a correction takes the place of a wrong one and keeps what that was about. `seen`: the
    fingerprint of the elevators that the publisher was shown (people are always shown them). Raises BadPeriod,
    PeriodPublished, AlreadyCorrected, NoSite, ElevatorsChanged, NotPermitted.
    """
    elevator = _locked(elevator, whole_site, corrects)
    plan = plan_income(elevator=elevator, by=by, at=at, whole_site=whole_site, corrects=corrects, **values)
    if plan.same is not None:
        return plan.same
    if seen is not None and seen != plan.fingerprint:
        raise ElevatorsChanged
    made = Disclosure.objects.create(
        **plan.about, **plan.said, corrects=corrects, filed_at=at, filed_by_kind=by.kind, filed_by_id=by.id
    )
    details = _details(plan, corrects)
    record_event(elevator, LifeEventKind.INCOME_PUBLISHED, by=by, at=at, source=made, details=details)
    record_change(
        action="registry.publish_income", subject=made, by=by, changes={k: [None, v] for k, v in details.items()}
    )
    return made


def _details(plan: Publication, corrects: Disclosure | None) -> dict[str, str]:
    """What the ledgers keep of it: of a whole site also how many elevators that was at the time."""
    said = plan.said
    details = {"period": f"{said['period_from']}/{said['period_until']}", **{name: str(said[name]) for name in MONEY}}
    if plan.about["site_id"]:
        details["elevators"] = str(len(plan.elevators))
    if corrects is not None:
        details["corrects"] = str(corrects.public_id)
    return details


def _locked(elevator: Elevator, whole_site: bool, corrects: Disclosure | None) -> Elevator:
    """The elevator as it is now, held; and its site, where all of it is meant.

    Two of the unit's people publish at two elevators of one site, and rows of an append-only table cannot be locked
    themselves. Whoever enters an elevator at the site waits as well (its foreign key asks for the same row).
    """
    elevator = Elevator.objects.select_for_update(of=("self",)).get(pk=elevator.pk)
    site_id = corrects.site_id if corrects is not None else elevator.site_id if whole_site else None
    if site_id:
        Site.objects.select_for_update().get(pk=site_id)
    return elevator


def _require_own(elevator: Elevator, corrects: Disclosure | None, by: Actor) -> None:
    own = reach_of(by, Permission.DISCLOSE_INCOME)
    theirs = own.everything or elevator.using_unit_id in own.unit_ids
    if not theirs or (corrects is not None and corrects.using_unit_id != elevator.using_unit_id):
        raise NotPermitted(permission=Permission.DISCLOSE_INCOME)


def _about(elevator: Elevator, whole_site: bool, corrects: Disclosure | None) -> dict:
    if whole_site and elevator.site_id is None:
        raise NoSite
    if corrects is not None:
        return {name: getattr(corrects, name) for name in ("elevator_id", "site_id", "using_unit_id")}
    site = elevator.site_id if whole_site else None
    return {"elevator_id": elevator.pk, "site_id": site, "using_unit_id": elevator.using_unit_id}


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
