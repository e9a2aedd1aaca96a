"""The pixel under the cursor, in words: place and colour."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QWidget

from hiprompt_core.geometry import Size
from hiprompt_desktop.pyramid import Pyramid

_EDGE = 2
"""Pixels between it and the corner."""


class Readout(QLabel):
    """x, y and the colour of one picture, or of two that are compared."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("readout")
        self.setAccessibleName(self.tr("Pixel under the cursor"))
        self._colours: list[QColor] = []
        self.hide()

    def show_pixel(self, spot: QPointF, size: Size | None, pictures: Iterable[Pyramid | None]) -> None:
        """Say what lies at a spot of pictures that are looked at in one size; hidden beyond them."""
        if size is None or not QRectF(0, 0, size.width, size.height).contains(spot):
            self.hide()
            return
        share = QPointF(spot.x() / size.width, spot.y() / size.height)
        self._colours = [_colour_at(picture, share) for picture in pictures if picture]
        words = [f"{colour.red()} {colour.green()} {colour.blue()}" for colour in self._colours]
        self.setText(f"{int(spot.x())}, {int(spot.y())}   " + "  |  ".join(words))
        self.setContentsMargins(12 + 12 * len(words), 2, 8, 2)
        self.adjustSize()
        self.place()
        self.show()

    def place(self) -> None:
        """Into the lower left corner, where a fitted picture leaves it room."""
        self.move(_EDGE, self.parentWidget().height() - self.height() - _EDGE)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        for number, colour in enumerate(self._colours):
            painter.fillRect(QRectF(8 + 12 * number, self.height() / 2 - 5, 10, 10), colour)
        painter.end()


def _colour_at(pyramid: Pyramid, share: QPointF) -> QColor:
    """Colour of the pixel at a place given in shares of width and height."""
    picture = pyramid.levels[0]
    x = min(max(int(share.x() * picture.width()), 0), picture.width() - 1)
    y = min(max(int(share.y() * picture.height()), 0), picture.height() - 1)
    return picture.pixelColor(x, y)
