"""Paints the patch grid and the captions; pure painting in widget coordinates, texts keep their screen size."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from PySide6.QtCore import QMarginsF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPainterPath, QPen

from hiprompt_core.geometry import Patch
from hiprompt_desktop.canvas.overlay_geometry import box_rect, name_of
from hiprompt_desktop.document import Phase

NARROW = 96
"""Cells narrower than this on the screen show only a mark."""
MAX_LINES = 3
_PAD = 5.0
_PLATE = QColor(0, 0, 0, 165)
_PLATE_STRONG = QColor(0, 0, 0, 215)
_INK = QColor(255, 255, 255)
_DIM = QColor(255, 255, 255, 190)
_UNDER = QColor(255, 255, 255, 90)
_OVER = QColor(0, 0, 0, 120)


@dataclass(frozen=True, kw_only=True, slots=True)
class OverlayState:
    """What to paint over the picture."""

    phase: Phase
    grid: bool
    captions: bool
    hovered: int | None
    selected: int | None
    accent: QColor


def paint_overlay(painter: QPainter, picture: QRectF, visible: QRectF, state: OverlayState, font: QFont) -> None:
    """Paint everything of one phase.

    Args:
        picture: where the whole picture lies.
        visible: the part of the widget that is painted.
    """
    painter.setFont(font)
    cells = [(patch, box_rect(patch.cell, state.phase.size, picture)) for patch in state.phase.patches]
    cells = [(patch, cell) for patch, cell in cells if cell.intersects(visible)]
    if state.grid:
        _paint_grid(painter, [cell for _, cell in cells], picture)
    if state.selected is not None and state.selected < len(state.phase.patches):
        _paint_selected(painter, state, picture)
    if state.captions:
        for patch, cell in cells:
            if patch.index != state.hovered:
                _paint_caption(painter, state, patch, cell.intersected(visible), font)
    if state.hovered is not None and state.hovered < len(state.phase.patches):
        _paint_hovered(painter, state, picture, visible, font)


def _paint_grid(painter: QPainter, cells: list[QRectF], picture: QRectF) -> None:
    """Lines of one device pixel in two tones, so that they read on any picture.

    Each line is one filled rectangle: drawn cell by cell, with a pen, they took longer than the picture itself.
    """
    seen = picture.intersected(QRectF(painter.viewport()))
    ratio = painter.device().devicePixelRatioF()
    across = {round(cell.left() * ratio) / ratio for cell in cells if cell.left() > picture.left() + 0.5}
    down = {round(cell.top() * ratio) / ratio for cell in cells if cell.top() > picture.top() + 0.5}
    for shift, colour in ((1 / ratio, _UNDER), (0.0, _OVER)):
        for x in across:
            painter.fillRect(QRectF(x + shift, seen.top(), 1 / ratio, seen.height()), colour)
        for y in down:
            painter.fillRect(QRectF(seen.left(), y + shift, seen.width(), 1 / ratio), colour)


def _paint_selected(painter: QPainter, state: OverlayState, picture: QRectF) -> None:
    """Cell in the accent, what the model sees of it dashed, the halo between them as a soft wash."""
    assert state.selected is not None
    patch = state.phase.patches[state.selected]
    cell = box_rect(patch.cell, state.phase.size, picture)
    window = box_rect(patch.window, state.phase.size, picture)
    halo = QPainterPath()
    halo.addRect(window)
    halo.addRect(cell)
    wash = QColor(state.accent)
    wash.setAlpha(38)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.fillPath(halo, wash)
    _dashed(painter, window, state.accent)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for width, colour in ((4, QColor(0, 0, 0, 110)), (2, state.accent)):
        pen = QPen(colour, width)
        pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
        painter.setPen(pen)
        painter.drawRect(cell.marginsRemoved(QMarginsF(1, 1, 1, 1)))


def _dashed(painter: QPainter, rect: QRectF, colour: QColor) -> None:
    painter.setBrush(Qt.BrushStyle.NoBrush)
    inner = rect.marginsRemoved(QMarginsF(0.5, 0.5, 0.5, 0.5))
    painter.setPen(QPen(QColor(0, 0, 0, 120), 1))
    painter.drawRect(inner)
    pen = QPen(colour, 1)
    pen.setDashPattern([6, 4])
    painter.setPen(pen)
    painter.drawRect(inner)


def _paint_caption(painter: QPainter, state: OverlayState, patch: Patch, part: QRectF, font: QFont) -> None:
    text = state.phase.caption(patch.index)
    edited = state.phase.edited(patch.index)
    if text is None:
        return
    if part.width() < NARROW:
        _paint_mark(painter, part, edited, state.accent)
        return
    width = min(part.width() - 16 - 2 * _PAD, 260.0)
    lines = wrap(f"✎ {text}" if edited else text, font.key(), int(width), MAX_LINES)
    metrics = QFontMetricsF(font)
    size = max(metrics.horizontalAdvance(line) for line in lines) + 2 * _PAD, len(lines) * metrics.height() + 2 * _PAD
    if size[1] > part.height() - 8:
        _paint_mark(painter, part, edited, state.accent)
        return
    plate = QRectF(part.left() + 8, part.bottom() - size[1] - 8, *size)
    _paint_plate(painter, plate, lines, _PLATE)


def _paint_mark(painter: QPainter, cell: QRectF, edited: bool, accent: QColor) -> None:
    """A described cell too small for words: a dot; a ring in the accent when its caption was edited."""
    if min(cell.width(), cell.height()) < 14:
        return
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    centre = QPointF(cell.left() + 8, cell.bottom() - 8)
    painter.setPen(QPen(accent if edited else QColor(0, 0, 0, 150), 1.5))
    painter.setBrush(Qt.BrushStyle.NoBrush if edited else QColor(255, 255, 255, 220))
    painter.drawEllipse(centre, 3, 3)


def _paint_hovered(painter: QPainter, state: OverlayState, picture: QRectF, visible: QRectF, font: QFont) -> None:
    """The whole caption, and the whole window that the model sees."""
    assert state.hovered is not None
    patch = state.phase.patches[state.hovered]
    window = box_rect(patch.window, state.phase.size, picture)
    cell = box_rect(patch.cell, state.phase.size, picture)
    if state.hovered != state.selected:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        _dashed(painter, window, QColor(255, 255, 255, 230))
    text = state.phase.caption(patch.index)
    if text is None:
        return
    prefix = f"{name_of(patch)}   " + ("✎ " if state.phase.edited(patch.index) else "")
    lines = wrap(prefix + text, font.key(), 320, 40)
    metrics = QFontMetricsF(font)
    width = max(metrics.horizontalAdvance(line) for line in lines) + 2 * _PAD
    height = len(lines) * metrics.height() + 2 * _PAD
    part = cell.intersected(visible)
    left = min(max(part.left() + 8, visible.left() + 4), max(visible.left() + 4, visible.right() - width - 4))
    top = min(max(part.bottom() - height - 8, visible.top() + 4), max(visible.top() + 4, visible.bottom() - height - 4))
    _paint_plate(painter, QRectF(left, top, width, height), lines, _PLATE_STRONG)


def _paint_plate(painter: QPainter, plate: QRectF, lines: tuple[str, ...], colour: QColor) -> None:
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    painter.drawRoundedRect(plate, 4, 4)
    painter.setPen(_INK)
    metrics = QFontMetricsF(painter.font())
    top = plate.top() + _PAD
    for number, line in enumerate(lines):
        painter.drawText(QPointF(plate.left() + _PAD, top + number * metrics.height() + metrics.ascent()), line)


@lru_cache(maxsize=4096)
def wrap(text: str, font_key: str, width: int, most: int) -> tuple[str, ...]:
    """Break a text into at most ``most`` lines of ``width`` pixels; the last one ends in … if there is more."""
    font = QFont()
    font.fromString(font_key)
    metrics = QFontMetricsF(font)
    lines: list[str] = []
    words = text.split() or [""]
    while words:
        if len(lines) == most - 1:
            lines.append(metrics.elidedText(" ".join(words), Qt.TextElideMode.ElideRight, width))
            break
        count = 1
        while count < len(words) and metrics.horizontalAdvance(" ".join(words[: count + 1])) <= width:
            count += 1
        lines.append(metrics.elidedText(" ".join(words[:count]), Qt.TextElideMode.ElideRight, width))
        words = words[count:]
    return tuple(lines)
