"""Turns itself into another program after tying its life to its parent's. Run by path with `python -I -S`.

    child.py PARENT_PID DEATH_SIGNAL IDENTITY PROGRAM ARGUMENT...

IDENTITY is `same`, `namespace` (a user namespace of its own: root is nobody there, so that PostgreSQL consents to
start, while every file still belongs to the user who started us) or `user:NAME` (give up root for that account).

A program of its own rather than Popen's preexec_fn, which is unsafe in a process with threads (pytest has some); and
the death signal must be set after the identity changes, because the kernel clears it at that moment.
"""

import ctypes
import os
import pwd
import signal
import sys

PR_SET_PDEATHSIG = 1
CLONE_NEWUSER = 0x10000000


def found(name: str) -> str:
    """The program's path. Not left to os.execvp, which imports modules at that moment: as another account we may no
    longer be allowed to read Python's own files."""
    folders = [] if "/" in name else os.environ.get("PATH", os.defpath).split(os.pathsep)
    return next((path for path in (f"{folder}/{name}" for folder in folders) if os.access(path, os.X_OK)), name)


def main() -> None:
    parent, death_signal, identity, *argv = sys.argv[1:]
    libc = ctypes.CDLL(None, use_errno=True)
    # A background job of a shell ignores these, and children inherit that: PostgreSQL would never hear its stop signal.
    for name in ("SIGINT", "SIGQUIT", "SIGTERM", "SIGHUP", "SIGPIPE", "SIGCHLD"):
        signal.signal(getattr(signal, name), signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, set())
    program = found(argv[0])
    if identity == "namespace":
        if libc.unshare(CLONE_NEWUSER) != 0:
            sys.exit(f"no user namespace: {os.strerror(ctypes.get_errno())}")
    elif identity.startswith("user:"):
        account = pwd.getpwnam(identity.removeprefix("user:"))
        os.setgroups([])
        os.setgid(account.pw_gid)
        os.setuid(account.pw_uid)
    if sys.platform == "linux":
        libc.prctl(PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
        if os.getppid() != int(parent):  # it died before we asked to be told
            sys.exit("the parent is gone")
    try:
        os.execv(program, argv)
    except OSError as error:
        sys.exit(f"cannot run {argv[0]}: {error.strerror}")


main()
