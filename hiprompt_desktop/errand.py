"""One long piece of work on a thread of its own, that tells how far it is and can be cancelled."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

from PySide6.QtCore import QObject, Signal

from hiprompt_core.errors import Cancelled
from hiprompt_desktop.background import Background
from hiprompt_desktop.faults import LogLocation
from hiprompt_desktop.job import Failure

Value = TypeVar("Value")
INTERVAL = 0.05
"""Seconds between two messages about the progress; more than a screen shows would only keep the window busy."""


class Errand(QObject):
    """Runs one function at a time; it calls what it is given often, which raises ``Cancelled`` when it should end."""

    changed = Signal()
    """It began, was asked to stop, or ended."""
    advanced = Signal(object)
    """(Advanced)"""

    def __init__(self, logs: LogLocation, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._background = Background(logs, self)
        self._cancel = threading.Event()
        self._told = 0.0
        self.busy = False

    @property
    def cancelling(self) -> bool:
        return self.busy and self._cancel.is_set()

    def start(
        self,
        work: Callable[[Callable[[Any], None]], Value],
        then: Callable[[Value], None],
        failed: Callable[[Failure], None],
        cancelled: Callable[[], None] = lambda: None,
    ) -> None:
        """Call ``work`` on the thread, then one of the others in the GUI thread; not while it is busy."""
        assert not self.busy
        self.busy = True
        self._cancel.clear()
        self._told = 0.0

        def run() -> Callable[[], None]:
            try:
                value = work(self._advance)
            except Cancelled:
                return cancelled
            return lambda: then(value)

        def ended(answer: Callable[[], None]) -> None:
            self.busy = False
            answer()
            self.changed.emit()

        self._background.run(run, ended, lambda failure: ended(lambda: failed(failure)))
        self.changed.emit()

    def _advance(self, advanced: Any = None) -> None:
        """In the thread."""
        if self._cancel.is_set():
            raise Cancelled
        now = time.monotonic()
        if advanced is not None and now - self._told >= INTERVAL:
            self._told = now
            self.advanced.emit(advanced)

    def cancel(self) -> None:
        """Ask for the end; it comes within moments."""
        if self.busy and not self._cancel.is_set():
            self._cancel.set()
            self.changed.emit()

    def stop(self) -> None:
        """Leave nothing running."""
        self._cancel.set()
        self._background.stop()
