"""What the window tells the user: messages that stay until they are read, and one note in passing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from hiprompt_core.errors import HiPromptError
from hiprompt_desktop.core_sentences import told
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
class Question:
    """A name that a message wants for what is to be kept."""

    proposal: str
    act: Callable[[str], Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """Something to read."""

    tone: Tone
    text: str
    remedy: str = ""
    log: Path | None = None
    offers: tuple[Offer, ...] = ()
    question: Question | None = None
    picture: QImage | None = None
    """What it is about."""


Telling = Callable[[], Message]
"""Says a message in the language of now; whoever it asks lives as long as the session."""


class Messages(QObject):
    """What is not read yet, and the note of now."""

    changed = Signal()
    note_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._unread: list[Telling] = []
        """The newest last; only that one may be for information."""
        self._passing: list[Telling] = []
        """Those that say nothing any more when the work at hand is done."""
        self.current: Message | None = None
        self.note = ""
        """How the last job ended, or the last answer to a key."""

    @property
    def telling(self) -> Telling | None:
        """What says the current message."""
        return self._unread[-1] if self._unread else None

    @property
    def more(self) -> int:
        """Messages that wait behind the current one."""
        return max(0, len(self._unread) - 1)

    def tell(self, telling: Telling, *, passing: bool = False) -> None:
        """Show a message before the others; warnings and errors that are not read yet stay behind it.

        Args:
            passing: it says nothing any more when the work at hand is done.
        """
        if self.current is not None and (self.current.tone is Tone.INFO or self.current == telling()):
            del self._unread[-1]
        self._unread.append(telling)
        if passing:
            self._passing.append(telling)
        self.retell()

    def tell_failure(self, failure: Failure) -> None:
        self.tell(
            lambda: Message(tone=Tone.ERROR, text=told(failure.problem), remedy=told(failure.remedy), log=failure.log)
        )

    def complain(self, error: HiPromptError) -> None:
        self.tell_failure(Failure.of(error))

    def dismiss(self, telling: Telling | None = None) -> None:
        """A message was read, or is true no more; none: the current one."""
        telling = telling or self.telling
        if telling in self._unread:
            self._unread.remove(telling)
            self.retell()

    def let_pass(self) -> None:
        """The work is done, and what was only told about it with it."""
        for telling in self._passing:
            self.dismiss(telling)
        self._passing.clear()

    def clear(self) -> None:
        """There is nothing to read any more."""
        self._unread.clear()
        self._passing.clear()
        self.retell()

    def retell(self) -> None:
        """Say the current message again, in the language of now."""
        self.current = self._unread[-1]() if self._unread else None
        self.changed.emit()

    def say(self, note: str) -> None:
        """Tell in passing."""
        self.note = note
        self.note_changed.emit()
