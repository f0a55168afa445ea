"""Production refuses to start on anything unsafe; its settings pass Django's own check."""

import os
import subprocess
import sys

import pytest

from stack.paths import ROOT

GOOD = {
    "DJANGO_SETTINGS_MODULE": "config.settings.production",
    "SECRET_KEY": "x7G$k2" * 4 + "abcdefghijklmnopqrstuvwxyz0123456789",
    "ALLOWED_HOSTS": "elevator.example",
    "DATABASE_URL": "postgresql://elevator_app:word@db.example/elevator",
    "REDIS_URL": "redis://redis.example/0",
    "PLATE_KEYS": "01:" + bytes(range(3, 35)).hex(),
    "PERSONAL_DATA_KEYS": "01:" + bytes(range(32)).hex(),
    "PERSONAL_INDEX_KEY": bytes(range(1, 33)).hex(),
}
LOAD = "from django.conf import settings; settings.DEBUG; print('loaded')"


def run(*arguments, **changes):
    env = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    env |= {name: value for name, value in (GOOD | changes).items() if value is not None}
    return subprocess.run([sys.executable, *arguments], cwd=ROOT, env=env, capture_output=True, text=True, check=False)


REFUSED = {
    "no secret": {"SECRET_KEY": None},
    "a short secret": {"SECRET_KEY": "x7G$k2abcdef"},
    "the development secret": {"SECRET_KEY": "development-only-not-a-secret" * 3},
    "a secret of one letter": {"SECRET_KEY": "a" * 60},
    "DEBUG": {"DEBUG": "True"},
    "DEBUG as 1": {"DEBUG": "1"},
    "no hosts": {"ALLOWED_HOSTS": None},
    "empty hosts": {"ALLOWED_HOSTS": ""},
    "any host": {"ALLOWED_HOSTS": "*"},
    "any host among others": {"ALLOWED_HOSTS": "elevator.example,*"},
    "all subdomains": {"ALLOWED_HOSTS": ".example"},
    "no database": {"DATABASE_URL": None},
    "no Redis": {"REDIS_URL": None},
    "no key for personal data": {"PERSONAL_DATA_KEYS": None},
    "a key of one letter": {"PERSONAL_DATA_KEYS": "01:" + "d0" * 32},
    "a key of other length": {"PERSONAL_DATA_KEYS": "01:" + bytes(range(16)).hex()},
    "two keys of one name": {"PERSONAL_DATA_KEYS": f"01:{bytes(range(32)).hex()} 01:{bytes(range(2, 34)).hex()}"},
    "no key for its index": {"PERSONAL_INDEX_KEY": None},
    "one key for both": {"PERSONAL_INDEX_KEY": bytes(range(32)).hex()},
}


@pytest.mark.parametrize("changes", REFUSED.values(), ids=REFUSED)
def test_production_refuses_to_start_with(changes):
    answer = run("-c", LOAD, **changes)
    assert answer.returncode == 1
    assert "ImproperlyConfigured" in answer.stderr
    ((name, value),) = changes.items()
    assert name in answer.stderr.splitlines()[-1]
    if name.startswith("PERSONAL") and value:
        assert value.split(":")[-1] not in answer.stderr


def test_production_starts_and_passes_the_deployment_check():
    answer = run("manage.py", "check", "--deploy", "--fail-level", "WARNING")
    assert (answer.returncode, "no issues" in answer.stdout) == (0, True), answer.stderr


def test_production_holds_on_to_what_protects():
    names = [
        "DEBUG",
        "SECURE_SSL_REDIRECT",
        "SESSION_COOKIE_SECURE",
        "CSRF_COOKIE_SECURE",
        "SECURE_HSTS_SECONDS",
        "SESSION_COOKIE_HTTPONLY",
    ]
    answer = run("-c", f"from django.conf import settings; print([getattr(settings, n) for n in {names}])")
    assert answer.stdout.strip() == "[False, True, True, True, 31536000, True]"


def test_no_settings_debug_unless_asked():
    answer = run(
        "-c",
        "from django.conf import settings; print(settings.DEBUG)",
        DJANGO_SETTINGS_MODULE="config.settings.development",
    )
    assert answer.stdout.strip() == "False"
