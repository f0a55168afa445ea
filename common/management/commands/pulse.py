import signal

from django.core.management.base import BaseCommand

from common.messages.outbound import WHOLE_SECONDS
from common.messages.urgent import UrgentPost
from common.pulse import Pulse


class Command(BaseCommand):
    help = "Fire deadlines and send urgent messages straight from PostgreSQL until told to stop. Any number may run."

    def handle(self, **_options):
        pulse, post = Pulse(), UrgentPost()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, pulse.stop)
        post.start()
        pulse.run()
        post.stop()
        post.join(WHOLE_SECONDS)
