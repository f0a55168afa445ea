"""What reports put into the hazard ledger, and what a pass takes out of it."""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence

from common.actor import Actor, system
from compliance.actions import report_hazard, take_hazard_step
from compliance.choices import HazardSource, HazardState
from compliance.models import Hazard, HazardItem
from inspection.choices import ItemSign
from inspection.models import Report
from inspection.rules import facts as f

NOT_PASSED = "GB45067-5.6.1"  # 检验结论为不合格
REPORT = "inspection.report"


def settle_hazards(*, drafts: Sequence, elevators: dict, by: Actor, at: dt.datetime) -> None:
    """In the order of the conclusion dates: a failure and each × are hazards; a pass ends those that a report of its kind found.

    Reports that a later one of their kind has overtaken change nothing: what they found is known to be over, or found again.
    Overtaken within the set, as history is loaded, they open nothing either; their passes still end what stood before.
    """
    told = [draft for draft in drafts if not draft.passed_later]
    wrong = {id(draft): found for draft in told if (found := _found(draft))}
    passed = [draft for draft in told if draft.report.verdict in f.PASSES]
    if not wrong and not passed:
        return
    standing = _standing([draft.report for draft in passed])
    since = dict(HazardItem.objects.values_list("code", "valid_from")) if wrong else {}
    for draft in sorted(told, key=lambda draft: draft.report.concluded_on):
        found = wrong.get(id(draft), {})
        if draft.report.verdict in f.PASSES:
            _end(standing[draft.report.elevator_id, draft.report.kind], set(found), draft.report, by, at)
        for code, words in ({} if draft.overtaken else found).items():
            hazard = report_hazard(
                elevator=elevators[draft.report.elevator_id],
                item=code,
                details=words,
                # an item of the ledger is dated; what was found before is in the ledger from its first day on
                found_on=max(draft.report.concluded_on, since[code]),
                source=HazardSource.INSPECTION,
                by=by,
                at=at,
                reported=draft.report,
                confirmed=True,
                due_on=draft.report.notice_due_on,
            )
            if hazard.source_id == str(draft.report.public_id):  # a pass that follows in this set ends it
                standing[draft.report.elevator_id, draft.report.kind].append(hazard)


def _found(draft) -> dict[str, str]:
    """{item of the hazard ledger: in words}; items of a report that are one there are told together."""
    report, groups = draft.report, defaultdict(list)
    if report.verdict in f.FAILURES:
        groups[NOT_PASSED].append(report.verdict_text or str(report.get_verdict_display()))
    for line in draft.lines:
        if line.sign == ItemSign.DOES_NOT:
            said = " ".join(word for word in (str(line.item), line.measured, line.remark) if word)
            groups[line.item.hazard_item_id].append(said)
    return {code: f"{report.number}: {'; '.join(words)}"[:500] for code, words in groups.items()}


def _standing(passed: Sequence[Report]) -> dict[tuple[int, str], list[Hazard]]:
    """{(elevator, kind of the report that found it): hazards that stand}. Two statements, one where nothing stands."""
    found = defaultdict(list)
    rows = Hazard.objects.standing().filter(
        elevator__in={report.elevator_id for report in passed}, source=HazardSource.INSPECTION, source_type=REPORT
    )
    hazards = list(rows.order_by("pk"))
    ids = [hazard.source_id for hazard in hazards]
    kinds = {
        str(public_id): kind for public_id, kind in Report.objects.filter(public_id__in=ids).values_list("public_id", "kind")
    } if ids else {}  # fmt: skip
    for hazard in hazards:
        found[hazard.elevator_id, kinds.get(hazard.source_id, "")].append(hazard)
    return found


def _end(hazards: list[Hazard], again: set[str], report: Report, by: Actor, at: dt.datetime) -> None:
    """Verified by whoever filed the pass, unless that is who said that it was mended; what was found again stays.

    Where nobody said so, the report itself does: the platform notes it before the filer verifies.
    """
    for hazard in hazards:
        if hazard.item_id in again:
            continue
        if hazard.state == HazardState.FOUND:
            take_hazard_step(hazard_id=hazard.pk, step="confirm", note=report.number, by=by, at=at)
        if hazard.state != HazardState.CLAIMED_FIXED:
            claimer = system("inspection.reports")
            take_hazard_step(hazard_id=hazard.pk, step="claim", note=report.number, by=claimer, at=at)
        elif hazard.claimed_by == by.key:
            continue
        take_hazard_step(hazard_id=hazard.pk, step="verify", note=report.number, by=by, at=at)
