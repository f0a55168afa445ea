"""What may be taken out: each app registers its kinds at `common.export_kinds`."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from common.actor import Actor
from common.errors import Refusal
from common.exports.columns import Column
from common.filtering import AskedBy, filter_names, words_of
from common.hooks import EXPORT_KINDS
from common.scoping import may

Parameters = Sequence[Sequence[str]]  # [name, value] pairs, as in an address
LARGEST_VALUE = 400  # characters of one filter's value that are kept


class UnknownKind(Refusal):
    code = "unknown-export-kind"
    status = 404
    field = "kind"
    message = _("There is no such record.")


class BadFilter(Refusal):
    code = "bad-filter"
    field = "filters"
    message = _("The filter “%(name)s” is not right: %(reason)s")


class BadColumns(Refusal):
    code = "bad-columns"
    field = "columns"
    message = _("Choose at least one column, and only columns of this list.")


@dataclass(frozen=True, slots=True)
class ExportKind:
    """A list as it may be taken out.

    `rows()` is the whole table's queryset with `visible_to(actor, permission)`; `filter_class` the list's own FilterSet;
    `spoken(filterset, actor)` gives its filters as (label, value) words. `file_word` begins the file's name.
    """

    label: str | Promise
    permission: object
    columns: tuple[Column, ...]
    rows: Callable[[], QuerySet]
    filter_class: type | None = None
    spoken: Callable[[object, Actor], list[tuple[str, str]]] | None = None
    list_url: Callable[[], str] | None = None
    file_word: str | Promise = "export"
    # columns that other apps bring, for those who may see them
    more_columns: Callable[[Actor], tuple[Column, ...]] | None = None

    def scoped(self, actor: Actor) -> QuerySet:
        """Every row that the actor may see, unfiltered."""
        return self.rows().visible_to(actor, self.permission)

    def filtered(self, actor: Actor, parameters: Parameters):
        """The list's FilterSet over what the actor may see. Raises BadFilter for a value that the list refuses."""
        filterset = self.filter_class(as_query(parameters), queryset=self.scoped(actor), request=AskedBy(actor))
        if not filterset.is_valid():
            name, errors = next(iter(filterset.form.errors.items()))
            raise BadFilter(name=name, reason=" ".join(errors))
        return filterset

    def chosen_rows(self, actor: Actor, parameters: Parameters) -> QuerySet:
        """The rows of the file: scope and filters, as on the list's page."""
        return self.filtered(actor, parameters).qs if self.filter_class else self.scoped(actor)

    def words(self, actor: Actor, parameters: Parameters) -> list[tuple[str, str]]:
        """The filters as people read them: (label, value)."""
        if not self.filter_class:
            return []
        filterset = self.filtered(actor, parameters)
        return self.spoken(filterset, actor) if self.spoken else words_of(filterset)

    def kept(self, parameters: Parameters) -> list[list[str]]:
        """Those parameters that are filters of this list; an address also holds its page and its order."""
        names = filter_names(self.filter_class) if self.filter_class else set()
        return [[name, value[:LARGEST_VALUE]] for name, value in parameters if name in names and value]

    def offered(self, actor: Actor) -> tuple[Column, ...]:
        """The columns that this actor may take out."""
        return self.columns + (self.more_columns(actor) if self.more_columns else ())

    def chosen_columns(self, names: Iterable[str] | None, actor: Actor) -> list[Column]:
        """The columns of these names in the kind's own order (None: the usual ones). Raises BadColumns."""
        offered = self.offered(actor)
        if names is None:
            return [column for column in offered if column.chosen]
        wanted = set(names)
        if not wanted or wanted - {column.name for column in offered}:
            raise BadColumns
        return [column for column in offered if column.name in wanted]


def as_query(parameters: Parameters) -> QueryDict:
    """Parameters as a request's GET."""
    query = QueryDict(mutable=True)
    for name, value in parameters:
        query.appendlist(name, value)
    return query


def kind_of(name: str) -> ExportKind:
    """The registered kind. Raises UnknownKind."""
    if name not in EXPORT_KINDS:
        raise UnknownKind
    return EXPORT_KINDS[name]()


def may_export(actor: Actor) -> bool:
    """Is there any list that this actor may take out?"""
    return any(may(actor, registration.answer().permission) for registration in EXPORT_KINDS)
