"""What an application says and brings, line by line, with the regulator's remarks and what became of them."""

from collections.abc import Callable

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from common.clock import local_date
from common.scoping import may
from registry.choices import DocumentKind
from registry.forms.registrations import FAULTS, LABELS, shown_answer
from registry.models import Document
from registry.queries.registrations import attached
from registry.rules.documents import state_of
from registry.rules.registration import EDITABLE, Need

# what became of a remark since the application was returned
BECAME = {
    "STANDS": ("warning", _("to be mended")),
    "CHANGED": ("ok", _("changed since it was returned")),
    "REPLIED": ("attention", _("not changed, but replied to")),
}


def answer_lines(row, reading, remarks) -> list[dict]:
    """Each question with its answer, what is wrong with it, and the regulator's remark."""
    open_ = row.state in EDITABLE
    return [
        {
            "label": LABELS[need.name],
            "value": shown_answer(need.name, row.answers.get(need.name)),
            "fault": FAULTS[reading.faults[need.name]] if open_ and need.name in reading.faults else "",
            "remark": remark_line(
                remarks.get(("FIELD", need.name)), lambda raw, name=need.name: {"label": shown_answer(name, raw)}
            ),
        }
        for need in reading.needs
        if need.target == "FIELD"
    ]


def paper_lines(row, reading, remarks, *, actor, today, edits=False) -> list[dict]:
    """Each kind of document with those that it brings, as links for those who may read them; whoever `edits` the
    application may take each off it."""
    brought = list(attached(row))
    links = document_links([*brought, *returned_documents(row, remarks)], actor)
    # what it brought is shown although the law, or the elevator, no longer asks for it
    asked = {need.name for need in reading.needs}
    more = sorted({each.kind for each in brought} - asked)
    needs = [*reading.needs, *(Need("DOCUMENT", kind, False) for kind in more)]
    return [
        {
            "label": DocumentKind(need.name).label,
            "required": need.required,
            "documents": [
                {
                    "row": each,
                    "url": links[str(each.public_id)]["url"],
                    "past": state_of(each, today) != "IN_FORCE",
                    "off": reverse("registry:detach_document", args=[row.public_id, each.public_id]) if edits else "",
                }
                for each in brought
                if each.kind == need.name
            ],
            "missing": row.state in EDITABLE and need.name in reading.missing,
            "remark": remark_line(remarks.get(("DOCUMENT", need.name)), links.get),
        }
        for need in needs
        if need.target == "DOCUMENT"
    ]


def returned_documents(row, remarks) -> list[Document]:
    """What it brought when it was returned, at the places of the remarks, whether it still brings it or not."""
    ids = {each for remark in remarks.values() if remark.target == "DOCUMENT" for each in remark.was or []}
    return list(Document.objects.filter(elevator_id=row.elevator_id, public_id__in=ids)) if ids else []


def document_links(documents, actor) -> dict[str, dict]:
    """{id: label and url}; the url is empty for whoever may not read the document."""
    readable: set[int] = set()
    if may(actor, Permission.VIEW_DOCUMENT):
        rows = Document.objects.visible_to(actor, Permission.VIEW_DOCUMENT)
        readable = set(rows.filter(pk__in=[each.pk for each in documents]).values_list("pk", flat=True))
    return {
        str(each.public_id): {
            "label": f"{each} · {local_date(each.filed_at):%Y-%m-%d}",
            "url": reverse("registry:document", args=[each.public_id]) if each.pk in readable else "",
        }
        for each in documents
    }


def remark_line(remark, link: Callable) -> dict | None:
    """A remark and what became of it: what stood there when it was returned, what stands there now (`link` shows one of
    either), and the unit's reply."""
    if remark is None:
        return None
    badge, label = BECAME[remark.state]
    return {
        "reason": remark.reason,
        "badge": badge,
        "label": label,
        "changed": remark.changed,
        "was": [link(each) for each in remark.was or []],
        "now": [link(each) for each in remark.now],
        "reply": remark.reply,
    }
