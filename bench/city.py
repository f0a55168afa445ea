"""A durable PostgreSQL under var/bench with a seeded city, kept between runs while nothing that shapes it changes."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from stack import postgres
from stack.ephemeral import Cluster
from stack.errors import Trouble
from stack.paths import ROOT, VAR, shown, writable_folder

SEED = 1
# What makes another city: the tables, the seeding, its figures.
SHAPING = (
    *("common/migrations", "accounts/migrations", "registry/migrations", "registry/seeding", "registry/data"),
    *("accounts/data", "common/ledger_sql.py", "compliance/migrations", "inspection/migrations", "inspection/data"),
    *("inspection/seeding.py", "inspection/rules"),
)


def shape(elevators: int) -> str:
    """A digest over the files that shape the seeded database, and its size."""
    digest = hashlib.sha256(f"{elevators} {SEED}".encode())
    for name in SHAPING:
        path = ROOT / name
        files = [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.suffix in (".py", ".csv", ".json"))
        for file in files:
            digest.update(f"{file.relative_to(ROOT)}\0".encode() + file.read_bytes())
    return digest.hexdigest()


@contextmanager
def ready(elevators: int) -> Iterator[dict[str, str]]:
    """The environment for Django while the server runs. Commits are durable (fsync), as they are in a city."""
    if url := os.environ.get("DATABASE_URL"):
        print(f"DATABASE_URL is set: measuring what is there ({url.rpartition('@')[2]}), seeding nothing.")
        yield _environment(url, os.environ.get("DATABASE_OWNER_URL", ""))
        return
    folder = VAR / f"bench-{elevators}"
    note = folder / "seeded.json"
    wanted = {"shape": shape(elevators)}
    if folder.exists() and (not note.exists() or json.loads(note.read_text()) != wanted):
        print(f"The city in {shown(folder)} is unfinished or of another shape; making it anew.")
        shutil.rmtree(folder)
    writable_folder(folder)
    cluster = Cluster(folder, durable=True)
    with cluster:
        environment = _environment(cluster.url(), cluster.url(postgres.OWNER_ROLE))
        if not note.exists():
            _manage(environment, "migrate", "--noinput", "--verbosity", "0")
            began = time.monotonic()
            _manage(environment, "seed_city", "--elevators", str(elevators), "--seed", str(SEED))
            _manage(environment, "seed_inspections", "--seed", str(SEED))
            print(f"Seeding {elevators:,} elevators took {time.monotonic() - began:.0f} s.")
            note.write_text(json.dumps(wanted))
        yield environment


def _environment(url: str, owner_url: str) -> dict[str, str]:
    return {
        "DATABASE_URL": url,
        "DATABASE_OWNER_URL": owner_url,
        "DJANGO_SETTINGS_MODULE": "bench.settings",
        "LOG_LEVEL": "ERROR",
    }


def _manage(environment: dict[str, str], *arguments: str) -> None:
    command = [sys.executable, str(Path(ROOT) / "manage.py"), *arguments]
    if subprocess.run(command, env={**os.environ, **environment}, cwd=ROOT, check=False).returncode:
        raise Trouble(f"manage.py {arguments[0]} failed.")
