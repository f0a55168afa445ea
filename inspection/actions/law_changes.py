"""A row of law is proposed by one officer and approved by another; then everything that it concerns is planned anew."""

import datetime as dt
from collections.abc import Mapping

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.queries import actor_again
from accounts.roles import Permission
from common.actor import Actor, ActorKind, system
from common.audit import record_change
from common.citations import CERTAINTIES
from common.clock import local_date
from common.errors import NotPermitted, Refusal
from compliance.actions import note_elevators
from inspection.actions.law_news import tell_lapsed, tell_proposed
from inspection.models import LawProposal, LawRow
from inspection.queries.law_changes import concerned, consequences, foreign, series_of
from inspection.rules import law_changes as rules
from inspection.rules import report_number


class LawRefused(Refusal):
    """A row that cannot follow."""

    WORDS = {
        "not_by_people": _("Rows of this kind hold no numbers that people set; they come with a release of the platform."),
        "has_passed": _("This day has passed. What was reckoned stays: name today or a later day."),
        "not_after": _("A row of this series begins on that day or later already. Name a day after it."),
        "too_far": _("This day is too far ahead."),
        "nothing_changed": _("Nothing differs from the row that it follows. Change at least one number."),
        "no_such_column": _("The row that it follows has no such number."),
        "out_of_bounds": _("This number lies outside of what is possible."),
    }  # fmt: skip

    def __init__(self, refused: rules.LawChangeRefused):
        self.code = f"law-{refused.reason.replace('_', '-')}"
        self.status = 409 if refused.reason == "not_by_people" else 422
        days = {"has_passed": "valid_from", "not_after": "valid_from", "too_far": "valid_from"}
        super().__init__(self.WORDS[refused.reason], field=refused.column or days.get(refused.reason))


class LawOfOthers(Refusal):
    code = "law-of-others"
    status = 409
    message = _("This row concerns elevators of another city as well. It has to come with a release of the platform.")


class LawVersionTaken(Refusal):
    code = "law-version-taken"
    status = 409
    field = "version"
    message = _(
        "A row with this name is there already. Choose another name: results say by which row they were reckoned."
    )


class LawProposalWaits(Refusal):
    code = "law-proposal-waits"
    status = 409
    message = _("Another row is proposed to follow this one. It has to be approved or ended first.")


class LawCertaintyUnknown(Refusal):
    code = "law-certainty-unknown"
    field = "certainty"
    message = _("Say how sure the source is.")


class LawSamePerson(Refusal):
    code = "law-same-person"
    status = 403
    message = _("Whoever proposed the row does not approve it as well. Ask another officer of the city.")


class LawProposerGone(Refusal):
    code = "law-proposer-gone"
    status = 409
    message = _("Whoever proposed it may not set the law any more. End it, and propose it anew.")


class LawProposalDecided(Refusal):
    code = "law-proposal-decided"
    status = 409
    message = _("This was decided meanwhile. Reload the page to see how.")


@transaction.atomic
def propose_law_row(
    *,
    follows: LawRow,
    numbers: Mapping[str, int | list[int]],
    version: str,
    valid_from: dt.date,
    source: str,
    certainty: str,
    by: Actor,
    at: dt.datetime,
) -> LawProposal:
    """Propose the row that follows another from a day on; nothing is law yet. `numbers`: those that differ. What would follow is
    reckoned and kept with it. The same again of the same person is the same.

    Raises NotPermitted, LawRefused, LawOfOthers, LawVersionTaken, LawProposalWaits, LawCertaintyUnknown.
    """
    person = _person(by)
    former = _held(follows.pk)
    _require_able(former, by)
    version, source = report_number(version), " ".join(source.split())  # a name that looks like another one is that one
    made = _judge(rules.followed_by, former.section, former.columns, numbers)
    _require_day(former, valid_from, at)
    if certainty not in CERTAINTIES:
        raise LawCertaintyUnknown
    said = {"version": version, "columns": made, "valid_from": valid_from, "source": source, "certainty": certainty}
    lapse_due(at=at, follows=former)
    if (there := LawProposal.objects.waiting().filter(follows=former).first()) is not None:
        if there.proposed_by_id == person.pk and all(getattr(there, name) == value for name, value in said.items()):
            return there
        raise LawProposalWaits
    _require_name(former, version)
    proposal = LawProposal(follows=former, **said, proposed_by=person, proposed_at=at)
    proposal.counted = consequences(row_of(proposal), local_date(at))
    proposal.save()
    changes = {"version": [None, version], "valid_from": [None, valid_from], "columns": [former.columns, made]}
    record_change(action="inspection.propose_law", subject=proposal, by=by, changes=changes)
    tell_proposed(proposal, by=by, at=at)
    return proposal


