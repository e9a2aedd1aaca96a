"""Keeps the computer from falling asleep while a picture is drawn; the screen may go dark."""

from __future__ import annotations

import ctypes
import shutil
import sys
from collections.abc import Sequence

from PySide6.QtCore import QObject, QProcess, Slot

from hiprompt_desktop.session import Session

_COMMANDS = {
    "linux": ("systemd-inhibit", "--what=idle:sleep", "--who=HiPrompt", "--why=A picture is being drawn", "cat"),
    "darwin": ("caffeinate", "-i", "cat"),
}
"""Programs of the system that hold it awake until ``cat`` ends: when we say so, or when we die ourselves."""
_CONTINUOUS, _SYSTEM_REQUIRED = 0x80000000, 0x00000001
"""Of Windows' SetThreadExecutionState."""


def usual_command() -> Sequence[str]:
    """What this system has for it; empty: nothing, or a call of Windows' own."""
    command = _COMMANDS.get(sys.platform, ())
    return command if command and shutil.which(command[0]) else ()


class KeepAwake(QObject):
    """Follows the session; a system that refuses costs nothing but a picture that waits for its owner."""

    def __init__(self, session: Session, command: Sequence[str], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._command = command
        self._holding = False
        self._process = QProcess(self)
        session.state_changed.connect(self._follow)

    @Slot()
    def _follow(self) -> None:
        self._hold(self._session.busy)

    def _hold(self, awake: bool) -> None:
        if awake == self._holding:
            return
        self._holding = awake
        if sys.platform == "win32":
            ctypes.windll.kernel32.SetThreadExecutionState(_CONTINUOUS | (_SYSTEM_REQUIRED if awake else 0))
        elif awake and self._command and self._process.state() is QProcess.ProcessState.NotRunning:
            self._process.start(self._command[0], list(self._command[1:]))
        elif not awake:
            self._process.closeWriteChannel()

    def stop(self) -> None:
        """Leave nothing running."""
        self._hold(False)
        if self._process.state() is not QProcess.ProcessState.NotRunning:
            self._process.waitForFinished(1000)
            self._process.kill()
            self._process.waitForFinished(1000)
