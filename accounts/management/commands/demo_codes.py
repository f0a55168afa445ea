from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from accounts import actions
from accounts.rules.second_factor import STEP
from common import clock


class Command(BaseCommand):
    help = "Show what the authenticator apps of the demonstration's people show now. Refused anywhere else."

    def add_arguments(self, parser):
        parser.add_argument("usernames", nargs="*", help="whose (default: everybody's)")

    def handle(self, *, usernames, **_options):
        at = clock.now()
        try:
            rows = actions.demo_codes(at=at)
        except actions.NoDemonstration as refusal:
            raise CommandError(str(refusal.message)) from refusal
        for user, code in rows:
            if not usernames or user.username in usernames:
                self.stdout.write(f"{code}  {user.username}")
        left = STEP - int(at.timestamp()) % STEP
        self.stdout.write(_("Good for %(n)s seconds more, and once.") % {"n": left})
