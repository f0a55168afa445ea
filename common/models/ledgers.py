"""Append-only tables. The database refuses to change them (common.ledger_sql), seals in batches show what is missing."""

from django.db import models
from django.db.models.functions import Now


class LedgerTx(models.Func):
    """The writing transaction's number: seals close over transactions, not over ids that commit out of order."""

    function = "common_ledger_tx"
    arity = 0
    output_field = models.BigIntegerField()


class LedgerRow(models.Model):
    """What every ledger table has: who, when, in which transaction."""

    recorded_at = models.DateTimeField(db_default=Now(), editable=False)
    tx = models.BigIntegerField(db_default=LedgerTx(), editable=False)
    actor_kind = models.CharField(max_length=12)
    actor_id = models.CharField(max_length=64)
    acting_unit_id = models.BigIntegerField(null=True)
    request_id = models.CharField(max_length=36, blank=True)

    # The columns that a seal's digest covers, in order; part of the canonical form, so only ever appended to.
    SEALED_FIELDS: tuple[str, ...] = ()

    class Meta:
        abstract = True


class AuditQuerySet(models.QuerySet):
    def visible_to(self, actor, permission):
        """All of it for whoever holds the permission over the platform, nothing for anybody else."""
        return self.all() if self.reads_all(actor, permission) else self.none()

    @staticmethod
    def reads_all(actor, permission) -> bool:
        over_all = any(
            permission in held.permissions and held.unit_id is None and held.area_id is None for held in actor.holdings
        )
        return over_all or actor.kind == "SYSTEM"


class AuditRecord(LedgerRow):
    """A change that somebody made: action code, subject, changed fields old → new (personal fields masked)."""

    action = models.CharField(max_length=64)
    subject_type = models.CharField(max_length=64)
    subject_id = models.CharField(max_length=64)
    changes = models.JSONField(default=dict)

    objects = AuditQuerySet.as_manager()

    SEALED_FIELDS = (
        "recorded_at",
        "actor_kind",
        "actor_id",
        "acting_unit_id",
        "request_id",
        "action",
        "subject_type",
        "subject_id",
        "changes",
    )

    class Meta:
        indexes = [
            models.Index(fields=["subject_type", "subject_id", "-id"], name="audit_subject"),
            models.Index(fields=["tx"], name="audit_tx"),
            models.Index(fields=["actor_id", "-id"], name="audit_actor"),
            models.Index(fields=["action", "-id"], name="audit_action"),
            models.Index(fields=["acting_unit_id", "-id"], name="audit_unit"),
            models.Index(fields=["recorded_at"], name="audit_moment"),
        ]


class AccessRecord(LedgerRow):
    """Somebody looked: which record, by which face. Month partitions; made by SQL (migration 0002)."""

    subject_type = models.CharField(max_length=64)
    subject_id = models.CharField(max_length=64)
    via = models.CharField(max_length=16)

    objects = AuditQuerySet.as_manager()

    SEALED_FIELDS = (
        "recorded_at",
        "actor_kind",
        "actor_id",
        "acting_unit_id",
        "request_id",
        "subject_type",
        "subject_id",
        "via",
    )

    class Meta:
        managed = False
        db_table = "common_accessrecord"


class LedgerSeal(models.Model):
    """A batch of a ledger closed for good: all rows of the transactions in [from_tx, to_tx), in order of (tx, id)."""

    ledger = models.CharField(max_length=64)
    form_version = models.PositiveSmallIntegerField(default=1)
    from_tx = models.BigIntegerField()
    to_tx = models.BigIntegerField()
    row_count = models.PositiveIntegerField()
    digest = models.BinaryField(max_length=32)
    chain = models.BinaryField(max_length=32)
    sealed_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ledger", "from_tx"], name="seal_once_from"),
            models.CheckConstraint(condition=models.Q(to_tx__gt=models.F("from_tx")), name="seal_forward"),
        ]
