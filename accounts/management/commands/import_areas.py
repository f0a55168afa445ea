"""`manage.py import_areas FILE`: the areas of another city, from a CSV list."""

import csv
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from accounts.actions.areas import AREA_COLUMNS, import_areas
from common.actor import system
from common.errors import Refusal


class Command(BaseCommand):
    help = f"Add areas from a CSV file with the columns {', '.join(AREA_COLUMNS)}. The same file twice changes nothing."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)

    def handle(self, *, file, **_options):
        try:
            with file.open(encoding="utf-8-sig", newline="") as lines:
                result = import_areas(rows=_rows(lines), by=system("import_areas"))
        except OSError as error:
            raise CommandError(
                _("%(path)s cannot be read: %(reason)s.") % {"path": file, "reason": error.strerror}
            ) from error
        except UnicodeDecodeError as error:
            raise CommandError(_("%(path)s is not UTF-8 text. Save it as “CSV UTF-8”.") % {"path": file}) from error
        except csv.Error as error:
            raise CommandError(_("%(path)s is not a CSV file.") % {"path": file}) from error
        except Refusal as refusal:
            raise CommandError(str(refusal.message)) from refusal
        self.stdout.write(
            _("Areas: %(created)s new, %(changed)s changed, %(unchanged)s as before.")
            % {"created": result.created, "changed": result.changed, "unchanged": result.unchanged}
        )


def _rows(lines):
    reader = csv.DictReader(lines)
    if missing := [column for column in AREA_COLUMNS if column not in (reader.fieldnames or ())]:
        raise CommandError(
            _("The first row must name the columns. Missing: %(columns)s.") % {"columns": ", ".join(missing)}
        )
    return reader
