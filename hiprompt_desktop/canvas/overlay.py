"""Paints the patch grid, what is selected and what is under the mouse; pure painting in widget coordinates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from PySide6.QtCore import QMarginsF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QPainter, QPen, QPixmap, QRegion

from hiprompt_core.geometry import Patch
from hiprompt_desktop.canvas.caption_plates import (
    NARROW,
    PLATE,
    WholeCaption,
    paint_caption,
    paint_whole,
    whole_caption,
)
from hiprompt_desktop.canvas.overlay_geometry import box_rect, overlap_partners
from hiprompt_desktop.caption_flags import Flag
from hiprompt_desktop.document import Phase
from hiprompt_desktop.phrases import caption_state

_UNDER = QColor(255, 255, 255, 90)
_OVER = QColor(0, 0, 0, 120)
_LIGHT = QColor(255, 255, 255, 230)
_DASHES = 10
"""Pixels from one dash of an outline to the next."""


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

    def marks(self, index: int) -> list[tuple[str, str]]:
        """What is special about a caption, as (name of an icon, words)."""
        return caption_state(self.phase.captions[index], self.flags[index] if self.flags else ())

    def patch(self, index: int | None) -> Patch | None:
        """None where there is no such patch."""
        return self.phase.patches[index] if index is not None and index < len(self.phase.patches) else None


def paint_overlay(painter: QPainter, picture: QRectF, visible: QRectF, state: OverlayState, font: QFont) -> None:
    """Paint everything of one phase that lies over its grid.

    Args:
        picture: where the whole picture lies.
        visible: the part of the widget that is painted.
    """
    painter.setFont(font)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    cells = _visible_cells(state.phase, picture, visible)
    if state.grid:
        _paint_window(painter, state, picture, visible)
    if state.selection:
        _paint_selection(painter, state, picture)
    _paint_current(painter, state, picture)
    whole = hovered_caption(state, picture, visible, font)
    if state.captions:
        wide = min((cell.width() for _, cell in cells), default=0) >= NARROW
        for patch, cell in cells:
            text = state.phase.caption(patch.index)
            if text is not None and patch.index not in {state.hovered, state.editing}:
                marks = [name for name, _ in state.marks(patch.index)]
                paint_caption(painter, text, marks, cell.intersected(visible), font, wide, whole)
    for patch, cell in cells:
        if patch.index in state.shares:
            _paint_share(painter, cell, state.shares[patch.index], state.accent)
    if whole is not None:
        paint_whole(painter, whole)


def hovered_caption(state: OverlayState, picture: QRectF, visible: QRectF, font: QFont) -> WholeCaption | None:
    """Where the words of the patch under the mouse lie; none: it says nothing, or the picture is to be seen alone."""
    patch = state.patch(state.hovered) if state.captions or state.grid else None
    text = state.phase.caption(patch.index) if patch is not None else None
    if patch is None or text is None:
        return None
    cell = box_rect(patch.cell, state.phase.size, picture)
    return whole_caption(patch, text, state.marks(patch.index), cell, visible, font)


def _visible_cells(phase: Phase, picture: QRectF, visible: QRectF) -> list[tuple[Patch, QRectF]]:
    cells = [(patch, box_rect(patch.cell, phase.size, picture)) for patch in phase.patches]
    return [(patch, cell) for patch, cell in cells if cell.intersects(visible)]


def paint_grid(painter: QPainter, phase: Phase, picture: QRectF, visible: QRectF) -> None:
    """Lines of one device pixel in two tones, so that they read on any picture; whole ones, which cost by number."""
    cells = [cell for _, cell in _visible_cells(phase, picture, visible)]
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    hair = 1 / painter.device().devicePixelRatioF()
    part = QRectF(picture.intersected(visible).toRect())
    columns = {round(cell.left()) for cell in cells if cell.left() > picture.left() + 0.5}
    rows = {round(cell.top()) for cell in cells if cell.top() > picture.top() + 0.5}
    for shift, colour in ((hair, _UNDER), (0.0, _OVER)):
        for x in columns:
            painter.fillRect(QRectF(x + shift, part.top(), hair, part.height()), colour)
        for y in rows:
            painter.fillRect(QRectF(part.left(), y + shift, part.width(), hair), colour)


def _paint_window(painter: QPainter, state: OverlayState, picture: QRectF, visible: QRectF) -> None:
    """What the model sees of the patch under the mouse, lit, and the cells of the patches that see a part of it too."""
    patch = state.patch(state.hovered)
    if patch is None:
        return
    for other in overlap_partners(state.phase.patches, patch.index):
        cell = box_rect(state.phase.patches[other].cell, state.phase.size, picture).toRect()
        for inset, colour in ((2, QColor(0, 0, 0, 70)), (1, QColor(255, 255, 255, 150))):
            painter.setPen(QPen(colour, 1))
            painter.drawRect(cell.adjusted(inset, inset, -inset - 1, -inset - 1))
    window = box_rect(patch.window, state.phase.size, picture).toRect()
    if not window.contains(visible.toRect()):  # no veil over everything that one looks at
        painter.fillRect(window, QColor(255, 255, 255, 28))
    _outline(painter, QRegion(window), _LIGHT)


def _paint_selection(painter: QPainter, state: OverlayState, picture: QRectF) -> None:
    """Cells in the accent; all that may change when they are drawn again, dashed around, and the halo as a wash."""
    chosen = [patch for patch in state.phase.patches if patch.index in state.selection]
    windows, inside = QRegion(), QRegion()
    for patch in chosen:
        windows += box_rect(patch.window, state.phase.size, picture).toRect()
        inside += box_rect(patch.cell, state.phase.size, picture).toRect()
    wash = QColor(state.accent)
    wash.setAlpha(56)
    for rect in windows - inside:  # type: ignore[attr-defined]  # unknown to the stubs
        painter.fillRect(rect, wash)
    _outline(painter, windows, state.accent)
    _frame(painter, (box_rect(patch.cell, state.phase.size, picture) for patch in chosen), state.accent)


def _frame(painter: QPainter, cells: Iterable[QRectF], accent: QColor) -> None:
    painter.setBrush(Qt.BrushStyle.NoBrush)
    inner = [cell.marginsRemoved(QMarginsF(1, 1, 1, 1)) for cell in cells]
    for width, colour in ((4, QColor(0, 0, 0, 110)), (2, accent)):
        pen = QPen(colour, width)
        pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
        painter.setPen(pen)
        painter.drawRects(inner)


def _paint_current(painter: QPainter, state: OverlayState, picture: QRectF) -> None:
    """The patch that keys act on, where the selection does not say so."""
    patch = state.patch(state.current)
    if patch is None or state.selection == {patch.index}:
        return
    cell = box_rect(patch.cell, state.phase.size, picture).toRect()
    if patch.index in state.selection:
        _outline(painter, QRegion(cell.adjusted(4, 4, -4, -4)), _LIGHT)
    else:
        _outline(painter, QRegion(cell), state.accent)


def _outline(painter: QPainter, region: QRegion, colour: QColor) -> None:
    """A dashed line just inside of a region, light and dark in turn."""
    moved = [region.translated(x, y) for x, y in ((1, 0), (-1, 0), (0, 1), (0, -1))]
    core = moved[0] & moved[1] & moved[2] & moved[3]
    brush = QBrush(_dashes(colour.rgba()))
    for rect in region - core:  # type: ignore[attr-defined]  # unknown to the stubs
        painter.fillRect(rect, brush)


@lru_cache(maxsize=8)
def _dashes(rgba: int) -> QPixmap:
    """Stripes that rise diagonally: cut by a line in any direction, they are dashes."""
    pixmap = QPixmap(_DASHES, _DASHES)
    pixmap.fill(QColor(0, 0, 0, 150))
    painter = QPainter(pixmap)
    for y in range(_DASHES):
        for x in range(_DASHES):
            if (x + y) % _DASHES < 6:
                painter.fillRect(x, y, 1, 1, QColor.fromRgba(rgba))
    painter.end()
    return pixmap


def _paint_share(painter: QPainter, cell: QRectF, share: float, accent: QColor) -> None:
    """A thin bar at the top of a cell."""
    bar = QRectF(cell.left() + 8, cell.top() + 8, cell.width() - 16, 4)
    if share <= 0 or bar.width() < 12 or cell.height() < 24:
        return
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(PLATE)
    painter.drawRoundedRect(bar.adjusted(-1, -1, 1, 1), 3, 3)
    bar.setWidth(bar.width() * min(1.0, share))
    painter.setBrush(accent.lighter(130))
    painter.drawRoundedRect(bar, 2, 2)
