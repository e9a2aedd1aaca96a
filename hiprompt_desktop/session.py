"""The one object that owns the document, the undo stack and the job at hand; everything in the GUI thread."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum, auto
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QUndoStack

from hiprompt_core.errors import HiPromptError, InvalidRequest
from hiprompt_core.events import PatchCaptioned, PhaseStarted
from hiprompt_core.model_files import (
    CaptionerFacts,
    ModelFacts,
    demo_captioner,
    demo_model,
    inspect_captioner,
    inspect_model,
)
from hiprompt_core.plan import Plan, make_plan
from hiprompt_core.request import GenerationRequest, RegenerateRequest
from hiprompt_desktop.commands import EditCaption
from hiprompt_desktop.comparison import Comparison
from hiprompt_desktop.document import Document, Phase, Wish, picture_folder
from hiprompt_desktop.job import Failure, Job, JobState
from hiprompt_desktop.opened_picture import OpenedPicture
from hiprompt_desktop.progress import Progress
from hiprompt_desktop.pyramid import Pyramid
from hiprompt_desktop.reporter import PhasePicture, Report

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


@dataclass(frozen=True, kw_only=True, slots=True)
class Forecast:
    """What the wish would cost, or why it cannot be drawn."""

    plan: Plan | None = None
    native_size: int = 0
    size_step: int = 8
    problem: str = ""
    remedy: str = ""


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
        self.state = JobState.IDLE
        self.progress = Progress()
        self.message: Message | None = None
        self.note = ""
        """How the last job ended; said in passing, unlike a message."""
        self.device = ""
        self.forecast = Forecast()
        self.on_canvas: int | None = None
        """The finished phase whose picture is on the canvas."""
        self.comparison: Comparison | None = None
        """The two pictures that are looked at together."""
        self._job: Job | None = None
        self._pyramids: dict[int, Pyramid] = {}
        self._left: dict[Path, Phase] = {}
        """Phases with edited captions of pictures that another one took the place of, by their file."""
        self._follow = True
        self._seed_used = False
        self._facts: dict[Path, ModelFacts | CaptionerFacts] = {}
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
            self._facts.clear()
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
        try:
            model = self._inspect(self.wish.model, inspect_model)
        except HiPromptError as error:
            self._set_forecast(Forecast(problem=error.problem, remedy=error.remedy))
            return
        size = {"native_size": model.native_size, "size_step": model.vae_scale_factor}
        try:
            plan = self._plan(self.wish.request(Path()), model)
        except HiPromptError as error:
            self._set_forecast(Forecast(problem=error.problem, remedy=error.remedy, **size))
        else:
            self._set_forecast(Forecast(plan=plan, **size))

    def _set_forecast(self, forecast: Forecast) -> None:
        if forecast != self.forecast:
            self.forecast = forecast
            self.forecast_changed.emit()

    def _plan(self, request: GenerationRequest, model: ModelFacts) -> Plan:
        captioner = self._inspect(request.captioner, inspect_captioner) if request.captioner else None
        return make_plan(request, model, captioner)

    def _inspect(self, folder: Path, inspect: Callable[[Path], Any]) -> Any:
        """Facts of a folder, read once until another one is chosen."""
        if folder not in self._facts:
            self._facts[folder] = inspect(folder)
        return self._facts[folder]

    # Jobs

    @property
    def busy(self) -> bool:
        return self.state is not JobState.IDLE

    @property
    def draws(self) -> bool:
        """Whether a whole picture is in the making (not only a patch)."""
        return self._job is not None and not self._job.is_regeneration

    def generate(self) -> None:
        """Start the picture that the wish describes, or say why not."""
        if self.busy:
            return
        self._facts.clear()
        if not self.wish.seed_locked and self._seed_used:
            self.roll_seed()
        self._update_forecast()
        try:
            request = self.wish.request(Path())
            plan = self._plan(request, self._inspect(request.model, inspect_model))
        except HiPromptError as error:
            self.tell(Message(tone=Tone.ERROR, text=error.problem, remedy=error.remedy))
            return
        folder = self.output_override or picture_folder(self.pictures_folder, request)
        job = Job(request=replace(request, output=folder), plan=plan)
        self._clear_picture(folder, len(plan.phases))
        self._start(job)

    def regenerate(self, strength: float) -> None:
        """Draw the selected patch of the shown phase again under its caption of now."""
        phase, patch = self.document.shown_phase, self.document.selected
        if self.busy or phase is None or patch is None or not phase.finished or self.document.folder is None:
            return
        try:
            request = RegenerateRequest(
                source=self.document.folder,
                phase=phase.number,
                captions={patch: (phase.caption(patch) or "").strip()},
                strength=strength,
                seed=secrets.randbelow(2**32),
            )
        except InvalidRequest as error:
            self.tell(Message(tone=Tone.ERROR, text=error.problem, remedy=error.remedy))
            return
        self._start(Job(request=request))

    def cancel(self) -> None:
        if self._job is not None and self.state is JobState.RUNNING:
            self._job.cancel.set()
            self._set_state(JobState.CANCELLING)

    def _start(self, job: Job) -> None:
        self._job = job
        self._follow = True
        self.note = ""
        self.progress = Progress(phases=len(job.plan.phases) if job.plan else 0)
        self.tell(None)
        self._set_state(JobState.RUNNING)
        self.progress_changed.emit()
        self.job_requested.emit(job)

    def _clear_picture(self, folder: Path | None, phases: int) -> None:
        left = (phase for phase in self.document.phases.values() if phase.captions != phase.described)
        self._left |= {phase.path: phase for phase in left if phase.path is not None}
        self.document = Document(folder=folder, phase_count=phases)
        self._pyramids.clear()
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

    @Slot(str)
    def on_ready(self, device: str) -> None:
        if device != self.device:
            self.device = device
            self.device_changed.emit()

    @Slot(object, object)
    def on_report(self, job: Job, report: Report) -> None:
        if job is not self._job:
            return
        self.progress = report.progress
        if report.started is not None:
            self._start_phase(report.started)
        if report.captions:
            self._add_captions(report.captions)
        for piece in report.pieces:
            if self.document.shown == piece.phase:
                self.painted_in.emit(piece)
        if report.picture is not None:
            self._finish_phase(report.picture)
        if report.warning:
            self.tell(Message(tone=Tone.WARNING, text=report.warning))
        self.progress_changed.emit()

    @Slot(object, object)
    def on_done(self, job: Job, result: Any) -> None:
        if job is self._job:
            if not job.is_regeneration:
                self._seed_used = True
                self.note = self.tr("Saved in {0}").format(self.document.folder)
            else:
                self.note = self.tr("The patch is drawn again, saved as {0}").format(getattr(result, "path", ""))
            self._end()
            self.picture_finished.emit()

    @Slot(object, object)
    def on_failed(self, job: Job, failure: Failure) -> None:
        if job is self._job:
            self.tell_failure(failure)
            self._end()

    @Slot(object)
    def on_cancelled(self, job: Job) -> None:
        if job is self._job:
            kept = self.document.last_finished()
            self.note = self.tr("Cancelled.")
            if kept is not None and not job.is_regeneration:
                text = self.tr("Cancelled. Finished phases are kept: Generate goes on after phase {0}.")
                self.note = text.format(kept)
            self._end()

    def _end(self) -> None:
        """Forget the job and the phase it left half done."""
        self._job = None
        finished = {number: phase for number, phase in self.document.phases.items() if phase.finished}
        if len(finished) != len(self.document.phases):
            self.document.phases = finished
        if self.document.shown not in finished:
            self._show(self.document.last_finished())
        self._set_state(JobState.IDLE)
        self.phases_changed.emit()

    def _start_phase(self, event: PhaseStarted) -> None:
        nothing = (None,) * len(event.patches)
        old = self.document.phases.get(event.phase)
        if old is None or not old.finished:
            self.document.phases[event.phase] = Phase(
                number=event.phase, size=event.size, patches=event.patches, captions=nothing, described=nothing
            )
        self.document.phase_count = max(self.document.phase_count, event.phases)
        if self._follow:
            self._show(event.phase)
        self.phases_changed.emit()

    def _add_captions(self, captions: tuple[PatchCaptioned, ...]) -> None:
        for event in captions:
            phase = self.document.phases.get(event.phase)
            if phase is not None and event.patch < len(phase.patches) and not phase.finished:
                self.document.phases[event.phase] = phase.with_description(event.patch, event.caption)
        self.captions_changed.emit()

    def _finish_phase(self, picture: PhasePicture) -> None:
        event = picture.finished
        old = self.document.phases.get(event.phase)
        captions: tuple[str | None, ...] = event.captions or (None,) * len(event.patches)
        described = captions
        if old is not None and old.finished:  # drawn again: edits of other patches stay
            captions, described = old.captions, old.described
        self.document.phases[event.phase] = Phase(
            number=event.phase,
            size=event.size,
            patches=event.patches,
            captions=captions,
            described=described,
            path=event.path,
        )
        self.document.phase_count = max(self.document.phase_count, event.phases)
        self._pyramids[event.phase] = picture.pyramid
        if self._follow or self.document.shown == event.phase:
            self.on_canvas = None  # its picture may have changed while its number has not
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
        self._clear_picture(opened.folder, opened.phase_count)
        self.document.phases = {n: self._left.pop(phase.path, phase) for n, phase in opened.phases.items()}
        self._pyramids = dict(opened.pyramids)
        self.note = ""
        self._show(self.document.last_finished())
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
        return self._pyramids.get(self.on_canvas) if self.on_canvas is not None else None

    def pyramid_of(self, phase: int) -> Pyramid | None:
        return self._pyramids.get(phase)

    def show_phase(self, number: int) -> None:
        """Look at a phase; while drawing, the canvas follows the work again when the phase in work is chosen."""
        if number in self.document.phases:
            self._follow = number == max(self.document.phases)
            self._show(number)
            self.phases_changed.emit()

    def _show(self, number: int | None) -> None:
        """Show a phase's grid and captions over the newest picture that is not beyond it."""
        selected = self.document.selected if number == self.document.shown else None
        self.document.shown = number
        canvas = self.document.last_finished(at_most=number) if number is not None else None
        if canvas != self.on_canvas:
            self.on_canvas = canvas
            self.picture_changed.emit()
        self.captions_changed.emit()
        if selected != self.document.selected:
            self.document.selected = selected
            self.selection_changed.emit()

    def select(self, patch: int | None) -> None:
        phase = self.document.shown_phase
        if patch is not None and (phase is None or not 0 <= patch < len(phase.patches)):
            return
        if patch != self.document.selected:
            self.document.selected = patch
            self.selection_changed.emit()

    def compare(self, comparison: Comparison | None) -> None:
        """Look at two pictures together; none: at one again."""
        if comparison != self.comparison:
            self.comparison = comparison
            self.comparison_changed.emit()

    # Captions

    def edit_caption(self, patch: int, text: str) -> None:
        phase = self.document.shown_phase
        if phase is None or not phase.finished or phase.caption(patch) == text:
            return
        self.undo_stack.push(
            EditCaption(self, self.tr("Edit a caption"), phase.number, patch, phase.caption(patch), text)
        )

    def revert_caption(self, patch: int) -> None:
        phase = self.document.shown_phase
        if phase is not None and phase.described[patch] is not None:
            self.edit_caption(patch, phase.described[patch] or "")

    def apply_caption(self, phase: int, patch: int, text: str | None) -> None:
        """Part of ``commands.EditCaption``."""
        self.document.phases[phase] = self.document.phases[phase].with_caption(patch, text)
        self.captions_changed.emit()

    # Messages

    def say(self, note: str) -> None:
        """Tell in passing."""
        self.note = note
        self.progress_changed.emit()

    def tell_failure(self, failure: Failure) -> None:
        self.tell(Message(tone=Tone.ERROR, text=failure.problem, remedy=failure.remedy, log=failure.log))

    def tell(self, message: Message | None) -> None:
        self.message = message
        self.message_changed.emit()
