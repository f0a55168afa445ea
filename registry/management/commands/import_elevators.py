"""`manage.py import_elevators FILE --mapping NAME [--dry-run] [--errors PATH] [--as USERNAME]`"""

import time
import unicodedata
from collections import Counter
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.queries import actor_for
from common import clock
from common.actor import Actor, system
from common.errors import Refusal
from common.jobs import LeaseLost
from common.models.intake import RowOutcome
from registry.actions import import_elevators
from registry.mappings import MAPPINGS

SAY_EVERY = 5.0  # seconds between two lines of progress when nobody watches a terminal


class Command(BaseCommand):
    help = (
        "Bring in a register's elevators from a CSV file. The same file twice adds nothing; a stopped run is resumed."
    )

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)
        parser.add_argument("--mapping", required=True, help=", ".join(sorted(MAPPINGS)))
        parser.add_argument("--dry-run", action="store_true", help="read, match and report; write nothing")
        parser.add_argument("--errors", type=Path, help="where the error file goes")
        parser.add_argument("--as", dest="username", help="the user in whose name this is done (default: the platform)")

    def handle(self, *, file, mapping, dry_run, errors, username, **_options):
        said = _Progress(self.stdout)
        try:
            result = import_elevators(
                path=file,
                mapping=mapping,
                by=_actor(username),
                at=clock.now(),
                dry_run=dry_run,
                errors=errors,
                progress=said,
            )
        except Refusal as refusal:
            raise CommandError(str(refusal.message)) from refusal
        except LeaseLost as lost:
            raise CommandError(_("Another process has taken this import over; it goes on there.")) from lost
        said.close()
        self._report(result, dry_run)

    def _report(self, result, dry_run: bool) -> None:
        if result.repeated:
            self.stdout.write(
                _("This file was imported on %(at)s as batch %(batch)s. Nothing was added.")
                % {
                    "at": f"{timezone.localtime(result.batch.completed_at):%Y-%m-%d %H:%M}",
                    "batch": result.batch.public_id,
                }
            )
        if result.resumed_after:
            self.stdout.write(_("Resumed after row %(row)s.") % {"row": result.resumed_after + 1})
        for line in report_lines(result.summary):
            self.stdout.write(line)
        if dry_run:
            self.stdout.write(_("Dry run: nothing was written."))
        elif not result.repeated:
            self.stdout.write(_("Batch: %(batch)s") % {"batch": result.batch.public_id})
        if result.error_file:
            self.stdout.write(_("Error file: %(path)s") % {"path": result.error_file})


def _actor(username: str | None) -> Actor:
    if not username:
        return system("import_elevators")
    user = User.objects.filter(username__iexact=username, is_active=True).first()
    if user is None:
        raise CommandError(_("There is no active user “%(name)s”.") % {"name": username})
    return actor_for(user, clock.now())


class _Progress:
    """One line that is written over on a terminal; otherwise a line each few seconds."""

    def __init__(self, out):
        self._out, self._terminal = out, out.isatty()
        self._last = time.monotonic()

    def __call__(self, done: int, total: int) -> None:
        now = time.monotonic()
        line = _("%(done)s of %(total)s rows") % {"done": f"{done:,}", "total": f"{total:,}"}
        if self._terminal:
            self._out.write(f"\r{line}", ending="")
            self._out.flush()
        elif now - self._last >= SAY_EVERY:
            self._out.write(line)
            self._out.flush()
            self._last = now

    def close(self) -> None:
        if self._terminal:
            self._out.write("")


def report_lines(summary: dict) -> list[str]:
    """The summary as aligned tables."""
    outcomes = summary["outcomes"]
    labels = dict(RowOutcome.choices)
    lines = _table(
        [
            [_("rows read"), summary["rows"]],
            *([[_("blank rows"), summary["blank_rows"]]] if summary["blank_rows"] else []),
            *([str(labels[outcome]), outcomes[outcome]] for outcome in RowOutcome.values),
        ]
    )
    if summary["issues"]:
        lines += ["", _("Issues (in the error file with their rows)")]
        lines += _table(
            [[f"  {column or '-'}", code, _EFFECTS[effect](), n] for column, code, effect, n in summary["issues"]]
        )
    if summary["blanks"]:
        lines += ["", _("Blank cells")]
        lines += _table([[f"  {column}", n] for column, n in summary["blanks"].items()])
    if forms := _telling(summary["forms"]):
        lines += ["", _("How cells were written")]
        lines += _table([[f"  {column}", form, n] for column, form, n in forms])
    if summary.get("distinct"):
        lines += ["", _("Different values, blank included")]
        lines += _table([[f"  {column}", n] for column, n in summary["distinct"].items()])
    if summary.get("unmapped"):
        lines += ["", _("Columns kept only in the raw row: %(names)s") % {"names": ", ".join(summary["unmapped"])}]
    return lines


_EFFECTS = {"EMPTY": lambda: _("left empty"), "KEPT": lambda: _("kept"), "REFUSED": lambda: _("row refused")}


def _telling(forms: list[list]) -> list[list]:
    """Without the columns whose cells are all written alike."""
    counted = Counter(column for column, _form, _number in forms)
    return [row for row in forms if counted[row[0]] > 1]


def _table(rows: list[list]) -> list[str]:
    """Texts to the left, the number at the end to the right."""
    shown = [[*map(str, row[:-1]), f"{row[-1]:,}"] for row in rows]
    widths = [max(map(_width, column)) for column in zip(*shown, strict=True)]
    lines = []
    for *texts, number in shown:
        padded = [text + " " * (width - _width(text)) for text, width in zip(texts, widths, strict=False)]
        lines.append("  ".join([*padded, number.rjust(widths[-1])]))
    return lines


def _width(text: str) -> int:
    """Columns that a text takes on a terminal: Chinese characters take two."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)
