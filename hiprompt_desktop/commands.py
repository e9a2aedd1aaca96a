"""The QUndoCommand behind every edit of the picture at hand."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtGui import QUndoCommand

from hiprompt_desktop.steps import Change, Step

_TYPING = 1


class AppliesChanges(Protocol):
    """What the commands change."""

    def apply(self, change: Change) -> None: ...


class ChangePicture(QUndoCommand):
    """Takes one step; typing in the same patches is one."""

    def __init__(self, holder: AppliesChanges, step: Step, typing: bool = False) -> None:
        super().__init__(step.title)
        self.step = step
        self._holder = holder
        self._typing = typing

    def id(self) -> int:
        return _TYPING if self._typing else -1

    def mergeWith(self, other: QUndoCommand) -> bool:
        if not isinstance(other, ChangePicture) or not other.step.before.touches_same(self.step.before):
            return False
        self.step = Step(title=self.step.title, before=self.step.before, after=other.step.after)
        self.setObsolete(self.step.after == self.step.before)
        return True

    def redo(self) -> None:
        self._holder.apply(self.step.after)

    def undo(self) -> None:
        self._holder.apply(self.step.before)
