"""The most memory that this process ever held."""

from pathlib import Path


def peak_megabytes() -> float:
    """As the kernel counts it for this program alone.

    Not `getrusage(RUSAGE_SELF).ru_maxrss`: Linux carries that over fork and exec, so a child of a large bench process
    would report the size of its parent.
    """
    status = Path("/proc/self/status").read_text(encoding="ascii")
    kilobytes = next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(kilobytes) / 1024
