"""What the using unit decides after a safety assessment, what the owners vote, what is paid from where."""

import datetime as dt
from decimal import Decimal

from django.db import transaction

from common.actor import Actor
from inspection.actions.assessment_refusals import StepRefused
from inspection.actions.assessments.steps import begin, finish, judge, require_day, require_words
from inspection.choices import AssessmentState, AssessmentStepKind, VoteOutcome
from inspection.models import Assessment, AssessmentFund, AssessmentVote
from inspection.queries.assessments import vote_rule
from inspection.rules import assessments as rules

STEP = AssessmentStepKind


@transaction.atomic
def decide_assessment(
    *,
    case: Assessment,
    decision: str,
    decided_on: dt.date,
    measures: str = "",
    cost: Decimal | None = None,
    version: int,
    by: Actor,
    at: dt.datetime,
) -> Assessment:
    """The using unit decides what becomes of the elevator; `cost` in yuan. Raises NotPermitted, Changed, StepRefused."""
    row, digest = begin(case, STEP.DECIDE, version, by, at, decision, decided_on, measures, cost)
    if digest is None:
        return row
    require_day(decided_on, at, not_before=row.report_on, field="decided_on")
    measures = " ".join(measures.split())
    judge(rules.require_decision, decision, cost=cost, measures=measures)
    row.decision, row.decided_on, row.measures = decision, decided_on, measures[:500]
    row.cost = None if decision == "KEEP" else cost
    return finish(row, STEP.DECIDE, row.measures, digest, by, at)


@transaction.atomic
def record_vote(
    *,
    case: Assessment,
    voted_on: dt.date | None = None,
    ballot: rules.Ballot | None = None,
    note: str = "",
    version: int,
    by: Actor,
    at: dt.datetime,
) -> Assessment:
    """What the owners decided about their fund; without `ballot` that no vote is on record, and why. Whether it passed is by the
    row of law of that day. Raises NotPermitted, Changed, StepRefused."""
    row, digest = begin(case, STEP.VOTE, version, by, at, voted_on, ballot, note)
    if digest is None:
        return row
    if ballot is None:
        require_words(note)
        row.vote = VoteOutcome.NOT_RECORDED
        return finish(row, STEP.VOTE, note, digest, by, at)
    require_day(voted_on, at, field="voted_on")
    rule = vote_rule(voted_on)
    if rule is None:
        raise StepRefused("vote_no_rule")
    passed = judge(rules.passes, ballot, rule)
    counted = {name: getattr(ballot, name) for name in ballot.__slots__}
    AssessmentVote.objects.create(assessment=row, voted_on=voted_on, passed=passed, rule=rule.version, **counted)
    row.vote = VoteOutcome.PASSED if passed else VoteOutcome.REJECTED
    return finish(row, STEP.VOTE, note, digest, by, at)


@transaction.atomic
def record_fund(
    *, case: Assessment, source: str, amount: Decimal, state: str, version: int, by: Actor, at: dt.datetime
) -> Assessment:
    """What a source gives, in yuan, and how certain it is; said again of a source it takes the place of what was said. The case
    stands as paid once what is assured covers the cost. Raises NotPermitted, Changed, StepRefused."""
    row, digest = begin(case, STEP.FUND, version, by, at, source, amount, state)
    if digest is None:
        return row
    judge(rules.require_vote, source=source, state=state, vote=row.vote)
    AssessmentFund.objects.update_or_create(assessment=row, source=source, defaults={"amount": amount, "state": state})
    row.assured = sum((fund.amount for fund in row.funds.filter(state="ASSURED")), Decimal(0))
    row.state = AssessmentState.FUNDED if row.assured >= row.cost else AssessmentState.DECIDED
    return finish(row, STEP.FUND, f"{source} {amount} {state}", digest, by, at)
