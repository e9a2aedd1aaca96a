"""The hand that moves the picture: a drag with the left or the middle button, or with Space held."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QWidget

_CLICK = 4
"""Pixels that the mouse may slip while it clicks."""


class Hand:
    """Has the mouse while a button is down that nothing else took; a left press that stays in place is a tap."""

    def __init__(self, port: QWidget, pan: Callable[[QPointF], None], tap: Callable[[QPoint], None]) -> None:
        self._port = port
        self._pan = pan
        self._tap = tap
        self._from: QPoint | None = None
        """Where the mouse was; none: no button is down."""
        self._pressed_at: QPoint | None = None
        """Where a tap began that may still become a drag."""
        self._dragged = False
        self.lifted = False
        """Whether Space is held: every drag moves the picture then, and none taps."""

    def lift(self) -> None:
        self.lifted, self._dragged = True, False
        self._port.setCursor(Qt.CursorShape.OpenHandCursor)

    def lower(self) -> bool:
        """Whether it was lifted, and nothing was dragged since."""
        tapped, self.lifted = self.lifted and not self._dragged, False
        self._port.setCursor(Qt.CursorShape.ArrowCursor)
        return tapped

    def press(self, event: QMouseEvent) -> None:
        if event.button() in {Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton}:
            self._from = event.position().toPoint()
            taps = event.button() == Qt.MouseButton.LeftButton and not self.lifted
            self._pressed_at = self._from if taps else None

    def move(self, event: QMouseEvent) -> bool:
        """Whether the hand has the mouse."""
        if self._from is None:
            return False
        point = event.position().toPoint()
        if self._pressed_at is None or (point - self._pressed_at).manhattanLength() > _CLICK:
            self._pressed_at = None
            self._dragged = True
            self._port.setCursor(Qt.CursorShape.ClosedHandCursor)
            self._pan(QPointF(point - self._from))
            self._from = point
        return True

    def release(self, event: QMouseEvent) -> None:
        if self._pressed_at is not None:
            self._tap(event.position().toPoint())
        self._from = self._pressed_at = None
