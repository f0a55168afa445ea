"""Secrets that come as files: a variable is shown by `docker inspect` and inherited by every child, a file is not.

`NAME_FILE` gives the whole value of `NAME`. A password file is put into the address beside it, so that a password is
written down once while host, role and database stay readable in the compose file.
"""

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote, urlsplit

from django.core.exceptions import ImproperlyConfigured

WHOLE = (
    "SECRET_KEY",
    "SECRET_KEY_FALLBACKS",
    "PERSONAL_DATA_KEYS",
    "PERSONAL_INDEX_KEY",
    "PLATE_KEYS",
    "SMS_HTTP_TOKEN",
    "EMAIL_HOST_PASSWORD",
)
PASSWORDS = {
    "DATABASE_PASSWORD_FILE": "DATABASE_URL",
    "DATABASE_OWNER_PASSWORD_FILE": "DATABASE_OWNER_URL",
    "REDIS_PASSWORD_FILE": "REDIS_URL",
}


def with_secret_files(environ: Mapping[str, str]) -> dict[str, str]:
    """A copy of the environment in which the files have been read; os.environ itself never holds them."""
    values = dict(environ)
    for name in WHOLE:
        if file := environ.get(f"{name}_FILE"):
            if environ.get(name):
                raise ImproperlyConfigured(f"{name} and {name}_FILE are both set; which one counts?")
            values[name] = _content(f"{name}_FILE", file, may_be_empty=name == "SECRET_KEY_FALLBACKS")
    for variable, address in PASSWORDS.items():
        if file := environ.get(variable):
            values[address] = _with_password(environ.get(address, ""), address, variable, _content(variable, file))
    return values


def _content(variable: str, file: str, *, may_be_empty: bool = False) -> str:
    try:
        text = Path(file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ImproperlyConfigured(f"{variable} cannot be read: {type(error).__name__}.") from None
    if not text and not may_be_empty:
        raise ImproperlyConfigured(f"{variable} is empty.")
    return text


def _with_password(url: str, address: str, variable: str, password: str) -> str:
    parts = urlsplit(url)
    if not parts.hostname:
        raise ImproperlyConfigured(f"{variable} needs {address}, the address without its password.")
    if parts.password:
        raise ImproperlyConfigured(f"{address} already has a password beside {variable}; which one counts?")
    _, _, host = parts.netloc.rpartition("@")
    return parts._replace(netloc=f"{parts.username or ''}:{quote(password, safe='')}@{host}").geturl()
