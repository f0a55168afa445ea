"""A Chromium for the browser tests: the machine's, else one from the npm registry that needs no root."""

import os
import shutil
import sys
from functools import cache
from pathlib import Path

from stack.paths import VAR

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FETCHED = VAR / "chromium" / "chromium"  # a script that make test writes, see install.py
REMEDY = "sudo apt-get install chromium"
# What tests pass to the browser. --no-sandbox: containers and root have none, and the tests only open pages of their own;
# the rest keeps it from calling its maker.
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


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
    """Whether it really draws a page: that the file exists says nothing about the libraries that the machine may lack.

    Through Playwright, as in the tests: the fetched browser does not answer --dump-dom.
    """
    from playwright.sync_api import Error, sync_playwright

    try:
        with sync_playwright() as playwright:
            instance = playwright.chromium.launch(executable_path=browser, args=list(FLAGS), timeout=30_000)
            page = instance.new_page()
            page.set_content("<p id=proof>42</p>")
            text = page.inner_text("#proof")
            instance.close()
    except Error:
        return False
    return text == "42"


if __name__ == "__main__":
    sys.exit(0 if renders(Path(sys.argv[1])) else 1)
