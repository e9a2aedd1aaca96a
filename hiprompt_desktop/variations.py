"""Several drawings of the same patches, to choose one of before it becomes part of the picture."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from hiprompt_core.request import RegenerateRequest
from hiprompt_desktop.reporter import PhasePicture


class Variations(QObject):
    """Open from the first drawing until one is accepted, or all are discarded."""

    changed = Signal()
    """Another one is there, or another one is looked at."""
    settled = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.request: RegenerateRequest | None = None
        self.pictures: tuple[PhasePicture, ...] = ()
        self.shown = 0
        """0: what was; from 1 on: the drawings."""

    @property
    def open(self) -> bool:
        return bool(self.pictures)

    @property
    def picture(self) -> PhasePicture | None:
        """The drawing that is looked at."""
        return self.pictures[self.shown - 1] if self.shown else None

    def add(self, request: RegenerateRequest, picture: PhasePicture) -> None:
        """Look at one more."""
        self.request = request
        self.pictures = (*self.pictures, picture)
        self.show(len(self.pictures))

    def show(self, number: int) -> None:
        """Look at a drawing, or at what was (0)."""
        self.shown = max(0, min(number, len(self.pictures)))
        self.changed.emit()

    def step(self, by: int) -> None:
        """Look at the next one, or the one before."""
        self.show(self.shown + by)

    def close(self) -> None:
        """Somebody decided."""
        self.pictures, self.shown, self.request = (), 0, None
        self.changed.emit()
        self.settled.emit()
