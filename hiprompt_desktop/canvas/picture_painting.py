"""Paints a part of a picture from the best level of its pyramid."""

from __future__ import annotations

import math

from PySide6.QtCore import QRect, QRectF
from PySide6.QtGui import QPainter

from hiprompt_desktop.pyramid import Pyramid

REAL_PIXELS = 3.0
"""From this zoom on, pixels are shown as they are."""


def paint_pyramid(painter: QPainter, pyramid: Pyramid, bounds: QRectF, exposed: QRectF) -> None:
    """Paint the exposed part of a picture.

    Args:
        bounds: where the whole picture lies; one unit is one pixel of the picture that the canvas measures in.
    """
    painter.save()
    scale = _align(painter, bounds)
    width, height = pyramid.size.width, pyramid.size.height
    level = pyramid.level_for(scale * bounds.width() / width)
    # Whole pixels of the level, one more all around: where only a part is painted anew, no edge shows.
    pixel_x, pixel_y = bounds.width() * 2**level / width, bounds.height() * 2**level / height
    left = math.floor((exposed.left() - bounds.left()) / pixel_x) - 1
    top = math.floor((exposed.top() - bounds.top()) / pixel_y) - 1
    right = math.ceil((exposed.right() - bounds.left()) / pixel_x) + 1
    bottom = math.ceil((exposed.bottom() - bounds.top()) / pixel_y) + 1
    source = QRectF(QRect(left, top, right - left, bottom - top))
    source &= QRectF(0, 0, width / 2**level, height / 2**level)
    target = QRectF(
        bounds.left() + source.left() * pixel_x,
        bounds.top() + source.top() * pixel_y,
        source.width() * pixel_x,
        source.height() * pixel_y,
    )
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, scale < REAL_PIXELS)
    painter.drawImage(target, pyramid.levels[level], source)
    painter.restore()


def _align(painter: QPainter, bounds: QRectF) -> float:
    """Move by less than a device pixel, so that pixels of a picture at 100 % are pixels of the screen; the scale."""
    transform = painter.deviceTransform()
    scale = transform.m11()
    if scale >= 1 - 1e-9:
        corner = transform.map(bounds.topLeft())
        painter.translate((round(corner.x()) - corner.x()) / scale, (round(corner.y()) - corner.y()) / scale)
    return scale
