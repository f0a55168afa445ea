"""What `make demo` runs with (its connection pool included), plus the app that stops half-way."""

from config.settings.development import *  # noqa: F403
from config.settings.development import INSTALLED_APPS

INSTALLED_APPS = ["tests.faults.app", *INSTALLED_APPS]
SMS_BACKEND = "tests.faults.app.apps.StallingSms"
