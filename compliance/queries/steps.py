"""What was done about a complaint or a hazard, in the words of a timeline."""

from django.utils.translation import gettext_lazy as _

from accounts.models import User

LONGEST = 100
KINDS = {"RIDER": _("who complained"), "SYSTEM": _("the platform"), "API_CLIENT": _("another platform")}


def steps_in_words(steps) -> list[dict]:
    """{"step", "at", "title", "detail", "actor"} of the newest steps, newest first: people by name, others by what they are. Two
    statements."""
    rows = list(steps.select_related("by_unit").order_by("-pk")[:LONGEST])
    ids = [row.by_id for row in rows if row.by_kind == "PERSON"]
    names = {str(user.public_id): str(user) for user in User.objects.filter(public_id__in=ids)} if ids else {}
    return [
        {
            "step": row.pk,
            "at": row.at,
            "title": row.get_kind_display(),
            "detail": row.note,
            "actor": " · ".join(
                str(part) for part in (names.get(row.by_id) or KINDS.get(row.by_kind), row.by_unit) if part
            ),
        }
        for row in rows
    ]
