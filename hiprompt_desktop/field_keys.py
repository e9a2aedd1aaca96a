"""Keys of the program hold in fields of one line, too, where a desktop gives them another meaning: X11 goes to the end
of the line by Ctrl+E, and empties it by Ctrl+U."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Slot
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QLineEdit, QWidget
from shiboken6 import isValid

_EDITING = tuple(
    QKeySequence(keys) for keys in ("Ctrl+A", "Ctrl+C", "Ctrl+V", "Ctrl+X", "Ctrl+Y", "Ctrl+Z", "Ctrl+Shift+Z")
)
"""What everybody expects a field to do; arrows and their like are no letters, and belong to it with Ctrl."""
_MOVING = {
    Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Home, Qt.Key.Key_End,
    Qt.Key.Key_Backspace, Qt.Key.Key_Delete, Qt.Key.Key_Insert,
}  # fmt: skip


class FieldKeys(QObject):
    """Listens to the field that has the focus; keys of the window's actions are not for it."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.focusChanged.connect(self._on_focus)

    @Slot(QWidget, QWidget)
    def _on_focus(self, old: QWidget | None, now: QWidget | None) -> None:
        if old is not None and isValid(old):
            old.removeEventFilter(self)
        if isinstance(now, (QLineEdit, QAbstractSpinBox)) and now.window() is self._window:
            now.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kinds = {QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress}
        if event.type() in kinds and isinstance(event, QKeyEvent) and self._is_of_program(event):
            event.setAccepted(event.type() == QEvent.Type.KeyPress)  # an action that is grey now does nothing
            return True
        return super().eventFilter(watched, event)

    def _is_of_program(self, event: QKeyEvent) -> bool:
        held = event.modifiers() & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier)
        moves = event.key() in _MOVING and held == Qt.KeyboardModifier.ControlModifier
        keys = QKeySequence(event.keyCombination())
        if not held or moves or keys in _EDITING:
            return False
        return any(keys in action.shortcuts() for action in self._window.actions())
