"""`migrate` runs as the tables' owner, which the application never is."""

import environ
from django.conf import settings
from django.core.management.commands.migrate import Command as MigrateCommand
from django.db import connections


class Command(MigrateCommand):
    """Django's migrate over DATABASE_OWNER_URL where it is set; everything else is unchanged."""

    def handle(self, *args, **options):
        if settings.DATABASE_OWNER_URL:
            owner = environ.Env.db_url_config(settings.DATABASE_OWNER_URL)
            connection = connections[options["database"]]
            connection.close()
            connection.settings_dict |= {name: owner[name] for name in ("NAME", "USER", "PASSWORD", "HOST", "PORT")}
            connection.settings_dict["OPTIONS"] = {}
        super().handle(*args, **options)
