"""Pages: what each column of a file means; trying it out and bringing it in."""

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from common.errors import NotVisible, Refusal
from common.intake import spec_forms
from common.intake.kinds import IMPORT_FILES, MappingRefused, kind_named
from common.intake.mapping import MappingSpec
from common.intake.pages import columns_url, shape_url
from common.intake.runs import start_import
from common.intake.shapes import Shape
from common.intake.uploads import mappings_that_fit, sample_of, save_mapping, table_of
from common.models.intake import BatchState, ImportBatch, SavedMapping, Upload
from common.scoping import get_visible
from common.views import ScopedFormPage


def batch_url(batch: ImportBatch) -> str:
    return reverse("imports:batch", args=[batch.public_id])


class ColumnsPage(ScopedFormPage):
    """Columns, their meaning, words of cells; buttons: look again, keep the mapping, try it out, bring it in.

    Each of these does the same twice as once (a batch is known by file and mapping), so no key is needed.
    """

    permission = IMPORT_FILES
    template_name = "imports/columns.html"
    queryset = Upload.objects.all()
    title = _("What the columns mean")

    @cached_property
    def kind(self):
        return kind_named(self.object.kind)

    @cached_property
    def table(self):
        return table_of(self.object)

    @cached_property
    def sample(self):
        return sample_of(self.table)

    @cached_property
    def targets(self):
        return self.kind.targets(self.actor)

    @cached_property
    def options(self):
        return self.kind.options(self.actor)

    @cached_property
    def guessed(self):
        comma = Shape.from_json(self.object.shape).decimal_comma
        return self.kind.guess(self.table.header, self.sample, self.actor, decimal_comma=comma)

    def get(self, request, **_kwargs):
        try:
            return self._show_spec(self._asked_for())
        except Refusal as refusal:
            if refusal.status == 404:
                raise
            messages.error(request, refusal.message)
            return HttpResponseRedirect(shape_url(self.object))

    def _asked_for(self) -> MappingSpec:
        """The mapping named in the address: a saved one, one of an earlier batch, one declared in code; else the guess."""
        asked = self.request.GET
        if saved := asked.get("saved"):
            row = get_visible(SavedMapping.objects.all(), saved, actor=self.actor, view=self.permission)
        elif batch := asked.get("batch"):
            row = get_visible(ImportBatch.objects.all(), batch, actor=self.actor, view=self.permission)
        elif shipped := asked.get("shipped"):
            if shipped not in self.kind.shipped(self.table.header):
                raise NotVisible
            return MappingSpec(self.kind.key, shipped=shipped)
        else:
            return self.guessed.spec
        if row.kind != self.object.kind:
            raise NotVisible
        return MappingSpec.from_json(row.spec)

    def post(self, request, **_kwargs):
        if any("\0" in text for values in request.POST.lists() for text in (values[0], *values[1])):
            raise BadRequest("NUL in the form")  # no form of Django's stands between this and the database
        try:
            spec = self._sent()
        except Refusal as refusal:
            messages.error(request, refusal.message)
            return HttpResponseRedirect(shape_url(self.object))
        step = request.POST.get("step", "look")
        try:
            if step == "save":
                return self._save(spec)
            if step in ("try", "run"):
                return self._start(spec, dry_run=step == "try")
        except MappingRefused as refusal:
            return self._show_spec(spec, refusal=refusal, problems=refusal.problems, status=422)
        except Refusal as refusal:
            if refusal.status in (403, 404):
                raise
            return self._show_spec(spec, refusal=refusal, status=422)
        return self._show_spec(spec)

    def _sent(self) -> MappingSpec:
        data = self.request.POST
        if shipped := data.get("shipped"):
            return MappingSpec(self.kind.key, shipped=shipped)
        spec = spec_forms.spec_of(data, self.kind, self.table.header, self.targets, self.options)
        if Shape.from_json(self.object.shape).decimal_comma:
            spec = MappingSpec(spec.kind, spec.shipped, spec.targets, {**spec.options, "decimal_comma": True})
        return spec

    def _save(self, spec: MappingSpec):
        name = " ".join(self.request.POST.get("name", "").split())
        if not name or len(name) > 80:
            return self._show_spec(
                spec, problems={"name": _("Give the mapping a name of at most 80 characters.")}, status=422
            )
        self.kind.compile(spec, self.table.header, self.actor, self.at)
        saved = save_mapping(name=name, spec=spec, header=list(self.table.header), by=self.actor, at=self.at)
        messages.success(self.request, _("The mapping “%(name)s” is kept.") % {"name": saved.name})
        return HttpResponseRedirect(f"{columns_url(self.object)}?saved={saved.public_id}")

    def _start(self, spec: MappingSpec, *, dry_run: bool):
        at = self.at
        batch = start_import(
            upload=self.object, spec=spec, by=self.actor, at=at, dry_run=dry_run, name=self.request.POST.get("name", "")
        )
        say_whether_new(self.request, batch, at)
        return HttpResponseRedirect(batch_url(batch))

    def _show_spec(self, spec: MappingSpec, *, refusal=None, problems=None, status=200):
        problems = problems or {}
        rows = spec_forms.column_rows(spec, self.table, self.sample, self.targets, self.guessed.columns, problems)
        named = {row.target for row in rows if row.problem} | {row.header for row in rows if row.problem} | {"name"}
        return self.answer(
            status=status,
            spec=spec,
            rows=[] if spec.shipped else rows,
            targets=[(target.name, target.label) for target in self.targets],
            missing=self._missing(spec),
            words=[] if spec.shipped else spec_forms.word_tables(spec, self.table, self.kind, self.targets, self.actor),
            boxes=[] if spec.shipped else spec_forms.file_boxes(spec, self.options),
            shipped=self.kind.shipped(self.table.header),
            saved=mappings_that_fit(self.actor, self.object.kind, list(self.table.header)),
            name=self.request.POST.get("name", ""),
            name_problem=problems.get("name", ""),
            refusal=refusal,
            problems=[(key, text) for key, text in problems.items() if key not in named],
            upload=self.object,
            kind=self.kind,
            shape_url=shape_url(self.object),
        )

    def _missing(self, spec: MappingSpec) -> list:
        """Required targets that no column has."""
        if spec.shipped:
            return []
        return [target.label for target in self.targets if target.required and target.name not in spec.targets]


def say_whether_new(request, batch: ImportBatch, at) -> None:
    """The same file read in the same way is the same import; whoever asks again is told."""
    if batch.created_at == at:
        return
    if batch.state == BatchState.DONE and not batch.dry_run:
        messages.info(request, _("This file had been brought in like this before. Nothing was done again."))
    else:
        messages.info(request, _("This had been begun already. Here is how far it is."))
