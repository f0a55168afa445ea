"""Pages: the imports that one sees, a new file, and how it is written."""

import io
from itertools import islice

from django.http import FileResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from common.errors import NotVisible, Refusal
from common.hooks import NavItem
from common.intake.forms import ShapeForm, UploadForm
from common.intake.issues import FileRefused
from common.intake.kinds import IMPORT_FILES, ImportKind, kind_named, kinds_for
from common.intake.shapes import Shape, guess_again
from common.intake.uploads import set_shape, store_upload, table_of, upload_path
from common.models.intake import ImportBatch, Upload
from common.views import ScopedFormPage, ScopedListPage, ScopedPage

SAMPLE_ROWS = 8


def navigation(actor) -> list[NavItem]:
    return [NavItem(_("Bring in files"), reverse("imports:list"))] if kinds_for(actor) else []


class ImportListPage(ScopedListPage):
    """One's own imports and those of colleagues in the same unit, trial runs among them."""

    permission = IMPORT_FILES
    template_name = "imports/list.html"
    title = _("Imports")
    queryset = ImportBatch.objects.select_related("job").defer("preview", "spec")
    row_template = "imports/_row.html"
    caption = _("Files brought in")
    empty_text = _("No file has been brought in yet.")
    columns = (
        {"label": _("File")},
        {"label": _("Rows are"), "wide": True},
        {"label": _("When")},
        {"label": _("Rows"), "num": True},
        {"label": _("Refused"), "num": True, "wide": True},
        {"label": _("State")},
    )

    def dress(self, rows):
        for row in rows:
            row.kind_label = kind_named(row.kind).label


class NewImportPage(ScopedFormPage):
    """Send a file. The same file again opens what is there: no key is needed for a second click to count for nothing."""

    permission = IMPORT_FILES
    template_name = "imports/new.html"
    form_class = UploadForm
    title = _("Bring in a file")
    submit_label = _("Send the file")

    def get_form_kwargs(self):
        return {"actor": self.actor}

    def get_context(self, **extra):
        return super().get_context(templates=templates_for(self.actor), **extra)

    def cancel_url(self):
        return reverse("imports:list")

    def post(self, request, **_kwargs):
        return self._work("")

    def save(self, form):
        file = form.cleaned_data["file"]
        upload = store_upload(content=file, name=file.name, kind=form.cleaned_data["kind"], by=self.actor, at=self.at)
        return HttpResponseRedirect(shape_url(upload))


class TemplatePage(ScopedPage):
    """An empty file of a kind, to be filled in: only for those who may bring it in."""

    permission = IMPORT_FILES
    http_method_names = ["get", "head"]

    def get(self, request, key):
        kind = next((kind for kind in templates_for(self.actor) if kind.key == key), None)
        if kind is None:
            raise NotVisible
        return FileResponse(
            io.BytesIO(kind.template(self.at)), as_attachment=True, filename=f"{kind.template_name}.xlsx"
        )


def templates_for(actor) -> list[ImportKind]:
    """Kinds that the actor may bring in and that have an empty file to begin with."""
    return [kind for kind in kinds_for(actor) if kind.template_name]


def shape_url(upload: Upload) -> str:
    return reverse("imports:shape", args=[upload.public_id])


def columns_url(upload: Upload) -> str:
    return reverse("imports:columns", args=[upload.public_id])


class ShapePage(ScopedFormPage):
    """How the file is written, with a sample: "look again" shows it anew, "go on" keeps it and leads to the columns.

    Sent twice it says the same twice, so it needs no key.
    """

    permission = IMPORT_FILES
    template_name = "imports/shape.html"
    queryset = Upload.objects.all()
    title = _("How the file is written")

    @property
    def shape(self) -> Shape:
        return Shape.from_json(self.object.shape)

    def cancel_url(self):
        return reverse("imports:list")

    def get(self, request, **_kwargs):
        return self._look(self.shape)

    def post(self, request, **_kwargs):
        stored = self.shape
        form = ShapeForm(request.POST, shape=stored, header=request.POST.getlist("fill_down"))
        if "serial_dates" in form.fields:
            form.fields["serial_dates"].choices = [(name, name) for name in request.POST.getlist("serial_dates")]
        if not form.is_valid():
            return self._look(stored, form=form, status=422)
        try:
            shape = form.corrected()
            if anew := form.cut_anew():
                shape = guess_again(upload_path(self.object), shape)
            table = table_of(self.object, shape)
        except Refusal as refusal:
            form.add_error(None, refusal.message)
            return self._look(stored, form=form, status=422)
        there = set(table.header)
        kept = {name: tuple(c for c in getattr(shape, name) if c in there) for name in ("fill_down", "serial_dates")}
        set_shape(upload=self.object, shape=Shape.from_json(shape.to_json() | kept))
        # whoever corrected what the rest hangs on looks at the sample once more before going on
        return HttpResponseRedirect(
            columns_url(self.object) if request.POST.get("step") == "next" and not anew else shape_url(self.object)
        )

    def _look(self, shape: Shape, *, form=None, status=200):
        header, rows, trouble = (), [], ""
        try:
            table = table_of(self.object, shape)
            header, rows = table.header, list(islice(table.beginning(), SAMPLE_ROWS))
        except FileRefused as refusal:
            trouble = refusal.message
        if form is None:
            form = ShapeForm(shape=shape, header=header)
        lines = [(record, [record.cells.get(name, "") for name in header]) for record in rows]
        return self.answer(
            status=status,
            form=form,
            shape=shape,
            header=header,
            lines=lines,
            trouble=trouble,
            upload=self.object,
            kind=kind_named(self.object.kind),
            cancel_url=self.cancel_url(),
        )
