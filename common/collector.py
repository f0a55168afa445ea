"""Python's garbage collector, for processes that live long."""

import gc

THRESHOLDS = (50_000, 20, 50)


def keep_what_is_loaded() -> None:
    """What was imported stays to the end: the collector need not walk through it each time that a sweep has read some rows.

    Measured over a night of 10,000 elevators: a tenth of Python's processor time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
