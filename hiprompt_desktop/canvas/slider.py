"""The slider between two pictures, under mouse and arrow keys."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QWidget

from hiprompt_desktop.canvas.compare import Compare, CompareMode
from hiprompt_desktop.canvas.compare_painting import HANDLE

_NUDGE = 0.02
"""Of the viewport's width: what an arrow key moves it by."""


class Slider:
    """Takes the mouse from the view where the slider is."""

    def __init__(self, port: QWidget, compare: Compare) -> None:
        self._port = port
        self._compare = compare
        self._held = False

    def at(self, point: QPoint) -> bool:
        """Whether it can be taken there."""
        slides = self._compare.size is not None and self._compare.mode is CompareMode.SLIDER
        return slides and abs(point.x() - self._compare.split * self._port.width()) <= HANDLE

    def press(self, event: QMouseEvent) -> bool:
        """Whether the mouse moves it from here on."""
        if event.button() == Qt.MouseButton.LeftButton and self.at(event.position().toPoint()):
            self._held = True
            return True
        return False

    def move(self, event: QMouseEvent) -> bool:
        if self._held:
            self._compare.set_split(event.position().x() / self._port.width())
        return self._held

    def release(self) -> None:
        self._held = False

    def nudge(self, steps: int) -> None:
        """Move it to the right by so many small steps."""
        self._compare.set_split(self._compare.split + _NUDGE * steps)
