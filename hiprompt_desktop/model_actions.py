"""Opens the models window, keeps its size, and tells what happens while it is closed."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QObject, QSettings
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from hiprompt_desktop.dialogs.models_window import ModelsWindow
from hiprompt_desktop.job import Failure
from hiprompt_desktop.messages import Message, Offer, Tone
from hiprompt_desktop.model_library import ModelLibrary
from hiprompt_desktop.session import Session

GEOMETRY = "models/geometry"


class ModelActions(QObject):
    """There is one models window at most."""

    def __init__(
        self, actions: Mapping[str, QAction], session: Session, models: ModelLibrary, state: QSettings, window: QWidget
    ) -> None:
        super().__init__(window)
        self._session = session
        self._models = models
        self._state = state
        self._parent = window
        self.window: ModelsWindow | None = None
        actions["models"].triggered.connect(self.show)
        models.changed.connect(session.next.look_again)
        models.wanted.connect(self.show_model)
        models.downloads.finished.connect(self._on_downloaded)
        models.downloads.failed.connect(self._on_failed)

    def show(self) -> None:
        """Bring it to the front."""
        if self.window is None:
            self.window = ModelsWindow(self._session, self._models, self._parent)
            geometry = self._state.value(GEOMETRY)
            if geometry is not None:
                self.window.restoreGeometry(geometry)
            self.window.closing.connect(self._on_closing)
        self.window.show()
        self.window.raise_()
        self.window.activateWindow()

    def show_model(self, path: Path) -> None:
        """Bring the window to the front with one model chosen."""
        self.show()
        if self.window is not None:
            self.window.show_model(path)

    def tint(self) -> None:
        """Take the icons of another theme."""
        if self.window is not None:
            self.window.list.show_entries(self._models.entries)

    def _on_downloaded(self, path: Path) -> None:
        if self.window is None:
            self._session.messages.tell(partial(_downloaded, self._models, path))

    def _on_failed(self, failure: Failure) -> None:
        if self.window is None:
            self._session.messages.tell_failure(failure)

    def close(self) -> None:
        if self.window is not None:
            self.window.close()

    def _on_closing(self) -> None:
        if self.window is not None:
            self._state.setValue(GEOMETRY, self.window.saveGeometry())
        self.window = None


def _downloaded(models: ModelLibrary, path: Path) -> Message:
    """The window that told it may be gone by the time that it is read."""
    show = Offer(text=_tr("Show it"), act=lambda: models.wanted.emit(path))
    return Message(
        tone=Tone.INFO, text=_tr("Downloaded {0}.").format(f"{path.parent.name}/{path.name}"), offers=(show,)
    )


def _tr(text: str) -> str:
    return QCoreApplication.translate("ModelActions", text)
