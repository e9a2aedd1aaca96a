"""Which patches of the shown phase are selected; canvas and list share it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import QObject, Signal

from hiprompt_desktop.document import Document, Phase


class PatchSelection(QObject):
    """Changes the document's selection; patches that do not exist are left out."""

    changed = Signal()

    def __init__(self, document: Callable[[], Document], parent: QObject) -> None:
        super().__init__(parent)
        self._document = document

    @property
    def patches(self) -> list[int]:
        """In reading order."""
        return sorted(self._document().selection)

    @property
    def current(self) -> int | None:
        return self._document().current

    def choose(self, patch: int | None) -> None:
        """Select one patch alone; none: no patch."""
        self.set([] if patch is None else [patch], patch)

    def set(self, patches: Iterable[int], current: int | None = None) -> None:
        """Select these patches; keys then act on ``current``."""
        count = self._count()
        chosen = frozenset(patch for patch in patches if 0 <= patch < count)
        if current is not None and not 0 <= current < count:
            return
        document = self._document()
        if current is None and chosen:
            current = document.current if document.current in chosen else min(chosen)
        if (chosen, current) != (document.selection, document.current):
            document.selection, document.current = chosen, current
            self.changed.emit()

    def toggle(self, patch: int) -> None:
        """Add a patch to the selection, or take it out."""
        self.set(self._document().selection ^ {patch}, patch)

    def choose_all(self) -> None:
        self.set(range(self._count()), self.current)

    def grow(self) -> None:
        """Add the patches around the selected ones."""
        phase = self._phase()
        if phase is not None:
            around = {other for patch in self.patches for other in phase.neighbours(patch)}
            self.set(around | self._document().selection, self.current)

    def choose_rectangle(self, corner: int, other: int) -> None:
        """Select all patches of the rows and columns between two."""
        phase = self._phase()
        if phase is not None and max(corner, other) < len(phase.patches):
            one, two = phase.patches[corner], phase.patches[other]
            rows = range(min(one.row, two.row), max(one.row, two.row) + 1)
            columns = range(min(one.column, two.column), max(one.column, two.column) + 1)
            self.set((patch.index for patch in phase.patches if patch.row in rows and patch.column in columns), other)

    def _phase(self) -> Phase | None:
        return self._document().shown_phase

    def _count(self) -> int:
        phase = self._phase()
        return len(phase.patches) if phase is not None else 0
