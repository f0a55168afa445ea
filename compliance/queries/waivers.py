"""Waivers of obligations: what counts for planning, and what people read."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from accounts.models import Unit
from accounts.queries import people_to_tell
from accounts.roles import Permission
from common.attachments.choices import AttachmentState
from common.errors import NotVisible
from common.models import Attachment
from compliance.models import Alert, AlertCause, Obligation, Waiver
from compliance.rules.waivers import Excuse
from compliance.signals import Reason
from registry.choices import LifeEventKind
from registry.models import LifeEvent, StatusFlag


def excuses_of(obligation_ids: Collection[int]) -> dict[int, list[Excuse]]:
    """{obligation: what documents say of it}. One statement, none where there is nothing to ask."""
    found = defaultdict(list)
    if obligation_ids:
        rows = Waiver.objects.filter(obligation_id__in=list(obligation_ids)).order_by("from_on", "pk")
        for row in rows.only("obligation_id", "kind", "from_on", "ends_on"):
            found[row.obligation_id].append(row.excuse)
    return found


def files_of(waivers: Collection[Waiver]) -> dict[int, list[Attachment]]:
    """{waiver: its documents}. One statement, none where there is nothing to ask."""
    found = defaultdict(list)
    if waivers:
        kept = Attachment.objects.filter(subject_type=Waiver._meta.label_lower, state=AttachmentState.KEPT)
        for file in kept.filter(subject_id__in=[one.pk for one in waivers]).order_by("pk"):
            found[file.subject_id].append(file)
    return found


def file_of(waiver: Waiver, attachment_id) -> Attachment:
    """One of its documents. Raises NotVisible."""
    for file in Attachment.objects.kept_for(waiver):
        if str(file.public_id) == str(attachment_id):
            return file
    raise NotVisible


def units_answering(row: Obligation, at) -> list[int]:
    """Whom a waiver of it is told to: the units that answer for its elevator at a moment, or whose duty it is."""
    if row.elevator_id is None:
        return [row.for_unit_id] if row.for_unit_id else []
    elevator = row.elevator
    answering = (
        (elevator.using_unit_id, elevator.using_unit_until),
        (elevator.maintenance_unit_id, elevator.maintenance_unit_until),
    )
    return sorted({key for key, until in answering if key and (until is None or until > at)})


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a waiver of an obligation would change, before anybody has chosen its days. `alerts`: those that end when it begins;
    `silent`: days on which something would be said, with what; `units`: who is told, `people`: how many."""

    alerts: list[Alert]
    silent: list[Reason]
    units: list[str]
    people: int


def outlook_of(row: Obligation, coming: list[Reason], at) -> Outlook:
    """`coming`: its days from today on. Three statements."""
    causes = AlertCause.objects.filter(obligation=row, ended_at=None, alert__state__in=("OPEN", "ACKNOWLEDGED"))
    units = units_answering(row, at)
    told, _areas = people_to_tell(permission=Permission.ACKNOWLEDGE_ALERT, unit_ids=units, at=at)
    return Outlook(
        alerts=[cause.alert for cause in causes.select_related("alert").order_by("pk")],
        silent=coming,
        units=[str(unit) for unit in Unit.objects.filter(pk__in=units).order_by("pk")],
        people=len({each for ids in told.values() for each in ids}),
    )


def suspension_of(row: Obligation) -> LifeEvent | None:
    """The entry in the register that put the elevator out of use over its last day, with the document that it names."""
    if row.status != "SUSPENDED" or row.elevator_id is None:
        return None
    stops = LifeEvent.objects.filter(
        elevator=row.elevator_id,
        kind=LifeEventKind.STATE_CHANGED,
        outcome="OUT_OF_USE",
        occurred_at__date__lte=row.due_on,
    )
    return stops.order_by("-sequence").first()


def flags_of(row: Obligation) -> list[StatusFlag]:
    """Sealed, relocating …: what stands about the elevator beside its registration. It suspends nothing by itself."""
    if row.elevator_id is None:
        return []
    return list(StatusFlag.objects.filter(elevator=row.elevator_id, ended_at=None).order_by("started_at"))
