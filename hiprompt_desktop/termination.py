"""The system asks the program to end: SIGTERM at a logout, SIGHUP or SIGINT from a terminal."""

from __future__ import annotations

import os
import signal

from PySide6.QtCore import QObject, QSocketNotifier, Signal

NAMES = ("SIGTERM", "SIGINT", "SIGHUP")


class Termination(QObject):
    """Tells it in the GUI thread, once; a second signal ends the program as if nobody listened.

    Python's handlers wait until Python runs, which may be long while Qt's loop waits: it writes to a pipe at once.
    """

    asked = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._reader, self._writer = os.pipe()
        for end in (self._reader, self._writer):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(self._writer, warn_on_full_buffer=False)
        self._before = {number: signal.signal(number, self._handle) for number in _numbers()}
        self._notifier = QSocketNotifier(self._reader, QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._on_signal)

    def _handle(self, *_: object) -> None:
        for number in self._before:
            signal.signal(number, signal.SIG_DFL)

    def _on_signal(self) -> None:
        self._notifier.setEnabled(False)
        self.asked.emit()

    def stop(self) -> None:
        """Nobody listens any more."""
        self._notifier.setEnabled(False)
        signal.set_wakeup_fd(-1)
        for number, handler in self._before.items():
            signal.signal(number, handler)
        for end in (self._reader, self._writer):
            os.close(end)


def _numbers() -> list[int]:
    return [getattr(signal, name) for name in NAMES if hasattr(signal, name)]
