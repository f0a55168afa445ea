"""The development settings with the bench's own address, deadline handler and silence."""

from config.settings.development import *  # noqa: F403
from config.settings.development import ALLOWED_HOSTS, INSTALLED_APPS

INSTALLED_APPS = ["bench", *INSTALLED_APPS]
ALLOWED_HOSTS = [*ALLOWED_HOSTS, "testserver"]
ROOT_URLCONF = "bench.urls"
