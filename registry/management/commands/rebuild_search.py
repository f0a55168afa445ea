import time

from django.core.management.base import BaseCommand
from django.db import connection, transaction
from django.utils.translation import gettext as _


class Command(BaseCommand):
    help = "Make what search reads anew from sites, units and elevators. Searches go on meanwhile with what was there."

    def handle(self, **_options):
        began = time.monotonic()
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT registry_search_rebuild()")
            (entries,) = cursor.fetchone()
        self.stdout.write(
            _("%(entries)s search entries in %(seconds)s s.")
            % {"entries": f"{entries:,}", "seconds": round(time.monotonic() - began)}
        )
