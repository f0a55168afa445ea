"""What the life events that this app writes say in the e-file's timeline (registered at registry.event_words)."""

from accounts.roles import Permission
from common.scoping import may
from compliance.choices import HazardStepKind
from compliance.models import HazardItem
from registry.choices import LifeEventKind
from registry.signals import EventWords


def event_words(actor, events) -> dict[int, EventWords]:
    """Which hazard, and what was done about it. One statement where there is any."""
    if not may(actor, Permission.VIEW_OBLIGATION):
        return {}
    rows = [event for event in events if event.kind == LifeEventKind.HAZARD]
    codes = {event.details.get("item") for event in rows} - {None}
    items = {item.code: item.name for item in HazardItem.objects.filter(code__in=codes)} if codes else {}
    steps = dict(HazardStepKind.choices)
    return {
        event.pk: EventWords(
            " · ".join(str(part) for part in (items.get(event.details.get("item")), steps.get(event.outcome)) if part),
            f"/due/hazards/{event.source_id}/",
        )
        for event in rows
    }
