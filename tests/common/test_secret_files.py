"""Secrets as files: read once, never guessed, never repeated in a message."""

import os

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone

from config.settings.secret_files import with_secret_files

URL = "postgresql://elevator_app@postgres:5432/elevator"


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "secret"

    def write(text: str) -> str:
        path.write_text(text, encoding="utf-8")
        return str(path)

    return write


def test_a_file_gives_the_whole_value_without_the_line_end(file):
    assert with_secret_files({"SECRET_KEY_FILE": file("a-key\n")})["SECRET_KEY"] == "a-key"


def test_a_password_is_put_into_its_address_and_survives_any_character(file):
    values = with_secret_files({"DATABASE_URL": URL, "DATABASE_PASSWORD_FILE": file("a/b@c:d%")})
    assert values["DATABASE_URL"] == "postgresql://elevator_app:a%2Fb%40c%3Ad%25@postgres:5432/elevator"


def test_redis_needs_no_user(file):
    values = with_secret_files({"REDIS_URL": "redis://redis:6379/0", "REDIS_PASSWORD_FILE": file("word")})
    assert values["REDIS_URL"] == "redis://:word@redis:6379/0"


def test_no_former_keys_is_a_state_and_not_a_mistake(file):
    assert with_secret_files({"SECRET_KEY_FALLBACKS_FILE": file("")})["SECRET_KEY_FALLBACKS"] == ""


@pytest.mark.django_db
def test_people_stay_signed_in_when_the_secret_key_changes(client, settings, django_user_model):
    person = django_user_model(username="someone", created_at=timezone.now())
    person.set_password("a long password 1")
    person.save()
    client.force_login(person, backend="accounts.backends.PlatformBackend")
    former = settings.SECRET_KEY
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "a new key", [former]
    assert client.get("/").status_code == 200
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another key", []
    assert client.get("/").status_code == 302


def test_the_environment_itself_never_holds_a_secret(file, monkeypatch):
    monkeypatch.setenv("SECRET_KEY_FILE", file("a-key"))
    monkeypatch.delenv("SECRET_KEY", raising=False)
    with_secret_files(os.environ)
    assert "SECRET_KEY" not in os.environ


def test_without_files_nothing_changes():
    assert with_secret_files({"DATABASE_URL": URL}) == {"DATABASE_URL": URL}


@pytest.mark.parametrize(
    "environ",
    [
        {"SECRET_KEY_FILE": "/no/such/file"},
        {"SECRET_KEY": "one", "SECRET_KEY_FILE": "FILE"},
        {"DATABASE_PASSWORD_FILE": "FILE"},
        {"DATABASE_URL": "postgresql://app:other@db/elevator", "DATABASE_PASSWORD_FILE": "FILE"},
    ],
    ids=["a missing file", "value and file", "a password without an address", "two passwords"],
)
def test_a_contradiction_stops_the_start_and_shows_no_secret(environ, file):
    made = file("hidden-word")
    with pytest.raises(ImproperlyConfigured) as refused:
        with_secret_files({name: value.replace("FILE", made) for name, value in environ.items()})
    assert not {"hidden-word", "other"} & set(str(refused.value).replace("@", ":").split(":"))


def test_an_empty_password_stops_the_start(file):
    with pytest.raises(ImproperlyConfigured, match="empty"):
        with_secret_files({"DATABASE_URL": URL, "DATABASE_PASSWORD_FILE": file("\n")})
