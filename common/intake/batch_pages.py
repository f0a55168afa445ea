"""Pages: one import with its progress and its report; pausing, going on, taking back."""

from dataclasses import dataclass
from pathlib import Path

from django.contrib import messages
from django.forms import Form
from django.http import FileResponse, HttpResponseRedirect
from django.utils.translation import gettext_lazy as _

from common.errors import Refusal
from common.intake.kinds import IMPORT_FILES, ImportKind, kind_named
from common.intake.mapping import MappingSpec
from common.intake.mapping_pages import batch_url, columns_url, say_whether_new
from common.intake.reports import Message, messages_of
from common.intake.runs import adopt_proposal, pause_import, resume_import, start_import
from common.intake.undo import start_undo
from common.intake.uploads import FileGone, upload_path
from common.models.intake import BatchState, ImportBatch, RowOutcome
from common.scoping import get_visible
from common.views import ScopedDetailPage, ScopedFormPage, ScopedPage

SHOWN_MESSAGES = 100
SHOWN_CHANGES = 20
BATCHES = ImportBatch.objects.select_related("job", "undo_job", "upload")


@dataclass(frozen=True)
class IssueLine:
    """All rows with the same thing to say about the same column, and one of them as an example."""

    column: str
    code: str
    effect: str
    count: int
    example: Message | None


def issue_lines(batch: ImportBatch, told: list[Message]) -> list[IssueLine]:
    """What a report says, most frequent first, what costs a row before what does not."""
    examples: dict[tuple[str, str], Message] = {}
    for message in told:
        examples.setdefault((message.column, message.code), message)
    lines = [
        IssueLine(column, code, effect, count, examples.get((column, code)))
        for column, code, effect, count in batch.summary.get("issues", [])
    ]
    weight = {"REFUSED": 0, "EMPTY": 1, "KEPT": 2}
    return sorted(lines, key=lambda line: (weight.get(line.effect, 3), -line.count))


def change_lines(batch: ImportBatch, kind: ImportKind) -> list[tuple]:
    """(row, outcome, [(field, old, new)]) of the first rows that come in or change."""
    return [
        (
            row,
            RowOutcome(outcome),
            [
                (kind.field_label(name), kind.shown(name, old), kind.shown(name, new))
                for name, (old, new) in changes.items()
            ],
        )
        for row, outcome, changes in batch.preview.get("changes", [])[:SHOWN_CHANGES]
    ]


class BatchPage(ScopedDetailPage):
    """How far it is, then what became of it. Asks again every two seconds while something goes on."""

    permission = IMPORT_FILES
    template_name = "imports/batch.html"
    queryset = BATCHES
    access_logged = False

    @property
    def title(self):
        return self.object.file_name

    def get_context(self, **extra):
        batch = self.object
        kind = kind_named(batch.kind)
        told = messages_of(batch, kind)
        state, outcomes = batch.state, batch.summary.get("outcomes", {})
        # a run that stopped half-way has no summary yet, and rows all the same
        wrote = not outcomes or bool(outcomes.get(RowOutcome.CREATED) or outcomes.get(RowOutcome.UPDATED))
        return super().get_context(
            batch=batch,
            kind=kind,
            state=state,
            open=state in (BatchState.QUEUED, BatchState.RUNNING, BatchState.UNDOING),
            job=batch.undo_job if state == BatchState.UNDOING else batch.job,
            outcomes=[(outcome.value, outcome.label, outcomes.get(outcome.value, 0)) for outcome in RowOutcome],
            rows=batch.summary.get("rows", 0),
            nothing_comes_in=0 < batch.summary.get("rows", 0) <= outcomes.get(RowOutcome.REFUSED, 0),
            blank_rows=batch.summary.get("blank_rows", 0),
            lines=issue_lines(batch, told),
            told=told[:SHOWN_MESSAGES],
            told_total=batch.preview.get("messages_total", 0),
            changes=change_lines(batch, kind),
            changes_total=batch.preview.get("changes_total", 0),
            unmapped=batch.summary.get("unmapped", []),
            distinct=batch.summary.get("distinct", {}),
            checks=[(check, *kind.explain_check(check)) for check in batch.summary.get("checks", [])],
            may_undo=_may_undo(batch, kind) and wrote,
            file_there=(there := batch.upload is not None and upload_path(batch.upload).exists()),
            file_gone=batch.upload is not None and not there,
            errors_there=bool(batch.error_file) and Path(batch.error_file).is_file(),
            columns_url=f"{columns_url(batch.upload)}?batch={batch.public_id}" if there else "",
            **extra,
        )


