"""Opens the models window, and keeps its size."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QObject, QSettings
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from hiprompt_desktop.dialogs.models_window import ModelsWindow
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

    def close(self) -> None:
        if self.window is not None:
            self.window.close()

    def _on_closing(self) -> None:
        if self.window is not None:
            self._state.setValue(GEOMETRY, self.window.saveGeometry())
        self.window = None
