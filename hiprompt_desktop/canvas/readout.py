"""The pixel under the cursor, in words: place and colour."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QWidget

from hiprompt_desktop.pyramid import Pyramid


def colour_at(pyramid: Pyramid, share: QPointF) -> QColor:
    """Colour of the pixel at a place given in shares of width and height."""
    picture = pyramid.levels[0]
    x = min(max(int(share.x() * picture.width()), 0), picture.width() - 1)
    y = min(max(int(share.y() * picture.height()), 0), picture.height() - 1)
    return picture.pixelColor(x, y)


class Readout(QLabel):
    """x, y and the colour of one picture, or of two that are compared."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("readout")
        self.setAccessibleName(self.tr("Pixel under the cursor"))
        self._colours: list[QColor] = []
        self.hide()

    def show_pixel(self, x: int, y: int, colours: list[QColor]) -> None:
        """Say what lies at (x, y)."""
        words = [f"{colour.red()} {colour.green()} {colour.blue()}" for colour in colours]
        self._colours = colours
        self.setText(f"{x}, {y}   " + "  |  ".join(words))
        self.setContentsMargins(12 + 12 * len(colours), 3, 8, 3)
        self.adjustSize()
        self.show()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        for number, colour in enumerate(self._colours):
            painter.fillRect(QRectF(8 + 12 * number, self.height() / 2 - 5, 10, 10), colour)
        painter.end()
