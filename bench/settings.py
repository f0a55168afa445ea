"""The development settings with the bench's own address, deadline handler and silence."""

from config.settings.development import *  # noqa: F403
from config.settings.development import ALLOWED_HOSTS, INSTALLED_APPS, REST_FRAMEWORK

INSTALLED_APPS = ["bench", *INSTALLED_APPS]
ALLOWED_HOSTS = [*ALLOWED_HOSTS, "testserver"]
ROOT_URLCONF = "bench.urls"
REST_FRAMEWORK = {**REST_FRAMEWORK, "DEFAULT_THROTTLE_RATES": {"map": None, "plate": None, "bad-plate": None}}
