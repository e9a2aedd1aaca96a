"""A view of one picture: zoom at the cursor, pan, fit, 1:1. It knows nothing of what is shown."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent, QTransform, QWheelEvent
from PySide6.QtWidgets import QFrame, QGraphicsScene, QGraphicsView, QWidget

from hiprompt_core.geometry import Size
from hiprompt_desktop.canvas.gestures import pans

MIN_PIXELS = 32
"""The picture never gets smaller than this on the screen."""
MAX_ZOOM = 32.0
_STEP = 1.25
MARGIN = 24
"""Pixels around a picture that is fitted."""


class ZoomView(QGraphicsView):
    """The picture lies in the scene from (0, 0) to ``_size``; none: there is no picture.

    Shares are of its width and height.
    """

    zoom_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setScene(QGraphicsScene(self))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setResizeAnchor(QGraphicsView.ViewportAnchor.AnchorViewCenter)
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.FullViewportUpdate)
        self._fitted = True
        self._size: Size | None = None

    def show_size(self, size: Size | None) -> None:
        """Let a picture of that size lie in the scene, or none; the same part as before stays in view."""
        old, scale = self._size, self.transform().m11()
        centre = self.mapToScene(self.viewport().rect().center())
        self._size = size
        if size is None:
            self._fitted = True
        elif self._fitted or old is None:
            self.fit()
        elif old != size:
            x, y = size.width / old.width, size.height / old.height
            self._set_scale(scale / x)
            self.centerOn(QPointF(centre.x() * x, centre.y() * y))

    @property
    def zoom(self) -> float:
        """Device pixels an image pixel: 1 is 100 %."""
        return self.transform().m11() * self.devicePixelRatioF()

    @property
    def fitted(self) -> bool:
        return self._fitted

    @property
    def gaze(self) -> tuple[float, QPointF] | None:
        """Zoom, and the point of the picture in the middle; none: the whole picture is fitted."""
        return None if self._fitted else (self.zoom, self.mapToScene(self.viewport().rect().center()))

    def look(self, gaze: tuple[float, QPointF]) -> None:
        """Look at the picture as somebody did before."""
        zoom, centre = gaze
        self.zoom_to(zoom)
        self.centerOn(centre)
        self.zoom_changed.emit()

    def fit(self) -> None:
        """Show the whole picture; it stays so when the window or the picture changes."""
        self._fitted = True
        self._set_scale(self._fit_scale())
        self.centerOn(self._scene_rect().center())

    def zoom_to(self, zoom: float, anchor: QPoint | None = None) -> None:
        """Zoom to so many device pixels an image pixel, keeping what lies at ``anchor`` in place."""
        self._fitted = False
        anchor = self._plane_point(anchor) if anchor else self.viewport().rect().center()
        before = self.mapToScene(anchor)
        self._set_scale(zoom / self.devicePixelRatioF())
        moved = self.mapFromScene(before) - anchor
        self._scroll(moved)

    def pan(self, by: QPointF) -> None:
        """Move the picture by so many pixels of the window."""
        if self._size is not None:
            self._fitted = False
            self._scroll(-by.toPoint())
            self.zoom_changed.emit()

    def go_to(self, share: QPointF) -> None:
        """Bring a point of the picture into the middle, given in shares."""
        if self._size is not None:
            self._fitted = False
            self.centerOn(QPointF(share.x() * self._size.width, share.y() * self._size.height))
            self.zoom_changed.emit()
            self.viewport().update()

    def zoom_in(self) -> None:
        self.zoom_to(self.zoom * _STEP)

    def zoom_out(self) -> None:
        self.zoom_to(self.zoom / _STEP)

    def picture_rect(self) -> QRectF:
        """Where the picture lies in the viewport."""
        return QRectF(self.viewportTransform().mapRect(self._scene_rect()))

    @property
    def visible_share(self) -> QRectF:
        """What is in view, in shares."""
        if self._size is None:
            return QRectF(0, 0, 1, 1)
        area = QRect(QPoint(), self._room())
        area.moveCenter(self.viewport().rect().center())
        seen = self.mapToScene(area).boundingRect()
        width, height = self._size.width, self._size.height
        share = QRectF(seen.x() / width, seen.y() / height, seen.width() / width, seen.height() / height)
        return share.intersected(QRectF(0, 0, 1, 1))

    def update_part(self, share: QRectF) -> None:
        """Paint a part of the picture anew, given in shares; all, while there is no picture."""
        if self._size is None:
            self.viewport().update()
            return
        width, height = self._size.width, self._size.height
        part = QRectF(share.x() * width, share.y() * height, share.width() * width, share.height() * height)
        self.viewport().update(self.mapFromScene(part).boundingRect().adjusted(-1, -1, 1, 1))

    def _room(self) -> QSize:
        """What the picture has of the viewport."""
        return self.viewport().size()

    def _margin_above(self) -> int:
        """Pixels over a fitted picture, and under it."""
        return MARGIN

    def _plane_point(self, point: QPoint) -> QPoint:
        """Where a point of the viewport would be if the room lay in its middle, as ``mapToScene`` expects it."""
        return point

    def _scene_rect(self) -> QRectF:
        return QRectF(0, 0, self._size.width, self._size.height) if self._size is not None else QRectF()

    def _set_scale(self, scale: float) -> None:
        if self._size is None:
            return
        ratio = self.devicePixelRatioF()
        smallest = min(MIN_PIXELS / max(self._size), 1.0) / ratio
        scale = min(max(scale, smallest), MAX_ZOOM / ratio)
        self._update_scene_rect(scale)
        self.setTransform(QTransform.fromScale(scale, scale))
        self.zoom_changed.emit()

    def _fit_scale(self) -> float:
        if self._size is None:
            return 1.0
        room = self._room()
        return max(
            1e-4,
            min(
                (room.width() - 2 * MARGIN) / self._size.width,
                (room.height() - 2 * self._margin_above()) / self._size.height,
                MAX_ZOOM,
            ),
        )

    def _update_scene_rect(self, scale: float) -> None:
        """Let the picture be dragged until only a part of it is left in view."""
        room = self.viewport().size()
        x, y = 0.75 * room.width() / scale, 0.75 * room.height() / scale
        self.setSceneRect(self._scene_rect().adjusted(-x, -y, x, y))

    def _scroll(self, by: QPoint) -> None:
        for bar, amount in ((self.horizontalScrollBar(), by.x()), (self.verticalScrollBar(), by.y())):
            bar.setValue(bar.value() + amount)
        self.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._fitted and self._size is not None:
            self.fit()
        elif self._size is not None:
            self._update_scene_rect(self.transform().m11())

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self._size is None:
            return
        if pans(event):
            self.pan(QPointF(event.pixelDelta()))
        else:
            notches = (event.angleDelta().y() or event.angleDelta().x()) / 120
            self.zoom_to(self.zoom * _STEP**notches, event.position().toPoint())
        event.accept()
