"""A name that a message wants for what is to be kept: a field with a button."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QLineEdit, QPushButton, QWidget
from shiboken6 import isValid

from hiprompt_desktop.messages import Question

WIDTH = 280


class QuestionRow(QWidget):
    """Return or the button answers, Escape does not."""

    given_up = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._question: Question | None = None
        self._before: QWidget | None = None
        """What had the focus."""
        self.field = QLineEdit()
        self.field.setAccessibleName(self.tr("Answer to the message"))
        self.field.setFixedWidth(WIDTH)
        self.field.installEventFilter(self)
        self.field.returnPressed.connect(self._answer)
        self.field.textChanged.connect(self._on_text)
        self.button = QPushButton(self.tr("Keep"))
        self.button.clicked.connect(self._answer)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.field)
        layout.addWidget(self.button)

    def ask(self, question: Question | None) -> None:
        """Show a question, or none; what was typed stays while it is the same one."""
        known, self._question = self._question, question
        if question is None:
            if self.field.hasFocus() and self._before is not None and isValid(self._before):
                self._before.setFocus()
            self.hide()
            return
        self.show()
        if known is None or known.act != question.act:
            self._before = QApplication.focusWidget()
            self.field.setText(question.proposal)
            self.field.selectAll()
            self.field.setFocus()

    def _on_text(self, text: str) -> None:
        self.button.setEnabled(bool(text.strip()))

    def _answer(self) -> None:
        text = self.field.text().strip()
        if self._question is not None and text:
            self._question.act(text)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Escape means this question while it is being answered, and nothing else."""
        if isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            if event.type() == QEvent.Type.ShortcutOverride:
                event.accept()
                return True
            if event.type() == QEvent.Type.KeyPress:
                self.given_up.emit()
                return True
        return super().eventFilter(watched, event)
