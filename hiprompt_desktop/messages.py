"""What the window tells the user: one message that stays until it is read, and one note in passing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from hiprompt_core.errors import HiPromptError
from hiprompt_desktop.job import Failure


class Tone(Enum):
    INFO = auto()
    WARNING = auto()
    ERROR = auto()


@dataclass(frozen=True, kw_only=True, slots=True)
class Offer:
    """Something that a message proposes: a button."""

    text: str
    act: Callable[[], Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """Something to read; errors stay until they are read."""

    tone: Tone
    text: str
    remedy: str = ""
    log: Path | None = None
    offers: tuple[Offer, ...] = ()
    picture: QImage | None = None
    """What it is about."""


class Messages(QObject):
    """The message and the note of now."""

    changed = Signal()
    note_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.current: Message | None = None
        self.note = ""
        """How the last job ended, or the last answer to a key."""

    def tell(self, message: Message | None) -> None:
        """Put a message in the place of the one before; none: there is nothing to read any more."""
        self.current = message
        self.changed.emit()

    def tell_failure(self, failure: Failure) -> None:
        self.tell(Message(tone=Tone.ERROR, text=failure.problem, remedy=failure.remedy, log=failure.log))

    def complain(self, error: HiPromptError) -> None:
        self.tell_failure(Failure.of(error))

    def say(self, note: str) -> None:
        """Tell in passing."""
        self.note = note
        self.note_changed.emit()
