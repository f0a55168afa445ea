"""How other commands of the folder find a running demo."""

import os
import subprocess
import sys

from stack import services

VALUES = {
    "DATABASE_URL": "postgresql://app@here/x",
    "DATABASE_OWNER_URL": "postgresql://owner@here/x",
    "REDIS_URL": "redis://here/0",
    "SECRET_KEY": "a=b",
}


def test_environment_is_filled_from_a_running_demo(tmp_path):
    file = tmp_path / "services.env"
    services.publish(VALUES, file)
    environ = {"OTHER": "1"}

    assert services.load_into_environ(environ, file)
    assert environ == {"OTHER": "1", **VALUES}


def test_what_is_set_already_wins_and_servers_are_not_mixed(tmp_path):
    file = tmp_path / "services.env"
    services.publish(VALUES, file)
    environ = {"DATABASE_URL": "postgresql://mine/y"}
    services.load_into_environ(environ, file)

    assert environ == {"DATABASE_URL": "postgresql://mine/y", "REDIS_URL": "redis://here/0", "SECRET_KEY": "a=b"}


def test_a_key_that_is_given_as_a_file_is_not_given_twice(tmp_path):
    """The settings refuse both at once."""
    file = tmp_path / "services.env"
    services.publish(VALUES, file)
    environ = {"SECRET_KEY_FILE": "/run/secrets/secret_key"}
    services.load_into_environ(environ, file)
    assert "SECRET_KEY" not in environ


def test_file_of_a_killed_demo_is_ignored(tmp_path):
    file = tmp_path / "services.env"
    services.publish(VALUES, file)
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    text = file.read_text().replace(f"pid={os.getpid()}", f"pid={gone.pid}")
    file.write_text(text)
    environ = {}

    assert not services.load_into_environ(environ, file)
    assert environ == {}


def test_file_of_a_process_whose_number_was_used_again_is_ignored(tmp_path):
    file = tmp_path / "services.env"
    services.publish(VALUES, file)
    lines = ["started=1" if line.startswith("started=") else line for line in file.read_text().splitlines()]
    file.write_text("\n".join(lines))

    assert not services.load_into_environ({}, file)


def test_missing_or_spoilt_file_is_no_error(tmp_path):
    assert not services.load_into_environ({}, tmp_path / "none.env")
    (tmp_path / "spoilt.env").write_text("pid=\nDATABASE_URL")
    assert not services.load_into_environ({}, tmp_path / "spoilt.env")
