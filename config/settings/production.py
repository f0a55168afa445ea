"""Production refuses to start on a default secret, DEBUG, an open host list or a missing database."""

from django.core.exceptions import ImproperlyConfigured

from config.settings.base import *  # noqa: F403
from config.settings.base import ALLOWED_HOSTS, PLATE_HOST, PLATE_KEYS, SECRET_KEY, env
from config.settings.personal_keys import require_secret

if len(SECRET_KEY) < 50 or "development" in SECRET_KEY or len(set(SECRET_KEY)) < 10:
    raise ImproperlyConfigured("SECRET_KEY must be set to a random value of at least 50 characters.")
if env.bool("DEBUG", default=False):
    raise ImproperlyConfigured("DEBUG must not be set in production.")
if not ALLOWED_HOSTS or any(host.startswith(("*", ".")) or not host.strip() for host in ALLOWED_HOSTS):
    raise ImproperlyConfigured("ALLOWED_HOSTS must name the hosts that serve the platform; no wildcard.")
if not PLATE_KEYS or any(len(set(key)) < 10 or b"development" in key for key in PLATE_KEYS.values()):
    raise ImproperlyConfigured("PLATE_KEYS must hold the random keys that sign nameplates (docs/operations.md).")
if PLATE_HOST not in ALLOWED_HOSTS:
    raise ImproperlyConfigured("PLATE_HOST is printed on plates and must be one of ALLOWED_HOSTS.")
require_secret(PERSONAL_DATA_KEYS, PERSONAL_INDEX_KEY)  # noqa: F405 - of the star above
for _name in ("DATABASE_URL", "REDIS_URL"):
    if not env.str(_name, default=""):
        raise ImproperlyConfigured(f"{_name} must be set.")

SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=365 * 24 * 3600)
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = False