def _may_undo(batch: ImportBatch, kind: ImportKind) -> bool:
    stopped = batch.state in (BatchState.DONE, BatchState.PAUSED, BatchState.FAILED)
    return stopped and not batch.dry_run and not kind.no_undo


class BatchVerb(ScopedPage):
    """A button of a batch: does its verb and leads back. Pressed twice it changes nothing more."""

    permission = IMPORT_FILES
    http_method_names = ["post"]

    def post(self, request, public_id):
        batch = get_visible(BATCHES, public_id, actor=self.actor, view=self.permission)
        try:
            batch = self.work(batch)
        except Refusal as refusal:
            if refusal.status in (403, 404):
                raise
            messages.error(request, refusal.message)
        return HttpResponseRedirect(batch_url(batch))

    def work(self, batch: ImportBatch) -> ImportBatch:
        raise NotImplementedError


class PausePage(BatchVerb):
    def work(self, batch):
        return pause_import(batch=batch, by=self.actor, at=self.at)


class ResumePage(BatchVerb):
    def work(self, batch):
        return resume_import(batch=batch, by=self.actor, at=self.at)


class RunPage(BatchVerb):
    """Bring in for real what a trial run has shown."""

    def work(self, batch):
        if batch.upload is None:
            raise FileGone
        at = self.at
        spec = MappingSpec.from_json(batch.spec)
        # as it was tried: whoever reads the file in another way since has another trial run
        made = start_import(upload=batch.upload, spec=spec, by=self.actor, at=at, name=batch.mapping, shape=batch.shape)
        say_whether_new(self.request, made, at)
        return made


class AdoptPage(BatchVerb):
    """Take what a check proposes into the mapping and try it out again."""

    def work(self, batch):
        at = self.at
        made = adopt_proposal(batch=batch, code=self.request.POST.get("code", ""), by=self.actor, at=at)
        say_whether_new(self.request, made, at)
        return made


class UndoPage(ScopedFormPage):
    """Take an import back: first what that will do, then the doing."""

    permission = IMPORT_FILES
    template_name = "imports/undo.html"
    queryset = BATCHES
    form_class = Form
    title = _("Take the import back")
    submit_label = _("Take it back")
    danger = True

    def get_form(self, data=None, files=None):
        return Form(data)

    def cancel_url(self):
        return batch_url(self.object)

    def get_context(self, **extra):
        outcomes = self.object.summary.get("outcomes", {})
        kind = kind_named(self.object.kind)
        return super().get_context(
            lead=self.object.file_name,
            created=outcomes.get(RowOutcome.CREATED, 0),
            updated=outcomes.get(RowOutcome.UPDATED, 0),
            kind=kind,
            no_undo=kind.no_undo,
            **extra,
        )

    def save(self, form):
        return HttpResponseRedirect(batch_url(start_undo(batch=self.object, by=self.actor, at=self.at)))


class ErrorFilePage(ScopedPage):
    """The rows with something to say, in the user's own columns, with a reason each."""

    permission = IMPORT_FILES
    http_method_names = ["get", "head"]

    def get(self, request, public_id):
        return answer_errors(get_visible(BATCHES, public_id, actor=self.actor, view=self.permission))


def answer_errors(batch: ImportBatch) -> FileResponse:
    """The error file of a finished batch as a download. Raises FileGone."""
    if not batch.error_file or not (path := Path(batch.error_file)).is_file():
        raise FileGone(_("There is no error file: the import has not ended, or the file is no longer kept."))
    return FileResponse(
        path.open("rb"),
        as_attachment=True,
        filename=f"{Path(batch.file_name).stem}-issues.csv",
        content_type="text/csv; charset=utf-8",
    )
