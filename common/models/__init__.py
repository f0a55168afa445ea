from common.models.deadlines import Deadline
from common.models.heartbeats import Heartbeat
from common.models.idempotency import IdempotencyKey
from common.models.jobs import Job, JobState
from common.models.ledgers import AccessRecord, AuditRecord, LedgerRow, LedgerSeal

__all__ = [
    "AccessRecord",
    "AuditRecord",
    "Deadline",
    "Heartbeat",
    "IdempotencyKey",
    "Job",
    "JobState",
    "LedgerRow",
    "LedgerSeal",
]
