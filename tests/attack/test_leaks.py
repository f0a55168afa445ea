"""What people typed stays out of logs, shared caches and spreadsheets' formulas."""

import csv
import io
import json
import logging

import pytest
from django.test import Client
from django.urls import reverse

from common.intake.reports import BadRow, ErrorFile
from registry.actions.import_kind import elevator_kind
from stack.postgres import find_programs, server_options

TYPED = "WangTyped"


@pytest.fixture
def log_lines():
    """What the platform's own handler writes at the level of production."""
    stream, root = io.StringIO(), logging.getLogger()
    ours = next(handler for handler in root.handlers if type(handler) is logging.StreamHandler)
    copy = logging.StreamHandler(stream)
    copy.setFormatter(ours.formatter)
    root.addHandler(copy)
    level = root.level
    root.setLevel(logging.INFO)
    yield stream.getvalue
    root.setLevel(level)
    root.removeHandler(copy)


@pytest.mark.parametrize(
    "path",
    [
        f"/{TYPED}/",
        f"/api/v1/registry/elevators/by-code/{TYPED}/",
        f"/api/v1/{TYPED}",
        f"/elevators/{TYPED}/?q={TYPED}",
    ],
)
def test_typed_paths_stay_out_of_the_log(cast, log_lines, path):
    cast.city_regulator.client().get(path)
    Client().get(path)
    Client(enforce_csrf_checks=True).post(path)
    Client().get("/", headers={"Host": f"{TYPED}.example"})
    written = log_lines()
    assert '"status": 404' in written
    assert TYPED.lower() not in written.lower()


def test_a_failure_is_in_the_log_without_its_path(db, log_lines):
    logging.getLogger("django.request").error("%s: %s", "Internal Server Error", "/x/", exc_info=ValueError("secret"))
    line = json.loads(log_lines().splitlines()[-1])
    assert (line["event"], line["exception"]) == ("Internal Server Error", "builtins.ValueError")


def test_a_failed_csrf_check_says_why(db, log_lines):
    client = Client(enforce_csrf_checks=True)
    client.post("/theme/")
    client.post("/theme/", headers={"Origin": f"https://{TYPED}.example"})
    first, second = (json.loads(line) for line in log_lines().splitlines() if '"reason"' in line)
    assert (first["event"], first["reason"]) == ("Forbidden", "CSRF cookie not set.")
    assert (second["event"], second["reason"]) == ("Forbidden", "Origin checking failed")


def test_the_database_logs_no_values():
    """Django puts values into the statement's text itself, so a logged statement or DETAIL shows names and password hashes."""
    options = server_options(find_programs(), durable=True)
    assert options["log_error_verbosity"] == "terse"
    assert options["log_min_error_statement"] == "panic"
    assert options["log_min_duration_statement"] == "-1"


def test_what_a_signed_in_person_sees_is_kept_by_nobody(cast):
    """Neither by a proxy nor on the disk of a shared computer, where the next person would press Back."""
    client = cast.own_manager.client()
    for path in (
        "/",
        "/elevators/",
        "/accounts/me/",
        "/api/v1/registry/elevators/",
        "/api/v1/accounts/me/",
        "/nothing",
    ):
        assert client.get(path)["Cache-Control"] == "no-store, private", path


def test_public_pages_say_for_themselves(db):
    assert "no-store" not in Client().get(reverse("portal:gallery")).get("Cache-Control", "")


FORMULAS = [
    "=1+1",
    "+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "＝1+1",
    "＋1＋1",
    "－1",
    "＠SUM",
    " =1+1",
]


@pytest.mark.parametrize("formula", FORMULAS)
def test_no_cell_of_an_error_file_is_a_formula(tmp_path, formula):
    """Neither a row's cell nor a column's name, which a hostile register chooses as freely."""
    target = tmp_path / "errors.csv"
    with ErrorFile(target, ["Device Number", formula], elevator_kind()) as file:
        file.write([BadRow(2, {"Device Number": formula, formula: formula}, [])])
    with target.open(encoding="utf-8-sig", newline="") as lines:
        cells = [cell for row in csv.reader(lines) for cell in row]
    assert cells.count(f"'{formula}") == 3
    assert formula not in cells
