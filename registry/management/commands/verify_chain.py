import sys

from django.core.management.base import BaseCommand, CommandError

from common import ledgers
from common.hooks import LEDGERS
from registry.queries import chain_faults


class Command(BaseCommand):
    help = (
        "Prove that nobody rewrote history: every elevator's chain of life events, and every seal over the ledgers. "
        "Exits with 1 when something is wrong."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "--expect",
            action="append",
            default=[],
            metavar="LEDGER=CHAIN",
            help="a chain value kept outside the database (log line “ledger sealed”) that must be found",
        )

    def handle(self, expect, **_options):
        expected = self._expected(expect)
        result = chain_faults()
        self.stdout.write(f"life events: {result.events:,} of {result.elevators:,} elevators recomputed")
        faults = result.faults
        for registration in LEDGERS:
            faults += ledgers.verify(registration.key, expected_chain=expected.get(registration.key, ""))
            self.stdout.write(f"seals of {registration.key}: {ledgers.describe(registration.key)}")
        for fault in faults:
            self.stdout.write(f"FAULT {fault.ledger}, {fault.where}: {fault.what}")
        if faults:
            self.stdout.write(f"{len(faults)} faults")
            sys.exit(1)
        self.stdout.write("no fault found")

    @staticmethod
    def _expected(pairs):
        expected = {}
        for pair in pairs:
            ledger, found, chain = pair.partition("=")
            if not found or ledger not in LEDGERS:
                raise CommandError(f"--expect takes LEDGER=CHAIN with one of {[r.key for r in LEDGERS]}")
            expected[ledger] = chain
        return expected
