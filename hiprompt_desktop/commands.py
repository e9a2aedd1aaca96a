"""The QUndoCommands behind every edit of the picture at hand and every change of the wish."""

from __future__ import annotations

import time
from collections.abc import Mapping
from itertools import count
from typing import Any, Protocol

from PySide6.QtGui import QUndoCommand

from hiprompt_desktop.steps import Change, Step, WishStep

PAUSE = 2.0
"""Seconds; changes of the same part of the wish that follow each other faster are one step."""
_TYPING, _WISHING = 1, 2
_moments = count(1)


class AppliesChanges(Protocol):
    """What the commands change."""

    def apply(self, change: Change) -> None: ...


class AppliesWishes(Protocol):
    """What the commands change."""

    def take_back(self, values: Mapping[str, Any]) -> None: ...


class Command(QUndoCommand):
    """Knows when it was done or undone last, in an order that all commands share."""

    moment = 0

    def mark(self) -> None:
        self.moment = next(_moments)


class ChangePicture(Command):
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
        self.moment = other.moment
        self.setObsolete(self.step.after == self.step.before)
        return True

    def redo(self) -> None:
        self.mark()
        self._holder.apply(self.step.after)

    def undo(self) -> None:
        self.mark()
        self._holder.apply(self.step.before)


class ChangeWish(Command):
    """Changes some fields of the wish; what follows at once in the same fields is part of it."""

    def __init__(self, holder: AppliesWishes, step: WishStep, merges: bool = False) -> None:
        super().__init__(step.title)
        self.step = step
        self._holder = holder
        self._merges = merges
        self._changed = time.monotonic()

    def id(self) -> int:
        return _WISHING if self._merges else -1

    def mergeWith(self, other: QUndoCommand) -> bool:
        if not isinstance(other, ChangeWish) or other.step.before.keys() != self.step.before.keys():
            return False
        if other._changed - self._changed > PAUSE:
            return False
        self.step = WishStep(title=self.step.title, before=self.step.before, after=other.step.after)
        self.moment, self._changed = other.moment, other._changed
        self.setObsolete(self.step.after == self.step.before)
        return True

    def redo(self) -> None:
        self.mark()
        self._holder.take_back(self.step.after)

    def undo(self) -> None:
        self.mark()
        self._holder.take_back(self.step.before)
