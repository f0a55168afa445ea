"""One demo per folder: a lock that the kernel gives back when its holder dies, with a note on who holds it."""

import fcntl
import os
from pathlib import Path

from stack import process
from stack.errors import Trouble


class FolderLock:
    """Held inside `with`; the undertaker inherits it, so that it outlives a killed demo until all is quiet."""

    def __init__(self, file: Path, address: str, *, patience: float = 20) -> None:
        self._file = file
        self._address = address
        self._patience = patience

    def __enter__(self) -> "FolderLock":
        self.descriptor = os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            if not process.wait_until(self._try, timeout=self._patience, step=0.2):
                raise Trouble(
                    "The last demo of this folder was killed and its processes do not end. "
                    "See `ps -ef | grep postgres`; when they are gone, start again."
                )
        except Trouble:
            os.close(self.descriptor)
            raise
        note = f"{os.getpid()} {process.started_at(os.getpid()) or '-'} {self._address}\n"
        os.truncate(self.descriptor, 0)
        os.pwrite(self.descriptor, note.encode(), 0)
        return self

    def __exit__(self, *_exception: object) -> None:
        os.truncate(self.descriptor, 0)
        os.close(self.descriptor)

    def _try(self) -> bool:
        """Take the lock; refuse when a living demo holds it, wait when only a dead one's undertaker does."""
        try:
            fcntl.flock(self.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            pass
        match os.pread(self.descriptor, 300, 0).decode(errors="replace").split():
            case [pid, started, address] if pid.isdigit() and process.is_alive(int(pid), started):
                raise Trouble(
                    f"The platform already runs from this folder (process {pid}): {address} . "
                    "Stop that one first with Ctrl-C, or use it; nothing was started or changed."
                )
        return False
