"""Ctrl+Up and Ctrl+Down weigh words in a text field, as users of A1111's web UI know it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent, QTextCursor
from PySide6.QtWidgets import QPlainTextEdit

from hiprompt_desktop.weighting import NUDGE, reweigh

_CHANGES = {Qt.Key.Key_Up: NUDGE, Qt.Key.Key_Down: -NUDGE}


class WeightKeys(QObject):
    """Listens to the keys of one field."""

    def __init__(self, field: QPlainTextEdit) -> None:
        super().__init__(field)
        self._field = field
        field.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: ARG002
        if event.type() != QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return False
        change = _CHANGES.get(Qt.Key(event.key()))
        # Arrows of a Mac say that they are on a keypad.
        modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if change is None or modifiers != Qt.KeyboardModifier.ControlModifier:
            return False
        if not self._field.isReadOnly():
            self._weigh(change)
        return True

    def _weigh(self, change: float) -> None:
        cursor = self._field.textCursor()
        text = self._field.toPlainText()
        # Qt counts UTF-16 units, Python characters.
        chosen = (cursor.selectionStart(), cursor.selectionEnd())
        start, end = (len(_units(text)[: 2 * unit].decode("utf-16-le")) for unit in chosen)
        edit = reweigh(text, start, end, change)
        if edit is None:
            return

        def place(characters: int, of: str = text) -> int:
            return len(_units(of[:characters])) // 2

        begin = place(edit.start)
        cursor.setPosition(begin)
        cursor.setPosition(place(edit.end), QTextCursor.MoveMode.KeepAnchor)
        cursor.insertText(edit.text)
        cursor.setPosition(begin + place(edit.first, edit.text))
        cursor.setPosition(begin + place(edit.first + edit.chosen, edit.text), QTextCursor.MoveMode.KeepAnchor)
        self._field.setTextCursor(cursor)


def _units(text: str) -> bytes:
    return text.encode("utf-16-le")
