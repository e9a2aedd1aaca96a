"""Writes pictures for other programs, on a thread of its own; one at a time."""

from __future__ import annotations

import threading
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QUrl, Signal
from PySide6.QtGui import QDesktopServices

from hiprompt_core.errors import Cancelled
from hiprompt_core.events import Event, FileAdvanced
from hiprompt_core.export_request import ExportRequest
from hiprompt_desktop.background import Background
from hiprompt_desktop.faults import LogLocation
from hiprompt_desktop.job import Failure
from hiprompt_desktop.messages import Message, Offer, Tone
from hiprompt_desktop.session import Session


class Exporter(QObject):
    """Starts, cancels and tells about the export of the moment."""

    changed = Signal()
    """It started, was asked to stop, or ended."""
    advanced = Signal(object)
    """How much is written, 0 to 1, or none where the encoder does not say."""
    finished = Signal(Path)
    failed = Signal(object)
    """(Failure)"""

    def __init__(self, session: Session, logs: LogLocation, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._background = Background(logs, self)
        self._cancel = threading.Event()
        self.busy = False

    @property
    def cancelling(self) -> bool:
        return self.busy and self._cancel.is_set()

    def start(self, request: ExportRequest) -> None:
        """Write a file; does nothing while another one is written."""
        if self.busy:
            return
        self.busy = True
        self._cancel.clear()
        self._background.run(lambda: self._export(request), self._on_done, self._on_failed)
        self.changed.emit()

    def cancel(self) -> None:
        """Ask for the end; it comes within moments, and nothing of the file is left."""
        if self.busy:
            self._cancel.set()
            self.changed.emit()

    def stop(self) -> None:
        """Leave nothing running."""
        self._cancel.set()
        self._background.stop()

    def _export(self, request: ExportRequest) -> Path | None:
        """In the thread; none when it was cancelled."""
        from hiprompt_core.export import export

        try:
            return export(request, self._on_event)
        except Cancelled:
            return None

    def _on_event(self, event: Event) -> None:
        if self._cancel.is_set():
            raise Cancelled
        if isinstance(event, FileAdvanced):
            self.advanced.emit(event.share)

    def _on_done(self, path: Path | None) -> None:
        self.busy = False
        self.changed.emit()
        if path is not None:
            self._session.messages.tell(partial(self._written, path))
            self.finished.emit(path)

    def _written(self, path: Path) -> Message:
        folder = QUrl.fromLocalFile(str(path.parent))
        show = Offer(text=self.tr("Show in folder"), act=lambda: QDesktopServices.openUrl(folder))
        return Message(tone=Tone.INFO, text=self.tr("Exported {0}").format(path), offers=(show,))

    def _on_failed(self, failure: Failure) -> None:
        self.busy = False
        self.changed.emit()
        self.failed.emit(failure)
