"""Panels fold one after the other until only the picture is left, and come back together."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget


class Folding(QObject):
    """Knows which of the panels around the picture are open; ``panels`` fold in their order."""

    def __init__(
        self, actions: Mapping[str, QAction], panels: tuple[QWidget, ...], history: QWidget, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._panels = panels
        self._history = history
        self._wants_history = actions["history"]
        self._alone = actions["only_picture"]
        self._wants_history.toggled.connect(self._on_history)
        self._alone.toggled.connect(self._on_alone)
        actions["fold"].triggered.connect(self.fold)

    def fold(self) -> None:
        """Close the next panel; once all are closed, open them again."""
        is_open = [panel for panel in self._wanted() if not panel.isHidden()]
        self._alone.setChecked(len(is_open) == 1)
        if len(is_open) > 1:
            is_open[0].hide()

    def folded(self) -> str:
        """Places of the closed panels in their order, to be kept."""
        return " ".join(str(place) for place, panel in enumerate(self._panels) if panel.isHidden())

    def restore(self, folded: str) -> None:
        """Close the panels that were closed."""
        closed = [panel for place, panel in enumerate(self._panels) if str(place) in folded.split()]
        for panel in closed:
            panel.hide()
        self._alone.setChecked(set(self._wanted()) <= set(closed))

    def _wanted(self) -> list[QWidget]:
        return [panel for panel in self._panels if panel is not self._history or self._wants_history.isChecked()]

    def _on_history(self, shown: bool) -> None:
        self._history.setVisible(shown and not self._alone.isChecked())

    def _on_alone(self, alone: bool) -> None:
        for panel in self._wanted():
            panel.setVisible(not alone)
