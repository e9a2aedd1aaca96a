"""The one object that owns the document, the undo stack and the job at hand; everything in the GUI thread."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QUndoStack

from hiprompt_core.errors import HiPromptError
from hiprompt_core.events import PhaseStarted
from hiprompt_core.picture_files import picture_file
from hiprompt_core.request import CaptionRequest, GenerationRequest, RegenerateRequest
from hiprompt_core.run_folder import RunFolder
from hiprompt_desktop.caption_edits import CaptionEdits
from hiprompt_desktop.caption_flags import Flag, Review
from hiprompt_desktop.core_sentences import told
from hiprompt_desktop.document import Document, Wish
from hiprompt_desktop.draft import add_captions, begin_phase, finish_phase
from hiprompt_desktop.easel import Easel
from hiprompt_desktop.job import Failure, Job, JobState, PromptRequest
from hiprompt_desktop.job_queue import Turn
from hiprompt_desktop.messages import Message, Messages, Tone
from hiprompt_desktop.next_picture import NextPicture
from hiprompt_desktop.opened_picture import OpenedPicture
from hiprompt_desktop.patch_selection import PatchSelection
from hiprompt_desktop.patch_work import PatchWork
from hiprompt_desktop.picture_work import PictureWork
from hiprompt_desktop.progress import Progress
from hiprompt_desktop.reporter import PhasePicture, Report
from hiprompt_desktop.tokens import Tokens
from hiprompt_desktop.undo import Undo


class Session(QObject):
    """Widgets call its methods and listen to its signals; they know nobody else."""

    job_requested = Signal(object)
    phases_changed = Signal()
    """Phases came, went or advanced."""
    picture_leaving = Signal()
    """Another picture is about to take the place of the one at hand, or none."""
    painted_in = Signal(object)
    """(Piece) A part of the phase in work that the canvas follows."""
    captions_changed = Signal()
    state_changed = Signal()
    progress_changed = Signal()
    picture_finished = Signal()
    job_ended = Signal(object, object, object)
    """(Job, Turn: how it ended, Failure or none) Nothing is being done any more."""

    def __init__(self, wish: Wish, pictures: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.messages = Messages(self)
        self.messages.note_changed.connect(self.progress_changed)
        self.next = NextPicture(wish, pictures, self)
        self.next.device_missing.connect(self._on_device_missing)
        self.tokens = Tokens(self.next, self)
        self.tokens.changed.connect(self.captions_changed)
        self.document = Document()
        self.easel = Easel(lambda: self.document, self)
        self.undo_stack = QUndoStack(self)
        self.selection = PatchSelection(lambda: self.document, self)
        self.undo = Undo(self.undo_stack, self.next.steps, lambda: self.can_change, self.messages.say, self)
        self.edits = CaptionEdits(lambda: self.document, self.undo_stack, self)
        self.edits.changed.connect(self.captions_changed)
        self.edits.pictures_changed.connect(self.on_versions)
        self.patch_work = PatchWork(self)
        self.picture_work = PictureWork(self)
        self._review = Review()
        self.state = JobState.IDLE
        self.progress = Progress()
        self._job: Job | None = None
        self._follow = True

    # Jobs

    @property
    def busy(self) -> bool:
        return self.state is not JobState.IDLE

    @property
    def draws(self) -> bool:
        """Whether a whole picture is in the making (not only a patch, or words)."""
        return self._job is not None and self._job.draws

    @property
    def job(self) -> Job | None:
        """What is being done."""
        return self._job

    @property
    def can_stop_after_phase(self) -> bool:
        job = self._job
        return self.state is JobState.RUNNING and job is not None and job.draws and not job.stop_after_phase.is_set()

    def stop_after_phase(self) -> None:
        """Let the phase in work be finished, and none begin after it."""
        if self._job is not None and self.can_stop_after_phase:
            self._job.stop_after_phase.set()
            self.state_changed.emit()

    def cancel(self) -> None:
        if self._job is not None and self.state is JobState.RUNNING:
            self._job.cancel.set()
            self._set_state(JobState.CANCELLING)

    def start(self, job: Job) -> None:
        """Hand a job to the engine."""
        self._job = job
        if job.draws:
            self.document.waiting = None
        self._follow = True
        self.messages.note = ""
        self.progress = Progress(phases=len(job.plan.phases) if job.plan else 0)
        self.messages.clear()
        self._set_state(JobState.RUNNING)
        self.progress_changed.emit()
        self.job_requested.emit(job)

    def clear_picture(self, request: GenerationRequest | None, phases: int) -> None:
        """Make room for another picture, or for none."""
        self.patch_work.settle()
        self.picture_leaving.emit()
        folder = request.output if request is not None else None
        self.document = Document(folder=folder, request=request, phase_count=phases)
        self.easel.clear()
        self.undo_stack.clear()
        self.phases_changed.emit()
        self.easel.changed.emit()
        self.captions_changed.emit()
        self.selection.changed.emit()

    def _set_state(self, state: JobState) -> None:
        self.state = state
        self.state_changed.emit()

    # What the worker says

    @Slot(object, object)
    def on_report(self, job: Job, report: Report) -> None:
        if job is not self._job:
            return
        self.progress = report.progress
        if report.started is not None:
            self._start_phase(report.started)
        if report.captions and job.draws:
            add_captions(self.document, report.captions)
            self.captions_changed.emit()
        for piece in report.pieces:
            if self.document.shown == piece.phase:
                self.painted_in.emit(piece)
        if report.waiting is not None:
            self.document.waiting = report.waiting
        if report.picture is not None:
            self.finish_phase(job, report.picture)
        if report.warning:
            self.messages.tell(partial(_warning, report.warning), passing=report.passing)
        self.progress_changed.emit()

    @Slot(object, object)
    def on_done(self, job: Job, result: Any) -> None:
        if job is self._job:
            self.messages.let_pass()
            if isinstance(job.request, CaptionRequest):
                self.messages.note = self.patch_work.take_answers(job.request, result)
                self._end()
                self.job_ended.emit(job, Turn.DONE, None)
                return
            if isinstance(job.request, PromptRequest):
                self._end()
                self.picture_work.take_prompt(job.request, result)
                self.job_ended.emit(job, Turn.DONE, None)
                return
            if job.draws:
                self.next.seed_used()
                self.messages.note = self.tr("Saved in {0}").format(self.document.folder)
            elif job.variations:
                self.messages.note = self.tr("Choose one of the variations, or discard them.")
            else:
                self.messages.note = self.tr("Drawn again, saved as {0}").format(getattr(result, "path", ""))
            self._end()
            self.picture_finished.emit()
            self.job_ended.emit(job, Turn.DONE, None)

    @Slot(object, object)
    def on_failed(self, job: Job, failure: Failure) -> None:
        if job is self._job:
            self.messages.tell_failure(failure)
            self._end()
            self.job_ended.emit(job, Turn.FAILED, failure)

    @Slot(object)
    def on_cancelled(self, job: Job) -> None:
        if job is self._job:
            kept = self.document.last_finished()
            self.messages.note = self.tr("Cancelled.")
            if self.document.waiting is not None:
                self.messages.note = self.tr("Phase {0} waits for your captions.").format(self.document.waiting)
            elif job.draws and kept is not None and not job.cancel.is_set():
                self.messages.note = self.tr("Stopped after phase {0}.").format(kept)
            elif job.draws and kept is not None:
                text = self.tr("Cancelled. Finished phases are kept: Generate goes on after phase {0}.")
                self.messages.note = text.format(kept)
            self._end()
            self.job_ended.emit(job, Turn.CANCELLED if job.cancel.is_set() else Turn.STOPPED, None)

    def _end(self) -> None:
        """Forget the job and the phase it left half done, unless that waits for its captions."""
        self._job = None
        document = self.document
        kept = {n: phase for n, phase in document.phases.items() if phase.finished or n == document.waiting}
        if len(kept) != len(document.phases):
            document.phases = kept
        if document.shown not in kept:
            self._show(self.document.last_finished())
        self._set_state(JobState.IDLE)
        self.phases_changed.emit()

    def _start_phase(self, event: PhaseStarted) -> None:
        begin_phase(self.document, event)
        if self._follow:
            self._show(event.phase)
        self.phases_changed.emit()

    def finish_phase(self, job: Job, picture: PhasePicture) -> None:
        """Take a phase's picture, or a drawing of patches that is still to be chosen, into the document."""
        event = picture.finished
        if job.variations and isinstance(job.request, RegenerateRequest):
            self.patch_work.variations.add(job.request, picture)
            return
        known = self.document.phases.get(event.phase)
        if event.resumed and known is not None and known.finished:
            return
        self.easel.keep(event.path, picture.pyramid)
        if isinstance(job.request, RegenerateRequest):
            self.edits.draw_again(event.phase, job.request.captions, event.path)
        else:
            finish_phase(self.document, event)
            if self.easel.phase == event.phase:
                self.easel.forget_shown()  # its picture may have changed while its number has not
        if self._follow or self.document.shown == event.phase:
            self._show(event.phase)
        self.captions_changed.emit()
        self.phases_changed.emit()

    # Pictures on disk

    def open_picture(self, opened: OpenedPicture) -> None:
        """Show an earlier picture, unless one is being drawn."""
        if self.busy:
            self.tell_busy()
            return
        self.clear_picture(opened.request, opened.phase_count)
        self.document.phases = dict(opened.phases)
        self.document.waiting = opened.waiting
        self.edits.restore(opened.steps, opened.done)
        for number, pyramid in opened.pyramids.items():
            self.easel.keep(opened.phases[number].path, pyramid)
        self.messages.note = ""
        self._show(opened.shown if opened.shown in opened.phases else self.document.last_finished())
        self.phases_changed.emit()

    def tell_busy(self) -> None:
        """No other picture can be opened now."""
        self.messages.tell(self._busy)

    def _busy(self) -> Message:
        text, remedy = self.tr("A picture is being drawn."), self.tr("Open the other one when it is finished.")
        return Message(tone=Tone.WARNING, text=text, remedy=remedy)

    def close_picture(self) -> None:
        """Show nothing, as at the start."""
        self.messages.note = ""
        self.clear_picture(None, 0)

    # What is looked at

    def on_versions(self, numbers: frozenset[int]) -> None:
        """Other versions of phases count, on disk too: what is drawn from these phases starts from them."""
        try:
            for number in numbers:
                file = picture_file(self.document.phases[number].path or Path())
                if file is not None:
                    RunFolder(file.path.parent).choose(number, file.version)
        except HiPromptError as error:
            self.messages.complain(error)
        if self.easel.phase in numbers:
            self.easel.show(self.easel.phase)
        self.phases_changed.emit()

    def show_phase(self, number: int) -> None:
        """Look at a phase; while drawing, the canvas follows the work again when the phase in work is chosen."""
        if number in self.document.phases:
            if number != self.document.shown:
                self.patch_work.settle()
            self._follow = number == max(self.document.phases)
            self._show(number)
            self.phases_changed.emit()

    def _show(self, number: int | None) -> None:
        """Show a phase's grid and captions over the newest picture that is not beyond it."""
        other = number != self.document.shown
        self.document.shown = number
        if other:
            self.selection.choose(None)
        canvas = self.document.last_finished(at_most=number) if number is not None else None
        if canvas != self.easel.phase:
            self.easel.show(canvas)
        self.captions_changed.emit()

    def select(self, patch: int | None) -> None:
        """Select one patch of the shown phase alone; none: no patch."""
        self.selection.choose(patch)

    def retell(self) -> None:
        """Tell everything once more: a window listens that has heard nothing yet."""
        self.next.retell()
        self.messages.retell()
        self.messages.say("")  # in passing, and perhaps in another language
        for signal in (
            self.easel.changed,
            self.easel.comparison_changed,
            self.phases_changed,
            self.captions_changed,
            self.selection.changed,
            self.state_changed,
            self.progress_changed,
        ):
            signal.emit()

    @property
    def prompt(self) -> str:
        """Of the picture at hand, or of the next one."""
        return self.document.request.prompt if self.document.request is not None else self.next.wish.prompt

    @property
    def flags(self) -> tuple[tuple[Flag, ...], ...]:
        """What may be wrong with each caption of the shown phase."""
        phase = self.document.shown_phase
        return self._review.flags(phase, self.prompt, self.tokens.counter) if phase is not None else ()

    @property
    def can_change(self) -> bool:
        """Whether the picture can be changed now."""
        return not self.busy and not self.patch_work.variations.open

    @property
    def can_edit(self) -> bool:
        """Whether the captions of the shown phase can be changed now."""
        phase = self.document.shown_phase
        return self.can_change and phase is not None and phase.editable

    @Slot()
    def on_unmeasured(self) -> None:
        self.messages.tell(self._unmeasured)

    def _unmeasured(self) -> Message:
        text = self.tr("The small picture of the measurement does not tell how long this one takes.")
        return Message(tone=Tone.INFO, text=text, remedy=self.tr("It is known after the first picture like this."))

    @Slot(str)
    def _on_device_missing(self, device: str) -> None:
        self.messages.tell(partial(self._missing, device))

    def _missing(self, device: str) -> Message:
        text = self.tr("The device {0} is not here any more: the best one that is here draws.").format(device)
        return Message(tone=Tone.WARNING, text=text, remedy=self.tr("Below at the right another one can be chosen."))


def _warning(sentence: str) -> Message:
    return Message(tone=Tone.WARNING, text=told(sentence))
