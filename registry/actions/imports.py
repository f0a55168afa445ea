"""Bringing in a register whose mapping is declared in code: the command's way into common.intake.runs."""

import datetime as dt
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from common.actor import Actor
from common.errors import Refusal
from common.intake.chunks import ImportResult, Progress
from common.intake.mapping import MappingSpec
from common.intake.workers import import_file
from registry.actions.import_kind import elevator_kind
from registry.actions.import_plans import KIND
from registry.mappings import MAPPINGS


class UnknownMapping(Refusal):
    code = "unknown-mapping"
    field = "mapping"
    message = _("There is no mapping “%(name)s”. There are: %(names)s.")


def import_elevators(
    *,
    path: Path,
    mapping: str,
    by: Actor,
    at: dt.datetime,
    dry_run: bool = False,
    errors: Path | None = None,
    progress: Progress = lambda done, total: None,
) -> ImportResult:
    """Bring in the elevators of a register's file; the same file again adds nothing; a stopped run is resumed.

    `mapping`: a name in registry.mappings. The rest, and what is raised, as common.intake.runs.import_file says; also
    UnknownMapping and AreasMissing.
    """
    if mapping not in MAPPINGS:
        raise UnknownMapping(name=mapping, names=", ".join(sorted(MAPPINGS)))
    return import_file(
        path=path,
        kind=elevator_kind(),
        spec=shipped_spec(mapping),
        by=by,
        at=at,
        dry_run=dry_run,
        errors=errors,
        progress=progress,
    )


def shipped_spec(name: str) -> MappingSpec:
    """The spec of a mapping declared in code; a new version of it reads files anew."""
    return MappingSpec(KIND, shipped=name, options={"version": MAPPINGS[name].version})
