"""Pages: choose what goes into the file, watch it being written, fetch it."""

from urllib.parse import parse_qsl, urlencode

from django import forms
from django.http import FileResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from common import clock
from common.exports.actions import file_for, request_export
from common.exports.columns import Column
from common.exports.kinds import kind_of, may_export
from common.hooks import NavItem
from common.jobs import cancel_job
from common.models import Export, ExportFormat
from common.pagination import capped_count
from common.scoping import get_visible, require
from common.views import ScopedDetailPage, ScopedFormPage, ScopedListPage, ScopedPage


def navigation(actor) -> list[NavItem]:
    return [NavItem(_("Exports"), reverse("exports:list"))] if may_export(actor) else []


def page_of_export(export: Export) -> str:
    return reverse("exports:export", args=[export.public_id])


class ExportForm(forms.Form):
    """Format and columns; the filters travel along as they stand in the list's address."""

    format = forms.ChoiceField(
        label=_("Format"), choices=ExportFormat.choices, widget=forms.RadioSelect, initial=ExportFormat.XLSX
    )
    columns = forms.MultipleChoiceField(label=_("Columns"), widget=forms.CheckboxSelectMultiple)
    filters = forms.CharField(widget=forms.HiddenInput, required=False, max_length=4000)

    def __init__(self, *args, columns: tuple[Column, ...], **options):
        super().__init__(*args, **options)
        self.fields["columns"].choices = [(column.name, column.label) for column in columns]
        self.fields["columns"].initial = [column.name for column in columns if column.chosen]
        self.fields["format"].help_text = _(
            "A workbook keeps codes, numbers and dates as what they are. CSV is for other programs; a spreadsheet may drop "
            "the zeros of codes when it opens one."
        )


class NewExportPage(ScopedFormPage):
    """Take a list out: its filters as they stand, how many rows that is, the format and the columns."""

    template_name = "exports/new.html"
    form_class = ExportForm
    submit_label = _("Write the file")
    title = _("Take the list out as a file")

    def dispatch(self, request, *args, **kwargs):
        self.kind = kind_of(kwargs["kind"])
        require(request.actor, self.kind.permission)
        return super().dispatch(request, *args, **kwargs)

    def parameters(self) -> list:
        sent = (
            self.request.POST.get("filters", "") if self.request.method == "POST" else self.request.META["QUERY_STRING"]
        )
        return self.kind.kept(pairs_of(sent))

    def get_form_kwargs(self):
        return {
            "columns": self.kind.offered(self.actor),
            "initial": {"filters": self.request.META["QUERY_STRING"][:4000]},
        }

    def cancel_url(self):
        return self.kind.list_url() if self.kind.list_url else reverse("exports:list")

    def get_context(self, **extra):
        parameters = self.parameters()
        return super().get_context(
            kind=self.kind,
            words=self.kind.words(self.actor, parameters),
            rows=capped_count(self.kind.chosen_rows(self.actor, parameters)),
            **extra,
        )

    def save(self, form):
        export = request_export(
            kind=self.kwargs["kind"],
            format=form.cleaned_data["format"],
            parameters=self.parameters(),
            columns=form.cleaned_data["columns"],
            by=self.actor,
            at=self.at,
        )
        return HttpResponseRedirect(page_of_export(export))


def pairs_of(query: str) -> list[tuple[str, str]]:
    """[(name, value)] of a query string; what cannot be text for PostgreSQL is left out."""
    try:
        pairs = parse_qsl(query, max_num_fields=100)
    except ValueError:
        return []
    return [(name, value) for name, value in pairs if "\0" not in value]


class ExportListPage(ScopedListPage):
    """What one has taken out and what is being written."""

    template_name = "exports/list.html"
    title = _("Exports")
    lead = _("Files that you took out of lists. Each is kept for seven days.")
    queryset = Export.objects.select_related("job").defer("keys")
    row_template = "exports/_row.html"
    caption = _("Files that you took out")
    empty_text = _("You have not taken out anything yet. Lists have a button for it.")
    columns = (
        {"label": _("Asked for")},
        {"label": _("List")},
        {"label": _("Filters"), "wide": True},
        {"label": _("Format"), "wide": True},
        {"label": _("Rows"), "num": True},
        {"label": _("State")},
        {"label": _("File"), "hidden": True},
    )

    def dress(self, rows):
        for row in rows:
            row.label = kind_of(row.kind).label

    def get_context(self, **extra):
        return super().get_context(lead=self.lead, now=self.at, **extra)


class ExportPage(ScopedDetailPage):
    """One export: how far it is, then the file. Asks again every two seconds while it is written."""

    template_name = "exports/detail.html"
    queryset = Export.objects.select_related("job").defer("keys")
    access_logged = False

    def get_context(self, **extra):
        export = self.object
        kind = kind_of(export.kind)
        return super().get_context(
            export=export,
            kind=kind,
            columns=[column.label for column in kind.offered(self.actor) if column.name in set(export.columns)],
            gone=export.removed_at is not None or (export.expires_at is not None and export.expires_at <= self.at),
            again_url=f"{reverse('exports:new', args=[export.kind])}?{as_address(export)}",
            **extra,
        )

    @property
    def title(self):
        return kind_of(self.object.kind).label


def as_address(export: Export) -> str:
    return urlencode([(name, value) for name, value in export.parameters])


class StopExportPage(ScopedPage):
    """Stop the writing; harmless when it has ended."""

    http_method_names = ["post"]

    def post(self, request, public_id):
        export = get_visible(
            Export.objects.select_related("job").defer("keys"), public_id, actor=self.actor, view=self.permission
        )
        cancel_job(export.job, at=self.at)
        return HttpResponseRedirect(page_of_export(export))


class DownloadPage(ScopedPage):
    """The file, if its owner may still see all of it."""

    http_method_names = ["get", "head"]

    def get(self, request, public_id):
        export = get_visible(Export.objects.select_related("job"), public_id, actor=self.actor, view=self.permission)
        return answer_file(export, by=self.actor, at=self.at, via="page")


MEDIA_TYPES = {
    ExportFormat.CSV: "text/csv; charset=utf-8",
    ExportFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def answer_file(export: Export, *, by, at, via: str) -> FileResponse:
    """The file of an export as a download. Raises what `file_for` raises."""
    path = file_for(export, by=by, at=at, via=via)
    moment = timezone.localtime(export.created_at, clock.SHANGHAI)
    word = slugify(str(kind_of(export.kind).file_word), allow_unicode=True)
    return FileResponse(
        path.open("rb"),
        as_attachment=True,
        filename=f"{word}-{moment:%Y%m%d-%H%M}.{export.format}",
        content_type=MEDIA_TYPES[export.format],
    )
