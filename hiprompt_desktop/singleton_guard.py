"""Keeps PySide 6.12 from ending the program on Python 3.11.

Its wheels treat None, True and False as immortal, which they are from Python 3.12 on: calls that return them take
references that nobody gave (measured: ``Signal.emit`` one of True each time, painting calls one of None). On 3.11
Python aborts with "deallocating None" after some thousand calls.
"""

from __future__ import annotations

import ctypes
import sys

_PLENTY = 1 << 48


def guard_singletons() -> None:
    """Give the singletons of Python 3.11 references enough for centuries."""
    if sys.version_info >= (3, 12) or sys.getrefcount(None) > _PLENTY // 2:
        return
    for value in (None, True, False, Ellipsis, NotImplemented):
        count = ctypes.c_ssize_t.from_address(id(value))  # ob_refcnt is the first field of every object
        count.value += _PLENTY
