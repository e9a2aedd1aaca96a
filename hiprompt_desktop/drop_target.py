"""Pictures and folders dropped anywhere on the window."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QDropEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from hiprompt_desktop.theme import tokens

SUFFIXES = {".png", ".jpg", ".jpeg", ".webp", ".avif", ".tif", ".tiff", ".ora", ".bmp", ".gif", ".jp2", ".ppm", ".tga"}
HARMLESS = (Qt.DropAction.CopyAction, Qt.DropAction.LinkAction)
"""What may become of a file that is dropped: of one that is moved its source may think that it can be deleted."""
FRAME = 3
"""Pixels."""


class DropTarget(QObject):
    """Takes files before the widgets do: a text field would take the path of a picture as text."""

    dropped = Signal(Path)
    hovered = Signal(bool)
    """Whether something that would be taken is over the window."""

    def __init__(self, widgets: Iterable[QWidget], parent: QObject) -> None:
        super().__init__(parent)
        for widget in widgets:
            widget.setAcceptDrops(True)
            widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: ARG002
        kind = event.type()
        if kind == QEvent.Type.DragLeave:
            self.hovered.emit(False)
        if kind not in (QEvent.Type.DragEnter, QEvent.Type.DragMove, QEvent.Type.Drop):
            return False
        assert isinstance(event, QDropEvent)
        path = _path(event)
        action = next((action for action in HARMLESS if action & event.possibleActions()), None)
        if path is None or action is None:
            return False
        event.setDropAction(action)
        event.accept()
        if kind != QEvent.Type.DragMove:
            self.hovered.emit(kind == QEvent.Type.DragEnter)
        if kind == QEvent.Type.Drop:
            self.dropped.emit(path)
        return True


class DropFrame(QWidget):
    """Lights up around a widget while something may be dropped."""

    def __init__(self, around: QWidget) -> None:
        super().__init__(around)
        self._around = around
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def show_up(self, hovered: bool) -> None:
        self.setGeometry(self._around.rect())
        self.raise_()
        self.setVisible(hovered)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        painter = QPainter(self)
        painter.setPen(QPen(QColor(tokens().accent), FRAME))
        half = FRAME / 2
        painter.drawRect(QRectF(self.rect()).adjusted(half, half, -half, -half))
        painter.end()


def _path(event: QDropEvent) -> Path | None:
    """The first file that is dragged, if it may be a picture of somebody."""
    paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
    return next((path for path in paths if path.suffix.lower() in SUFFIXES or path.is_dir()), None)
