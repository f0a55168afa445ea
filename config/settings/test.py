"""Settings of the tests: the real PostgreSQL and Valkey, no pool (each test owns its connection), quick passwords."""

from config.settings.base import *  # noqa: F403
from config.settings.base import DATABASES, STATIC_ROOT, VAR_DIR, env, logging_config

SECRET_KEY = "test-only"
PLATE_KEYS = {"00": b"a former key of the tests, long enough", "01": b"test-only, and long enough to be a key"}
PLATE_HOST = "testserver"
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
PERSONAL_DATA_KEYS = {1: b"a former key of the tests: 32 by", 2: b"test-only, 32 bytes long as well"}
PERSONAL_INDEX_KEY = b"test-only"
DATABASES["default"]["OPTIONS"].pop("pool")
DATABASES["default"]["CONN_HEALTH_CHECKS"] = False
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
LANGUAGE_CODE = "en"
CELERY_TASK_ALWAYS_EAGER = False
REFERENCE_SECONDS = -1  # each test's own rows
MEDIA_ROOT = env.path("FILES_DIR", default=str(VAR_DIR / "test-files"))()
SEALED_DIR = env.path("SEALED_DIR", default=str(VAR_DIR / "test-sealed"))()
STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # whitenoise wants a folder that is there
logging_config(json_lines=True, level="ERROR")
