"""The picture that stands on the canvas, and those that are at hand to take its place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from hiprompt_desktop.comparison import Comparison
from hiprompt_desktop.document import Document
from hiprompt_desktop.pictures import Pictures
from hiprompt_desktop.pyramid import Pyramid


class Easel(QObject):
    """Holds finished phases in memory; one of them is on the canvas, or two are compared there."""

    changed = Signal()
    """Another picture is on the canvas."""
    wanted = Signal(object)
    """(Path) A picture is to be shown that is not in memory; ``take`` waits for it."""
    comparison_changed = Signal()

    def __init__(self, document: Callable[[], Document], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._pictures = Pictures()
        self._canvas: Pyramid | None = None
        self._own: tuple[Path, Pyramid] | None = None
        self.phase: int | None = None
        """The finished phase whose picture is on the canvas."""
        self.comparison: Comparison | None = None
        """The two pictures that are looked at together."""

    @property
    def pyramid(self) -> Pyramid | None:
        """The picture on the canvas: of a phase, or the user's own as long as nothing is drawn from it."""
        if self.phase is not None or self._own is None:
            return self._canvas if self.phase is not None else None
        request = self._document().request
        return self._own[1] if request is None or request.base_image == self._own[0] else None

    @property
    def own(self) -> Pyramid | None:
        """The user's own picture, whether it is on the canvas or not."""
        return self._own[1] if self._own is not None else None

    def show_own(self, path: Path | None, pyramid: Pyramid | None) -> None:
        """Have a picture of the user's on the canvas while there is nothing else; none: nothing."""
        self._own = (path, pyramid) if path is not None and pyramid is not None else None
        if self.phase is None:
            self.changed.emit()

    def pyramid_of(self, phase: int) -> Pyramid | None:
        """The picture of a phase; none: it is not finished, or not in memory."""
        phases = self._document().phases
        path = phases[phase].path if phase in phases else None
        return self._pictures.get(path) if path is not None else None

    def keep(self, path: Path | None, pyramid: Pyramid) -> None:
        """Have a picture at hand."""
        if path is not None:
            needed = {phase.path for phase in self._document().phases.values() if phase.path is not None}
            self._pictures.put(path, pyramid, needed)

    def take(self, path: Path, pyramid: Pyramid) -> None:
        """A picture that was wanted is here."""
        self.keep(path, pyramid)
        if self.phase is not None and self._document().phases[self.phase].path == path:
            self.show(self.phase)

    def show(self, phase: int | None) -> None:
        """Put a phase on the canvas; one that must be read first takes the place of the one before when it is here."""
        self.phase = phase
        pyramid = self.pyramid_of(phase) if phase is not None else None
        if phase is not None and pyramid is None:
            self.wanted.emit(self._document().phases[phase].path)
            return
        self._canvas = pyramid
        self.changed.emit()

    def show_instead(self, pyramid: Pyramid) -> None:
        """Look at something else in the place of the phase on the canvas."""
        self._canvas = pyramid
        self.changed.emit()

    def forget_shown(self) -> None:
        """The picture on the canvas is out of date: what is shown next replaces it, even under the same number."""
        self.phase = None

    def compare(self, comparison: Comparison | None) -> None:
        """Look at two pictures together; none: at one again."""
        if comparison != self.comparison:
            self.comparison = comparison
            self.comparison_changed.emit()

    def clear(self) -> None:
        """Hold nothing, show nothing."""
        self._pictures.clear()
        self.phase = None
        self.compare(None)
