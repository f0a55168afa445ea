"""Settings that every environment shares; whatever differs comes from the environment variables named here."""

from pathlib import Path

import environ
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from accounts.profiles import chosen
from config.logging import logging_config
from config.settings.personal_keys import index_key_of
from config.settings.personal_keys import keys_of as personal_keys_of
from config.settings.plate_keys import keys_of
from config.settings.secret_files import with_secret_files

BASE_DIR = Path(__file__).resolve().parents[2]
VAR_DIR = BASE_DIR / "var"
env = environ.Env()
env.ENVIRON = with_secret_files(env.ENVIRON)

VERSION = "0.1.0"
SECRET_KEY = env.str("SECRET_KEY", default="")
# Former keys, comma-separated: what they signed stays good while a new one is brought in (docs/operations.md).
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
DEBUG = False
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[])
# What signs nameplates, and the host that they lead to (decision 0011). A lost key makes every plate a forgery.
PLATE_KEYS = keys_of(env.str("PLATE_KEYS", default=""))
PLATE_HOST = env.str("PLATE_HOST", default=ALLOWED_HOSTS[0] if ALLOWED_HOSTS else "localhost")
PLATE_FORMER_HOSTS = env.list("PLATE_FORMER_HOSTS", default=[])  # what older plates lead to; scanners still read them
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "portal",
    "inspection",
    "compliance",
    "registry",
    "accounts",
    "common",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "axes",
    "csp",
    "django_filters",
    "django_htmx",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
]

MIDDLEWARE = [
    "common.middleware.RequestContextMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.ActorMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "django.template.loaders.filesystem.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.messages.context_processors.messages",
                "common.context.page",
            ],
        },
    }
]

# --- data -----------------------------------------------------------------------------------------------------------
# The application's role may not own the tables (ledgers refuse it); `manage.py migrate` uses DATABASE_OWNER_URL.
DATABASES = {"default": env.db_url("DATABASE_URL", default="postgresql:///elevator")}
DATABASES["default"] |= {
    "CONN_HEALTH_CHECKS": True,  # a restarted database costs one reconnect, not a restart of the web
    "OPTIONS": {
        # The pool doubles the wait between its attempts until it gives up, five minutes later if nobody says so: after a
        # minute without a database the pages would stay dead for another. Given up, each page tries at once.
        "pool": {
            "min_size": 1,
            "max_size": env.int("DATABASE_POOL", default=16),
            "timeout": 10,
            "reconnect_timeout": 4,
        },
        # psycopg prepares nothing where this is None, Django's default, not even what asks for it; a count that nothing
        # reaches leaves it to those who ask (common.database.fetch_prepared)
        "prepare_threshold": 2**31,
    },
    "DISABLE_SERVER_SIDE_CURSORS": False,
}
# How long a statement waits for a row that somebody else holds; "": as long as it takes. Web processes set it (config.wsgi),
# or a few slow requests on one row would take every connection of the pool; workers and migrations may wait.
DATABASE_LOCK_TIMEOUT = env.str("DATABASE_LOCK_TIMEOUT", default="")
if DATABASE_LOCK_TIMEOUT:
    DATABASES["default"]["OPTIONS"]["options"] = f"-c lock_timeout={DATABASE_LOCK_TIMEOUT}"
DATABASE_OWNER_URL = env.str("DATABASE_OWNER_URL", default="")
DATABASE_APP_ROLE = env.str("DATABASE_APP_ROLE", default="elevator_app")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL = env.str("REDIS_URL", default="redis://127.0.0.1:6379/0")
MEDIA_ROOT = env.path("FILES_DIR", default=str(VAR_DIR / "files"))()
# since 2026-11-23: files sent in hold people's data unmasked, so they do not stay (common.intake.retention)
IMPORT_FILES_KEPT_DAYS = env.int("IMPORT_FILES_KEPT_DAYS", default=30)
UNUSED_UPLOADS_KEPT_DAYS = env.int("UNUSED_UPLOADS_KEPT_DAYS", default=7)

# The city whose six digits may be typed without the rest of the link, and WeChat's check files as {"name.txt": "content"}.
PLATE_CITY = env.str("PLATE_CITY", default="320100")
OPEN311_JURISDICTION = env.str(
    "OPEN311_JURISDICTION", default=PLATE_CITY
)  # what outside clients call us (GeoReport v2)
WECHAT_CHECK_FILES = env.json("WECHAT_CHECK_FILES", default={})

