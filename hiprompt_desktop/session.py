"""The one object that owns the document, the undo stack and the job at hand; everything in the GUI thread."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from enum import Enum, auto
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QImage, QUndoStack

from hiprompt_core.errors import HiPromptError, InvalidRequest
from hiprompt_core.events import PhaseStarted
from hiprompt_core.model_files import demo_captioner, demo_model
from hiprompt_core.picture_files import picture_file
from hiprompt_core.request import CaptionRequest, GenerationRequest, RegenerateRequest
from hiprompt_desktop.caption_edits import CaptionEdits
from hiprompt_desktop.caption_flags import Flag, Review
from hiprompt_desktop.comparison import Comparison
from hiprompt_desktop.document import Document, Wish, picture_folder
from hiprompt_desktop.draft import add_captions, begin_phase, finish_phase
from hiprompt_desktop.job import Branch, Failure, Job, JobState
from hiprompt_desktop.job_queue import Turn
from hiprompt_desktop.machine import Machine
from hiprompt_desktop.opened_picture import OpenedPicture
from hiprompt_desktop.patch_requests import Redrawing, branching, describing, drawing_again, going_on
from hiprompt_desktop.patch_selection import PatchSelection
from hiprompt_desktop.pictures import Pictures
from hiprompt_desktop.planner import Forecast, Planner
from hiprompt_desktop.progress import Progress
from hiprompt_desktop.pyramid import Pyramid
from hiprompt_desktop.rate_book import RateBook
from hiprompt_desktop.reporter import PhasePicture, Report
from hiprompt_desktop.token_counter import TokenCounter
from hiprompt_desktop.variations import Variations

MOST_RECENT = 6


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


def _newest_first(folder: Path | None, recent: tuple[str, ...]) -> tuple[str, ...]:
    return (str(folder), *(other for other in recent if other != str(folder)))[:MOST_RECENT]


class Session(QObject):
    """Widgets call its methods and listen to its signals; they know nobody else."""

    job_requested = Signal(object)
    warm_up_requested = Signal(object, object)
    wish_changed = Signal()
    forecast_changed = Signal()
    phases_changed = Signal()
    """Phases came, went or advanced."""
    picture_changed = Signal()
    """Another picture is on the canvas."""
    picture_leaving = Signal()
    """Another picture is about to take the place of the one at hand, or none."""
    picture_wanted = Signal(object)
    """(Path) A picture is to be shown that is not in memory; ``take_picture`` waits for it."""
    painted_in = Signal(object)
    """(Piece) A part of the phase in work that the canvas follows."""
    captions_changed = Signal()
    selection_changed = Signal()
    comparison_changed = Signal()
    state_changed = Signal()
    progress_changed = Signal()
    message_changed = Signal()
    device_changed = Signal()
    picture_finished = Signal()
    job_ended = Signal(object, object, object)
    """(Job, Turn: how it ended, Failure or none) Nothing is being done any more."""
    pictures_folder_changed = Signal()

    def __init__(self, wish: Wish, pictures: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.wish = wish
        self.pictures_folder = pictures
        self.recent_models: tuple[str, ...] = ()
        self.recent_captioners: tuple[str, ...] = ()
        self.output_override: Path | None = None
        """A folder for the next picture in place of one under ``pictures_folder``."""
        self.document = Document()
        self.undo_stack = QUndoStack(self)
        self.selection = PatchSelection(lambda: self.document, self)
        self.selection.changed.connect(self.selection_changed)
        self.edits = CaptionEdits(lambda: self.document, self.undo_stack, self)
        self.edits.changed.connect(self.captions_changed)
        self.edits.pictures_changed.connect(self._on_versions)
        self.variations = Variations(self)
        self.variations.changed.connect(self._on_variation)
        self._review = Review()
        self.counter: TokenCounter | None = None
        """Counts tokens as the chosen model does, once the engine's thread has loaded it."""
        self.state = JobState.IDLE
        self.progress = Progress()
        self.message: Message | None = None
        self.note = ""
        """How the last job ended; said in passing, unlike a message."""
        self.machine = Machine()
        self.forecast = Forecast()
        self.on_canvas: int | None = None
        """The finished phase whose picture is on the canvas."""
        self.comparison: Comparison | None = None
        """The two pictures that are looked at together."""
        self._job: Job | None = None
        self._pictures = Pictures()
        self._canvas: Pyramid | None = None
        self._follow = True
        self._seed_used = False
        self._planner = Planner()
        self._update_forecast()

    # The wish

    def change_wish(self, **changes: Any) -> None:
        """Take what the user typed or chose."""
        wish = replace(self.wish, **changes)
        if wish == self.wish:
            return
        if "seed" in changes:
            self._seed_used = False
        if {"model", "captioner"} & changes.keys():
            self._planner.forget()
        self.wish = wish
        self._remember_folders()
        self.wish_changed.emit()
        self._update_forecast()
        if {"model", "captioner"} & changes.keys() and self.forecast.plan is not None:
            self.warm_up_requested.emit(wish.model, wish.captioner)

    def _remember_folders(self) -> None:
        wish = self.wish
        if wish.model != demo_model():
            self.recent_models = _newest_first(wish.model, self.recent_models)
        if wish.captioner not in {None, demo_captioner()}:
            self.recent_captioners = _newest_first(wish.captioner, self.recent_captioners)

    def roll_seed(self) -> None:
        self.change_wish(seed=secrets.randbelow(2**32))

    def _update_forecast(self) -> None:
        forecast = self._planner.forecast(self.wish)
        if forecast != self.forecast:
            self.forecast = forecast
            self.forecast_changed.emit()

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

    def generate(self) -> None:
        """Start the picture that the wish describes, or say why not."""
        request = self.next_request() if not self.busy else None
        if request is not None:
            self.draw(request)

    def next_request(self, taken: Collection[int] = ()) -> GenerationRequest | None:
        """What the wish asks for, planned and placed; none, and a message, when it cannot be drawn.

        Args:
            taken: seeds that pictures to come have; unless it is locked, the wish gets another one.
        """
        self._planner.forget()
        if not self.wish.seed_locked and (self._seed_used or self.wish.seed in taken):
            self.roll_seed()
        self._update_forecast()
        try:
            request = self.wish.request(Path())
            self._planner.plan(request)
        except HiPromptError as error:
            self._complain(error)
            return None
        return self.placed(request)

    def placed(self, request: GenerationRequest) -> GenerationRequest:
        """The same in a folder of its own."""
        return replace(request, output=self.output_override or picture_folder(self.pictures_folder, request))

    def seed_taken(self, seed: int) -> None:
        """Pictures up to this seed are to come: the next wish gets another one."""
        if not self.wish.seed_locked:
            self.change_wish(seed=seed)
            self._seed_used = True

    def draw(self, request: GenerationRequest) -> None:
        """Start a picture that was planned before, while nothing else is done.

        Raises:
            HiPromptError: it cannot be drawn any more; its model is gone, for example.
        """
        plan = self._planner.plan(request)
        self._clear_picture(request, len(plan.phases))
        self._start(Job(request=request, plan=plan, review_from=self._review_from(1)))

    def _review_from(self, described: int) -> int | None:
        """The first phase that waits for its captions, when phases up to ``described`` have theirs."""
        return described + 1 if self.wish.review_captions else None

    @property
    def can_go_on(self) -> bool:
        """Whether the picture at hand is not complete and nothing is done about it."""
        return not self.busy and going_on(self.document) is not None

    def go_on(self) -> None:
        """Draw what is missing of the picture at hand, under the captions of now."""
        self.settle()
        try:
            request = None if self.busy else going_on(self.document)
            if request is None:
                return
            plan = self._planner.plan(request)
        except HiPromptError as error:
            self._complain(error)
            return
        reviewed = self.document.waiting or self.document.last_finished() or 1
        self.document.request = request
        self._start(Job(request=request, plan=plan, review_from=self._review_from(reviewed)))

    @property
    def can_stop_after_phase(self) -> bool:
        job = self._job
        return self.state is JobState.RUNNING and job is not None and job.draws and not job.stop_after_phase.is_set()

    def stop_after_phase(self) -> None:
        """Let the phase in work be finished, and none begin after it."""
        if self._job is not None and self.can_stop_after_phase:
            self._job.stop_after_phase.set()
            self.state_changed.emit()

    @property
    def can_branch(self) -> bool:
        return not self.busy and branching(self.document) is not None

    def branch(self) -> None:
        """Draw the shown phase, and what follows it, under its captions of now: as another picture beside this one."""
        self.settle()
        source, phase = self.document.folder, self.document.shown_phase
        try:
            request = None if self.busy else branching(self.document)
            if request is None or source is None or phase is None:
                return
            plan = self._planner.plan(request)
        except HiPromptError as error:
            self._complain(error)
            return
        if phase.number not in request.own_captions:
            text = self.tr("No caption of phase {0} was changed.").format(phase.number)
            self.tell(Message(tone=Tone.WARNING, text=text, remedy=self.tr("Change one, then draw the phase again.")))
            return
        request = replace(request, output=picture_folder(source.parent, request))
        branch = Branch(source=source, phase=phase.number)
        job = Job(request=request, plan=plan, branch=branch, review_from=self._review_from(phase.number))
        self._clear_picture(request, len(plan.phases))
        self._start(job)

    def regenerate(self, how: Redrawing) -> None:
        """Draw the selected patches of the shown phase again under their captions of now."""
        self.settle()
        phase, folder = self.document.shown_phase, self.document.folder
        if self.busy or phase is None or folder is None or not phase.finished or not self.selection.patches:
            return
        self._ask(lambda: drawing_again(folder, phase, self.selection.patches, how))

    def accept_variation(self) -> None:
        """Let the drawing that is looked at become a version of its phase."""
        request, picture = self.variations.request, self.variations.picture
        if request is None or picture is None:
            self.discard_variations()
            return
        self.variations.close()
        self._finish_phase(Job(request=request), picture)
        self.note = self.tr("Drawn again, saved as {0}").format(picture.finished.path)
        self.progress_changed.emit()

    def discard_variations(self) -> None:
        """Stay with what was."""
        request = self.variations.request
        if request is not None and request.phase is not None:
            self.variations.close()
            self._on_versions(frozenset({request.phase}))
            self.say(self.tr("Nothing changed."))

    def settle(self) -> None:
        """What is looked at counts, when something else begins before somebody decided."""
        if self.variations.open and not self.busy:
            self.accept_variation()

    def _on_variation(self) -> None:
        picture = self.variations.picture
        if self.on_canvas is not None:
            if picture is not None:
                self._canvas = picture.pyramid
                self.picture_changed.emit()
            else:
                self._put_on_canvas(self.on_canvas)
        self.captions_changed.emit()
        self.phases_changed.emit()

    def describe(self, question: str = "", of_result: bool = False) -> None:
        """Ask the captioner about the selected patches of the shown phase, or about all of them when none is.

        Args:
            question: empty: the usual one.
            of_result: look at what was drawn, to compare it with the captions; they stay as they are.
        """
        self.settle()
        phase, folder = self.document.shown_phase, self.document.folder
        if self.busy or phase is None or folder is None or not phase.described:
            return
        captioner = self.wish.captioner
        if captioner is None:
            text, remedy = self.tr("There is no captioner."), self.tr("Choose one on the left under Captions.")
            self.tell(Message(tone=Tone.ERROR, text=text, remedy=remedy))
            return
        patches = self.selection.patches or list(range(len(phase.patches)))
        self._ask(lambda: [describing(folder, phase, patches, captioner, question, of_result)])

    def _ask(self, make: Callable[[], list[RegenerateRequest] | list[CaptionRequest]]) -> None:
        """Start a job about patches, or say why not."""
        try:
            first, *others = make()
        except InvalidRequest as error:
            self._complain(error)
            return
        self._start(Job(request=first, variations=tuple(one for one in others if isinstance(one, RegenerateRequest))))

    def cancel(self) -> None:
        if self._job is not None and self.state is JobState.RUNNING:
            self._job.cancel.set()
            self._set_state(JobState.CANCELLING)

    def _start(self, job: Job) -> None:
        self._job = job
        if job.draws:
            self.document.waiting = None
        self._follow = True
        self.note = ""
        self.progress = Progress(phases=len(job.plan.phases) if job.plan else 0)
        self.tell(None)
        self._set_state(JobState.RUNNING)
        self.progress_changed.emit()
        self.job_requested.emit(job)

    def _clear_picture(self, request: GenerationRequest | None, phases: int) -> None:
        self.settle()
        self.picture_leaving.emit()
        folder = request.output if request is not None else None
        self.document = Document(folder=folder, request=request, phase_count=phases)
        self._pictures.clear()
        self.on_canvas = None
        self.compare(None)
        self.undo_stack.clear()
        self.phases_changed.emit()
        self.picture_changed.emit()
        self.captions_changed.emit()
        self.selection_changed.emit()

    def _set_state(self, state: JobState) -> None:
        self.state = state
        self.state_changed.emit()

    # What the worker says

    @property
    def device(self) -> str:
        """Where the engine computes, as users know it; empty until it is there."""
        return self.machine.device

    @Slot(str, object)
    def on_ready(self, device: str, memory: int | None) -> None:
        if device != self.device:
            self.machine.device, self.machine.memory = device, memory
            self.device_changed.emit()
            self.forecast_changed.emit()

    @Slot(object)
    def on_learnt(self, book: RateBook) -> None:
        self.machine.book = book
        self.forecast_changed.emit()

    @Slot(object)
    def on_counter(self, counter: TokenCounter) -> None:
        self.counter = counter
        self.captions_changed.emit()

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
            self._finish_phase(job, report.picture)
        if report.warning:
            self.tell(Message(tone=Tone.WARNING, text=report.warning))
        self.progress_changed.emit()

    @Slot(object, object)
    def on_done(self, job: Job, result: Any) -> None:
        if job is self._job:
            if isinstance(job.request, CaptionRequest):
                self._take_answers(job.request, result)
                self._end()
                self.job_ended.emit(job, Turn.DONE, None)
                return
            if job.draws:
                self._seed_used = True
                self.note = self.tr("Saved in {0}").format(self.document.folder)
            elif job.variations:
                self.note = self.tr("Choose one of the variations, or discard them.")
            else:
                self.note = self.tr("Drawn again, saved as {0}").format(getattr(result, "path", ""))
            self._end()
            self.picture_finished.emit()
            self.job_ended.emit(job, Turn.DONE, None)

    def _take_answers(self, request: CaptionRequest, answers: Any) -> None:
        if request.of_result:
            self.edits.check(request.phase, answers)
            self.note = self.tr("Captions compared with the picture: {0}, not seen in it: {1}.").format(
                len(answers), sum(Flag.UNSEEN in self.flags[index] for index in answers)
            )
        else:
            self.edits.describe(request.phase, answers)
            self.note = self.tr("Patches described again: {0}.").format(len(answers))

    @Slot(object, object)
    def on_failed(self, job: Job, failure: Failure) -> None:
        if job is self._job:
            self.tell_failure(failure)
            self._end()
            self.job_ended.emit(job, Turn.FAILED, failure)

    @Slot(object)
    def on_cancelled(self, job: Job) -> None:
        if job is self._job:
            kept = self.document.last_finished()
            self.note = self.tr("Cancelled.")
            if self.document.waiting is not None:
                self.note = self.tr("Phase {0} waits for your captions.").format(self.document.waiting)
            elif job.draws and kept is not None and not job.cancel.is_set():
                self.note = self.tr("Stopped after phase {0}.").format(kept)
            elif job.draws and kept is not None:
                text = self.tr("Cancelled. Finished phases are kept: Generate goes on after phase {0}.")
                self.note = text.format(kept)
            self._end()
            self.job_ended.emit(job, Turn.CANCELLED, None)

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

    def _finish_phase(self, job: Job, picture: PhasePicture) -> None:
        event = picture.finished
        if job.variations and isinstance(job.request, RegenerateRequest):
            self.variations.add(job.request, picture)
            return
        known = self.document.phases.get(event.phase)
        if event.resumed and known is not None and known.finished:
            return
        self._keep(event.path, picture.pyramid)
        if isinstance(job.request, RegenerateRequest):
            self.edits.draw_again(event.phase, job.request.captions, event.path)
        else:
            finish_phase(self.document, event)
            if self.on_canvas == event.phase:
                self.on_canvas = None  # its picture may have changed while its number has not
        if self._follow or self.document.shown == event.phase:
            self._show(event.phase)
        self.captions_changed.emit()
        self.phases_changed.emit()

    # Pictures on disk

    def open_picture(self, opened: OpenedPicture) -> None:
        """Show an earlier picture, unless one is being drawn."""
        if self.busy:
            text = self.tr("A picture is being drawn.")
            self.tell(Message(tone=Tone.WARNING, text=text, remedy=self.tr("Open the other one when it is finished.")))
            return
        self._clear_picture(opened.request, opened.phase_count)
        self.document.phases = dict(opened.phases)
        self.document.waiting = opened.waiting
        self.edits.restore(opened.steps, opened.done)
        for number, pyramid in opened.pyramids.items():
            self._keep(opened.phases[number].path, pyramid)
        self.note = ""
        self._show(opened.shown if opened.shown in opened.phases else self.document.last_finished())
        self.phases_changed.emit()

    def close_picture(self) -> None:
        """Show nothing, as at the start."""
        self.note = ""
        self._clear_picture(None, 0)

    def set_pictures_folder(self, folder: Path) -> None:
        """Where new pictures go, and whose pictures are listed."""
        self.pictures_folder = folder
        self.pictures_folder_changed.emit()

    # What is looked at

    @property
    def pyramid(self) -> Pyramid | None:
        """The picture on the canvas."""
        return self._canvas if self.on_canvas is not None else None

    def pyramid_of(self, phase: int) -> Pyramid | None:
        """The picture of a phase; none: it is not finished, or not in memory."""
        path = self.document.phases[phase].path if phase in self.document.phases else None
        return self._pictures.get(path) if path is not None else None

    def _keep(self, path: Path | None, pyramid: Pyramid) -> None:
        if path is not None:
            needed = {phase.path for phase in self.document.phases.values() if phase.path is not None}
            self._pictures.put(path, pyramid, needed)

    def take_picture(self, path: Path, pyramid: Pyramid) -> None:
        """A picture that was wanted is here."""
        self._keep(path, pyramid)
        if self.on_canvas is not None and self.document.phases[self.on_canvas].path == path:
            self._put_on_canvas(self.on_canvas)

    def _on_versions(self, numbers: frozenset[int]) -> None:
        """Other versions of phases count, on disk too: what is drawn from these phases starts from them."""
        from hiprompt_core.run_folder import RunFolder  # numpy comes with it, which the window need not wait for

        try:
            for number in numbers:
                file = picture_file(self.document.phases[number].path or Path())
                if file is not None:
                    RunFolder(file.path.parent).choose(number, file.version)
        except HiPromptError as error:
            self._complain(error)
        if self.on_canvas in numbers:
            self._put_on_canvas(self.on_canvas)
        self.phases_changed.emit()

    def _put_on_canvas(self, number: int | None) -> None:
        """A picture that must be read first takes the place of the one before when it is here."""
        self.on_canvas = number
        pyramid = self.pyramid_of(number) if number is not None else None
        if number is not None and pyramid is None:
            self.picture_wanted.emit(self.document.phases[number].path)
            return
        self._canvas = pyramid
        self.picture_changed.emit()

    def show_phase(self, number: int) -> None:
        """Look at a phase; while drawing, the canvas follows the work again when the phase in work is chosen."""
        if number in self.document.phases:
            if number != self.document.shown:
                self.settle()
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
        if canvas != self.on_canvas:
            self._put_on_canvas(canvas)
        self.captions_changed.emit()

    def select(self, patch: int | None) -> None:
        """Select one patch of the shown phase alone; none: no patch."""
        self.selection.choose(patch)

    @property
    def prompt(self) -> str:
        """Of the picture at hand, or of the next one."""
        return self.document.request.prompt if self.document.request is not None else self.wish.prompt

    @property
    def flags(self) -> tuple[tuple[Flag, ...], ...]:
        """What may be wrong with each caption of the shown phase."""
        phase = self.document.shown_phase
        return self._review.flags(phase, self.prompt, self.counter) if phase is not None else ()

    def compare(self, comparison: Comparison | None) -> None:
        """Look at two pictures together; none: at one again."""
        if comparison != self.comparison:
            self.comparison = comparison
            self.comparison_changed.emit()

    @property
    def can_edit(self) -> bool:
        """Whether the captions of the shown phase can be changed now."""
        phase = self.document.shown_phase
        return not self.busy and not self.variations.open and phase is not None and phase.editable

    # Messages

    def say(self, note: str) -> None:
        """Tell in passing."""
        self.note = note
        self.progress_changed.emit()

    def tell_failure(self, failure: Failure) -> None:
        self.tell(Message(tone=Tone.ERROR, text=failure.problem, remedy=failure.remedy, log=failure.log))

    def _complain(self, error: HiPromptError) -> None:
        self.tell(Message(tone=Tone.ERROR, text=error.problem, remedy=error.remedy))

    def tell(self, message: Message | None) -> None:
        self.message = message
        self.message_changed.emit()
