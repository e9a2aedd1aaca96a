"""Alt+Up and Alt+Down go through the prompts of earlier pictures, as a shell does through its commands."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent, QTextCursor
from PySide6.QtWidgets import QPlainTextEdit

_STEPS = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1}


def replace_text(field: QPlainTextEdit, text: str) -> None:
    """Put a text in the place of the one before, which the field's own undo brings back."""
    cursor = QTextCursor(field.document())
    cursor.select(QTextCursor.SelectionType.Document)
    cursor.insertText(text)


class PromptHistory(QObject):
    """Listens to the keys of one field; what was typed there and not used yet is the newest."""

    def __init__(self, field: QPlainTextEdit, prompts: Callable[[], tuple[str, ...]]) -> None:
        """Args:
        prompts: those that were used, the newest first.
        """
        super().__init__(field)
        self._field = field
        self._prompts = prompts
        self._place = 0
        """0: what the user types; 1: the prompt used last, and so on."""
        self._draft = self._shown = ""
        field.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: ARG002
        if event.type() != QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return False
        step = _STEPS.get(Qt.Key(event.key()))
        # Arrows of a Mac say that they are on a keypad.
        modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if step is None or modifiers != Qt.KeyboardModifier.AltModifier:
            return False
        self._go(step)
        return True

    def _go(self, step: int) -> None:
        text = self._field.toPlainText()
        if self._place == 0 or text != self._shown:
            self._place, self._draft = 0, text
        others = [prompt for prompt in self._prompts() if prompt != self._draft]
        place = min(max(self._place + step, 0), len(others))
        if place != self._place:
            self._place = place
            self._shown = others[place - 1] if place else self._draft
            replace_text(self._field, self._shown)
