"""The QUndoCommand behind every edit of captions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from PySide6.QtGui import QUndoCommand

from hiprompt_desktop.document import Caption

_TYPING = 1


class HoldsCaptions(Protocol):
    """What the commands change."""

    def apply(self, phase: int, captions: Mapping[int, Caption]) -> None: ...


class ChangeCaptions(QUndoCommand):
    """Changes captions of one phase; typing in the same patches is one step."""

    def __init__(
        self,
        holder: HoldsCaptions,
        title: str,
        phase: int,
        before: Mapping[int, Caption],
        after: Mapping[int, Caption],
        typing: bool = False,
    ) -> None:
        super().__init__(title)
        self._holder = holder
        self._phase = phase
        self._before = before
        self._after = after
        self._typing = typing

    def id(self) -> int:
        return _TYPING if self._typing else -1

    def mergeWith(self, other: QUndoCommand) -> bool:
        if not isinstance(other, ChangeCaptions) or other._phase != self._phase:
            return False
        if other._before.keys() != self._before.keys():
            return False
        self._after = other._after
        self.setObsolete(self._after == self._before)
        return True

    def redo(self) -> None:
        self._holder.apply(self._phase, self._after)

    def undo(self) -> None:
        self._holder.apply(self._phase, self._before)
