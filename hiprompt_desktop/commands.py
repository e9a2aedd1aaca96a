"""The QUndoCommand behind every edit of the picture at hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from PySide6.QtGui import QUndoCommand

from hiprompt_desktop.document import Caption

_TYPING = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """What some patches say and which pictures their phases have: one side of a step."""

    captions: Mapping[int, Mapping[int, Caption]] = field(default_factory=dict)
    """By phase and patch."""
    pictures: Mapping[int, Path] = field(default_factory=dict)
    """Files by phase; they are never overwritten, so that a step holds none of their pixels."""

    def touches_same(self, other: Change) -> bool:
        """Whether it is about the same patches and pictures."""
        mine = {phase: captions.keys() for phase, captions in self.captions.items()}
        return mine == {phase: captions.keys() for phase, captions in other.captions.items()} and (
            self.pictures.keys() == other.pictures.keys()
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """One step of undo."""

    title: str
    before: Change
    after: Change


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
