"""Keys that are easily hit do not end work by themselves: Escape asks once, and so does closing the window; both in the
message bar, and whoever does it again means it."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, QObject, Signal, Slot

from hiprompt_desktop.job import Job
from hiprompt_desktop.messages import Message, Offer, Telling, Tone
from hiprompt_desktop.phrases import duration_text
from hiprompt_desktop.session import Session

LONG = 30
"""Seconds of work that somebody may want to keep."""


class SecondThought(QObject):
    """Cancels short work at once, and long work when it is asked twice; the button Cancel needs no question.

    Closing is asked about however short the work is. As long as that question stands, Escape answers it: no.
    """

    close_agreed = Signal()
    """Work is to be stopped and the window closed."""

    def __init__(
        self, session: Session, parent: QObject | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._clock = clock
        self._began = clock()
        self._question: Telling | None = None
        self._close_question: Telling | None = None
        session.job_requested.connect(self._on_job)
        session.job_ended.connect(self.forget)

    @Slot(object)
    def _on_job(self, job: Job) -> None:  # noqa: ARG002
        self._began = self._clock()

    @Slot()
    def cancel(self) -> None:
        if self._stands(self._close_question):
            self.forget()
            return
        worked = self._clock() - self._began
        if worked < LONG or self._stands(self._question):
            self._session.cancel()
            return
        session = self._session
        self._question = lambda: _question(session.cancel, worked)
        session.messages.tell(self._question)

    def close(self) -> None:
        """The window is to be closed while something is being done."""
        if self._stands(self._close_question):
            self.close_agreed.emit()
            return
        self._close_question = lambda: _close_question(self.close_agreed.emit, self.forget)
        self._session.messages.tell(self._close_question)

    def _stands(self, question: Telling | None) -> bool:
        """Whether it is what the user sees."""
        return question is not None and self._session.messages.telling is question

    @Slot()
    def forget(self) -> None:
        """There is nothing to ask about any more."""
        questions = [question for question in (self._question, self._close_question) if question is not None]
        self._question = self._close_question = None
        for question in questions:
            self._session.messages.dismiss(question)


def _question(cancel: Callable[[], None], worked: float) -> Message:
    """The window that asked may be gone by the time that it is answered."""
    text = _tr("This has been worked on for {0}.").format(duration_text(worked))
    remedy = _tr("Esc once more cancels it; what is finished is kept.")
    return Message(tone=Tone.INFO, text=text, remedy=remedy, offers=(Offer(text=_tr("Cancel it"), act=cancel),))


def _close_question(stop: Callable[[], None], stay: Callable[[], None]) -> Message:
    text = _tr("A picture is still being drawn.")
    remedy = _tr("Finished phases are kept; the same request goes on from them later. Closing once more stops it, too.")
    offers = Offer(text=_tr("Stop and close"), act=stop), Offer(text=_tr("Keep drawing"), act=stay)
    return Message(tone=Tone.WARNING, text=text, remedy=remedy, offers=offers)


def _tr(text: str) -> str:
    return QCoreApplication.translate("SecondThought", text)
