"""One window for each user: a second start brings the first one to the front, by a file, without a socket."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QFileSystemWatcher, QLockFile, QObject, Signal

LOCK, CALL = "window.lock", "come-to-front"


class OnlyWindow(QObject):
    """Holds the place of the first window, and hears of further starts."""

    called = Signal()
    """The user started the program once more."""

    def __init__(self, state: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._call = state / CALL
        self._lock = QLockFile(str(state / LOCK))
        self._lock.setStaleLockTime(0)  # only the end of its process frees it
        self._watcher = QFileSystemWatcher(self)

    def take(self) -> bool:
        """Be the first; false when there is one already. A folder that cannot be written stops nobody."""
        try:
            self._call.parent.mkdir(parents=True, exist_ok=True)
            self._call.unlink(missing_ok=True)
        except OSError:
            return True
        if not self._lock.tryLock(0) and self._lock.error() is QLockFile.LockError.LockFailedError:
            return False
        self._watcher.addPath(str(self._call.parent))
        self._watcher.directoryChanged.connect(self._on_change)
        return True

    def call(self) -> None:
        """Let the first window come to the front."""
        self._call.touch()

    def _on_change(self) -> None:
        if self._call.exists():
            self._call.unlink(missing_ok=True)
            self.called.emit()
