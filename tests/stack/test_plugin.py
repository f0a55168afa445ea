"""The pytest plugin, seen from outside: pytest runs in the small project."""

import re
import signal
from pathlib import Path

from stack import pytest_plugin
from tests.stack.conftest import processes_of, wait_for

PYTEST = ("-m", "pytest", "-p", "stack.pytest_plugin", "-p", "no:cacheprovider", "-q")
SKIPPING = """
import pytest

@pytest.mark.browser
def test_page():
    raise AssertionError("it ran")

@pytest.mark.registers
def test_register():
    raise AssertionError("it ran")

def test_nothing():
    pass
"""


def run(project, text: str, *arguments: str, **environ: str):
    (project.folder / "pytest.ini").write_text("[pytest]\nmarkers =\n  browser: x\n  registers: x\n")
    (project.folder / "test_it.py").write_text(text)
    return project.run(*PYTEST, *arguments, **environ)


def test_last_lines_name_what_was_skipped_and_what_brings_it(project):
    tests = run(project, SKIPPING, CHROMIUM="/nowhere")

    assert tests.ends() == 0
    last = tests.output.strip().splitlines()[-5:]
    assert last[:4] == [
        "Skipped, needs a Chromium; this brings it: sudo apt-get install chromium",
        "    test_it.py::test_page",
        "Skipped, needs ../shared/data/nyc_elevator_devices_2015_raw.csv, ../shared/data/maryland_elevators_2022.csv; "
        "put the folder shared/ with its data beside the project's folder",
        "    test_it.py::test_register",
    ]
    assert re.match(r"1 passed, 2 skipped in ", last[4])


def test_skipped_is_failed_where_everything_is_required(project):
    tests = run(project, SKIPPING, "-n", "1", CHROMIUM="/nowhere", CI="true")

    assert tests.ends() == 1
    assert re.search(r"1 passed, 2 errors in", tests.output)
    assert "test_page was skipped, but everything is required here: needs a Chromium" in tests.output


def test_workers_get_the_same_server_and_databases_of_their_own(project):
    text = """
import os
from urllib.parse import urlsplit

def test_one(services):
    with open(os.environ["PYTEST_XDIST_WORKER"], "w") as file:
        print(services.postgres_pid, urlsplit(os.environ["DATABASE_URL"]).path, services.database, file=file)
        print(urlsplit(os.environ["REDIS_URL"]).path, services.redis_url == os.environ["REDIS_URL"], file=file)

test_two = test_one
"""
    tests = run(project, text, "-n", "2", "--dist", "each", "--tx", "2*popen")
    assert tests.ends() == 0, tests.output
    first, second = [(project.folder / name).read_text().split() for name in ("gw0", "gw1")]
    assert first[1:] == ["/elevator_gw0", "elevator_gw0", "/1", "True"]
    assert second[1:] == ["/elevator_gw1", "elevator_gw1", "/2", "True"]
    assert first[0] == second[0]


def test_killed_run_leaves_neither_server_nor_folder(project):
    text = "import time\ndef test_long(services):\n    print('in', services.folder, flush=True)\n    time.sleep(60)\n"
    tests = run(project, text, "-s")
    folder = tests.says(r"in (/\S+)").group(1)
    assert len(processes_of(folder)) >= 2
    tests.process.send_signal(signal.SIGKILL)
    wait_for(lambda: processes_of(folder) == {}, within=20, what="the end of the servers")
    wait_for(lambda: not Path(folder).exists(), within=20, what="the end of the folder")


def test_data_lies_in_memory_where_there_is_room_and_nobody_wishes_otherwise(tmp_path, monkeypatch):
    monkeypatch.delenv("TMPDIR", raising=False)
    monkeypatch.setattr(pytest_plugin, "ROOM", 1)
    assert pytest_plugin.quickest_place(tmp_path) == tmp_path
    assert pytest_plugin.quickest_place(tmp_path / "not there") is None
    monkeypatch.setattr(pytest_plugin, "ROOM", 1 << 60)
    assert pytest_plugin.quickest_place(tmp_path) is None
    monkeypatch.setattr(pytest_plugin, "ROOM", 1)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    assert pytest_plugin.quickest_place(tmp_path) is None


def test_asking_for_help_starts_nothing(project):
    tests = run(project, "", "--collect-only")
    tests.ends()
    assert "ELEVATOR" not in tests.output
