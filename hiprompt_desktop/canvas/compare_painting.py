"""Paints two pictures together: with a slider, side by side, or their difference; in viewport coordinates."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QImage, QPainter, QPen, QTransform

from hiprompt_desktop.canvas.compare import Compare, CompareMode
from hiprompt_desktop.canvas.picture_painting import paint_pyramid
from hiprompt_desktop.pyramid import Pyramid

HANDLE = 14.0
"""Half the width and height of the slider's handle."""
_PLATE = QColor(0, 0, 0, 165)
_INK = QColor(255, 255, 255)


def half_shift(width: int, right: bool) -> int:
    """How far each half of a viewport of that width lies from its middle, so that both show the same."""
    return width // 2 - width // 4 if right else -(width // 4)


def paint_comparison(
    painter: QPainter,
    compare: Compare,
    plane: QTransform,
    scene: QRectF,
    area: QRectF,
    font: QFont,
) -> None:
    """Paint the pair as it is to be looked at; what is not read yet is left out.

    Args:
        plane: from scene to viewport.
        scene: where both pictures lie in the scene.
        area: the viewport.
    """
    a, b = compare.pictures
    if compare.mode is CompareMode.DIFFERENCE:
        if a is not None and b is not None:
            paint_difference(painter, (a, b), plane, scene, area, compare.gain)
        return
    halves = compare.mode is CompareMode.SIDE_BY_SIDE
    width = int(area.width())
    x = width // 2 if halves else round(width * compare.split)
    left, right = QRectF(area), QRectF(area)
    left.setRight(x)
    right.setLeft(x)
    for picture, part in ((a, left), (b, right)):
        if picture is not None:
            shift = half_shift(width, right=part is right) if halves else 0
            moved = plane * QTransform.fromTranslate(shift, 0)
            paint_part(painter, picture, moved, scene, part)
    paint_divider(painter, x, area, handle=not halves)
    for letter, before in (("A", True), ("B", False)):
        _paint_letter(painter, letter, x, before, font)


def paint_part(painter: QPainter, picture: Pyramid, plane: QTransform, scene: QRectF, area: QRectF) -> None:
    """Paint one picture into a part of the viewport.

    Args:
        plane: from scene to viewport.
        scene: where the picture lies in the scene.
        area: the part of the viewport; nothing is painted outside of it.
    """
    painter.save()
    painter.setClipRect(area, Qt.ClipOperation.IntersectClip)
    painter.setTransform(plane)
    inverse, _ = plane.inverted()
    paint_pyramid(painter, picture, scene, inverse.mapRect(area).intersected(scene))
    painter.restore()


def paint_difference(
    painter: QPainter, pair: tuple[Pyramid, Pyramid], plane: QTransform, scene: QRectF, area: QRectF, gain: int
) -> None:
    """Paint |A - B|, ``gain`` times (a power of two); only what is exposed is computed."""
    visible = plane.mapRect(scene).intersected(area).toAlignedRect()
    if visible.isEmpty():
        return
    ratio = painter.device().devicePixelRatioF()
    buffer = QImage(visible.size() * ratio, QImage.Format.Format_RGB32)
    buffer.setDevicePixelRatio(ratio)
    buffer.fill(Qt.GlobalColor.black)
    inner = QPainter(buffer)
    moved = plane * QTransform.fromTranslate(-visible.x(), -visible.y())
    here = QRectF(0, 0, visible.width(), visible.height())
    paint_part(inner, pair[0], moved, scene, here)
    inner.setCompositionMode(QPainter.CompositionMode.CompositionMode_Difference)
    paint_part(inner, pair[1], moved, scene, here)
    inner.end()
    while gain > 1:  # adding a picture to itself doubles it
        doubled = buffer.copy()
        inner = QPainter(buffer)
        inner.setCompositionMode(QPainter.CompositionMode.CompositionMode_Plus)
        inner.drawImage(0, 0, doubled)
        inner.end()
        gain //= 2
    painter.drawImage(visible.topLeft(), buffer)


def paint_divider(painter: QPainter, x: float, area: QRectF, handle: bool) -> None:
    """A line of two tones, with a handle to drag where it can be moved."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for width, colour in ((3.0, QColor(0, 0, 0, 120)), (1.0, _INK)):
        painter.setPen(QPen(colour, width))
        painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
    if not handle:
        return
    centre = QPointF(x, area.center().y())
    painter.setPen(QPen(QColor(0, 0, 0, 120), 1))
    painter.setBrush(_INK)
    painter.drawEllipse(centre, HANDLE, HANDLE)
    painter.setPen(QPen(QColor(40, 40, 40), 1.8, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
    for side in (-1, 1):
        tip = QPointF(centre.x() + 8 * side, centre.y())
        painter.drawLine(tip, tip + QPointF(-4 * side, -4))
        painter.drawLine(tip, tip + QPointF(-4 * side, 4))


def _paint_letter(painter: QPainter, letter: str, x: float, before: bool, font: QFont) -> None:
    """Which of the two lies on that side of the divider, below the bar that names them."""
    plate = QRectF(x - 30 if before else x + 8, 56, 22, 22)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(_PLATE)
    painter.drawRoundedRect(plate, 4, 4)
    painter.setFont(font)
    painter.setPen(_INK)
    painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, letter)
