"""The canvas: the picture with grid and captions, two pictures together, the patches under mouse and arrow keys."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import (
    QContextMenuEvent,
    QEnterEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QResizeEvent,
)
from PySide6.QtWidgets import QMenu, QWidget

from hiprompt_core.geometry import Patch
from hiprompt_desktop.background import Background
from hiprompt_desktop.canvas.backdrop import backdrop_brush
from hiprompt_desktop.canvas.compare import Compare, CompareMode
from hiprompt_desktop.canvas.compare_bar import CompareBar
from hiprompt_desktop.canvas.compare_painting import half_shift, paint_comparison
from hiprompt_desktop.canvas.gestures import Gestures
from hiprompt_desktop.canvas.hand import Hand
from hiprompt_desktop.canvas.inline_editor import InlineEditor
from hiprompt_desktop.canvas.inspection import Inspection
from hiprompt_desktop.canvas.navigator import Navigator
from hiprompt_desktop.canvas.patch_keys import PatchKeys
from hiprompt_desktop.canvas.patch_layer import PatchLayer
from hiprompt_desktop.canvas.patch_mouse import PatchMouse
from hiprompt_desktop.canvas.picture_painting import paint_pyramid
from hiprompt_desktop.canvas.pieces import Pieces
from hiprompt_desktop.canvas.placeholder import paint_placeholder
from hiprompt_desktop.canvas.readout import Readout
from hiprompt_desktop.canvas.slider import Slider
from hiprompt_desktop.canvas.still import Still
from hiprompt_desktop.canvas.zoom_view import MARGIN, ZoomView
from hiprompt_desktop.faults import LogLocation
from hiprompt_desktop.pyramid import Pyramid
from hiprompt_desktop.reporter import Piece
from hiprompt_desktop.session import Session

_ARROWS = {
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
}
"""Rows and columns that a key goes on by."""
_ENTER = {Qt.Key.Key_Return, Qt.Key.Key_Enter}


class CanvasView(ZoomView):
    """Shows the session's picture, with grid and captions over it."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._pieces = Pieces(self)
        self._pieces.changed.connect(self.update_part)
        self._still = Still()
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(self.tr("Picture"))
        self._gestures = Gestures(self, self.viewport())
        self.background = Background(LogLocation(None), self)
        self.compare = Compare(session, self.background, self)
        self.inspection = Inspection(session, self.background, self)
        self.compare_bar = CompareBar(session, self.compare, self)
        self.navigator = Navigator(self)
        self.readout = Readout(self)
        self.backdrop = "grey"
        self.patches = PatchLayer(session, self, self.inspection, self._shows_patches)
        self.editor = InlineEditor(session, self.patches.cell_rect, self.viewport())
        self.editor.moved.connect(self._on_editor)
        patches = self.patches
        self._patch_mouse = PatchMouse(self.viewport(), session.selection, patches.patch_at, patches.patches_in)
        self._patch_keys = PatchKeys(session)
        self._slider = Slider(self.viewport(), self.compare)
        self._hand = Hand(self.viewport(), self.pan, self.tap)
        session.easel.changed.connect(self._on_picture)
        session.selection.changed.connect(self._on_selection)
        session.painted_in.connect(self._on_piece)
        session.phases_changed.connect(self._pieces.clear)
        self.compare.pictures_changed.connect(self._on_picture)
        self.compare.look_changed.connect(self._on_look)
        for changed in (
            session.captions_changed,
            session.phases_changed,
            session.progress_changed,
            session.state_changed,
            self.inspection.changed,
        ):
            changed.connect(self._repaint)
        self.navigator.moved.connect(self.go_to)
        for moved in (
            self.zoom_changed,
            self.horizontalScrollBar().valueChanged,
            self.verticalScrollBar().valueChanged,
        ):
            moved.connect(self.editor.place)
            moved.connect(self._update_navigator)
        self.apply_theme()

    def minimumSizeHint(self) -> QSize:
        return QSize(320, 240)

    def apply_theme(self) -> None:
        self.setBackgroundBrush(backdrop_brush(self.backdrop))
        self.compare_bar.refresh()

    def set_backdrop(self, backdrop: str) -> None:
        self.backdrop = backdrop
        self.apply_theme()

    def set_overlays(self, grid: bool, captions: bool) -> None:
        self.patches.grid, self.patches.captions = grid, captions
        self._repaint()

    def _shows_patches(self) -> bool:
        return self._size is not None and not self.compare.on

    def _on_selection(self) -> None:
        self.patches.tell()
        self._repaint()

    def _on_editor(self) -> None:
        self.patches.editing = self.editor.patch
        self._repaint()

    def _on_picture(self) -> None:
        """Put another phase or pair on the canvas; the same part of the picture stays in view."""
        pyramid = self._session.easel.pyramid
        self._pieces.clear()
        self.show_size(self.compare.size or (pyramid.size if pyramid is not None else None))
        self.readout.hide()
        self._update_navigator()
        self._repaint()

    def _on_look(self) -> None:
        """Another way to compare; two halves have less room than one whole."""
        if self.fitted:
            self.fit()
        self._update_navigator()
        self._repaint()

    def _on_piece(self, piece: Piece) -> None:
        """A part of the next phase is there already."""
        if not self.compare.on:
            self._pieces.lay(QRectF(*piece.share), piece.image)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.compare_bar.place()
        self.readout.place()
        self._update_navigator()

    # Two halves

    @property
    def _halves(self) -> bool:
        return self.compare.size is not None and self.compare.mode is CompareMode.SIDE_BY_SIDE

    def _room(self) -> QSize:
        room = super()._room()
        return QSize(room.width() // 2, room.height()) if self._halves else room

    def _margin_above(self) -> int:
        """The bar of a comparison covers nothing."""
        return max(MARGIN, self.compare_bar.geometry().bottom() + 8) if self.compare.on else MARGIN

    def _plane_point(self, point: QPoint) -> QPoint:
        if not self._halves:
            return point
        width = self.viewport().width()
        return point - QPoint(half_shift(width, right=point.x() >= width // 2), 0)

    def _update_navigator(self) -> None:
        pair = self.compare.pictures
        self.navigator.show_part(pair[1] or pair[0] or self._session.easel.pyramid, self.visible_share)
        corner = self.viewport().rect().bottomRight() - QPoint(8, 8)
        self.navigator.move(corner - self.navigator.rect().bottomRight())

    def _read_pixel(self, point: QPoint) -> None:
        """Tell the pixel under the cursor."""
        pictures = self.compare.pictures if self.compare.size else (self._session.easel.pyramid,)
        self.readout.show_pixel(self.mapToScene(self._plane_point(point)), self._size, pictures)

    # Painting

    def _repaint(self) -> None:
        self.viewport().update()

    def drawBackground(self, painter: QPainter, rect: QRectF | QRect) -> None:  # noqa: ARG002
        painter.save()
        painter.resetTransform()
        pyramid = self._session.easel.pyramid if self._size is not None and self.compare.size is None else None
        viewport, grid = self.viewport(), self._still_grid()
        look = (viewport.size(), viewport.devicePixelRatioF(), self.viewportTransform(), self.backgroundBrush())

        def draw(still: QPainter) -> None:
            self._paint_still(still, pyramid, bool(grid))

        self._still.paint(painter, (pyramid, grid, *look), viewport.size(), draw)
        painter.restore()

    def _still_grid(self) -> tuple[Patch, ...]:
        """Patches whose grid lies right on the picture."""
        return self.patches.still_grid if not self._pieces else ()

    def _paint_still(self, painter: QPainter, pyramid: Pyramid | None, grid: bool) -> None:
        area = QRectF(self.viewport().rect())
        painter.fillRect(area, self.backgroundBrush())
        if pyramid is not None:
            painter.save()
            painter.setTransform(self.viewportTransform(), combine=True)
            bounds = self._scene_rect()
            paint_pyramid(painter, pyramid, bounds, self.mapToScene(area.toRect()).boundingRect().intersected(bounds))
            painter.restore()
        if grid:
            self.patches.paint_grid(painter, area)

    def drawForeground(self, painter: QPainter, rect: QRectF | QRect) -> None:  # noqa: ARG002
        painter.save()
        painter.resetTransform()
        area = QRectF(self.viewport().rect())
        if self._size is None:
            if self._session.busy:
                paint_placeholder(painter, area, self._session, self.font(), self._pieces)
        elif self.compare.size is not None:
            paint_comparison(
                painter,
                self.compare,
                self.viewportTransform(),
                self._scene_rect(),
                area,
                self.patches.font,
            )
        else:
            self._pieces.paint(painter, self.picture_rect())
            self.patches.paint(painter, area, grid=not self._still_grid())
        painter.restore()

    # Mouse and keys

    def _set_hovered(self, patch: int | None) -> None:
        if patch != self.patches.hovered:
            self.patches.hovered = patch
            self._repaint()

    def tap(self, point: QPoint) -> None:
        """A finger or a click chose a patch, or its words."""
        if self.compare.on:
            return
        words = self.patches.words_at(point)
        if words is not None:
            self.editor.open(words, whole=False)
        else:
            self._session.select(self.patches.patch_at(point))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        if not self._hand.lifted and (
            self._slider.press(event) or (not self.compare.on and self._patch_mouse.press(event))
        ):
            return
        self._hand.press(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        point = event.position().toPoint()
        self._read_pixel(point)
        if not (self._patch_mouse.move(event) or self._slider.move(event) or self._hand.move(event)):
            self._set_hovered(self.patches.patch_at(point))
            self.viewport().setCursor(self._idle_cursor(point))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._patch_mouse.release(event):
            return
        self._hand.release(event)
        self._slider.release()
        self.viewport().setCursor(self._idle_cursor(event.position().toPoint()))

    def _idle_cursor(self, point: QPoint) -> Qt.CursorShape:
        if self._hand.lifted:
            return Qt.CursorShape.OpenHandCursor
        if self._slider.at(point):
            return Qt.CursorShape.SplitHCursor
        return Qt.CursorShape.ArrowCursor if self.patches.words_at(point) is None else Qt.CursorShape.IBeamCursor

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        patch = self.patches.patch_at(event.position().toPoint())
        if patch is not None:
            self.editor.open(patch)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if event.reason() == QContextMenuEvent.Reason.Mouse:
            self._patch_mouse.point_out(event.pos())
        menu = QMenu(self)
        menu.addActions(self.actions())
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(event.globalPos())

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self.viewport().setCursor(Qt.CursorShape.ArrowCursor)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._set_hovered(None)
        self.readout.hide()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._hand.lower()  # the release of Space is heard elsewhere

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, modifiers, current = Qt.Key(event.key()), event.modifiers(), self._session.selection.current
        arrow = _ARROWS.get(key)
        if key == Qt.Key.Key_Space:
            if not event.isAutoRepeat():
                self._hand.lift()
        elif arrow is not None and self.compare.on:
            self._slider.nudge(arrow[1])
        elif key in _ENTER and not modifiers and current is not None and not self.compare.on:
            self.editor.open(current)
        elif arrow is None or not self._patch_keys.go(*arrow, modifiers):
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            current = self._session.selection.current
            if self._hand.lower() and current is not None:
                self._session.selection.toggle(current)
        super().keyReleaseEvent(event)
