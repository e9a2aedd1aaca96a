"""A thread for work that must not hold up the window: reading, writing, decoding, measuring."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from PySide6.QtCore import QObject, QRunnable, Qt, QThreadPool, Signal, Slot
from shiboken6 import isValid

from hiprompt_core.errors import HiPromptError
from hiprompt_desktop.faults import LogLocation
from hiprompt_desktop.job import Failure

Value = TypeVar("Value")
SOON, LATER = 0, -1
"""Priorities: what somebody waits for goes before what is only nice to have.

A pool whose thread is idle takes work with priority 0, whatever was asked for: with more than that, the next work could
overtake it.
"""

log = logging.getLogger(__name__)


class _Task(QRunnable):
    def __init__(self, run: Callable[[], None]) -> None:
        super().__init__()
        self.run = run  # type: ignore[method-assign]


class Background(QObject):
    """Runs functions one after the other and brings their answers into the GUI thread.

    Whoever asks again under the same name does not hear of the older request.
    """

    _answered = Signal(str, int, object, object)
    """(name, number of the request, who is to be told, what)"""

    def __init__(self, logs: LogLocation, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._logs = logs
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)
        self._count = 0
        self._newest: dict[str, int] = {}
        self._stopped = False
        self._answered.connect(self._on_answered, Qt.ConnectionType.QueuedConnection)

    def run(
        self,
        work: Callable[[], Value],
        then: Callable[[Value], None],
        failed: Callable[[Failure], None],
        priority: int = SOON,
        *,
        name: str = "",
    ) -> None:
        """Call ``work`` on the thread, then one of the others in the GUI thread, none after ``stop``."""
        self._count += 1
        number = self._count
        if name:
            self._newest[name] = number
        if not self._stopped:
            self._pool.start(_Task(lambda: self._work(name, number, work, then, failed)), priority)

    def forget(self, name: str) -> None:
        """Nobody wants that answer any more."""
        self._newest[name] = 0

    def stop(self) -> None:
        """Drop what waits and let the present work end."""
        self._stopped = True
        self._pool.clear()
        self._pool.waitForDone()

    def wait(self) -> None:
        """Until everything that was asked for is done, though not told yet."""
        self._pool.waitForDone()

    def _wanted(self, name: str, number: int) -> bool:
        return not self._stopped and (not name or self._newest[name] == number)

    def _work(
        self,
        name: str,
        number: int,
        work: Callable[[], Any],
        then: Callable[[Any], None],
        failed: Callable[[Failure], None],
    ) -> None:
        if not self._wanted(name, number):
            return
        try:
            value = work()
        except HiPromptError as error:
            log.warning("background work failed: %s", error)
            self._answered.emit(name, number, failed, Failure.of(error))
        except Exception:
            log.exception("background work failed unexpectedly")
            self._answered.emit(name, number, failed, self._logs.unexpected())
        else:
            self._answered.emit(name, number, then, value)

    @Slot(str, int, object, object)
    def _on_answered(self, name: str, number: int, answer: Callable[[Any], None], value: Any) -> None:
        if self._wanted(name, number) and _lives(answer):
            answer(value)


def _lives(answer: Callable[[Any], None]) -> bool:
    """Whether the object whose method is to be called still exists: a dialog may have been closed meanwhile."""
    while isinstance(answer, partial):
        answer = answer.func
    owner = getattr(answer, "__self__", None)
    return not isinstance(owner, QObject) or isValid(owner)
