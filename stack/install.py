"""Installs what a make target needs, and nothing that is there already: `python3 -m stack.install STEP …`.

Runs on the machine's own Python before anything is installed, so only the standard library. Steps: a name of a file in
requirements/ (`runtime`, `embedded`, `dev`, `node`), `frontend`, `messages`, `chromium`, `lock`. What was done is noted
under a hash of what it was done from (.venv/stamps); the next run compares and is done in milliseconds.
"""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterable
from pathlib import Path

from stack import chromium
from stack.errors import Trouble
from stack.paths import ROOT, VAR, VENV, shown, user_name, writable_folder
from stack.speech import say

PYTHON = VENV / "bin" / "python"
STAMPS = VENV / "stamps"
REQUIREMENTS = ROOT / "requirements"
LOCKED = ("runtime", "embedded", "dev", "node")  # in this order: the later ones are constrained by the earlier
FRONTEND = ROOT / "frontend"
NODE_AT_LEAST = 18


def main(steps: list[str]) -> int:
    actions: dict[str, Callable[[], None]] = {
        "frontend": build_frontend,
        "messages": compile_messages,
        "chromium": fetch_chromium,
        "lock": lock_requirements,
    }
    actions |= {name: lambda name=name: install_requirements(name) for name in LOCKED}
    try:
        writable_folder(VAR)
        # `make demo` and `make test` at once in a fresh folder: the second waits for what the first installs.
        with (VAR / "install.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            ensure_venv()
            for step in steps:
                if step not in actions:
                    raise Trouble(f"Nothing is known of {step!r}. Known: {', '.join(actions)}.", code=2)
                actions[step]()
    except Trouble as trouble:
        print(trouble, file=sys.stderr, flush=True)
        return trouble.code
    return 0


def ensure_venv() -> None:
    """A virtual environment that works: a moved or copied one, or one whose Python was upgraded away, is made anew."""
    has_pip = "import importlib.util, sys; sys.exit(importlib.util.find_spec('pip') is None)"
    if PYTHON.exists() and _works([str(PYTHON), "-c", has_pip]):
        return
    say(f"Making {shown(VENV)} …")
    try:
        _run([sys.executable, "-m", "venv", "--clear", str(VENV)], "The virtual environment could not be made")
    except Trouble as trouble:
        if os.access(ROOT, os.W_OK):
            raise Trouble(f"{trouble}\nOn Debian and Ubuntu this is missing: apt-get install python3-venv") from None
        raise Trouble(f"No permission: {user_name()} may not write in {ROOT}.") from None


def install_requirements(name: str) -> None:
    """One locked file, by hash: what was tried is what gets installed, or nothing."""
    lock = REQUIREMENTS / f"{name}.txt"
    key = _digest([lock], _python_version())
    if _is_done(name, key):
        return
    say(f"Installing {shown(lock)} …")
    pip = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
    _run([*pip, "--require-hashes", "-r", str(lock)], f"{shown(lock)} could not be installed")
    _note_done(name, key)


def build_frontend() -> None:
    """frontend/ into frontend/dist/, with the machine's node or one from PyPI."""
    if not (FRONTEND / "package.json").exists():
        return
    left_out = {"node_modules", "dist"}
    sources = [path for path in sorted(FRONTEND.rglob("*")) if path.is_file() and not left_out & set(path.parts)]
    key = _digest(sources, "")
    if (FRONTEND / "dist").is_dir() and _is_done("frontend", key):
        return
    environ = _with_node()
    _npm_ci(FRONTEND, environ)
    say("Building the front end …")
    _run(["node", "build.mjs"], "The front end could not be built", cwd=FRONTEND, env=environ)
    _note_done("frontend", key)


def compile_messages() -> None:
    """The translation catalogues; needs the packages of requirements/embedded.txt."""
    tool = ROOT / "tools" / "messages.py"
    catalogues = sorted((ROOT / "locale").rglob("*.po"))
    if not tool.exists() or not catalogues:
        return
    key = _digest([tool, *catalogues], "")
    if all(path.with_suffix(".mo").exists() for path in catalogues) and _is_done("messages", key):
        return
    _run([str(PYTHON), str(tool), "compile"], "The translations could not be compiled")
    _note_done("messages", key)


def fetch_chromium() -> None:
    """A browser for the tests where the machine has none; when that fails they are skipped, and say so."""
    if os.environ.get("CHROMIUM") or chromium.find_on_machine():
        return
    parts = Path(__file__).with_name("chromium_fetch")
    key = _digest(sorted(path for path in parts.iterdir() if path.is_file()), "")
    folder = chromium.FETCHED.parent
    made_from = folder / "made-from"  # beside what it speaks of: both go when somebody clears var/
    if made_from.exists() and made_from.read_text(encoding="utf-8") == key:
        return  # fetched, or found not to work here; neither changes by trying again
    say("No Chromium on this machine: fetching one for the browser tests …")
    try:
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(parts, folder, ignore=shutil.ignore_patterns("__pycache__"))
        environ = _with_node()
        _npm_ci(folder, environ)
        package = folder / "node_modules" / "@sparticuz" / "chromium"
        _run(["node", "unpack.mjs", str(package), str(folder)], "It could not be unpacked", cwd=folder, env=environ)
        _finish_chromium(folder)
    except (Trouble, OSError, tarfile.TarError) as error:
        chromium.FETCHED.unlink(missing_ok=True)
        say(f"{error}\nThe browser tests will be skipped.")
        return  # perhaps only the network: the next run tries again
    if not _works([str(PYTHON), "-m", "stack.chromium", str(chromium.FETCHED)]):
        chromium.FETCHED.unlink()
        say("The fetched Chromium does not run on this machine; the browser tests will be skipped.")
        (folder / "chromium.bin").unlink()
    made_from.write_text(key, encoding="utf-8")


def _finish_chromium(folder: Path) -> None:
    """The program is wrapped in a script that shows it the libraries it brought, which a bare machine lacks."""
    program = (folder / "chromium").rename(folder / "chromium.bin")
    program.chmod(0o755)
    for archive in folder.glob("*.tar"):
        # Python 3.11.2 of Debian 12 does not know the safe filter yet; the archive is locked by hash anyway.
        safely = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
        with tarfile.open(archive) as tar:
            tar.extractall(folder, **safely)
        archive.unlink()
    shutil.rmtree(folder / "node_modules")
    script = '#!/bin/sh\nhere=$(cd "$(dirname "$0")" && pwd)\nexport LD_LIBRARY_PATH="$here/lib"\n'
    chromium.FETCHED.write_text(f'{script}exec "$here/chromium.bin" "$@"\n', encoding="utf-8")
    chromium.FETCHED.chmod(0o755)


def lock_requirements() -> None:
    """Every .in anew into its .txt: one file for all Pythons and systems, with hashes and without any address."""
    install_requirements("dev")  # brings uv
    for name in LOCKED:
        # Old pins would stay as preferences.
        (REQUIREMENTS / f"{name}.txt").unlink(missing_ok=True)
        say(f"Locking requirements/{name}.in …")
        options = ["--universal", "--python-version", "3.11", "--generate-hashes", "--no-header", "--no-annotate", "-q"]
        command = [str(VENV / "bin" / "uv"), "pip", "compile", f"{name}.in", *options, "-o", f"{name}.txt"]
        _run(command, f"requirements/{name}.in could not be locked", cwd=REQUIREMENTS)
        if re.search(r"https?://|--index|--find-links", (REQUIREMENTS / f"{name}.txt").read_text(encoding="utf-8")):
            raise Trouble(f"requirements/{name}.txt names an address; it must install from anybody's registry.")


def _with_node() -> dict[str, str]:
    """An environment in which `node` and `npm` are found."""
    if shutil.which("npm") and _node_version(shutil.which("node")) >= NODE_AT_LEAST:
        return dict(os.environ)
    install_requirements("node")
    return {**os.environ, "PATH": f"{VENV / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}"}


def _node_version(program: str | None) -> int:
    if not program:
        return 0
    answer = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.match(r"v(\d+)", answer)
    return int(found.group(1)) if found else 0


def _npm_ci(folder: Path, environ: dict[str, str]) -> None:
    """Locked packages, without running their install scripts."""
    say(f"Installing the packages of {shown(folder)} …")
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    _run(command, f"The packages of {shown(folder)} could not be installed", cwd=folder, env=environ)


def _digest(files: Iterable[Path], extra: str) -> str:
    total = hashlib.sha256(extra.encode())
    for file in files:
        total.update(f"\0{file.relative_to(ROOT)}\0".encode())
        total.update(file.read_bytes())
    return total.hexdigest()


def _is_done(name: str, key: str) -> bool:
    try:
        return (STAMPS / name).read_text(encoding="utf-8") == key
    except OSError:
        return False


def _note_done(name: str, key: str) -> None:
    STAMPS.mkdir(exist_ok=True)
    (STAMPS / name).write_text(key, encoding="utf-8")


def _python_version() -> str:
    """Of the environment, not of this process: the two differ when somebody made .venv with another Python."""
    return (VENV / "pyvenv.cfg").read_text(encoding="utf-8")


def _works(command: list[str]) -> bool:
    return subprocess.run(command, cwd=ROOT, capture_output=True, check=False).returncode == 0


def _run(command: list[str], complaint: str, *, cwd: Path = ROOT, env: dict[str, str] | None = None) -> None:
    """Run quietly; a failure shows the end of what was printed."""
    try:
        answer = subprocess.run(
            command,
            cwd=cwd,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
        )
    except OSError as error:
        raise Trouble(f"{complaint}: {command[0]}: {error.strerror}.") from None
    if answer.returncode != 0:
        last = "\n".join(f"    {line}" for line in answer.stdout.strip().splitlines()[-15:])
        raise Trouble(f"{complaint} (exit {answer.returncode}):\n{last}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
