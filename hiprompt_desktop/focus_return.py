"""Where the focus goes when its button is hidden or grey: to the picture, rather than to what Tab would reach next."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget
from shiboken6 import isValid


class FocusReturn(QObject):
    """Watches the buttons of a window."""

    def __init__(self, window: QWidget, picture: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._picture = picture
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.focusChanged.connect(self._on_focus)

    @Slot(QWidget, QWidget)
    def _on_focus(self, old: QWidget | None, now: QWidget | None) -> None:  # noqa: ARG002
        if not isinstance(old, QAbstractButton) or not isValid(old) or (old.isEnabled() and old.isVisible()):
            return
        if self._window.isActiveWindow() and self._window.isAncestorOf(old):
            self._picture.setFocus(Qt.FocusReason.OtherFocusReason)
