"""TCP ports on this machine."""

import socket


def free_port() -> int:
    """A port of 127.0.0.1 that nobody holds now (another program may still take it before the caller does)."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def can_listen(host: str, port: int) -> bool:
    """Whether a server of ours could listen there. With SO_REUSEADDR, so that closed connections do not count."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True
