from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from accounts import actions
from accounts.models import User
from common import clock
from common.actor import system


class Command(BaseCommand):
    help = (
        "Take somebody's second factor away, at the server: for the last security administrator, whom nobody approves."
    )

    def add_arguments(self, parser):
        parser.add_argument("username")

    def handle(self, *, username, **_options):
        user = User.objects.named(username).first()
        if user is None:
            raise CommandError(_("Nobody signs in with this name."))
        try:
            actions.reset_factor_at_server(user_id=user.pk, by=system("reset_second_factor"), at=clock.now())
        except actions.NoFactor as refusal:
            raise CommandError(str(refusal.message)) from refusal
        self.stdout.write(_("The second factor of %(name)s is reset.") % {"name": user.username})
