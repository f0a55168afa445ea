"""Where things lie in the working copy, and how a person is told about them."""

import getpass
import os
from pathlib import Path

from stack.errors import Trouble

ROOT = Path(__file__).resolve().parent.parent
VAR = ROOT / "var"
VENV = ROOT / ".venv"


def shown(path: Path) -> str:
    """A path as a person in the project's folder would type it."""
    try:
        return str(path.relative_to(ROOT))
    except ValueError:
        return str(path)


def user_name() -> str:
    """Who we are, for messages; containers often run with a uid that has no name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"


def writable_folder(path: Path) -> Path:
    """Make a folder that only we may read, or say in a sentence why that is impossible."""
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        probe = path / f".write-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except PermissionError:
        raise Trouble(
            f"No permission: {user_name()} may not write in {path}. "
            f"Give the folder to {user_name()} (chown -R) or run the command as its owner."
        ) from None
    except OSError as error:
        raise Trouble(f"Cannot write in {path}: {error.strerror}.") from None
    return path


def write_private(path: Path, text: str) -> None:
    """Write a file that holds secrets: never readable by others, never half written."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    draft.replace(path)
