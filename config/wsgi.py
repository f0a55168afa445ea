"""The WSGI entry point that granian serves."""

import os

from stack.services import load_into_environ

load_into_environ()
os.environ.setdefault("DATABASE_LOCK_TIMEOUT", "5s")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.development")

from django.core.wsgi import get_wsgi_application  # noqa: E402 - settings must be known first

from common.collector import keep_what_is_loaded  # noqa: E402 - the same

application = get_wsgi_application()
keep_what_is_loaded()
