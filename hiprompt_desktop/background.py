"""Work that a look at a picture needs, in a thread of its own; results come back in the GUI thread."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QThreadPool, Signal, Slot

from hiprompt_core.errors import HiPromptError

log = logging.getLogger(__name__)


class Background(QObject):
    """Runs one function after another; whoever asks again under the same name does not hear of the older request."""

    _ended = Signal(str, int, object, str)
    """(name, number of the request, result, problem)"""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)
        self._waiting: dict[str, tuple[int, Callable[[Any], None], Callable[[str], None]]] = {}
        self._count = 0
        self._ended.connect(self._on_ended)

    def run(
        self, name: str, work: Callable[[], Any], then: Callable[[Any], None], failed: Callable[[str], None]
    ) -> None:
        """Call ``work`` in the thread, then ``then`` with its result or ``failed`` with the problem in words."""
        self._count += 1
        number = self._count
        self._waiting[name] = (number, then, failed)

        def task() -> None:
            if self._waiting.get(name, (0,))[0] != number:
                return
            try:
                result, problem = work(), ""
            except HiPromptError as error:
                result, problem = None, str(error)
            except Exception as error:
                log.exception("%s failed", name)
                result, problem = None, str(error) or type(error).__name__
            self._ended.emit(name, number, result, problem)

        self._pool.start(task)

    def forget(self, name: str) -> None:
        """Nobody wants that result any more."""
        self._waiting.pop(name, None)

    def stop(self) -> None:
        """Forget everything and wait for what runs."""
        self._waiting.clear()
        self._pool.clear()
        self._pool.waitForDone()

    @Slot(str, int, object, str)
    def _on_ended(self, name: str, number: int, result: Any, problem: str) -> None:
        if self._waiting.get(name, (0,))[0] != number:
            return
        _, then, failed = self._waiting.pop(name)
        if problem:
            failed(problem)
        else:
            then(result)
