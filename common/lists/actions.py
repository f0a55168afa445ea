"""Saving a list's filters under a name, and remembering its columns."""

import datetime as dt
from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from common.actor import Actor
from common.errors import Refusal
from common.locks import hold
from common.models import ListView

MOST_VIEWS = 50  # of one person and list


class NameTaken(Refusal):
    code = "name-taken"
    status = 409
    field = "name"
    message = _("You have a saved filter of this name already. Choose another name, or delete that one first.")


class TooManyViews(Refusal):
    code = "too-many-views"
    message = _("You have saved %(most)s filters of this list already. Delete one first.")


class NoUnitToShare(Refusal):
    code = "no-unit-to-share"
    field = "shared"
    message = _("You do not act for exactly one unit, so there is nobody to share it with.")


@transaction.atomic
def save_view(
    *,
    list_key: str,
    name: str,
    parameters: Sequence[Sequence[str]],
    opens_first: bool,
    shared: bool,
    by: Actor,
    at: dt.datetime,
    view: ListView | None = None,
) -> ListView:
    """Save filters and order under a name, or change a saved one (`view`, one's own).

    `opens_first` takes that place from any other. Raises NameTaken, TooManyViews, NoUnitToShare.
    """
    if shared and by.acting_unit is None:
        raise NoUnitToShare
    hold(f"list-views:{by.key}:{list_key}")  # a name that is not there yet has no row to lock
    mine = ListView.objects.owned_by(by).filter(list_key=list_key).exclude(name="")
    others = mine.exclude(pk=view.pk) if view else mine
    names = set(others.select_for_update().values_list("name", flat=True))
    if name in names:
        raise NameTaken
    if view is None and len(names) >= MOST_VIEWS:
        raise TooManyViews(most=MOST_VIEWS)
    if opens_first:
        others.filter(opens_first=True).update(opens_first=False, updated_at=at)
    view = view or ListView(owner_kind=by.kind, owner_id=by.id, list_key=list_key, created_at=at)
    view.name, view.parameters, view.opens_first = name, [list(pair) for pair in parameters], opens_first
    view.shared_unit_id, view.updated_at = by.acting_unit if shared else None, at
    view.save()
    return view


def delete_view(view: ListView) -> None:
    """Take a saved filter away, from those it was shared with as well."""
    view.delete()


def choose_columns(*, list_key: str, columns: Sequence[str] | None, by: Actor, at: dt.datetime) -> None:
    """Remember which columns this person wants to see; None: the usual ones."""
    ListView.objects.update_or_create(
        owner_kind=by.kind,
        owner_id=by.id,
        list_key=list_key,
        name="",
        defaults={"columns": columns, "updated_at": at},
        create_defaults={"columns": columns, "created_at": at, "updated_at": at},
    )
