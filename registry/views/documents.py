"""The documents of an e-file: the nine parts, one document, filing, superseding, withdrawing, fetching a file."""

from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from common.attachments.answers import answer_attachment
from common.attachments.pages import KeepsFiles
from common.clock import local_date
from common.hooks import Panel
from common.scoped_page import ScopedPage
from common.scoping import get_visible, may
from common.views import ScopedDetailPage, ScopedFormPage, ScopedListPage
from registry.actions.documents import file_document, withdraw_document
from registry.choices import DocumentKind, DocumentState, EfilePart
from registry.forms.documents import DocumentFilter, DocumentForm, WithdrawForm, kind_choices
from registry.models import Document, Elevator
from registry.queries.documents import (
    documents_of,
    efile_items,
    efile_parts,
    file_of,
    files_of,
    may_file,
    readable_kinds,
)
from registry.rules.documents import state_of
from registry.views.changes import efile_url, named

BADGES = {
    "IN_FORCE": "ok",
    "FUTURE": "attention",
    "EXPIRED": "danger",
    "SUPERSEDED": "neutral",
    "WITHDRAWN": "neutral",
    "MISSING": "warning",
    "NONE": "neutral",
}


def document_url(document) -> str:
    return reverse("registry:document", args=[document.public_id])


def documents_url(elevator) -> str:
    return reverse("registry:documents", args=[elevator.public_id])


def dressed(documents, today) -> list[dict]:
    """Documents as pages show them."""
    return [
        {"row": row, "state": DocumentState(state).label, "badge": BADGES[state], "url": document_url(row)}
        for row in documents
        for state in [state_of(row, today)]
    ]


WANTING = {"MISSING": _("missing"), "EXPIRED": _("expired")}


def _wanting(part) -> list[dict]:
    """What must be there and is not, by how it is wanting."""
    return [
        {"label": label, "badge": BADGES[state], "kinds": kinds}
        for state, label in WANTING.items()
        if (kinds := [DocumentKind(line.kind).label for line in part.wanting if line.state == state])
    ]


def part_lines(parts, today) -> list[dict]:
    """Each part with its number, what stands in it and what is wanting."""
    return [
        {
            "number": part.number if part.number != EfilePart.BESIDE else "",
            "title": EfilePart(part.number).label,
            "anchor": f"part-{part.number}",
            "count": part.count,
            "documents": dressed([row for line in part.kinds for row in line.documents], today),
            "more": [
                {"kind": line.kind, "label": DocumentKind(line.kind).label, "count": line.count}
                for line in part.kinds
                if line.count > len(line.documents)
            ],
            "wanting": _wanting(part),
        }
        for part in parts
    ]


def documents_panel(actor, elevator, at) -> Panel | None:
    """The nine parts in nine lines: how much is there, what is missing. For those who may read documents."""
    if not may(actor, Permission.VIEW_DOCUMENT):
        return None
    if not Elevator.objects.visible_to(actor, Permission.VIEW_DOCUMENT).filter(pk=elevator.pk).exists():
        return None
    today = local_date(at)
    parts = part_lines(efile_parts(elevator, actor=actor, today=today), today)
    context = {"elevator": elevator, "parts": parts, "may_file": may_file(actor, elevator)}
    return Panel("documents", _("Documents"), "registry/panels/documents.html", context, flush=True)


class DocumentsPage(ScopedDetailPage):
    """The nine parts of one elevator with every document, those of the past last."""

    permission = Permission.VIEW_DOCUMENT
    template_name = "registry/documents.html"
    queryset = Elevator.objects.all()
    title = _("Documents of the e-file")

    def get_context(self, **extra):
        elevator, today = self.object, local_date(self.at)
        return super().get_context(
            elevator=elevator,
            lead=named(elevator),
            parts=part_lines(efile_parts(elevator, actor=self.actor, today=today), today),
            may_file=may_file(self.actor, elevator),
            **extra,
        )


class DocumentListPage(ScopedListPage):
    """Every document of one elevator, newest first, those superseded or withdrawn among them."""

    permission = Permission.VIEW_DOCUMENT
    template_name = "registry/document_list.html"
    title = _("All documents")
    queryset = Document.objects.all()
    row_template = "registry/_document_row.html"
    filter_class = DocumentFilter
    caption = _("Documents")
    empty_text = _("No document has been filed yet.")
    columns = (
        {"label": _("Kind of document")},
        {"label": _("Number")},
        {"label": _("Valid until")},
        {"label": _("Filed")},
        {"label": _("State")},
    )

    def get_queryset(self):
        elevators, wanted = Elevator.objects.all(), self.kwargs["public_id"]
        self.elevator = get_visible(elevators, wanted, actor=self.actor, view=Permission.VIEW_DOCUMENT)
        return documents_of(self.elevator, actor=self.actor)

    def dress(self, rows):
        for row, shown in zip(rows, dressed(rows, local_date(self.at)), strict=True):
            row.shown = shown

    def get_context(self, **extra):
        return super().get_context(elevator=self.elevator, lead=named(self.elevator), **extra)


