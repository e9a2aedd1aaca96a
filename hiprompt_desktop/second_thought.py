"""A key that is easily hit does not end long work by itself: Escape asks once, in the message bar."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, QObject, Slot

from hiprompt_desktop.job import Job
from hiprompt_desktop.messages import Message, Offer, Telling, Tone
from hiprompt_desktop.phrases import duration_text
from hiprompt_desktop.session import Session

LONG = 30
"""Seconds of work that somebody may want to keep."""


class SecondThought(QObject):
    """Cancels short work at once, and long work when it is asked twice; the button Cancel needs no question."""

    def __init__(
        self, session: Session, parent: QObject | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._clock = clock
        self._began = clock()
        self._question: Telling | None = None
        session.job_requested.connect(self._on_job)
        session.job_ended.connect(self._forget)

    @Slot(object)
    def _on_job(self, job: Job) -> None:  # noqa: ARG002
        self._began = self._clock()

    @Slot()
    def cancel(self) -> None:
        worked = self._clock() - self._began
        if worked < LONG or self._question is not None:
            self._session.cancel()
            return
        session = self._session
        self._question = lambda: _question(session.cancel, worked)
        session.messages.tell(self._question)

    @Slot()
    def _forget(self) -> None:
        if self._question is not None:
            self._session.messages.dismiss(self._question)
            self._question = None


def _question(cancel: Callable[[], None], worked: float) -> Message:
    """The window that asked may be gone by the time that it is answered."""
    text = _tr("This has been worked on for {0}.").format(duration_text(worked))
    remedy = _tr("Esc once more cancels it; what is finished is kept.")
    return Message(tone=Tone.INFO, text=text, remedy=remedy, offers=(Offer(text=_tr("Cancel it"), act=cancel),))


def _tr(text: str) -> str:
    return QCoreApplication.translate("SecondThought", text)
