"""Who acts: the `by=` of every action, stored beside what was done without a foreign key."""

from dataclasses import dataclass, field
from enum import StrEnum


class ActorKind(StrEnum):
    PERSON = "PERSON"
    API_CLIENT = "API_CLIENT"
    RIDER = "RIDER"
    SYSTEM = "SYSTEM"


@dataclass(frozen=True, slots=True)
class Actor:
    """A person, a machine, a rider or the platform itself.

    `id` is the stable identifier of its kind (a user's public id, a task's name), `acting_unit` the primary key of the
    unit acted for (or None), `label` what a colleague calls it on screen and never enters a ledger. `holdings` are the
    memberships and grants that were in force when the actor was established; `accounts` fills and reads them.
    `unread` messages waited in their inbox then (read in the same statement, for the navigation; 100 means many).
    """

    kind: ActorKind
    id: str
    acting_unit: int | None = None
    label: str = field(default="", compare=False)
    holdings: tuple = field(default=(), compare=False, repr=False)
    unread: int = field(default=0, compare=False, repr=False)

    @property
    def key(self) -> str:
        """One string for unique constraints: `PERSON:0198…`."""
        return f"{self.kind}:{self.id}"


def system(name: str) -> Actor:
    """The platform itself, by the name of the task, command or sweep that runs."""
    return Actor(kind=ActorKind.SYSTEM, id=name, label=name)
