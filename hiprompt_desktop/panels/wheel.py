"""The mouse wheel over a column of fields scrolls the column; what is chosen in them stays."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QAbstractSpinBox, QComboBox, QSlider, QWidget


class _PassesBy(QObject):
    """Keeps the wheel from fields without the focus."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Wheel and isinstance(watched, QWidget) and not watched.hasFocus():
            event.ignore()  # the column gets it
            return True
        return False


def scroll_past(column: QWidget) -> None:
    """Let the fields that are in a column now take the wheel only when they have the focus, which it does not give."""
    guard = _PassesBy(column)
    for field in column.findChildren(QWidget):
        if isinstance(field, (QComboBox, QAbstractSpinBox, QSlider)):
            field.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            field.installEventFilter(guard)
