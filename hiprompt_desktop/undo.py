"""Undo and redo over both stacks: what was done last is taken back first, be it of the picture or of the wish."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoStack

from hiprompt_desktop.commands import Command


class Undo(QObject):
    """Steps of the picture end with it, those of the wish go on; what is done in one leaves redo of the other."""

    changed = Signal()
    """Something else, or nothing, can be undone or redone."""

    def __init__(
        self,
        picture: QUndoStack,
        wish: QUndoStack,
        free: Callable[[], bool],
        say: Callable[[str], None],
        parent: QObject | None = None,
    ) -> None:
        """Args:
        free: whether the picture may be changed now; the wish always may.
        say: tells what was undone, which may be in a panel that nobody looks at.
        """
        super().__init__(parent)
        self._picture, self._wish = picture, wish
        self._free = free
        self._say = say
        for stack in (picture, wish):
            stack.indexChanged.connect(self.changed)

    @property
    def can_undo(self) -> bool:
        return self._next(back=True) is not None

    @property
    def can_redo(self) -> bool:
        return self._next(back=False) is not None

    def undo(self) -> None:
        """Take back what was done last."""
        stack = self._next(back=True)
        if stack is not None:
            self._say(self.tr("Undone: {0}").format(stack.undoText()))
            stack.undo()

    def redo(self) -> None:
        """Do again what was taken back last."""
        stack = self._next(back=False)
        if stack is not None:
            self._say(self.tr("Done again: {0}").format(stack.redoText()))
            stack.redo()

    def _next(self, back: bool) -> QUndoStack | None:
        open_ = [self._wish, self._picture] if self._free() else [self._wish]
        stacks = [stack for stack in open_ if (stack.canUndo() if back else stack.canRedo())]
        return max(stacks, key=lambda stack: _moment(stack, back), default=None)


def _moment(stack: QUndoStack, back: bool) -> int:
    command = stack.command(stack.index() - back)
    return command.moment if isinstance(command, Command) else 0
