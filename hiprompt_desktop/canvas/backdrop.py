"""What lies around the picture: neutral greys, or a checkerboard."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPixmap

from hiprompt_desktop.theme import tokens

BACKDROPS = ("grey", "light", "dark", "checker")
_COLOURS = {"light": "#d8d8d8", "dark": "#161616"}
_SQUARE = 8


def next_backdrop(backdrop: str) -> str:
    """The one after it; the first for a name that is none."""
    place = BACKDROPS.index(backdrop) if backdrop in BACKDROPS else -1
    return BACKDROPS[(place + 1) % len(BACKDROPS)]


def backdrop_brush(backdrop: str) -> QBrush:
    """The brush of that name; "grey" is that of the theme."""
    if backdrop != "checker":
        return QBrush(QColor(_COLOURS.get(backdrop, tokens().canvas)))
    squares = QPixmap(2 * _SQUARE, 2 * _SQUARE)
    squares.fill(QColor("#8c8c8c"))
    painter = QPainter(squares)
    painter.setPen(Qt.PenStyle.NoPen)
    for place in (0, _SQUARE):
        painter.fillRect(place, place, _SQUARE, _SQUARE, QColor("#727272"))
    painter.end()
    return QBrush(squares)
