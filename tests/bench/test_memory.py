"""What the bench says of a worker's memory is the worker's."""

import subprocess
import sys

WORKER = "from bench.memory import peak_megabytes; print(peak_megabytes())"


def test_the_memory_of_a_worker_is_not_that_of_the_bench_which_started_it():
    ballast = bytearray(200 << 20)
    told = float(subprocess.run([sys.executable, "-c", WORKER], capture_output=True, text=True, check=True).stdout)
    assert len(ballast) == 200 << 20
    assert 5 < told < 100
