from common.models.attachments import Attachment
from common.models.calendar import CalendarDay
from common.models.deadlines import Deadline
from common.models.exports import Export, ExportFormat
from common.models.heartbeats import Heartbeat
from common.models.idempotency import IdempotencyKey
from common.models.intake import BatchState, ImportBatch, RowOutcome, SavedMapping, SourceRow, Upload
from common.models.jobs import Job, JobState
from common.models.ledgers import AccessRecord, AuditRecord, LedgerRow, LedgerSeal
from common.models.lists import ListView
from common.models.messages import Delivery, Message, MessagePreference, WebhookEndpoint
from common.models.retention import RetentionRule, RetentionRun
from common.models.sweeps import SweepFault, SweepRun

__all__ = [
    "AccessRecord",
    "Attachment",
    "AuditRecord",
    "BatchState",
    "CalendarDay",
    "Deadline",
    "Delivery",
    "Export",
    "ExportFormat",
    "Heartbeat",
    "IdempotencyKey",
    "ImportBatch",
    "Job",
    "JobState",
    "LedgerRow",
    "LedgerSeal",
    "ListView",
    "Message",
    "MessagePreference",
    "RetentionRule",
    "RetentionRun",
    "RowOutcome",
    "SavedMapping",
    "SourceRow",
    "SweepFault",
    "SweepRun",
    "Upload",
    "WebhookEndpoint",
]
