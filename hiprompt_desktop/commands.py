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
LETTERS = 8
"""Of a text that may come or go at once, as an input method writes them, and still count as typing."""
_TYPING, _WISHING = 1, 2
_moments = count(1)


def _replaces(before: object, after: object) -> bool:
    """Whether a text gave way to another one, more than by a few letters at one place."""
    if not (isinstance(before, str) and isinstance(after, str)):
        return False
    same = _same_letters(before, after) + _same_letters(before[::-1], after[::-1])
    return abs(len(before) - len(after)) > LETTERS or same < min(len(before), len(after))


def _same_letters(one: str, other: str) -> int:
    """How many both begin with."""
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


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
        pairs = [(self.step.after[name], value) for name, value in other.step.after.items()]
        if other._changed - self._changed > PAUSE or any(_replaces(*pair) for pair in pairs):
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
