"""Safety assessments, step by step: each refused by name when it cannot be, each harmless when it is sent again."""

from inspection.actions.assessment_refusals import (
    AssessmentStanding,
    BodyUnknown,
    NotInUse,
    ProofMissing,
    ProofOfOther,
    ReportNumberTaken,
    StepRefused,
)
from inspection.actions.assessments.cases import (
    apply_for_assessment,
    assign_assessment,
    cancel_assessment,
    close_assessment,
)
from inspection.actions.assessments.decisions import decide_assessment, record_fund, record_vote
from inspection.actions.assessments.reports import MOST_FINDINGS, FindingLine, file_assessment
from inspection.actions.assessments.rights import RIGHTS, may_take
from inspection.actions.assessments.works import accept_works, begin_works, proofs

__all__ = [
    "MOST_FINDINGS",
    "RIGHTS",
    "AssessmentStanding",
    "BodyUnknown",
    "FindingLine",
    "NotInUse",
    "ProofMissing",
    "ProofOfOther",
    "ReportNumberTaken",
    "StepRefused",
    "accept_works",
    "apply_for_assessment",
    "assign_assessment",
    "begin_works",
    "cancel_assessment",
    "close_assessment",
    "decide_assessment",
    "file_assessment",
    "may_take",
    "proofs",
    "record_fund",
    "record_vote",
]
