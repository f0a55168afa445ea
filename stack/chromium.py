"""A Chromium for the browser tests: the machine's, else one from the npm registry that needs no root."""

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

from stack.paths import VAR

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FETCHED = VAR / "chromium" / "chromium"  # a script that make test writes, see install.py
REMEDY = "sudo apt-get install chromium"
# --no-sandbox: containers and root have no sandbox; the tests only open pages of their own.
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run")


@cache
def find() -> Path | None:
    """The browser to test with: CHROMIUM if set, else the machine's, else the fetched one; None when there is none."""
    if chosen := os.environ.get("CHROMIUM"):
        return Path(chosen) if os.access(chosen, os.X_OK) else None
    return find_on_machine() or (FETCHED if os.access(FETCHED, os.X_OK) else None)


def find_on_machine() -> Path | None:
    for name in NAMES:
        if found := shutil.which(name, path=os.environ.get("PATH", os.defpath) + ":/usr/bin:/snap/bin"):
            return Path(found)
    return None


def renders(browser: Path) -> bool:
    """Whether it really draws a page: the file alone says nothing about the libraries that the machine may lack."""
    page = "data:text/html,<title>x</title><p id=proof>42</p>"
    try:
        answer = subprocess.run(
            [str(browser), *FLAGS, "--dump-dom", page], capture_output=True, text=True, timeout=60, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return "42" in answer.stdout
