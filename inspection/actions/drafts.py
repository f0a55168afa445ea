"""Drafts of reports: begun, kept at every change, filed or thrown away. Only what is filed is anybody's record, so no step
before that stands in the audit log."""

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import Unit, User
from common.actor import Actor
from common.canonical import canonical
from common.clock import local_date
from common.errors import Refusal
from common.locks import RowBusy
from inspection.actions.report_refusals import CorrectedUnknown, UnitNotAFiler
from inspection.actions.reports import PATIENCE, Filed, Filing, file_report
from inspection.choices import ReportKind
from inspection.models import Report, ReportDraft
from inspection.queries import LawBook
from inspection.queries.filing import filer_rule, may_file
from registry.models import Elevator


class DraftMoved(Refusal):
    code = "draft-moved"
    status = 409
    message = _(
        "This draft was changed in another window after this page was opened. What you entered here is not on the server, so "
        "that nothing there is overwritten. Send it again if it is to take the place of what is there."
    )


class DraftFiled(Refusal):
    code = "draft-filed"
    status = 409
    message = _("This draft has been filed. To change the report, correct it.")


class DraftGone(Refusal):
    code = "draft-gone"
    status = 404
    message = _("This draft is not there any more: it was thrown away.")


class WarningsUnseen(Refusal):
    """The report would be taken with `warnings` that whoever files it has not seen. `digest` says that they have been."""

    code = "warnings-unseen"
    message = _("Look at this before you file. Nothing of it stops the report.")

    def __init__(self, warnings: Sequence[dict]):
        super().__init__()
        self.warnings, self.digest = warnings, digest_of(warnings)


def digest_of(warnings: Sequence[dict]) -> str:
    """By which somebody says that these very warnings were seen."""
    return hashlib.sha256(canonical(list(warnings))).hexdigest()[:32]


def begin_draft(
    *,
    elevator: Elevator,
    unit: Unit,
    kind: str,
    owner: User,
    by: Actor,
    at: dt.datetime,
    corrects: Report | None = None,
) -> ReportDraft:
    """Begin a report of a kind, or go on with the one begun. `corrects`: the report of the unit's that it takes the place of;
    then it begins with what that one says. Raises UnitNotAFiler, CorrectedUnknown, RowBusy."""
    if corrects is not None and (corrects.body_id != unit.pk or hasattr(corrects, "superseded_by")):
        raise CorrectedUnknown
    if not may_file(unit, filer_rule(LawBook(), kind, local_date(at))):
        raise UnitNotAFiler(kind=ReportKind(kind).label)
    draft = ReportDraft(
        owner=owner, unit=unit, elevator=elevator, kind=kind, corrects=corrects, begun_at=at, changed_at=at
    )
    draft.answers, draft.items = said_by(corrects) if corrects is not None else ({"people": [str(owner.public_id)]}, {})
    same = ReportDraft.objects.unfiled().filter(owner=owner, corrects=corrects)
    if corrects is None:
        same = same.filter(unit=unit, elevator=elevator, kind=kind)
    for _attempt in range(PATIENCE):
        try:
            with transaction.atomic():
                draft.save()
                return draft
        except IntegrityError:  # begun already, perhaps this very moment
            if (there := same.first()) is not None:
                return there  # else it was filed or thrown away between the two statements
    raise RowBusy


def said_by(report: Report) -> tuple[dict, dict]:
    """(answers, items) of a draft that says what the report says."""
    names = ("number", "generation", "verdict", "next_label", "notice_number")
    answers = {name: getattr(report, name) for name in names}
    answers["verdict"] = report.verdict_text or report.verdict
    for name in ("concluded_on", "issued_on", "notice_due_on"):
        answers[name] = day.isoformat() if (day := getattr(report, name)) else ""
    answers["next_on"] = f"{report.next_on:%Y-%m}" if report.next_on else ""
    answers["supervised_use"] = "on" if report.supervised_use else ""
    answers["people"] = [str(public_id) for public_id in report.people.values_list("public_id", flat=True)]
    items = {line.item.code: [line.sign, line.measured, line.remark] for line in report.results.select_related("item")}
    return answers, items


@transaction.atomic
def keep_draft(
    *, draft_id: int, version: int, window: str, answers: Mapping, items: Mapping, at: dt.datetime
) -> ReportDraft:
    """Keep what was typed so far. `version`: the one that it was typed over; `window`: where, '' for a page without script.

    The same again changes nothing. A window whose answer was lost may send over its own last change, another one's change is
    not overwritten. Raises DraftMoved, DraftFiled, DraftGone.
    """
    draft = _locked(draft_id)
    if (draft.answers, draft.items) == (answers, items):
        return draft
    if draft.report_id is not None:
        raise DraftFiled
    if version != draft.version and not (window and window == draft.saved_from):
        raise DraftMoved
    draft.answers, draft.items, draft.saved_from = answers, items, window
    draft.version, draft.changed_at, draft.unused_since = draft.version + 1, at, None
    draft.save(update_fields=["answers", "items", "saved_from", "version", "changed_at", "unused_since"])
    return draft


def _locked(draft_id: int) -> ReportDraft:
    rows = ReportDraft.objects.select_for_update(of=("self",)).select_related("unit", "report")
    draft = rows.filter(pk=draft_id).first()
    if draft is None:
        raise DraftGone
    return draft


@transaction.atomic
def discard_draft(*, draft_id: int) -> None:
    """Throw a draft away; again changes nothing. Raises DraftFiled."""
    draft = ReportDraft.objects.select_for_update().filter(pk=draft_id).first()
    if draft is None:
        return
    if draft.report_id is not None:
        raise DraftFiled
    draft.delete()


@transaction.atomic
def file_draft(*, draft_id: int, filing: Filing, seen: str, by: Actor, at: dt.datetime) -> Filed:
    """File what a draft says, as `file_report` does; a second time answers with the first report, whatever it says now.

    `seen`: the digest of the warnings that were shown. Raises ReportNotTaken, DraftGone, and WarningsUnseen
    where there are others.
    """
    draft = _locked(draft_id)
    if draft.report_id is not None:
        return Filed(draft.report, replayed=True)
    filed = file_report(filing=filing, body=draft.unit, by=by, at=at)
    warnings = filed.report.warnings
    if warnings and not filed.replayed and seen != digest_of(warnings):
        raise WarningsUnseen(warnings)
    if filed.replayed and ReportDraft.objects.filter(report=filed.report).exists():
        draft.delete()  # a report has one draft, the one that it was filed from; this one says nothing that is not filed
        return filed
    draft.report, draft.changed_at = filed.report, at
    draft.answers, draft.items = {}, {}  # the report says it now
    draft.save(update_fields=["report", "changed_at", "answers", "items"])
    return filed
