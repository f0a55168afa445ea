"""Waivers of obligations: what counts for planning, and what people read."""

from collections import defaultdict
from collections.abc import Collection

from common.errors import NotVisible
from common.models import Attachment
from compliance.models import Waiver
from compliance.rules.waivers import Excuse


def excuses_of(obligation_ids: Collection[int]) -> dict[int, list[Excuse]]:
    """{obligation: what documents say of it}. One statement, none where there is nothing to ask."""
    found = defaultdict(list)
    if obligation_ids:
        rows = Waiver.objects.filter(obligation_id__in=list(obligation_ids)).order_by("from_on", "pk")
        for row in rows.only("obligation_id", "kind", "from_on", "ends_on"):
            found[row.obligation_id].append(row.excuse)
    return found


def file_of(waiver: Waiver, attachment_id) -> Attachment:
    """One of its documents. Raises NotVisible."""
    for file in Attachment.objects.kept_for(waiver):
        if str(file.public_id) == str(attachment_id):
            return file
    raise NotVisible
