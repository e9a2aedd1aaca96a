"""The canvas: the picture with grid and captions, two pictures together, the patches under mouse and arrow keys."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import (
    QContextMenuEvent,
    QEnterEvent,
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
from hiprompt_desktop.canvas.compare_painting import HANDLE, half_shift, paint_comparison
from hiprompt_desktop.canvas.gestures import Gestures
from hiprompt_desktop.canvas.inline_editor import InlineEditor
from hiprompt_desktop.canvas.inspection import Inspection
from hiprompt_desktop.canvas.navigator import Navigator
from hiprompt_desktop.canvas.overlay_geometry import neighbour
from hiprompt_desktop.canvas.patch_layer import PatchLayer
from hiprompt_desktop.canvas.patch_mouse import PatchMouse
from hiprompt_desktop.canvas.picture_painting import paint_pyramid
from hiprompt_desktop.canvas.pieces import Pieces
from hiprompt_desktop.canvas.placeholder import paint_placeholder
from hiprompt_desktop.canvas.readout import Readout, colour_at
from hiprompt_desktop.canvas.still import Still
from hiprompt_desktop.canvas.zoom_view import MARGIN, ZoomView
from hiprompt_desktop.faults import LogLocation
from hiprompt_desktop.pyramid import Pyramid
from hiprompt_desktop.reporter import Piece
from hiprompt_desktop.session import Session

_CLICK = 4
_NUDGE = 0.02
"""Of the viewport's width: what an arrow key moves the slider by."""
_MOVES = {
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
}