# Files that people attach (common.attachments): a folder that no address leads to, readable by the platform alone.
SEALED_DIR = env.path("SEALED_DIR", default=str(VAR_DIR / "sealed"))()
ATTACHMENT_MAX_BYTES = 25 * 1024 * 1024
ATTACHMENT_MAX_PIXELS = 64_000_000  # a phone's largest ordinary photograph has 50 million
ATTACHMENT_MAX_SIDE = 20_000
ATTACHMENT_COPY_EDGE = 4096  # the longer side of what is handed out: A4 at 350 dots an inch
ATTACHMENT_MAX_PAGES = 1000
ATTACHMENT_CONVERT_MEMORY = 1536 * 1024 * 1024
ATTACHMENT_CONVERT_SECONDS = 20
ATTACHMENT_CONVERTERS = env.int("ATTACHMENT_CONVERTERS", default=2)  # at once in one process, one for each person
ATTACHMENT_MOST_UNCLAIMED = 40  # of one person, sent and not attached to anything
ATTACHMENT_STRAYS_KEPT_DAYS = env.int("ATTACHMENT_STRAYS_KEPT_DAYS", default=2)
# true: nothing is kept that no scanner (hook common.attachment_scanners) has looked at
ATTACHMENT_SCAN_REQUIRED = env.bool("ATTACHMENT_SCAN_REQUIRED", default=False)

# --- messages (decision 0022) ---------------------------------------------------------------------------------------
# Ways out beside the inbox that people may choose: SMS, EMAIL.
MESSAGE_CHANNELS = env.list("MESSAGE_CHANNELS", default=["SMS"])
MESSAGE_MOST_ATTEMPTS = env.int("MESSAGE_MOST_ATTEMPTS", default=10)  # then a person has to look
SMS_BACKEND = env.str("SMS_BACKEND", default="common.messages.senders.ConsoleSms")  # or …HttpSms
SMS_HTTP_URL = env.str("SMS_HTTP_URL", default="")
SMS_HTTP_TOKEN = env.str("SMS_HTTP_TOKEN", default="")
EMAIL_BACKEND = env.str("EMAIL_BACKEND", default="django.core.mail.backends.console.EmailBackend")
EMAIL_HOST = env.str("EMAIL_HOST", default="localhost")
EMAIL_PORT = env.int("EMAIL_PORT", default=25)
EMAIL_HOST_USER = env.str("EMAIL_HOST_USER", default="")
EMAIL_HOST_PASSWORD = env.str("EMAIL_HOST_PASSWORD", default="")
EMAIL_USE_TLS = env.bool("EMAIL_USE_TLS", default=False)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default=f"elevators@{PLATE_HOST}")
# Units' webhooks: https alone, and none of our own networks but those named here, e.g. "10.20.0.0/16" of the offices' intranet.
WEBHOOK_HTTPS_ONLY = True
WEBHOOK_ALLOWED_NETWORKS = env.list("WEBHOOK_ALLOWED_NETWORKS", default=[])

# --- people ---------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
# What seals phones and identity numbers (common.personal), and the key of the hashes by which equal ones are found. Whoever
# loses them has lost the data: no backup of the database has them.
PERSONAL_DATA_KEYS = personal_keys_of(env.str("PERSONAL_DATA_KEYS", default=""))
PERSONAL_INDEX_KEY = index_key_of(env.str("PERSONAL_INDEX_KEY", default=""))
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "accounts.backends.PlatformBackend"]
# Roles whose holders sign in with a code of an authenticator app as well (decision 0017); others may. Offices, and whoever
# administers people. GB/T 22239-2019, 8.1.4.1 d asks for two factors, not of whom: unverified, to be agreed with the assessor.
SECOND_FACTOR_ROLES = env.list(
    "SECOND_FACTOR_ROLES",
    default=[
        "UNIT_ADMIN",
        "CITY_REGULATOR",
        "DISTRICT_REGULATOR",
        "SUBDISTRICT_OFFICER",
        "DISPATCHER",
        "INDUSTRY_OFFICER",
        "EMERGENCY_OFFICER",
        "AUDITOR",
        "SYSTEM_ADMIN",
        "SECURITY_ADMIN",
        "AUDIT_ADMIN",
    ],
)
SECOND_FACTOR_ISSUER = env.str("SECOND_FACTOR_ISSUER", default="Nanjing Elevators")  # what the app calls us
LOGIN_URL = "accounts:sign_in"
LOGIN_REDIRECT_URL = "portal:home"
LOGOUT_REDIRECT_URL = "accounts:sign_in"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
# What passwords and sessions have to be: `mlps3` or `nist` (accounts.profiles), some figures changed as JSON.
PASSWORD_PROFILE = chosen(
    env.str("PASSWORD_PROFILE", default="mlps3"), env.json("PASSWORD_PROFILE_CHANGES", default={})
)
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "accounts.validation.ProfileValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
SESSION_ENGINE = "accounts.session_store"
SESSION_COOKIE_AGE = PASSWORD_PROFILE.lifetime_hours * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "common.errors.csrf_failure"
# Some wrong passwords for one name from one address, then silence for a while; the counter is a row, not memory.
# How many proxies of ours stand in front (0: none). Without it all sign-ins behind a proxy have the proxy's address.
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)
AXES_CLIENT_IP_CALLABLE = "common.proxies.client_network"
AXES_FAILURE_LIMIT = PASSWORD_PROFILE.tries
AXES_COOLOFF_TIME = PASSWORD_PROFILE.lock_minutes / 60
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
# Over all names: so many wrong passwords from one address in so many minutes, then nobody signs in from there for as long. An
# office of many people has one address, so this is far above what one person may mistype.
SIGN_IN_FAILURES_PER_ADDRESS = env.int("SIGN_IN_FAILURES_PER_ADDRESS", default=30)
SIGN_IN_FAILURES_MINUTES = env.int("SIGN_IN_FAILURES_MINUTES", default=10)
AXES_RESET_ON_SUCCESS = True
AXES_HANDLER = "axes.handlers.database.AxesDatabaseHandler"
AXES_LOCKOUT_CALLABLE = "accounts.views.locked_out"
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address"]
AXES_VERBOSE = False
AXES_ENABLE_ADMIN = False
AXES_ENABLE_ACCESS_FAILURE_LOG = (
    True  # the attempts themselves go with the next success; the audit administrator reads these
)

