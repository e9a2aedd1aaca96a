"""The allocator of the computer's memory where it is the GNU C library's: what is freed goes back to the system.

Left to itself it keeps freed pieces below 32 MB, small ones come to lie between them, and what one part of a run has
left does not suit the next: runs took up to four tenths more, and each time another amount (docs/performance.md).
Other systems' allocators need no such care.
"""

from __future__ import annotations

import ctypes
import os
import sys

LARGE, SPARE = 8 * 2**20, 32 * 2**20
"""Bytes from which a piece has pages of its own, and that may lie free behind all other pieces."""
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
"""Their names in malloc.h."""
_SETTINGS = {"MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_", "GLIBC_TUNABLES"}
"""What a user may have set instead, in the environment."""


def prepare() -> None:
    """Give large pieces pages of their own; huge ones in torch, which take back the time that new pages cost.

    To be called before torch allocates anything, because it asks for its setting once.
    """
    if sys.platform != "linux":
        return
    os.environ.setdefault("THP_MEM_ALLOC_ENABLE", "1")
    if not _SETTINGS & os.environ.keys():
        _call("mallopt", _TRIM_THRESHOLD, SPARE)
        _call("mallopt", _MMAP_THRESHOLD, LARGE)


def trim() -> None:
    """Give back every page that holds nothing; a few milliseconds."""
    if sys.platform == "linux":
        _call("malloc_trim", 0)


def _call(name: str, *values: int) -> None:
    function = getattr(ctypes.CDLL(None), name, None)  # other C libraries lack these
    if function is not None:
        function(*values)
