"""Killing a worker in the middle of its job."""

import subprocess
import time

from common.models import Job


def kill_after(process: subprocess.Popen, job: int, rows: int) -> int:
    """kill -9 as soon as so many rows are done, and let the dead worker's lease run out; returns how many were."""
    until = time.monotonic() + 90
    while time.monotonic() < until and process.poll() is None:
        if Job.objects.get(pk=job).done >= rows:
            process.kill()
            process.wait()
            Job.objects.filter(pk=job).update(lease_until=Job.objects.get(pk=job).created_at)
            return Job.objects.get(pk=job).done
        time.sleep(0.01)
    raise AssertionError(f"not killed: {process.communicate()[0]}")
