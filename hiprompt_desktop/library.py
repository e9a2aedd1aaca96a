"""Everything about pictures on disk, put together."""

from __future__ import annotations

from PySide6.QtCore import QObject

from hiprompt_desktop.background import Background
from hiprompt_desktop.exporter import Exporter
from hiprompt_desktop.faults import LogLocation
from hiprompt_desktop.history import History
from hiprompt_desktop.recaller import Recaller
from hiprompt_desktop.session import Session


class Library(QObject):
    """Owns the threads that read and write pictures, and the objects that use them."""

    def __init__(self, session: Session, logs: LogLocation, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.background = Background(logs, self)
        self.recaller = Recaller(session, self.background, self)
        self.history = History(session, self.background, self.recaller, self)
        self.exporter = Exporter(session, logs, self)

    def stop(self) -> None:
        """Leave nothing running."""
        self.exporter.stop()
        self.background.stop()
