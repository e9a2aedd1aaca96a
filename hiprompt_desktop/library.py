"""Everything about pictures on disk, put together."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject

from hiprompt_desktop.background import Background
from hiprompt_desktop.exporter import Exporter
from hiprompt_desktop.faults import LogLocation
from hiprompt_desktop.history import History
from hiprompt_desktop.own_pictures import OwnPictures
from hiprompt_desktop.project_keeper import ProjectKeeper
from hiprompt_desktop.pyramid import Pyramid
from hiprompt_desktop.recaller import Recaller
from hiprompt_desktop.session import Session


class Library(QObject):
    """Owns the threads that read and write pictures, and the objects that use them."""

    def __init__(
        self, session: Session, logs: LogLocation, projects: Path | None, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.background = Background(logs, self)
        self.keeper = ProjectKeeper(session, self.background, projects, self)
        self.own_pictures = OwnPictures(session, self.background, self)
        self.recaller = Recaller(session, self.background, self.keeper, self.own_pictures, self)
        self.history = History(session, self.background, self.recaller, self)
        self.exporter = Exporter(session, logs, self)
        self._session = session
        session.easel.wanted.connect(self._read)

    def _read(self, path: Path) -> None:
        """Bring a version that undo or redo leads back to."""
        self.background.run(
            lambda: Pyramid.read(path),
            lambda pyramid: self._session.easel.take(path, pyramid),
            self._session.messages.tell_failure,
            name="version",
        )

    def stop(self) -> None:
        """Leave nothing running."""
        self.exporter.stop()
        self.background.stop()
        self.keeper.stop()
