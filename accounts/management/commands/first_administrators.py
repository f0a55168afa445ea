from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from accounts import actions
from accounts.roles import ROLES
from common import clock
from common.actor import system
from common.errors import Refusal


class Command(BaseCommand):
    help = "Enter the first system, security and audit administrator of an empty platform: three people, once."

    def add_arguments(self, parser):
        for option in ("system", "security", "audit"):
            parser.add_argument(f"--{option}", required=True, metavar="NAME", help="sign-in name")

    def handle(self, *, system: str, security: str, audit: str, **_options):
        names = {"SYSTEM_ADMIN": system, "SECURITY_ADMIN": security, "AUDIT_ADMIN": audit}
        try:
            passwords = actions.enter_first_administrators(names, by=_server(), at=clock.now())
        except Refusal as refusal:
            raise CommandError(str(refusal.message)) from refusal
        for role, password in passwords.items():
            self.stdout.write(f"{ROLES[role].label}  {names[role]}  {password}")
        self.stdout.write(
            _(
                "Tell each of them their own password only; it is shown this once and has to be changed at the first sign-in."
            )
        )


def _server():
    return system("first_administrators")
