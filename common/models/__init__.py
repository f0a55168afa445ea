from common.models.deadlines import Deadline
from common.models.exports import Export, ExportFormat
from common.models.heartbeats import Heartbeat
from common.models.idempotency import IdempotencyKey
from common.models.jobs import Job, JobState
from common.models.ledgers import AccessRecord, AuditRecord, LedgerRow, LedgerSeal

__all__ = [
    "AccessRecord",
    "AuditRecord",
    "Deadline",
    "Export",
    "ExportFormat",
    "Heartbeat",
    "IdempotencyKey",
    "Job",
    "JobState",
    "LedgerRow",
    "LedgerSeal",
]
