"""`migrate` runs as the tables' owner, which the application never is."""

import environ
from django.conf import settings
from django.core.management.commands.migrate import Command as MigrateCommand
from django.db import connections


def connect_as_owner(connection) -> None:
    """Let this process speak to the database as the owner of the tables (DATABASE_OWNER_URL)."""
    owner = environ.Env.db_url_config(settings.DATABASE_OWNER_URL)
    connection.close()
    connection.settings_dict |= {name: owner[name] for name in ("NAME", "USER", "PASSWORD", "HOST", "PORT")}
    connection.settings_dict["OPTIONS"] = {}


class Command(MigrateCommand):
    """Django's migrate over DATABASE_OWNER_URL where it is set; everything else is unchanged."""

    def handle(self, *args, **options):
        if settings.DATABASE_OWNER_URL:
            connect_as_owner(connections[options["database"]])
        super().handle(*args, **options)
