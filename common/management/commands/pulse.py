import signal

from django.core.management.base import BaseCommand

from common.pulse import Pulse


class Command(BaseCommand):
    help = "Fire deadlines straight from PostgreSQL until told to stop. Any number may run."

    def handle(self, **_options):
        pulse = Pulse()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, pulse.stop)
        pulse.run()
