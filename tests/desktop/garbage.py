"""Qt objects that nobody ends: Python's collector would, in whatever thread it runs, which may be fatal."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QCoreApplication, QEvent, QObject
from shiboken6 import isValid, ownedByPython


@contextmanager
def no_collector() -> Iterator[None]:
    """Garbage stays until somebody looks at it."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


OF_TESTS = {"QEventLoop"}
"""The program has none of its own: pytest-qt waits in them."""


def left_to_the_collector() -> set[str]:
    """Their classes."""
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)  # as a loop of the program does
    gc.set_debug(gc.DEBUG_SAVEALL)
    gc.collect()
    gc.set_debug(0)
    found = {
        type(one).__name__ for one in gc.garbage if isinstance(one, QObject) and isValid(one) and ownedByPython(one)
    }
    gc.garbage.clear()
    gc.collect()
    return found - OF_TESTS
