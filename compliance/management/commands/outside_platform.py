"""`manage.py outside_platform NAME …`: enter, change or disable a platform that takes complaints over by Open311."""

import os

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from accounts.queries import area_of
from common import clock
from common.actor import system
from common.errors import Refusal
from compliance.actions import forwarding
from compliance.models import OutsidePlatform

KEY = "OUTSIDE_PLATFORM_KEY"


class Command(BaseCommand):
    help = f"Enter or change a platform outside. Its key is read from the environment ({KEY}), never from the command line."

    def add_arguments(self, parser):
        parser.add_argument("name", help="what officers choose it by")
        parser.add_argument(
            "--endpoint", default="", help="address of its GeoReport v2, up to the last part before services"
        )
        parser.add_argument("--jurisdiction", default="", help="its jurisdiction_id, if it has one")
        parser.add_argument(
            "--city", default="", help="official code of the city whose complaints it takes (default: any)"
        )
        parser.add_argument(
            "--service",
            action="append",
            default=[],
            metavar="OURS=THEIRS",
            help="their code of a category; =THEIRS for the rest",
        )
        parser.add_argument("--disable", action="store_true", help="send nothing more there")

    def handle(self, *, name, endpoint, jurisdiction, city, service, disable, **_options):
        by, at = system("manage.outside_platform"), clock.now()
        if disable:
            row = OutsidePlatform.objects.filter(name=name).first()
            if row is None:
                raise CommandError(_("There is no platform of this name."))
            forwarding.disable_platform(platform=row, by=by, at=at)
            self.stdout.write(_("Nothing more is sent there."))
            return
        area = area_of(city) if city else None
        if city and area is None:
            raise CommandError(_("There is no area with this code."))
        pairs = [text.partition("=") for text in service]
        if not pairs or not all(sign and theirs for _ours, sign, theirs in pairs):
            raise CommandError(_("Give at least one service as OURS=THEIRS, or =THEIRS for every category."))
        try:
            row = forwarding.keep_platform(
                name=name,
                endpoint=endpoint,
                jurisdiction=jurisdiction,
                services={ours: theirs for ours, _sign, theirs in pairs},
                api_key=os.environ.get(KEY),
                city=area,
                by=by,
                at=at,
            )
        except Refusal as refusal:
            raise CommandError(str(refusal.message)) from refusal
        self.stdout.write(
            _("Kept: %(name)s. Officers can choose it when they pass a complaint on.") % {"name": row.name}
        )
