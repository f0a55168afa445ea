"""What a running `make demo` tells other commands of the folder: `.venv/bin/python manage.py …` finds its services.

The file var/services.env exists while the demo runs. manage.py and wsgi.py call `load_into_environ()` before anything
reads the environment; it imports next to nothing, because every start of every process pays for it.
"""

import os
from collections.abc import Mapping, MutableMapping
from pathlib import Path

FILE = Path(__file__).resolve().parent.parent / "var" / "services.env"
NAMES = ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "SECRET_KEY")


def load_into_environ(environ: MutableMapping[str, str] = os.environ, file: Path = FILE) -> bool:
    """Fill in what the environment does not say yet from a running demo. True when one was found.

    What is set already wins, as a value or as a file. The owner's address is left out when the database was chosen by
    hand: the two would name different servers.
    """
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except OSError:
        return False
    values = dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))
    if not _is_running(values):
        return False
    if environ.get("DATABASE_URL"):
        values.pop("DATABASE_OWNER_URL", None)
    for name in NAMES:
        if name in values and not environ.get(f"{name}_FILE"):
            environ.setdefault(name, values[name])
    return True


def publish(values: Mapping[str, str], file: Path = FILE) -> None:
    """Write the file, for the calling process's lifetime."""
    from stack.paths import write_private
    from stack.process import started_at

    pid = os.getpid()
    lines = ["# Written by `make demo`, removed when it stops. Only this user may read it."]
    lines += [f"pid={pid}", f"started={started_at(pid)}"]
    lines += [f"{name}={values[name]}" for name in NAMES if values.get(name)]
    write_private(file, "\n".join(lines) + "\n")


def withdraw(file: Path = FILE) -> None:
    """The services stop: nobody shall try them."""
    file.unlink(missing_ok=True)


def _is_running(values: Mapping[str, str]) -> bool:
    """Whether the demo that wrote the file is the process that now has its number."""
    try:
        pid = int(values.get("pid", ""))
        os.kill(pid, 0)
    except ValueError:
        return False
    except PermissionError:
        pass  # somebody else's process: there, and not ours to signal
    except OSError:
        return False
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return True  # no /proc here (macOS): the number alone must do
    return stat.rpartition(")")[2].split()[19] == values.get("started")