# Limits (common.api.throttles) are kept here, in each process. With Django's 300 entries a city's riders would push out the
# count of whoever guesses.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "OPTIONS": {"MAX_ENTRIES": 50_000}}}

# --- language and time ----------------------------------------------------------------------------------------------
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Chinese")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LANGUAGE_COOKIE_SAMESITE = "Lax"
USE_I18N = True
FILTERS_EMPTY_CHOICE_LABEL = _("all")  # django-filter's own is a row of dashes
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

REFERENCE_SECONDS = 60  # how old areas and the class catalogue may be in a process (common.reference)

# --- files ----------------------------------------------------------------------------------------------------------
STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static", BASE_DIR / "frontend" / "dist"]
WHITENOISE_USE_FINDERS = True

# --- REST -----------------------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        # first: a token counts alone, whatever session comes with it
        "accounts.authentication.MachineAuthentication",
        "accounts.authentication.PersonAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["common.api.parsers.StrictJSONParser"],
    "DEFAULT_PAGINATION_CLASS": "common.api.pagination.KeysetCursor",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "common.api.schema.PlatformAutoSchema",
    "EXCEPTION_HANDLER": "common.api.problems.exception_handler",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    # per person and process (common.api.throttles)
    "DEFAULT_THROTTLE_RATES": {
        "map": "240/min",
        "plate": "1200/min",
        "bad-plate": "30/min",
        "complaint": "60/hour",
        "open311": "240/min",
        "token": "60/min",
        "bad-token": "10/min",
    },
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Nanjing Smart Elevator Platform",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "SCHEMA_PATH_PREFIX": r"/api/v1/",
    "ENUM_NAME_OVERRIDES": {
        "PlaceTypeEnum": "accounts.choices.PlaceType",
        "ResponsibilityRoleEnum": "registry.choices.ResponsibilityRole",
        "AttachmentMediaTypeEnum": "common.attachments.choices.MediaType",
        "AttachmentStateEnum": "common.attachments.choices.AttachmentState",
        "DocumentKindEnum": "registry.choices.DocumentKind",
        "ClimateVerdictEnum": "registry.choices.ClimateVerdict",
        "CarrierEnum": "registry.choices.Carrier",
        "PlateStateEnum": "registry.choices.PlateState",
        "KeyKindEnum": "registry.choices.KeyKind",
        "KeyStateEnum": "registry.choices.KeyState",
        "MaintenanceChangeStateEnum": "registry.choices.ChangeState",
        "ChangeItemStateEnum": "registry.choices.ItemState",
        "HandedOverEnum": "registry.choices.HandedOver",
        "DocumentStateEnum": "registry.choices.DocumentState",
        "ApplicationKindEnum": "registry.choices.ApplicationKind",
        "ApplicationStateEnum": "registry.choices.ApplicationState",
        "CertificateKindEnum": "accounts.choices.CertificateKind",
        "CertificateStateEnum": "accounts.choices.CertificateState",
        "AreaKindEnum": "accounts.choices.AreaKind",
        "UnitKindEnum": "accounts.choices.UnitKind",
        "FlagKindEnum": "registry.choices.FlagKind",
        "LifeEventKindEnum": "registry.choices.LifeEventKind",
        "ReportVerdictEnum": "inspection.choices.Verdict",
        "ReportKindEnum": "inspection.choices.ReportKind",
        "DutyRoleEnum": "compliance.choices.DutyRole",
        "DutyKindEnum": "compliance.choices.DutyKind",
        "HazardGradeEnum": "compliance.choices.HazardGrade",
        "HazardStateEnum": "compliance.choices.HazardState",
        "HazardSourceEnum": "compliance.choices.HazardSource",
        "ComplaintStateEnum": "compliance.choices.ComplaintState",
        "ComplaintSourceEnum": "compliance.choices.ComplaintSource",
        "WaiverKindEnum": "compliance.choices.WaiverKind",
        "RiskBandEnum": "compliance.choices.RiskBand",
        "FilingResultEnum": ["filed", "replayed", "refused"],
    },
}

