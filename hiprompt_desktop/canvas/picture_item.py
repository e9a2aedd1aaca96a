"""The one item of the scene: paints the exposed part of the picture from the best level of its pyramid."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from hiprompt_desktop.pyramid import Pyramid

REAL_PIXELS = 3.0
"""From this zoom on, pixels are shown as they are."""


class PictureItem(QGraphicsItem):
    """One scene unit is one pixel of the picture."""

    def __init__(self) -> None:
        super().__init__()
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemUsesExtendedStyleOption)
        self._pyramid: Pyramid | None = None

    def set_pyramid(self, pyramid: Pyramid | None) -> None:
        self.prepareGeometryChange()
        self._pyramid = pyramid
        self.update()

    def boundingRect(self) -> QRectF:
        if self._pyramid is None:
            return QRectF()
        size = self._pyramid.size
        return QRectF(0, 0, size.width, size.height)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        if self._pyramid is None:
            return
        scale = painter.worldTransform().m11() * (widget.devicePixelRatioF() if widget else 1.0)
        exposed = option.exposedRect.intersected(self.boundingRect())  # type: ignore[attr-defined]
        level = self._pyramid.levels[self._pyramid.level_for(scale)]
        x, y = level.width() / self.boundingRect().width(), level.height() / self.boundingRect().height()
        part = QRectF(exposed.x() * x, exposed.y() * y, exposed.width() * x, exposed.height() * y)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, scale < REAL_PIXELS)
        painter.drawImage(exposed, level, part)