class DocumentPage(ScopedDetailPage):
    """One document: what it is, whether it stands, its files."""

    permission = Permission.VIEW_DOCUMENT
    template_name = "registry/document.html"
    queryset = Document.objects.select_related("elevator", "filed_unit", "counterpart")

    def get_context(self, **extra):
        row, today = self.object, local_date(self.at)
        state = state_of(row, today)
        sees_elevator = Elevator.objects.visible_to(self.actor, Permission.VIEW_ELEVATOR).filter(pk=row.elevator_id)
        may_change = Document.objects.visible_to(self.actor, Permission.FILE_DOCUMENT).standing().filter(pk=row.pk)
        # a contract before or after one's own is somebody else's
        readable = Document.objects.visible_to(self.actor, self.permission)
        return super().get_context(
            document=row,
            state=DocumentState(state).label,
            badge=BADGES[state],
            former=readable.filter(superseded_by=row).first(),
            successor=readable.filter(pk=row.superseded_by_id).first() if row.superseded_by_id else None,
            files=files_of([row])[row.pk],
            elevator=row.elevator if sees_elevator.exists() else None,
            elevator_name=named(row.elevator),
            may_change=may(self.actor, Permission.FILE_DOCUMENT) and may_change.exists(),
            **extra,
        )


class DocumentFilePage(ScopedPage):
    """A file of a document, for whoever may read the document."""

    permission = Permission.VIEW_DOCUMENT

    def get(self, request, public_id, attachment_id):
        return answer_attachment(file_of(public_id, attachment_id, actor=self.actor), by=self.actor, via="page")


class FileDocumentPage(KeepsFiles, ScopedFormPage):
    """File a document for an elevator."""

    permission = Permission.FILE_DOCUMENT
    view_permission = Permission.VIEW_ELEVATOR
    queryset = Elevator.objects.all()
    form_class = DocumentForm
    title = _("File a document")
    submit_label = _("File the document")

    def get_context(self, **extra):
        return super().get_context(lead=named(self.object), **extra)

    def get_form_kwargs(self):
        items = efile_items(local_date(self.at))
        kinds = readable_kinds(self.actor, self.object, {item.kind for item in items})
        initial = {"kind": self.request.GET.get("kind", "")}
        return {"choices": [("", _("Choose")), *kind_choices(items, kinds)], "initial": initial}

    def cancel_url(self):
        return f"{efile_url(self.object)}#documents"

    def save(self, form):
        made = self.file(form, elevator=self.object, kind=form.cleaned_data["kind"])
        return HttpResponseRedirect(document_url(made))

    def file(self, form, **where):
        files = form.cleaned_data["files"]
        return file_document(attachments=files, by=self.actor, at=self.at, **where, **form.values())


class ReplaceDocumentPage(FileDocumentPage):
    """File a newer document in the place of one that stands."""

    view_permission = Permission.VIEW_DOCUMENT
    queryset = Document.objects.select_related("elevator")
    title = _("Replace a document")
    submit_label = _("File in its place")

    def get_context(self, **extra):
        lead = f"{self.object} · {named(self.object.elevator)}"
        return ScopedFormPage.get_context(self, lead=lead, **extra)

    def get_form_kwargs(self):
        return {"choices": None, "settled": self.object.kind}

    def cancel_url(self):
        return document_url(self.object)

    def save(self, form):
        where = {"elevator": self.object.elevator, "kind": self.object.kind, "supersedes": self.object}
        return HttpResponseRedirect(document_url(self.file(form, **where)))


class WithdrawDocumentPage(ScopedFormPage):
    """Take a document back that should not have been filed."""

    permission = Permission.FILE_DOCUMENT
    view_permission = Permission.VIEW_DOCUMENT
    queryset = Document.objects.select_related("elevator")
    form_class = WithdrawForm
    title = _("Withdraw a document")
    submit_label = _("Withdraw the document")
    danger = True
    consequence = _("It no longer counts for the e-file. It stays readable, with your reason, and so do its files.")

    def get_context(self, **extra):
        return super().get_context(lead=f"{self.object} · {named(self.object.elevator)}", **extra)

    def cancel_url(self):
        return document_url(self.object)

    def save(self, form):
        withdraw_document(document=self.object, reason=form.cleaned_data["reason"], by=self.actor, at=self.at)
        return HttpResponseRedirect(document_url(self.object))
