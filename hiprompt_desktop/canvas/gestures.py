"""Fingers on a touchpad or a touch screen: pinch, pan, tap."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import QEvent, QLineF, QObject, QPoint, QPointF, Qt
from PySide6.QtGui import QNativeGestureEvent, QTouchEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

_TAP = 10.0
"""Pixels that a finger may slip while it taps."""


class Zoomable(Protocol):
    """What the fingers move; the canvas."""

    @property
    def zoom(self) -> float: ...
    @property
    def fitted(self) -> bool: ...
    def zoom_to(self, zoom: float, anchor: QPoint | None = None) -> None: ...
    def fit(self) -> None: ...
    def pan(self, by: QPointF) -> None: ...
    def tap(self, point: QPoint) -> None: ...


def pans(event: QWheelEvent) -> bool:
    """Whether a wheel event is two fingers on a touchpad; mice report pixels too, but neither phases nor a touchpad."""
    if event.pixelDelta().isNull() or event.modifiers() & Qt.KeyboardModifier.ControlModifier:
        return False
    touchpad = event.pointingDevice().type() == event.pointingDevice().DeviceType.TouchPad
    return touchpad or event.phase() != Qt.ScrollPhase.NoScrollPhase


class Gestures(QObject):
    """Turns events of the viewport into calls of the canvas."""

    def __init__(self, canvas: Zoomable, viewport: QWidget) -> None:
        super().__init__(viewport)
        self._canvas = canvas
        self._viewport = viewport
        self._slipped = False
        self._last: dict[int, QPointF] = {}
        """Where each finger was, by its number."""
        self._first: dict[int, QPointF] = {}
        """Where the fingers were that came first."""
        viewport.setAttribute(Qt.WidgetAttribute.WA_AcceptTouchEvents)
        viewport.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: ARG002
        if isinstance(event, QNativeGestureEvent):
            return self._native(event)
        if isinstance(event, QTouchEvent):
            self._touch(event)
            return True
        return False

    def _native(self, event: QNativeGestureEvent) -> bool:
        kind, canvas = event.gestureType(), self._canvas
        if kind == Qt.NativeGestureType.ZoomNativeGesture:
            canvas.zoom_to(canvas.zoom * max(0.1, 1 + event.value()), event.position().toPoint())
        elif kind == Qt.NativeGestureType.SmartZoomNativeGesture:
            if canvas.fitted:
                canvas.zoom_to(1.0, event.position().toPoint())
            else:
                canvas.fit()
        else:
            return kind in {Qt.NativeGestureType.BeginNativeGesture, Qt.NativeGestureType.EndNativeGesture}
        event.accept()
        return True

    def _touch(self, event: QTouchEvent) -> None:
        """One finger moves the picture or taps, two zoom and move it."""
        event.accept()
        now = {point.id(): self._viewport.mapFromGlobal(point.globalPosition()) for point in event.points()}
        if event.type() == QEvent.Type.TouchBegin:
            self._slipped, self._first = False, now
        fingers = [finger for finger in now if finger in self._last]
        if len(fingers) >= 2:
            self._slipped = True
            a, b = fingers[:2]
            self._pinch(QLineF(self._last[a], self._last[b]), QLineF(now[a], now[b]))
        elif len(fingers) == 1:
            finger = fingers[0]
            self._slipped |= QLineF(self._first.get(finger, now[finger]), now[finger]).length() > _TAP
            if self._slipped:
                self._canvas.pan(now[finger] - self._last[finger])
            elif event.type() == QEvent.Type.TouchEnd:
                self._canvas.tap(now[finger].toPoint())
        ended = event.type() in {QEvent.Type.TouchEnd, QEvent.Type.TouchCancel}
        self._last = {} if ended else now

    def _pinch(self, before: QLineF, after: QLineF) -> None:
        self._canvas.pan(after.center() - before.center())
        if before.length() > 1:
            canvas = self._canvas
            canvas.zoom_to(canvas.zoom * after.length() / before.length(), after.center().toPoint())
