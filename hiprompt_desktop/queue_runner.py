"""Lets pictures that wait be drawn one after the other, and keeps account of the one that is being drawn."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject, Qt, Signal, Slot

from hiprompt_core.errors import HiPromptError, OutputError
from hiprompt_core.request import GenerationRequest
from hiprompt_desktop.core_sentences import side_by_side, told
from hiprompt_desktop.job import Failure, Job
from hiprompt_desktop.job_queue import ENDED, JobQueue, Ticket, Turn
from hiprompt_desktop.messages import Message, Offer, Telling, Tone
from hiprompt_desktop.session import Session


class QueueRunner(QObject):
    """Every picture that the session draws has a ticket, so that a crash leaves a trace of it."""

    changed = Signal()

    def __init__(self, session: Session, queue: JobQueue, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._queue = queue
        self._drawing: tuple[Job, str] | None = None
        """The job at hand and its ticket."""
        self._taken: Ticket | None = None
        """What is about to become the job at hand."""
        self._awake = False
        self._unread: Telling | None = None
        """What went wrong with the picture before."""
        session.job_requested.connect(self._on_job)
        session.job_ended.connect(self._on_ended)
        session.patch_work.variations.settled.connect(self.go_on, Qt.ConnectionType.QueuedConnection)

    @property
    def tickets(self) -> tuple[Ticket, ...]:
        """All of them: those that ended, oldest first, the running one, then those that wait, next first."""
        return self._queue.tickets

    @property
    def waiting(self) -> tuple[Ticket, ...]:
        return self._queue.waiting

    @property
    def paused(self) -> bool:
        return self._queue.paused

    # At the start and the end of the program

    def start(self) -> None:
        """Draw what waits from the last time, unless that ended in a crash."""
        self._awake = True
        if self._queue.crashed is not None:
            self._tell_crash(self._queue.crashed)
        self.go_on()

    def stop(self) -> None:
        """Start nothing any more."""
        self._awake = False

    def _tell_crash(self, ticket: Ticket) -> None:
        waiting = bool(self.waiting)

        def crash() -> Message:
            text = self.tr("HiPrompt ended while it drew “{0}”.").format(_short(ticket))
            offers = [Offer(text=self.tr("Draw it again"), act=lambda: self.retry(ticket.id, at_once=True))]
            remedy = self.tr("What was finished is kept.")
            if waiting:
                remedy = self.tr("The queue is paused.")
                offers.append(Offer(text=self.tr("Resume the queue"), act=self.resume))
            return Message(tone=Tone.WARNING, text=text, remedy=remedy, offers=tuple(offers))

        self._session.messages.tell(crash)

    # What the user wants

    @Slot()
    def generate(self) -> None:
        """Draw the picture of the wish now, or after those that wait."""
        self._add(front=False)

    @Slot()
    def generate_next(self) -> None:
        """Draw the picture of the wish now, or before those that wait."""
        self._add(front=True)

    @Slot()
    def generate_instead(self) -> None:
        """Draw the picture of the wish now, in the place of the one in work and of all that wait."""
        if self._session.busy and self._add(front=True):
            ticket = self.waiting[0]
            self._do(lambda: self._queue.cancel_waiting(besides=ticket.id))
            self._do(lambda: self._queue.pause(False))
            self._session.cancel()
        elif not self._session.busy:
            self.generate()

    def generate_batch(self, count: int) -> None:
        """Draw the wish under several seeds in a row, to choose from."""
        self._add(front=False, count=count)

    def _add(self, front: bool, count: int = 1) -> bool:
        """False when it cannot be drawn, or the queue not written."""
        session = self._session
        if not session.busy and count == 1:
            session.picture_work.generate()
            return True
        taken = [ticket.request.seed for ticket in self.tickets if ticket.turn not in ENDED]
        try:
            requests = session.next.requests(count, taken)
        except HiPromptError as error:
            session.messages.complain(error)
            return False
        for request in reversed(requests) if front else requests:
            if not self._do(lambda request=request: self._queue.add(request, front=front)):
                return False
        session.next.seed_taken(requests[-1].seed)
        self.go_on()
        return True

    def retry(self, ticket_id: str, at_once: bool = False) -> None:
        """Let a picture that ended wait again; at once: before all others, even in a paused queue."""
        self._do(lambda: self._queue.retry(ticket_id))
        if at_once and not self._session.busy:
            self._begin(ticket_id)
        else:
            self.go_on()

    def remove(self, ticket_id: str) -> None:
        self._do(lambda: self._queue.remove(ticket_id))

    def move(self, ticket_id: str, place: int) -> None:
        """Put a waiting picture at another place among those that wait, counted from 0."""
        self._do(lambda: self._queue.move(ticket_id, place))

    @Slot()
    def cancel_waiting(self) -> None:
        """Draw nothing but the picture in work."""
        self._do(self._queue.cancel_waiting)

    @Slot()
    def cancel_all(self) -> None:
        """Draw nothing any more."""
        self.cancel_waiting()
        self._session.cancel()

    def clear_ended(self) -> None:
        self._do(self._queue.clear_ended)

    @Slot()
    def pause(self) -> None:
        """Finish the picture in work and start no other."""
        self._do(lambda: self._queue.pause(True))

    @Slot()
    def resume(self) -> None:
        self._session.messages.dismiss()
        self._do(lambda: self._queue.pause(False))
        self.go_on()

    # One after the other

    @Slot()
    def go_on(self) -> None:
        """Start the next picture, when nothing stands in its way."""
        while self._awake and not self._session.busy and not self.paused and self.waiting:
            if self._session.patch_work.variations.open:
                break  # the picture is not taken away while one of them is chosen
            if not self._begin(self.waiting[0].id):
                break
        unread, self._unread = self._unread, None
        if unread is not None and self._session.busy:
            self._session.messages.tell(unread)  # the next picture does not wipe away what went wrong with this one

    def _begin(self, ticket_id: str) -> bool:
        """Start a picture; false when the queue cannot be changed."""
        taken: list[Ticket | None] = []
        if not self._do(lambda: taken.append(self._queue.take(ticket_id))):
            return False
        self._taken = taken[0]
        if self._taken is None:
            return True
        try:
            self._session.picture_work.draw(self._taken.request)
        except HiPromptError as error:
            failure = Failure.of(error)
            self._session.messages.tell_failure(failure)
            self._close(self._taken.id, Turn.FAILED, failure)
            self._unread = self._session.messages.telling
        finally:
            self._taken = None
        return True

    @Slot(object)
    def _on_job(self, job: Job) -> None:
        """A job begins; one that nobody queued gets its ticket here."""
        if isinstance(job.request, GenerationRequest):
            request, ticket = job.request, self._taken
            for other in self.tickets:
                if other.turn is Turn.STOPPED and other.request.output == request.output:
                    self.remove(other.id)  # it goes on
            if ticket is None:
                made: list[Ticket | None] = []
                self._do(lambda: made.append(self._queue.take(self._queue.add(request, front=True).id)))
                ticket = made[0] if made else None
            self._drawing = (job, ticket.id) if ticket is not None else None

    @Slot(object, object, object)
    def _on_ended(self, job: Job, turn: Turn, failure: Failure | None) -> None:
        if self._drawing is not None and self._drawing[0] is job:
            ticket_id = self._drawing[1]
            self._drawing = None
            self._close(ticket_id, turn, failure)
            if self.waiting and not self.paused and turn is Turn.STOPPED:
                # The picture stopped for its user to look at it: it is not taken away.
                self._hold(self._with_the_picture)
        if failure is not None:
            self._unread = self._session.messages.telling
        self.go_on()

    def _close(self, ticket_id: str, turn: Turn, failure: Failure | None) -> None:
        problem = f"{failure.problem} {failure.remedy}".strip() if failure is not None else ""
        self._do(lambda: self._queue.end(ticket_id, turn, problem))
        if failure is not None and failure.blocks and self.waiting:
            self._session.messages.dismiss()  # said here with what follows from it
            self._hold(partial(self._for_a_reason, failure))

    def _hold(self, telling: Telling) -> None:
        """Pause, and say why."""
        self._do(lambda: self._queue.pause(True))
        self._session.messages.tell(telling)

    def _with_the_picture(self) -> Message:
        text = self.tr("The picture waits for you, and the queue with it.")
        return Message(tone=Tone.INFO, text=text, offers=(self._resuming(),))

    def _for_a_reason(self, failure: Failure) -> Message:
        remedy = side_by_side(told(failure.remedy), self.tr("The queue is paused."))
        return Message(tone=Tone.ERROR, text=told(failure.problem), remedy=remedy, offers=(self._resuming(),))

    def _resuming(self) -> Offer:
        return Offer(text=self.tr("Resume the queue"), act=self.resume)

    def _do(self, change) -> bool:  # type: ignore[no-untyped-def]
        """Change the queue; a disk that takes nothing is told, and the queue stays as it was."""
        try:
            change()
        except OutputError as error:
            self._session.messages.complain(error)
            return False
        self.changed.emit()
        return True


def _short(ticket: Ticket) -> str:
    prompt = " ".join(ticket.request.prompt.split())
    return prompt if len(prompt) <= 60 else prompt[:59] + "…"
