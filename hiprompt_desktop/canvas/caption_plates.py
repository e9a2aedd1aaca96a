"""Words on the picture: plates with captions that keep their screen size, and marks where there is no room."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen, QPixmap

from hiprompt_core.geometry import Patch
from hiprompt_desktop.canvas.overlay_geometry import name_of
from hiprompt_desktop.icons import icon

NARROW = 84
"""Where the narrowest cell has fewer pixels than this on the screen, all show only a mark."""
MAX_LINES = 3
PLATE = QColor(0, 0, 0, 165)
_PAD = 5.0
_MARK = 12
_STRONG = QColor(0, 0, 0, 240)
_INK = QColor(255, 255, 255)
_DIM = QColor(255, 255, 255, 190)


@dataclass(frozen=True, slots=True)
class WholeCaption:
    """All that one patch says, with its states in words."""

    plate: QRectF
    lines: tuple[str, ...]
    states: Sequence[tuple[str, str]]
    """(name of an icon, words)."""


def whole_caption(
    patch: Patch, text: str, states: Sequence[tuple[str, str]], cell: QRectF, visible: QRectF, font: QFont
) -> WholeCaption:
    """Lay a caption out at the foot of its cell, and within what is visible."""
    lines = wrap(f"{name_of(patch)}   {text}", font.key(), 320, 40)
    metrics = QFontMetricsF(font)
    widths = [metrics.horizontalAdvance(line) for line in lines]
    widths += [metrics.horizontalAdvance(words) + _MARK + 5 for _, words in states]
    width = max(widths) + 2 * _PAD
    height = (len(lines) + len(states)) * metrics.height() + 2 * _PAD
    part = cell.intersected(visible)
    left = min(max(part.left() + 8, visible.left() + 4), max(visible.left() + 4, visible.right() - width - 4))
    top = min(max(part.bottom() - height - 8, visible.top() + 4), max(visible.top() + 4, visible.bottom() - height - 4))
    return WholeCaption(QRectF(left, top, width, height), lines, states)


def paint_whole(painter: QPainter, whole: WholeCaption) -> None:
    plate, metrics = whole.plate, QFontMetricsF(painter.font())
    _paint_plate(painter, plate, whole.lines, _STRONG)
    for number, (name, words) in enumerate(whole.states, start=len(whole.lines)):
        line = plate.top() + _PAD + number * metrics.height()
        _paint_marks(painter, plate.left() + _PAD, line + metrics.height() / 2, [name])
        painter.setPen(_DIM)
        painter.drawText(QPointF(plate.left() + _PAD + _MARK + 5, line + metrics.ascent()), words)


def paint_caption(
    painter: QPainter,
    text: str,
    marks: Sequence[str],
    part: QRectF,
    font: QFont,
    wide: bool,
    whole: WholeCaption | None = None,
) -> None:
    """Paint what a patch says, as far as there is room.

    Args:
        part: what is visible of its cell.
        wide: whether cells have room for words at all.
        whole: what lies over everything; a plate that it would cut is left out.
    """
    width = min(part.width() - 16 - 2 * _PAD, 260.0)
    lines = (
        wrap(text, font.key(), int(width) - _marks_width(marks), MAX_LINES) if wide and part.width() >= NARROW else ()
    )
    height = len(lines) * QFontMetricsF(font).height() + 2 * _PAD
    if not lines or height > part.height() - 8:
        _paint_small(painter, part, marks)
        return
    ratio = painter.device().devicePixelRatioF()
    plate = _plate(lines, tuple(marks), font.key(), ratio)
    place = QPointF(round(part.left()) + 8, round(part.bottom() - height) - 8)
    if whole is None or not whole.plate.intersects(QRectF(place, plate.deviceIndependentSize())):
        painter.drawPixmap(place, plate)


@lru_cache(maxsize=1024)
def _plate(lines: tuple[str, ...], marks: tuple[str, ...], font_key: str, ratio: float) -> QPixmap:
    """A plate with its words, painted once: 225 of them are laid down in a few milliseconds."""
    font = QFont()
    font.fromString(font_key)
    metrics = QFontMetricsF(font)
    longest = max(metrics.horizontalAdvance(line) for line in lines)
    rect = QRectF(0, 0, longest + _marks_width(marks) + 2 * _PAD, len(lines) * metrics.height() + 2 * _PAD)
    pixmap, painter = _blank(rect.size(), ratio)
    painter.setFont(font)
    _paint_plate(painter, rect, lines, PLATE, marks)
    painter.end()
    return pixmap


def _marks_width(marks: Sequence[str]) -> int:
    return len(marks) * (_MARK + 2) + 3 if marks else 0


def _paint_marks(painter: QPainter, left: float, middle: float, marks: Sequence[str]) -> None:
    for number, name in enumerate(marks):
        spot = QRectF(left + number * (_MARK + 2), middle - _MARK / 2, _MARK, _MARK)
        icon(name, _INK.name()).paint(painter, spot.toRect())


def _paint_small(painter: QPainter, cell: QRectF, marks: Sequence[str]) -> None:
    """A cell too small for words: what is special about its caption, or a dot that says that there is one."""
    if min(cell.width(), cell.height()) < 14:
        return
    room = max(1, int((cell.width() - 10) // (_MARK + 2)))
    sign = _sign(tuple(marks[-room:]), painter.device().devicePixelRatioF())  # a flag matters most and comes last
    place = QPointF(round(cell.left()) + 3, round(cell.bottom()) - 3 - sign.deviceIndependentSize().height())
    painter.drawPixmap(place, sign)


@lru_cache(maxsize=64)
def _sign(marks: tuple[str, ...], ratio: float) -> QPixmap:
    """Marks on a plate, or a dot."""
    pixmap, painter = _blank(QSizeF(len(marks) * (_MARK + 2) + 2, _MARK + 4) if marks else QSizeF(10, 10), ratio)
    if marks:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(PLATE)
        painter.drawRoundedRect(QRectF(0, 0, len(marks) * (_MARK + 2) + 2, _MARK + 4), 3, 3)
        _paint_marks(painter, 2, _MARK / 2 + 2, marks)
    else:
        painter.setPen(QPen(QColor(0, 0, 0, 150), 1.5))
        painter.setBrush(QColor(255, 255, 255, 220))
        painter.drawEllipse(QPointF(5, 5), 3, 3)
    painter.end()
    return pixmap


def _blank(size: QSizeF, ratio: float) -> tuple[QPixmap, QPainter]:
    pixmap = QPixmap((size * ratio).toSize() + QSize(1, 1))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    return pixmap, painter


def _paint_plate(
    painter: QPainter, plate: QRectF, lines: tuple[str, ...], colour: QColor, marks: Sequence[str] = ()
) -> None:
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    painter.drawRoundedRect(plate, 4, 4)
    painter.setPen(_INK)
    metrics = QFontMetricsF(painter.font())
    top, left = plate.top() + _PAD, plate.left() + _PAD + _marks_width(marks)
    _paint_marks(painter, plate.left() + _PAD, top + metrics.height() / 2, marks)
    for number, line in enumerate(lines):
        painter.drawText(QPointF(left, top + number * metrics.height() + metrics.ascent()), line)


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
