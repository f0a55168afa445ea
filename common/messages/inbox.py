"""A person's own: what they have read, and how they want to be told."""

import datetime as dt
from collections.abc import Iterable, Mapping

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from common.actor import Actor
from common.audit import record_change
from common.errors import Refusal
from common.messages.actions import offered_channels
from common.messages.choices import Group
from common.models.messages import Message, MessagePreference


class HourUnfit(Refusal):
    code = "digest-hour"
    field = "digest_hour"
    message = _("Choose a full hour from 0 to 23, or no summary.")


def mark_read(*, message: Message, by: Actor, at: dt.datetime) -> bool:
    """Somebody has read a message of theirs; False when they had before."""
    return bool(Message.objects.visible_to(by).unread().filter(pk=message.pk).update(read_at=at))


def mark_all_read(*, up_to: Message | None, by: Actor, at: dt.datetime) -> int:
    """All that were there when the page was shown (`up_to`: its newest); what came since stays unread."""
    if up_to is None:
        return 0
    return Message.objects.visible_to(by).unread().filter(pk__lte=up_to.pk).update(read_at=at)


@transaction.atomic
def choose_preferences(
    *,
    channels: Mapping[str, Iterable[str]],
    quiet_from: dt.time,
    quiet_until: dt.time,
    digest_hour: int | None,
    by: Actor,
    at: dt.datetime,
) -> MessagePreference:
    """How `by` wants to be told from now on; what waits already goes as it was planned. Raises HourUnfit."""
    if digest_hour is not None and not 0 <= digest_hour <= 23:
        raise HourUnfit
    offered = offered_channels()
    values = {
        "channels": {
            group: [name for name in offered if name in set(channels.get(group, ()))] for group in Group.values
        },
        "quiet_from": quiet_from.replace(second=0, microsecond=0),
        "quiet_until": quiet_until.replace(second=0, microsecond=0),
        "digest_hour": digest_hour,
    }
    row, _created = MessagePreference.objects.update_or_create(person_id=by.id, defaults={**values, "changed_at": at})
    record_change(
        action="common.choose_messages",
        subject=row,
        by=by,
        changes={name: [None, str(value)] for name, value in values.items()},
    )
    return row
