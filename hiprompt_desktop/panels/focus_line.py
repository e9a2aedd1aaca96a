"""Shows which of the large panels has the focus."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QFrame, QWidget


class FocusLine(QFrame):
    """A line along the edges of a panel while keys go there; it lies over the panel, where it moves nothing."""

    def __init__(self, panel: QWidget) -> None:
        super().__init__(panel)
        self.setObjectName("focus")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()
        panel.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in {QEvent.Type.FocusIn, QEvent.Type.FocusOut, QEvent.Type.Resize}:
            panel = self.parentWidget()
            self.setGeometry(panel.rect())
            self.setVisible(panel.hasFocus())
            self.raise_()
        return super().eventFilter(watched, event)
