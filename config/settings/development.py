"""`make demo` and a developer's machine: everything works, nothing is secret, pages still behave as in production."""

from config.settings.base import *  # noqa: F403
from config.settings.base import PLATE_KEYS, STATIC_ROOT, env
from config.settings.personal_keys import development_keys

SECRET_KEY = env.str("SECRET_KEY", default="development-only-not-a-secret")
PLATE_KEYS = PLATE_KEYS or {"01": b"development only, and not a secret either"}
DEBUG = env.bool("DEBUG", default=False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]", env.str("HOST", "127.0.0.1")])
if not PERSONAL_DATA_KEYS:  # noqa: F405 - of the star above
    PERSONAL_DATA_KEYS, PERSONAL_INDEX_KEY = development_keys()
SYNTHETIC_DATA_BANNER = True
DEMO_CODES = True
STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # whitenoise wants a folder that is there
WEBHOOK_HTTPS_ONLY = False
