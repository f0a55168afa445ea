"""What using units have published of their elevators' income and costs."""

import datetime as dt
import json

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.roles import Permission
from common.actor import Actor
from common.personal.free_text import personal_numbers
from registry.models import Disclosure, DisclosureRule, Elevator
from registry.rules.disclosures import wanting_since
from registry.signals import PublicFact


def rule_of(day: dt.date) -> DisclosureRule | None:
    """How often one publishes, on a day."""
    rows = DisclosureRule.objects.filter(Q(valid_until=None) | Q(valid_until__gt=day), valid_from__lte=day)
    return rows.order_by("-valid_from").first()


def without_disclosure(elevators: QuerySet[Elevator], *, today: dt.date) -> QuerySet[Elevator]:
    """Of `elevators` those whose using unit has published nothing that reaches far enough; all of them without a rule."""
    rule = rule_of(today)
    since = wanting_since(today, months=rule.months) if rule else dt.date.min
    recent = Disclosure.objects.filter(using_unit=OuterRef("using_unit"), period_until__gte=since)
    here = recent.filter(Q(site=OuterRef("site")) | Q(site=None, elevator=OuterRef("pk")))
    return elevators.filter(~Exists(here))


def published_for(elevator: Elevator, *, longest: int) -> list[Disclosure]:
    """The newest publications about an elevator that count, the latest period first."""
    return list(Disclosure.objects.about(elevator).counting().order_by("-period_until", "-pk")[:longest])


def covered_by(*, elevator_id: int, site_id: int | None, using_unit_id: int | None, actor: Actor) -> list[int]:
    """Keys of the elevators that a publication would be about, as one walks past them; only those `actor` publishes for."""
    rows = Elevator.objects.visible_to(actor, Permission.DISCLOSE_INCOME)
    rows = rows.filter(site=site_id, using_unit=using_unit_id) if site_id else rows.filter(pk=elevator_id)
    return list(rows.order_by("address", "building", "pk").values_list("pk", flat=True))


def public_income() -> PublicFact:
    """The newest publication, for everybody who reads the plate (registered at PUBLIC_FACTS)."""
    return PublicFact(
        "income_and_costs",
        "SELECT jsonb_build_object('from', x.period_from, 'until', x.period_until, 'income_fen', x.income, 'costs_fen',"
        " x.maintenance + x.repair + x.inspection + x.insurance + x.other, 'whole_site', x.site_id IS NOT NULL,"
        " 'used_for', left(x.used_for, 300))"
        " FROM registry_disclosure x WHERE x.using_unit_id = e.using_unit_id"
        " AND (e.using_unit_until IS NULL OR e.using_unit_until > %(at)s)"
        " AND (x.site_id = e.site_id OR x.site_id IS NULL AND x.elevator_id = e.id)"
        " AND NOT EXISTS (SELECT 1 FROM registry_disclosure y WHERE y.corrects_id = x.id)"
        " ORDER BY x.period_until DESC, x.id DESC LIMIT 1",
        read=_read_income,
    )


def _read_income(text: str) -> dict:
    """What was published; what somebody wrote before numbers of people were refused is not said to everybody."""
    value = json.loads(text)
    if personal_numbers(value["used_for"]):
        value["used_for"] = ""
    return value


__all__ = ["covered_by", "public_income", "published_for", "rule_of", "without_disclosure"]
