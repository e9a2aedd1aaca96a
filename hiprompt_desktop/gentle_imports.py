"""Imports of torch and its kin in a thread, without holding up the window."""

from __future__ import annotations

import ctypes
import gc
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

_LIBRARIES = {"linux": ("libtorch_cpu.so", "libtorch_python.so"), "darwin": ("libtorch_cpu.dylib",)}


@contextmanager
def gentle_imports() -> Iterator[None]:
    """Import large libraries inside of this block.

    Two things stop every thread of Python meanwhile (measured on two busy cores): the loader of shared libraries, which
    runs under Python's lock, 170 ms for torch's; and the collector of garbage, 300 ms and more for the objects of
    these libraries, none of which ever is garbage.
    """
    _load_libraries_of_torch()
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if was_enabled:
            gc.enable()


def _load_libraries_of_torch() -> None:
    """Load them through a foreign call, during which other threads run; the import then finds them loaded."""
    torch = find_spec("torch")
    if torch is None or torch.origin is None:
        return
    folder = Path(torch.origin).parent / "lib"
    for name in _LIBRARIES.get(sys.platform, ()):
        if (folder / name).exists():
            load = ctypes.CDLL(None).dlopen
            load.argtypes, load.restype = [ctypes.c_char_p, ctypes.c_int], ctypes.c_void_p
            load(os.fsencode(folder / name), os.RTLD_NOW)
