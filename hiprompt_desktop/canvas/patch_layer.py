"""The patches over the picture: where they and their words lie, and what is painted of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QColor, QFont, QPainter

from hiprompt_core.geometry import Patch
from hiprompt_desktop.canvas.heat_map import paint_heat_map, paint_legend
from hiprompt_desktop.canvas.inspection import Inspection
from hiprompt_desktop.canvas.overlay import OverlayState, hovered_caption, paint_grid, paint_overlay
from hiprompt_desktop.canvas.overlay_geometry import box_rect, name_of, patch_at
from hiprompt_desktop.canvas.patch_progress import patch_shares
from hiprompt_desktop.canvas.zoom_view import ZoomView
from hiprompt_desktop.document import Phase
from hiprompt_desktop.phrases import patch_text
from hiprompt_desktop.session import Session
from hiprompt_desktop.theme import tokens


class PatchLayer:
    """Of the shown phase; ``visible`` says whether its patches are to be seen at all."""

    def __init__(self, session: Session, view: ZoomView, inspection: Inspection, visible: Callable[[], bool]) -> None:
        self._session = session
        self._view = view
        self._inspection = inspection
        self._visible = visible
        self.grid = True
        self.captions = True
        self.hovered: int | None = None
        self.editing: int | None = None
        """The patch whose words lie under an editor."""

    @property
    def phase(self) -> Phase | None:
        """None where no patch is to be seen."""
        phase = self._session.document.shown_phase
        return phase if phase is not None and phase.patches and self._visible() else None

    @property
    def font(self) -> QFont:
        font = QFont(self._view.font())
        font.setPixelSize(12)
        return font

    @property
    def still_grid(self) -> tuple[Patch, ...]:
        """Patches whose grid lies right on the picture, and stays as it is until the view moves."""
        phase = self.phase
        return phase.patches if phase is not None and self.grid and self._inspection.heat_map is None else ()

    def paint_grid(self, painter: QPainter, area: QRectF) -> None:
        """Paint the grid into the viewport."""
        if self.phase is not None and self.grid:
            paint_grid(painter, self.phase, self._view.picture_rect(), area)

    def paint(self, painter: QPainter, area: QRectF, grid: bool) -> None:
        """Paint heat map, selection and captions into the viewport, and the grid if it is not there yet."""
        phase = self.phase
        if phase is None:
            return
        picture, font, inspection = self._view.picture_rect(), self.font, self._inspection
        if inspection.heat_map is not None:
            paint_heat_map(painter, inspection.heat_map, phase, picture, area, font)
        if grid:
            self.paint_grid(painter, area)
        paint_overlay(painter, picture, area, self._state(phase), font)
        if inspection.measure is not None and (inspection.computing or inspection.heat_map is not None):
            paint_legend(painter, inspection.measure, inspection.heat_map, area, font)

    def _state(self, phase: Phase) -> OverlayState:
        document = self._session.document
        return OverlayState(
            phase=phase,
            grid=self.grid,
            captions=self.captions and self._inspection.measure is None,
            accent=QColor(tokens().accent),
            flags=self._session.flags,
            hovered=self.hovered if self.editing is None else None,
            current=document.current,
            selection=document.selection,
            shares=patch_shares(self._session.job, self._session.progress, phase),
            editing=self.editing,
        )

    def patch_at(self, point: QPoint) -> int | None:
        """The patch whose cell lies there."""
        phase = self.phase
        return patch_at(phase.patches, phase.size, self._view.picture_rect(), QPointF(point)) if phase else None

    def patches_in(self, rect: QRect) -> list[int]:
        """All patches whose cells meet a part of the viewport."""
        phase, area, picture = self.phase, QRectF(rect), self._view.picture_rect()
        patches = phase.patches if phase is not None else ()
        return [p.index for p in patches if phase and box_rect(p.cell, phase.size, picture).intersects(area)]

    def cell_rect(self, patch: int) -> QRectF | None:
        """Where a patch's cell lies in the viewport."""
        phase = self.phase
        if phase is None or patch >= len(phase.patches):
            return None
        return box_rect(phase.patches[patch].cell, phase.size, self._view.picture_rect())

    def words_at(self, point: QPoint) -> int | None:
        """The patch whose words a click opens: it alone is selected, and they lie under the mouse."""
        phase, patch = self.phase, self.patch_at(point)
        if phase is None or patch is None or self._session.document.selection != {patch}:
            return None
        if not self._session.can_edit or phase.captions[patch].locked:
            return None
        area = QRectF(self._view.viewport().rect())
        whole = hovered_caption(replace(self._state(phase), hovered=patch), self._view.picture_rect(), area, self.font)
        return patch if whole is not None and whole.plate.contains(QPointF(point)) else None

    def tell(self) -> None:
        """Let a screen reader say which patch keys act on."""
        document, view = self._session.document, self._view
        phase, index = document.shown_phase, document.current
        text = ""
        if phase is not None and index is not None and index < len(phase.captions):
            name, flags = name_of(phase.patches[index]), self._session.flags[index]
            text = patch_text(name, phase.captions[index], flags, len(document.selection))
        view.setAccessibleDescription(text)
        if text and view.hasFocus() and QAccessible.isActive():
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(view, text))
