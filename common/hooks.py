"""Questions that a lower app asks and higher apps answer: the one hook mechanism.

A lower app declares a point with the signature of its answers; higher apps register in `AppConfig.ready()`.
`tests/common/test_hooks.py` prints and pins every registration.
"""

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Registration:
    key: str
    order: int
    answer: Callable

    @property
    def path(self) -> str:
        return f"{self.answer.__module__}.{self.answer.__qualname__}"


@dataclass
class HookPoint:
    """A named question. `signature` is a function whose parameters every answer must have, in name and order."""

    name: str
    signature: Callable
    _registrations: dict[str, Registration] = field(default_factory=dict)

    def __post_init__(self):
        if self.name in _points:
            raise ValueError(f"hook point {self.name} is declared twice")
        _points[self.name] = self

    def register(self, key: str, answer: Callable, *, order: int = 100) -> None:
        """Add an answer under a key unique at this point; a wrong signature or a taken key raises at start-up."""
        wanted = list(inspect.signature(self.signature).parameters)
        got = list(inspect.signature(answer).parameters)
        if wanted != got:
            raise TypeError(f"{self.name}: {answer.__qualname__} takes {got}, the point asks for {wanted}")
        if key in self._registrations:
            raise ValueError(f"{self.name}: {key} is registered twice")
        self._registrations[key] = Registration(key, order, answer)

    def __iter__(self) -> Iterator[Registration]:
        return iter(sorted(self._registrations.values(), key=lambda r: (r.order, r.key)))

    def __getitem__(self, key: str) -> Callable:
        return self._registrations[key].answer

    def __contains__(self, key: str) -> bool:
        return key in self._registrations

    def __len__(self) -> int:
        return len(self._registrations)


_points: dict[str, HookPoint] = {}


def all_points() -> list[HookPoint]:
    """Every declared point, by name."""
    return [_points[name] for name in sorted(_points)]


# --- points that common itself asks -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Tile:
    """One number of somebody's home page: `state` is '', 'ok', 'attention', 'warning' or 'danger'."""

    label: str
    value: int | str
    url: str = ""
    hint: str = ""
    state: str = ""


@dataclass(frozen=True, slots=True)
class Panel:
    """A card of a page that apps fill together: a template with its context; `anchor` links to it."""

    anchor: str
    title: str
    template: str
    context: dict = field(default_factory=dict)
    aside: bool = False  # beside the main column on a desk: short facts
    flush: bool = False  # a table that fills the card
    lead: bool = False  # on a home page above the tiles: what must be done now


@dataclass(frozen=True, slots=True)
class NavItem:
    label: str
    url: str
    count: int = 0  # what waits there; 0 is not shown


@dataclass(frozen=True, slots=True)
class SearchHit:
    """One thing found. `group` is the heading it stands under; `exact`: its own code was typed; `guessed`: it sounds alike."""

    label: str
    url: str
    hint: str = ""
    group: str = ""
    exact: bool = False
    guessed: bool = False


def _tiles(actor, at) -> "list[Tile]":
    """Tiles that this actor's roles call for, already scoped; at most a handful of queries."""


def _home_panel(actor, at) -> "Panel | None":
    """A panel under the tiles for those whose roles call for it, already scoped."""


def _nav(actor) -> "list[NavItem]":
    """Navigation entries that this actor may open; no query."""


def _search(actor, text, longest) -> "list[SearchHit]":
    """What `text` (any text, as typed) finds within what the actor may see: at most `longest` of each group, best first."""


def _deadline_handler(deadlines, at) -> None:
    """Act on a set of due, locked Deadline rows of one kind, in the transaction that marks them fired."""


def _job_runner(job, at) -> None:
    """Do a background job from its row; called again from the stored progress when a worker died."""


def _readiness(at) -> "tuple[bool, dict]":
    """(is it well, details) for /readyz; must not raise and must not take a second."""


def _who_may(permission) -> "list[str]":
    """Names of the roles that carry a permission, for the page that says no."""


def _actor_now(kind, id, acting_unit, at) -> "object | None":
    """The common.Actor behind a stored (kind, id) with what it holds at this moment; None when it may no longer act."""


def _export_kind() -> "object":
    """A common.exports.kinds.ExportKind: what one kind of list may be taken out as, from which rows, with which columns."""


def _list() -> "type":
    """A page (common.lists.page.ScopedListPage) whose filters people save and whose columns they choose; its `list_key`."""


def _scanner(path, media_type) -> bool:
    """Is the file at `path` (a pathlib.Path, to be read only) free of viruses? Raises when it cannot say."""


HOME_TILES = HookPoint("common.home_tiles", _tiles)
HOME_PANELS = HookPoint("common.home_panels", _home_panel)
NAV_ITEMS = HookPoint("common.nav_items", _nav)
SEARCH_PROVIDERS = HookPoint("common.search_providers", _search)
DEADLINE_HANDLERS = HookPoint("common.deadline_handlers", _deadline_handler)
JOB_RUNNERS = HookPoint("common.job_runners", _job_runner)
READINESS_CHECKS = HookPoint("common.readiness_checks", _readiness)
WHO_MAY = HookPoint("common.who_may", _who_may)
ACTORS = HookPoint("common.actors", _actor_now)
EXPORT_KINDS = HookPoint("common.export_kinds", _export_kind)
LISTS = HookPoint("common.lists", _list)
ATTACHMENT_SCANNERS = HookPoint("common.attachment_scanners", _scanner)


def _ledger() -> "type":
    """The model whose rows are sealed in batches (common.ledgers)."""


LEDGERS = HookPoint("common.ledgers", _ledger)


def _retention_kind() -> "object":
    """A common.retention.RetentionKind: rows that go when their days are over."""


RETENTION_KINDS = HookPoint("common.retention_kinds", _retention_kind)


def _action_labels() -> "dict":
    """{action of the audit log, or ledger: what it is called}, for every action that the app records."""


ACTION_LABELS = HookPoint("common.action_labels", _action_labels)


def _sweep() -> "object":
    """A common.sweeps.Sweep: work that lies in rows until somebody looks."""


SWEEPS = HookPoint("common.sweeps", _sweep)


def _message_kind() -> "object":
    """A common.messages.kinds.MessageKind: what one kind of message says, and what people choose channels for."""


MESSAGE_KINDS = HookPoint("common.message_kinds", _message_kind)


def _addresses(ids, channel, at) -> "dict":
    """{id: a common.personal.Sealed or a text} of those recipients (ids of one kind, the key) that `channel` reaches now.

    Asked at the moment of sending, never before: no queue holds an address.
    """


ADDRESSES = HookPoint("common.addresses", _addresses)


@dataclass(frozen=True, slots=True)
class UnitName:
    """A unit as a page of common may name it; `present`: it has not closed."""

    name: str
    public_id: str = ""
    present: bool = True


def _unit_names(keys) -> "dict":
    """{key: UnitName} of the units with these primary keys; one query."""


UNIT_NAMES = HookPoint("common.unit_names", _unit_names)
