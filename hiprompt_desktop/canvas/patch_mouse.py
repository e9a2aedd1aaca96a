"""Selects patches on the canvas: a click, with Ctrl or Shift many, with Shift and a drag all in a rectangle."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QRubberBand, QWidget

from hiprompt_desktop.patch_selection import PatchSelection

_CLICK = 4


class PatchMouse:
    """Takes the mouse from the view while Shift or Ctrl is held."""

    def __init__(
        self,
        port: QWidget,
        selection: PatchSelection,
        patch_at: Callable[[QPoint], int | None],
        patches_in: Callable[[QRect], list[int]],
    ) -> None:
        self._selection = selection
        self._patch_at = patch_at
        self._patches_in = patches_in
        self._band = QRubberBand(QRubberBand.Shape.Rectangle, port)
        self._from: QPoint | None = None

    def press(self, event: QMouseEvent) -> bool:
        """Whether the mouse selects from here on."""
        held = event.modifiers() & (Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier)
        if event.button() != Qt.MouseButton.LeftButton or not held:
            return False
        self._from = event.position().toPoint()
        return True

    def move(self, event: QMouseEvent) -> bool:
        if self._from is None:
            return False
        rect = QRect(self._from, event.position().toPoint()).normalized()
        if self._band.isVisible() or rect.width() + rect.height() > _CLICK:
            self._band.setGeometry(rect)
            self._band.show()
            added = event.modifiers() & Qt.KeyboardModifier.ControlModifier
            self._selection.set([*(self._selection.patches if added else ()), *self._patches_in(rect)])
        return True

    def release(self, event: QMouseEvent) -> bool:
        if self._from is None:
            return False
        point, self._from = self._from, None
        if self._band.isVisible():
            self._band.hide()
            self._band.setGeometry(QRect(QPoint(), QSize()))
        else:
            self.click(self._patch_at(point), event.modifiers())
        return True

    def click(self, patch: int | None, modifiers: Qt.KeyboardModifier) -> None:
        """Select one patch, add or take away one with Ctrl, all up to it with Shift."""
        current = self._selection.current
        if patch is not None and modifiers & Qt.KeyboardModifier.ControlModifier:
            self._selection.toggle(patch)
        elif patch is not None and current is not None and modifiers & Qt.KeyboardModifier.ShiftModifier:
            self._selection.choose_rectangle(current, patch)
        else:
            self._selection.choose(patch)

    def point_out(self, point: QPoint) -> None:
        """Let what comes act on the patch at a point: alone, or with the others where it is selected already."""
        patch, patches = self._patch_at(point), self._selection.patches
        if patch is not None:
            self._selection.set(patches if patch in patches else [patch], patch)
