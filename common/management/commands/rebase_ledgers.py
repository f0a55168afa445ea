"""After a restore into another cluster: its transaction counter starts low, below what the seals closed over."""

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.db.models import Max

from common.hooks import LEDGERS
from common.ledger_sql import CLOCK_FUNCTIONS
from common.management.commands.migrate import connect_as_owner
from common.models import LedgerSeal


class Command(BaseCommand):
    help = "Lift the ledgers' transaction numbers above everything already written. Run once after a restore, as owner."

    def handle(self, **_options):
        if settings.DATABASE_OWNER_URL:
            connect_as_owner(connection)
        highest = max(
            [LedgerSeal.objects.aggregate(n=Max("to_tx"))["n"] or 0]
            + [registration.answer()._base_manager.aggregate(n=Max("tx"))["n"] or 0 for registration in LEDGERS]
        )
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_current_xact_id()::text::bigint")
            current = cursor.fetchone()[0]
            cursor.execute("SELECT common_ledger_tx() - pg_current_xact_id()::text::bigint")
            present = cursor.fetchone()[0]
            if current + present > highest:
                self.stdout.write(f"nothing to do: transaction {current + present} lies above {highest}")
                return
            offset = highest - current + 1
            if offset < 0:
                raise CommandError(
                    "the cluster's counter lies above the ledgers, but its functions do not; ask for help"
                )
            cursor.execute(CLOCK_FUNCTIONS.format(offset=offset))
        self.stdout.write(f"ledgers go on at transaction {current + offset}, offset {offset}")
