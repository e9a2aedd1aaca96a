"""One QUndoCommand for each edit of the document."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtGui import QUndoCommand

_EDIT_CAPTION = 1


class EditsCaptions(Protocol):
    """What the commands change; the session."""

    def apply_caption(self, phase: int, patch: int, text: str | None) -> None: ...


class EditCaption(QUndoCommand):
    """Changes what a patch says; typing in one patch is one step."""

    def __init__(
        self, session: EditsCaptions, title: str, phase: int, patch: int, before: str | None, after: str
    ) -> None:
        super().__init__(title)
        self._session = session
        self._where = (phase, patch)
        self._before = before
        self._after: str | None = after

    def id(self) -> int:
        return _EDIT_CAPTION

    def mergeWith(self, other: QUndoCommand) -> bool:
        if not isinstance(other, EditCaption) or other._where != self._where:
            return False
        self._after = other._after
        self.setObsolete(self._after == self._before)
        return True

    def redo(self) -> None:
        self._session.apply_caption(*self._where, self._after)

    def undo(self) -> None:
        self._session.apply_caption(*self._where, self._before)