# --- Celery: the alarm clock ----------------------------------------------------------------------------------------
CELERY_BROKER_URL = REDIS_URL
CELERY_RESULT_BACKEND = None
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_TIME_LIMIT = 3600
CELERY_TASK_SOFT_TIME_LIMIT = 3500
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_CREATE_MISSING_QUEUES = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 4000,
    # kombu looks for unacknowledged tasks only each hundredth second otherwise (design/stack.md)
    "unacked_restore_interval": 1,
    "unacked_restore_throttle": 1,
}
CELERY_TIMEZONE = "Asia/Shanghai"
COMPLIANCE_SWEEPS = {
    "compliance.plan": 10.0,
    "compliance.duties": 30.0,
    "compliance.waivers": 30.0,
    "compliance.steps": 10.0,
    "compliance.hazards": 20.0,
    "compliance.escalations": 30.0,
    "compliance.risk": 15.0,
    "compliance.telling": 20.0,
    "compliance.complaints": 60.0,
    "compliance.forwarding": 30.0,
    "inspection.drafts": 300.0,
    "inspection.gone": 300.0,
    "inspection.law": 300.0,
}
CELERY_BEAT_SCHEDULE = {
    "beat-heartbeat": {"task": "common.tasks.record_beat", "schedule": 10.0, "options": {"expires": 30}},
    "seal-ledgers": {"task": "common.tasks.seal_ledgers", "schedule": 60.0, "options": {"expires": 60}},
    "sweep-deadlines": {"task": "common.tasks.sweep_deadlines", "schedule": 30.0, "options": {"expires": 30}},
    "sweep-jobs": {"task": "common.tasks.sweep_jobs", "schedule": 30.0, "options": {"expires": 30}},
    **{
        f"sweep-{key}": {
            "task": "common.tasks.run_sweep",
            "args": [key],
            "schedule": every,
            "options": {"expires": every},
        }
        for key, every in COMPLIANCE_SWEEPS.items()
    },
    "send-messages": {"task": "common.tasks.send_messages", "schedule": 15.0, "options": {"expires": 15}},
    "send-webhooks": {"task": "common.tasks.send_webhooks", "schedule": 15.0, "options": {"expires": 15}},
    "sweep-digests": {"task": "common.tasks.sweep_digests", "schedule": 60.0, "options": {"expires": 60}},
    "sweep-reports": {"task": "common.tasks.sweep_reports", "schedule": 300.0, "options": {"expires": 300}},
    "judge-data": {"task": "registry.tasks.judge_data", "schedule": 20.0, "options": {"expires": 20}},
    "score-data": {"task": "registry.tasks.score_data", "schedule": 3600.0, "options": {"expires": 3600}},
    "stray-sheets": {"task": "registry.tasks.remove_stray_files", "schedule": 3600.0, "options": {"expires": 3600}},
    "housekeeping": {"task": "common.tasks.housekeeping", "schedule": 3600.0, "options": {"expires": 3600}},
}

# --- protection -----------------------------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
# Where people send whole files, and how large these may be (common.intake.uploads.MOST_BYTES and the rest of the form).
# A * stands for one part of an address.
UPLOAD_PATHS = (
    "/imports/new/",
    "/api/v1/imports/uploads/",
    "/api/v1/attachments/",
    "/elevators/*/documents/new/",
    "/elevators/documents/*/replace/",
    "/elevators/registrations/*/edit/",
    "/elevators/*/plate/hang/",
    "/elevators/plates/hang/",
    "/elevators/changes/new/",
)
UPLOAD_MAX_SIZE = 257 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1100  # a bulk change names up to 1,000 rows beside its other fields

# true only in settings.development: `manage.py demo_codes` shows what invented people's authenticator apps show
DEMO_CODES = False
SYNTHETIC_DATA_BANNER = env.bool("SYNTHETIC_DATA_BANNER", default=False)
# names are unique whatever their case (constraint user_name_once on lower(username))
SILENCED_SYSTEM_CHECKS = ["auth.W004"]
LOGGING_CONFIG = None
logging_config(json_lines=env.bool("LOG_JSON", default=True), level=env.str("LOG_LEVEL", default="INFO"))
