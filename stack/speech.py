"""What we say to the person at the terminal."""

import contextlib
import os
import sys


def say(sentence: str = "") -> None:
    """Print at once. After a hang-up there is nobody to hear it, and that must not stop an orderly end."""
    try:
        print(sentence, flush=True)
    except OSError:  # EIO: the terminal is gone; EPIPE: the reader of `make demo | less` is
        with contextlib.suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
