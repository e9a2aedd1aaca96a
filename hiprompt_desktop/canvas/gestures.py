"""Fingers on a touchpad or a touch screen: pinch, pan, tap."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import QEvent, QLineF, QPoint, QPointF, Qt
from PySide6.QtGui import QEventPoint, QNativeGestureEvent, QTouchEvent, QWheelEvent

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


class Gestures:
    """Turns events of the viewport into calls of the canvas."""

    def __init__(self, canvas: Zoomable) -> None:
        self._canvas = canvas
        self._slipped = False
        self._last: dict[int, QPointF] = {}
        """Where each finger was, by its number."""

    def take(self, event: QEvent) -> bool:
        """Whether the event was one of fingers, and is dealt with."""
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
        points, last = event.points(), self._last
        if event.type() == QEvent.Type.TouchBegin:
            self._slipped = False
        known = [point for point in points if point.id() in last]
        if len(known) >= 2:
            self._slipped = True
            self._pinch(known[0], known[1])
        elif len(known) == 1:
            point = known[0]
            self._slipped |= QLineF(point.pressPosition(), point.position()).length() > _TAP
            if self._slipped:
                self._canvas.pan(point.position() - last[point.id()])
            elif event.type() == QEvent.Type.TouchEnd:
                self._canvas.tap(point.position().toPoint())
        ended = event.type() in {QEvent.Type.TouchEnd, QEvent.Type.TouchCancel}
        self._last = {} if ended else {point.id(): QPointF(point.position()) for point in points}

    def _pinch(self, first: QEventPoint, second: QEventPoint) -> None:
        before = QLineF(self._last[first.id()], self._last[second.id()])
        after = QLineF(first.position(), second.position())
        self._canvas.pan(after.center() - before.center())
        if before.length() > 1:
            canvas = self._canvas
            canvas.zoom_to(canvas.zoom * after.length() / before.length(), after.center().toPoint())
