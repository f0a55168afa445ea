"""Questions about the documents of e-files."""

import datetime as dt

from django.db.models import Count, F, Q, QuerySet, Window
from django.db.models.functions import RowNumber

from accounts.queries import reach_of
from accounts.roles import Permission
from common.actor import Actor
from common.errors import NotVisible
from common.models import Attachment
from common.scoping import get_visible, may
from registry.models import Document, EfileItem, Elevator
from registry.models.scope import area_condition
from registry.rules import documents as rules

SHOWN = 20  # documents of one kind on the page of the parts


def efile_items(today: dt.date) -> list[rules.Item]:
    """The kinds of documents as they stand on a day, in the order of the file."""
    rows = EfileItem.objects.filter(Q(valid_until__isnull=True) | Q(valid_until__gt=today), valid_from__lte=today)
    return [rules.Item(row.kind, row.part, row.required) for row in rows.order_by("part", "position")]


def readable_kinds(actor: Actor, elevator: Elevator, kinds: set[str]) -> set[str]:
    """Of these kinds, those of which the actor would see each document of this elevator.

    Whoever may not read contracts is not told that one is missing either.
    """
    scope = reach_of(actor, Permission.VIEW_CONTRACT)
    if scope.everything or elevator.using_unit_id in scope.unit_ids:
        return kinds
    if scope.areas and Elevator.objects.filter(area_condition(scope), pk=elevator.pk).exists():
        return kinds
    if elevator.maintenance_unit_id in scope.unit_ids:
        return kinds - (rules.CONFIDENTIAL - rules.OF_MAINTENANCE)
    return kinds - rules.CONFIDENTIAL


def efile_parts(elevator: Elevator, *, actor: Actor, today: dt.date) -> list[rules.PartLine]:
    """The parts of the e-file with what stands in them and what is missing, as the actor may read it."""
    items = efile_items(today)
    kinds = readable_kinds(actor, elevator, {item.kind for item in items})
    return rules.parts([item for item in items if item.kind in kinds], _longest_standing(elevator, actor), today)


def _longest_standing(elevator: Elevator, actor: Actor) -> list[Document]:
    """Of each kind at most SHOWN documents that stand, those that hold longest, newest first; each with `of_kind`, how many
    there are. Records of twenty years would fill a page of their own."""
    longest = F("valid_until").desc(nulls_first=True)
    rows = documents_of(elevator, actor=actor).standing()
    ranked = rows.annotate(
        place=Window(RowNumber(), partition_by=["kind"], order_by=[longest, F("pk").desc()]),
        of_kind=Window(Count("pk"), partition_by=["kind"]),
    )
    return list(ranked.filter(place__lte=SHOWN))


def documents_of(elevator: Elevator, *, actor: Actor) -> QuerySet[Document]:
    """Documents of one elevator that the actor may read, newest first."""
    rows = Document.objects.visible_to(actor, Permission.VIEW_DOCUMENT).filter(elevator=elevator)
    return rows.select_related("filed_unit").order_by("-pk")


def may_file(actor: Actor, elevator: Elevator) -> bool:
    """May the actor file documents for this very elevator?"""
    return may(actor, Permission.FILE_DOCUMENT) and (
        Elevator.objects.visible_to(actor, Permission.FILE_DOCUMENT).filter(pk=elevator.pk).exists()
    )


def files_of(documents) -> dict[int, list[Attachment]]:
    """{document's key: its files}, one statement for all."""
    keys = [document.pk for document in documents]
    found: dict[int, list[Attachment]] = {key: [] for key in keys}
    kept = Attachment.objects.filter(subject_type=Document._meta.label_lower, subject_id__in=keys, state="KEPT")
    for row in kept.order_by("pk"):
        found[row.subject_id].append(row)
    return found


def file_of(public_id, attachment_id, *, actor: Actor) -> Attachment:
    """One file of a document that the actor may read. Raises NotVisible, also for a file of another document."""
    document = get_visible(Document.objects.all(), public_id, actor=actor, view=Permission.VIEW_DOCUMENT)
    for file in files_of([document])[document.pk]:
        if str(file.public_id) == str(attachment_id):
            return file
    raise NotVisible
