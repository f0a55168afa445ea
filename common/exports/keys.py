"""Which rows are in a file, small enough to keep beside it: 200,000 keys in a row of the list are some 30 kB."""

import sys
import zlib
from array import array
from collections.abc import Sequence
from itertools import pairwise


def pack(keys: Sequence[int]) -> bytes:
    """Ascending or descending primary keys as bytes; their differences compress well."""
    steps = array("q", keys[:1])
    steps.extend(array("q", (after - before for before, after in pairwise(keys))))
    if sys.byteorder == "big":
        steps.byteswap()
    return zlib.compress(steps.tobytes(), 6)


def unpack(packed: bytes) -> list[int]:
    """What `pack` was given."""
    steps = array("q")
    steps.frombytes(zlib.decompress(bytes(packed)))
    if sys.byteorder == "big":
        steps.byteswap()
    keys, key = [], 0
    for step in steps:
        key += step
        keys.append(key)
    return keys
