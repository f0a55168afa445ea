"""What the life events that this app writes say in the e-file's timeline (registered at registry.event_words)."""

from django.utils.translation import gettext as _

from accounts.roles import Permission
from common.scoping import may
from compliance.choices import HazardStepKind, WaiverStepKind
from compliance.models import HazardItem
from compliance.queries import kinds
from registry.choices import LifeEventKind
from registry.signals import EventWords


def event_words(actor, events) -> dict[int, EventWords]:
    """Which hazard and what was done about it; what is waived until when. One statement where there is a hazard."""
    if not may(actor, Permission.VIEW_OBLIGATION):
        return {}
    return _of_hazards([event for event in events if event.kind == LifeEventKind.HAZARD]) | {
        event.pk: _of_waiver(event) for event in events if event.kind == LifeEventKind.WAIVER
    }


def _of_hazards(events: list) -> dict[int, EventWords]:
    codes = {event.details.get("item") for event in events} - {None}
    items = {item.code: item.name for item in HazardItem.objects.filter(code__in=codes)} if codes else {}
    steps = dict(HazardStepKind.choices)
    return {
        event.pk: EventWords(
            _line(items.get(event.details.get("item")), steps.get(event.outcome)), f"/due/hazards/{event.source_id}/"
        )
        for event in events
    }


def _of_waiver(event) -> EventWords:
    """Its document stands beside it already (`reference`)."""
    spec = kinds().get(event.details["obligation"])
    until = _("until %(day)s") % {"day": event.details["until"]}
    return EventWords(_line(spec and spec.label, dict(WaiverStepKind.choices).get(event.outcome), until))


def _line(*parts) -> str:
    return " · ".join(str(part) for part in parts if part)
