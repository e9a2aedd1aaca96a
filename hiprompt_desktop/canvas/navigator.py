"""A small picture of the whole in a corner of the canvas: where one is, and a click away from elsewhere."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from hiprompt_desktop.pyramid import Pyramid

LONGEST = 144
_FRAME = 1


class Navigator(QWidget):
    """Shows which part of the picture is in view."""

    moved = Signal(QPointF)
    """Look there; in shares of width and height."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("Navigator"))
        self.setToolTip(self.tr("Click or drag to move the picture"))
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._pyramid: Pyramid | None = None
        self._part = QRectF(0, 0, 1, 1)
        self.hide()

    def show_part(self, pyramid: Pyramid | None, part: QRectF) -> None:
        """Show a picture and which part of it is in view, in shares; hidden while all of it is."""
        all_in_view = part.contains(QRectF(0.001, 0.001, 0.998, 0.998))
        if pyramid is None or all_in_view:
            self._pyramid = None
            self.hide()
            return
        if pyramid is not self._pyramid:
            size = QSize(pyramid.size.width, pyramid.size.height).scaled(
                LONGEST, LONGEST, Qt.AspectRatioMode.KeepAspectRatio
            )
            self.resize(size.expandedTo(QSize(16, 16)) + QSize(2 * _FRAME, 2 * _FRAME))
        self._pyramid, self._part = pyramid, part
        self.show()
        self.update()

    def _inner(self) -> QRectF:
        return QRectF(self.rect()).adjusted(_FRAME, _FRAME, -_FRAME, -_FRAME)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(128, 128, 128))
        if self._pyramid is not None:
            inner = self._inner()
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(inner, self._pyramid.thumbnail(int(LONGEST * self.devicePixelRatioF())))
            part = QRectF(
                inner.left() + self._part.left() * inner.width(),
                inner.top() + self._part.top() * inner.height(),
                max(4.0, self._part.width() * inner.width()),
                max(4.0, self._part.height() * inner.height()),
            ).intersected(inner)
            around = QPainterPath()
            around.addRect(inner)
            around.addRect(part)
            painter.fillPath(around, QColor(0, 0, 0, 110))
            painter.setPen(QPen(QColor(255, 255, 255), 1))
            painter.drawRect(part.adjusted(0.5, 0.5, -0.5, -0.5))
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._move(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._move(event)

    def _move(self, event: QMouseEvent) -> None:
        inner = self._inner()
        at = event.position() - inner.topLeft()
        self.moved.emit(QPointF(at.x() / inner.width(), at.y() / inner.height()))
