"""Paints the patch grid and the captions; pure painting in widget coordinates, texts keep their screen size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from PySide6.QtCore import QMarginsF, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen, QPixmap, QRegion

from hiprompt_core.geometry import Patch
from hiprompt_desktop.canvas.overlay_geometry import box_rect, name_of
from hiprompt_desktop.caption_flags import Flag
from hiprompt_desktop.document import Phase
from hiprompt_desktop.icons import icon
from hiprompt_desktop.phrases import caption_state

NARROW = 84
"""Where the narrowest cell has fewer pixels than this on the screen, all show only a mark."""
MAX_LINES = 3
_PAD = 5.0
_MARK = 12
_PLATE = QColor(0, 0, 0, 165)
_PLATE_STRONG = QColor(0, 0, 0, 240)
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
    accent: QColor
    flags: tuple[tuple[Flag, ...], ...] = ()
    hovered: int | None = None
    current: int | None = None
    selection: frozenset[int] = frozenset()
    shares: Mapping[int, float] = field(default_factory=dict)
    """How far patches are that something is done about."""
    editing: int | None = None
    """The patch whose words lie under an editor."""


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
        _paint_grid(painter, [cell for _, cell in cells], picture, visible)
    if state.selection:
        _paint_selection(painter, state, picture)
    if state.current is not None and state.current < len(state.phase.patches):
        _paint_current(painter, state, picture)
    if state.captions:
        wide = min((cell.width() for _, cell in cells), default=0) >= NARROW
        for patch, cell in cells:
            if patch.index not in {state.hovered, state.editing}:
                _paint_caption(painter, state, patch, cell.intersected(visible), font, wide)
    for patch, cell in cells:
        if patch.index in state.shares:
            _paint_share(painter, cell, state.shares[patch.index], state.accent)
    if state.hovered is not None and state.hovered < len(state.phase.patches):
        _paint_hovered(painter, state, picture, visible, font)


def _marks(state: OverlayState, index: int) -> list[tuple[str, str]]:
    return caption_state(state.phase.captions[index], state.flags[index] if state.flags else ())


def _paint_grid(painter: QPainter, cells: list[QRectF], picture: QRectF, visible: QRectF) -> None:
    """Hairlines of two tones, so that they read on any picture; whole lines, because they cost by their number."""
    part = picture.intersected(visible).toRect()
    columns = {round(cell.left()) for cell in cells if cell.left() > picture.left() + 0.5}
    rows = {round(cell.top()) for cell in cells if cell.top() > picture.top() + 0.5}
    for shift, colour in ((1, _UNDER), (0, _OVER)):
        for x in columns:
            painter.fillRect(QRect(x + shift, part.top(), 1, part.height()), colour)
        for y in rows:
            painter.fillRect(QRect(part.left(), y + shift, part.width(), 1), colour)


def _paint_selection(painter: QPainter, state: OverlayState, picture: QRectF) -> None:
    """Cells in the accent; what the model sees beyond them, the halo, as a soft wash."""
    chosen = [patch for patch in state.phase.patches if patch.index in state.selection]
    halo, inside = QRegion(), QRegion()
    for patch in chosen:
        halo += box_rect(patch.window, state.phase.size, picture).toRect()
        inside += box_rect(patch.cell, state.phase.size, picture).toRect()
    wash = QColor(state.accent)
    wash.setAlpha(38)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    for rect in halo - inside:
        painter.fillRect(rect, wash)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for width, colour in ((4, QColor(0, 0, 0, 110)), (2, state.accent)):
        pen = QPen(colour, width)
        pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
        painter.setPen(pen)
        for patch in chosen:
            cell = box_rect(patch.cell, state.phase.size, picture)
            painter.drawRect(cell.marginsRemoved(QMarginsF(1, 1, 1, 1)))


def _paint_current(painter: QPainter, state: OverlayState, picture: QRectF) -> None:
    """The window of the patch that keys act on; its cell too where it is not selected."""
    assert state.current is not None
    patch = state.phase.patches[state.current]
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    _dashed(painter, box_rect(patch.window, state.phase.size, picture), state.accent)
    if state.current not in state.selection:
        _dashed(painter, box_rect(patch.cell, state.phase.size, picture), state.accent)


def _dashed(painter: QPainter, rect: QRectF, colour: QColor) -> None:
    painter.setBrush(Qt.BrushStyle.NoBrush)
    inner = rect.marginsRemoved(QMarginsF(0.5, 0.5, 0.5, 0.5))
    painter.setPen(QPen(QColor(0, 0, 0, 120), 1))
    painter.drawRect(inner)
    pen = QPen(colour, 1)
    pen.setDashPattern([6, 4])
    painter.setPen(pen)
    painter.drawRect(inner)


def _paint_share(painter: QPainter, cell: QRectF, share: float, accent: QColor) -> None:
    """A thin bar at the top of a cell."""
    bar = QRectF(cell.left() + 8, cell.top() + 8, cell.width() - 16, 4)
    if share <= 0 or bar.width() < 12 or cell.height() < 24:
        return
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(_PLATE)
    painter.drawRoundedRect(bar.adjusted(-1, -1, 1, 1), 3, 3)
    bar.setWidth(bar.width() * min(1.0, share))
    painter.setBrush(accent.lighter(130))
    painter.drawRoundedRect(bar, 2, 2)


def _paint_caption(painter: QPainter, state: OverlayState, patch: Patch, part: QRectF, font: QFont, wide: bool) -> None:
    text = state.phase.caption(patch.index)
    if text is None:
        return
    marks = [name for name, _ in _marks(state, patch.index)]
    width = min(part.width() - 16 - 2 * _PAD, 260.0)
    lines = (
        wrap(text, font.key(), int(width) - _marks_width(marks), MAX_LINES) if wide and part.width() >= NARROW else ()
    )
    metrics = QFontMetricsF(font)
    height = len(lines) * metrics.height() + 2 * _PAD
    if not lines or height > part.height() - 8:
        _paint_small(painter, part, marks)
        return
    plate = _plate(lines, tuple(marks), font.key(), painter.device().devicePixelRatioF())
    painter.drawPixmap(round(part.left()) + 8, round(part.bottom() - height) - 8, plate)


@lru_cache(maxsize=1024)
def _plate(lines: tuple[str, ...], marks: tuple[str, ...], font_key: str, ratio: float) -> QPixmap:
    """A plate with its words, painted once: 225 of them are laid down in a few milliseconds."""
    font = QFont()
    font.fromString(font_key)
    metrics = QFontMetricsF(font)
    longest = max(metrics.horizontalAdvance(line) for line in lines)
    rect = QRectF(0, 0, longest + _marks_width(marks) + 2 * _PAD, len(lines) * metrics.height() + 2 * _PAD)
    pixmap = QPixmap((rect.size() * ratio).toSize() + QSize(1, 1))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setFont(font)
    _paint_plate(painter, rect, lines, _PLATE, marks)
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
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    painter.setPen(QPen(QColor(0, 0, 0, 150), 1.5))
    if not marks:
        painter.setBrush(QColor(255, 255, 255, 220))
        painter.drawEllipse(QPointF(cell.left() + 8, cell.bottom() - 8), 3, 3)
        return
    room = max(1, int((cell.width() - 10) // (_MARK + 2)))
    shown = marks[-room:]  # a flag matters most and comes last
    plate = QRectF(cell.left() + 3, cell.bottom() - _MARK - 7, len(shown) * (_MARK + 2) + 2, _MARK + 4)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(_PLATE)
    painter.drawRoundedRect(plate, 3, 3)
    _paint_marks(painter, plate.left() + 2, plate.center().y(), shown)


def _paint_hovered(painter: QPainter, state: OverlayState, picture: QRectF, visible: QRectF, font: QFont) -> None:
    """The whole caption with its state in words, and the whole window that the model sees."""
    assert state.hovered is not None
    patch = state.phase.patches[state.hovered]
    window = box_rect(patch.window, state.phase.size, picture)
    cell = box_rect(patch.cell, state.phase.size, picture)
    if state.hovered not in state.selection:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        _dashed(painter, window, QColor(255, 255, 255, 230))
    text = state.phase.caption(patch.index)
    if text is None:
        return
    states = _marks(state, patch.index)
    lines = wrap(f"{name_of(patch)}   {text}", font.key(), 320, 40)
    metrics = QFontMetricsF(font)
    widths = [metrics.horizontalAdvance(line) for line in lines]
    widths += [metrics.horizontalAdvance(words) + _MARK + 5 for _, words in states]
    width = max(widths) + 2 * _PAD
    height = (len(lines) + len(states)) * metrics.height() + 2 * _PAD
    part = cell.intersected(visible)
    left = min(max(part.left() + 8, visible.left() + 4), max(visible.left() + 4, visible.right() - width - 4))
    top = min(max(part.bottom() - height - 8, visible.top() + 4), max(visible.top() + 4, visible.bottom() - height - 4))
    _paint_plate(painter, QRectF(left, top, width, height), lines, _PLATE_STRONG)
    for number, (name, words) in enumerate(states, start=len(lines)):
        line = top + _PAD + number * metrics.height()
        _paint_marks(painter, left + _PAD, line + metrics.height() / 2, [name])
        painter.setPen(_DIM)
        painter.drawText(QPointF(left + _PAD + _MARK + 5, line + metrics.ascent()), words)


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