class CanvasView(ZoomView):
    """Shows the session's picture, with grid and captions over it."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._pieces = Pieces(self)
        self._pieces.changed.connect(self._on_pieces)
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
        self._mouse = PatchMouse(self.viewport(), session.selection, self.patches.patch_at, self.patches.patches_in)
        self._pan_from: QPoint | None = None
        self._pressed_at: QPoint | None = None
        self._space = False
        self._sliding = False
        self._space_dragged = False
        for moved in (
            self.zoom_changed,
            *(b.valueChanged for b in (self.horizontalScrollBar(), self.verticalScrollBar())),
        ):
            moved.connect(self.editor.place)
        session.easel.changed.connect(self._on_picture)
        session.captions_changed.connect(self._repaint)
        session.phases_changed.connect(self._repaint)
        session.selection.changed.connect(self._on_selection)
        session.progress_changed.connect(self._repaint)
        session.state_changed.connect(self._repaint)
        session.painted_in.connect(self._on_piece)
        session.phases_changed.connect(self._pieces.clear)
        self.compare.pictures_changed.connect(self._on_picture)
        self.compare.look_changed.connect(self._on_look)
        self.inspection.changed.connect(self._repaint)
        self.navigator.moved.connect(self._on_navigator)
        self.zoom_changed.connect(self._update_navigator)
        for bar in (self.horizontalScrollBar(), self.verticalScrollBar()):
            bar.valueChanged.connect(self._update_navigator)
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
        pyramid, pair = self._session.easel.pyramid, self.compare.size
        old = self._size
        centre = self.mapToScene(self.viewport().rect().center())
        scale = self.transform().m11()
        self._pieces.clear()
        self._size = pair or (pyramid.size if pyramid is not None else None)
        if self._size is None:
            self._fitted = True
        elif self._fitted or old is None:
            self.fit()
        elif old != self._size:
            x, y = self._size.width / old.width, self._size.height / old.height
            self._set_scale(scale / x)
            self.centerOn(QPointF(centre.x() * x, centre.y() * y))
        self.readout.hide()
        self._update_navigator()
        self._repaint()

    def _on_look(self) -> None:
        """Another way to compare; two halves have less room than one whole."""
        if self._fitted:
            self.fit()
        self._update_navigator()
        self._repaint()

    def _on_piece(self, piece: Piece) -> None:
        """A part of the next phase is there already."""
        if not self.compare.on:
            self._pieces.lay(QRectF(*piece.share), piece.image)

    def _on_pieces(self, share: QRectF) -> None:
        """Paint a part of the picture anew."""
        if self._size is None:
            self._repaint()
            return
        width, height = self._size.width, self._size.height
        part = QRectF(share.x() * width, share.y() * height, share.width() * width, share.height() * height)
        self.viewport().update(self.mapFromScene(part).boundingRect().adjusted(-1, -1, 1, 1))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._fitted and self._size is not None:
            self.fit()
        elif self._size is not None:
            self._update_scene_rect(self.transform().m11())
        self.compare_bar.place()
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

    def _visible_share(self) -> QRectF:
        """What is in view, in shares of the picture's width and height."""
        if self._size is None:
            return QRectF(0, 0, 1, 1)
        area = QRect(QPoint(), self._room())
        area.moveCenter(self.viewport().rect().center())
        seen = self.mapToScene(area).boundingRect()
        width, height = self._size.width, self._size.height
        share = QRectF(seen.x() / width, seen.y() / height, seen.width() / width, seen.height() / height)
        return share.intersected(QRectF(0, 0, 1, 1))

    def _update_navigator(self) -> None:
        pair = self.compare.pictures
        self.navigator.show_part(pair[1] or pair[0] or self._session.easel.pyramid, self._visible_share())
        corner = self.viewport().rect().bottomRight() - QPoint(8, 8)
        self.navigator.move(corner - self.navigator.rect().bottomRight())

    def _on_navigator(self, share: QPointF) -> None:
        if self._size is not None:
            self._fitted = False
            self.centerOn(QPointF(share.x() * self._size.width, share.y() * self._size.height))
            self.zoom_changed.emit()
            self._repaint()

    def _read_pixel(self, point: QPoint) -> None:
        """Tell the pixel under the cursor."""
        spot = self.mapToScene(self._plane_point(point))
        pictures = self.compare.pictures if self.compare.size else (self._session.easel.pyramid,)
        if self._size is None or not QRectF(0, 0, self._size.width, self._size.height).contains(spot):
            self.readout.hide()
            return
        share = QPointF(spot.x() / self._size.width, spot.y() / self._size.height)
        self.readout.show_pixel(
            int(spot.x()), int(spot.y()), [colour_at(picture, share) for picture in pictures if picture]
        )
        self.readout.move(8, self.viewport().height() - self.readout.height() - 8)

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

    def _at_slider(self, point: QPoint) -> bool:
        x = self.compare.split * self.viewport().width()
        slides = self.compare.size is not None and self.compare.mode is CompareMode.SLIDER
        return slides and abs(point.x() - x) <= HANDLE

    def mousePressEvent(self, event: QMouseEvent) -> None:
        point = event.position().toPoint()
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        if event.button() == Qt.MouseButton.LeftButton and not self._space and self._at_slider(point):
            self._sliding = True
        elif not self._space and not self.compare.on and self._mouse.press(event):
            return
        elif event.button() in {Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton}:
            self._pan_from = point
            self._pressed_at = point if event.button() == Qt.MouseButton.LeftButton and not self._space else None

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        point = event.position().toPoint()
        self._read_pixel(point)
        if self._mouse.move(event):
            return
        if self._sliding:
            self.compare.set_split(event.position().x() / self.viewport().width())
            return
        if self._pan_from is None:
            self._set_hovered(self.patches.patch_at(point))
            self.viewport().setCursor(self._idle_cursor(point))
            return
        if self._pressed_at is not None and (point - self._pressed_at).manhattanLength() <= _CLICK:
            return
        self._pressed_at = None
        self._space_dragged = True
        self.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)
        self.pan(QPointF(point - self._pan_from))
        self._pan_from = point

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        point = event.position().toPoint()
        if self._mouse.release(event):
            return
        if self._pressed_at is not None:
            self.tap(point)
        self._pan_from = self._pressed_at = None
        self._sliding = False
        self.viewport().setCursor(self._idle_cursor(point))

    def _idle_cursor(self, point: QPoint) -> Qt.CursorShape:
        if self._space:
            return Qt.CursorShape.OpenHandCursor
        if self._at_slider(point):
            return Qt.CursorShape.SplitHCursor
        return Qt.CursorShape.ArrowCursor if self.patches.words_at(point) is None else Qt.CursorShape.IBeamCursor

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        patch = self.patches.patch_at(event.position().toPoint())
        if patch is not None:
            self.editor.open(patch)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
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

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        phase, current = self._session.document.shown_phase, self._session.selection.current
        if key == Qt.Key.Key_Space:
            if not event.isAutoRepeat():
                self._space, self._space_dragged = True, False
                self.viewport().setCursor(Qt.CursorShape.OpenHandCursor)
        elif key in _MOVES and self.compare.on:
            self.compare.set_split(self.compare.split + _NUDGE * _MOVES[key][1])
        elif key in _MOVES and phase is not None:
            self._move(neighbour(phase.patches, current, *_MOVES[key]), event.modifiers())
        elif key in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and not event.modifiers():
            if current is not None and not self.compare.on:
                self.editor.open(current)
        else:
            super().keyPressEvent(event)

    def _move(self, patch: int | None, modifiers: Qt.KeyboardModifier) -> None:
        """Go to a patch and select it; with Ctrl the selection stays, with Shift the patch is added."""
        selection = self._session.selection
        if patch is None or not modifiers & (Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier):
            selection.choose(patch)
        elif modifiers & Qt.KeyboardModifier.ShiftModifier:
            selection.set([*selection.patches, patch], patch)
        else:
            selection.set(selection.patches, patch)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self._space = False
            self.viewport().setCursor(Qt.CursorShape.ArrowCursor)
            current = self._session.selection.current
            if current is not None and not self._space_dragged:
                self._session.selection.toggle(current)
        super().keyReleaseEvent(event)
