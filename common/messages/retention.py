from django.utils.translation import gettext_lazy as _

from common.models.messages import Delivery, Message
from common.retention import RetentionKind


def old_messages() -> RetentionKind:
    """Messages with what became of them, read or not (registered at common.retention_kinds)."""
    return RetentionKind(_("messages and their deliveries"), _due, _remove)


def _due(cutoff):
    return Message.objects.filter(created_at__lt=cutoff)


def _remove(keys) -> None:
    Delivery.objects.filter(digest_id__in=keys).update(digest=None)
    Delivery.objects.filter(message_id__in=keys).delete()
    Message.objects.filter(pk__in=keys).delete()
