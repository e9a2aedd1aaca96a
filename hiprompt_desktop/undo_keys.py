"""Ctrl+Z in a text of the left panel takes back what was done last, as everywhere, rather than what was typed there."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QPlainTextEdit

from hiprompt_desktop.undo import Undo


class UndoKeys(QObject):
    """Listens to the keys of one field; typing there is a step like any other."""

    def __init__(self, field: QPlainTextEdit, undo: Undo) -> None:
        super().__init__(field)
        self._undo = undo
        field.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: ARG002
        if not isinstance(event, QKeyEvent) or event.type() not in {QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress}:
            return False
        keys = {QKeySequence.StandardKey.Undo: self._undo.undo, QKeySequence.StandardKey.Redo: self._undo.redo}
        act = next((act for key, act in keys.items() if event.matches(key)), None)
        if act is None:
            return False
        if event.type() == QEvent.Type.KeyPress:
            act()
        event.setAccepted(event.type() == QEvent.Type.KeyPress)  # the action comes first, where it has these keys
        return True