@transaction.atomic
def approve_law_row(*, proposal: LawProposal, by: Actor, at: dt.datetime) -> LawProposal:
    """Make it law: a second person of those who may propose. The row that it follows stays as it is. Everything that it concerns
    is noted to be planned anew by the sweep. Approved again by the same person changes nothing.

    Raises NotPermitted, LawSamePerson, LawProposerGone, LawProposalDecided, LawRefused (its day has passed meanwhile),
    LawOfOthers, LawVersionTaken.
    """
    person = _person(by)
    former = _held(proposal.follows_id)
    row = LawProposal.objects.select_for_update(of=("self",)).select_related("proposed_by").get(pk=proposal.pk)
    _require_able(former, by)
    if row.row_id is not None and row.decided_by_id == person.pk:
        return row
    if row.decided_at is not None:
        raise LawProposalDecided
    if row.proposed_by_id == person.pk:
        raise LawSamePerson
    proposer = actor_again(ActorKind.PERSON, str(row.proposed_by.public_id), None, at)
    if proposer is None or not _able(former, proposer):
        raise LawProposerGone
    _require_day(former, row.valid_from, at)
    _require_name(former, row.version)
    law = row_of(row)
    law.save()
    row.row, row.decided_by, row.decided_at = law, person, at
    row.save(update_fields=["row", "decided_by", "decided_at"])
    changes = {"version": [None, law.version], "valid_from": [None, law.valid_from], "source": [None, law.source]}
    record_change(action="inspection.approve_law", subject=law, by=by, changes=changes)
    note_elevators(concerned(law))
    return row


@transaction.atomic
def refuse_law_row(*, proposal: LawProposal, note: str, by: Actor, at: dt.datetime) -> LawProposal:
    """End a proposal without making it law: another officer refuses it, or its own proposer takes it back; says why. Again by the
    same person changes nothing. Raises NotPermitted, LawProposalDecided."""
    person = _person(by)
    row = LawProposal.objects.select_for_update(of=("self",)).select_related("follows").get(pk=proposal.pk)
    _require_able(row.follows, by)
    note = " ".join(note.split())[:300]
    if row.row_id is None and row.decided_by_id == person.pk:
        return row
    if row.decided_at is not None:
        raise LawProposalDecided
    row.decided_by, row.decided_at, row.decided_note = person, at, note
    row.save(update_fields=["decided_by", "decided_at", "decided_note"])
    record_change(action="inspection.refuse_law", subject=row, by=by, changes={"decided_note": ["", note]})
    return row


@transaction.atomic
def lapse_due(*, at: dt.datetime, follows: LawRow | None = None, limit: int = 100) -> int:
    """End up to `limit` proposals whose day has passed, those that follow one row where it is named; who proposed them is told.
    Returns how many."""
    rows = passed(local_date(at)).select_related("proposed_by").select_for_update(of=("self",))
    if follows is not None:
        rows = rows.filter(follows=follows)
    rows = list(rows.order_by("pk")[:limit])
    by = system("inspection.law")
    for row in rows:
        row.decided_at = at
        row.save(update_fields=["decided_at"])
        record_change(action="inspection.lapse_law", subject=row, by=by, changes={"decided_at": [None, at]})
    tell_lapsed(rows, by=by, at=at)
    return len(rows)


def passed(today: dt.date) -> QuerySet[LawProposal]:
    """Proposals that wait although the day from which they were to be law is over."""
    return LawProposal.objects.waiting().filter(valid_from__lt=today)


def row_of(proposal: LawProposal) -> LawRow:
    """The row of law that a proposal would become, not stored."""
    former = proposal.follows
    said = {name: getattr(proposal, name) for name in ("version", "columns", "valid_from", "source", "certainty")}
    return LawRow(section=former.section, area=former.area, enabled=True, **said)


def _held(pk: int) -> LawRow:
    """The row, with all rows of its section in nobody else's hands: two that follow different rows of one series would not see
    each other otherwise, nor two of one name."""
    section = LawRow.objects.filter(pk=pk).values("section")
    rows = LawRow.objects.filter(section__in=section).order_by("pk").select_for_update(no_key=True)
    return {row.pk: row for row in rows}[pk]


def _person(by: Actor) -> User:
    """Two persons set the law, never a machine."""
    if by.kind != ActorKind.PERSON:
        raise NotPermitted(permission=Permission.SET_LAW)
    return User.objects.get(public_id=by.id)


def _able(former: LawRow, by: Actor) -> bool:
    return LawRow.objects.visible_to(by, Permission.SET_LAW).filter(pk=former.pk).exists()


def _require_able(former: LawRow, by: Actor) -> None:
    if not _able(former, by):
        raise NotPermitted(permission=Permission.SET_LAW)
    if foreign(former, by):
        raise LawOfOthers


def _require_day(former: LawRow, valid_from: dt.date, at: dt.datetime) -> None:
    latest = max(row.valid_from for row in series_of(former))
    _judge(rules.require_day, valid_from, today=local_date(at), former=former.valid_from, latest=latest)


def _require_name(former: LawRow, version: str) -> None:
    if not version or LawRow.objects.filter(section=former.section, version=version).exists():
        raise LawVersionTaken


def _judge(rule, *given, **named):
    try:
        return rule(*given, **named)
    except rules.LawChangeRefused as refused:
        raise LawRefused(refused) from refused
