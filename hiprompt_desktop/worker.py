"""Runs jobs on a thread of its own; the engine is built once and kept."""

from __future__ import annotations

import logging
import threading
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal, Slot

from hiprompt_core.errors import Cancelled, HiPromptError
from hiprompt_core.events import Event
from hiprompt_core.rate_book import RateBook
from hiprompt_core.rates import Rates
from hiprompt_core.request import CaptionRequest, GenerationRequest, RegenerateRequest
from hiprompt_core.token_counter import load_token_counter
from hiprompt_desktop.engine import DrawingEngine, EngineFactory
from hiprompt_desktop.faults import LogLocation
from hiprompt_desktop.job import Failure, Job, PromptRequest
from hiprompt_desktop.reporter import Report, Reporter

log = logging.getLogger(__name__)


class Worker(QObject):
    """Lives in the worker thread; slots are called through queued connections only."""

    ready = Signal(object, object)
    """The engine is there; the arguments are its devices and what tells the place of one at any moment."""
    learnt = Signal(object)
    """(RateBook) how fast this machine is"""
    counter_loaded = Signal(object)
    """(TokenCounter) of the model that was asked for"""
    reported = Signal(object, object)
    """(Job, Report)"""
    done = Signal(object, object)
    """(Job, the core's result)"""
    failed = Signal(object, object)
    """(Job, Failure)"""
    cancelled = Signal(object)
    """(Job)"""
    refused = Signal(object)
    """(Failure) of a measurement"""
    unmeasured = Signal()
    """A measurement that was asked for ended without an answer."""

    def __init__(self, factory: EngineFactory, logs: LogLocation, rates_file: Path | None = None) -> None:
        super().__init__()
        self._rates_file = rates_file
        self._factory = factory
        self._logs = logs
        self._engine: DrawingEngine | None = None
        self.warm = False
        """Whether the warm-up is over, well or not."""
        self._book: RateBook | None = None
        self._hurry = threading.Event()
        """Whether a job waits, or the end."""

    @Slot(object)
    def warm_up(self, request: GenerationRequest) -> None:
        """Build the engine before it is needed; a fault is told by the first job, which meets it again."""
        try:
            self.learnt.emit(self._get_book().copy())
            engine = self._get_engine()
            self.ready.emit(engine.devices, engine.place)
            self.counter_loaded.emit(load_token_counter(request.model))
            engine.prepare(request)
            if (
                not self._knows(request, engine)
                and not request.compiled
                and engine.is_small(request.model, request.captioner)
            ):
                self._measure(engine, request)
        except Exception:
            log.exception("warm-up failed")
        self.warm = True

    @Slot(object)
    def measure(self, request: GenerationRequest) -> None:
        """Measure how fast the machine is with a request's models, however large; a job that comes goes first."""
        try:
            engine = self._get_engine()
            if self._measure(engine, request) and not self._knows(request, engine):
                self.unmeasured.emit()
        except HiPromptError as error:
            self.refused.emit(Failure.of(error))
        except Exception:
            log.exception("the measurement failed")
            self.refused.emit(self._logs.unexpected())
        self.learnt.emit(self._get_book().copy())

    def make_way(self) -> None:
        """From any thread: a job is coming, or the end; what is being measured is left."""
        self._hurry.set()

    def _measure(self, engine: DrawingEngine, request: GenerationRequest) -> bool:
        """Whether it came to its end."""

        def stop_for_jobs(event: Event) -> None:  # noqa: ARG001
            if self._hurry.is_set():
                raise Cancelled

        if self._hurry.is_set():
            return False
        try:
            rates = engine.measure(request, stop_for_jobs)
        except Cancelled:
            return False
        self._get_book().put(rates, request, engine.place(request.device, request.precision))
        self._keep()
        return True

    @Slot(object)
    def run(self, job: Job) -> None:
        """Do one job to its end, good or bad; exactly one of done, failed and cancelled follows."""
        self._hurry.clear()
        self._run(job)
        if job.draws:
            self._keep()

    def _keep(self) -> None:
        """What was learnt, for the window and for the next start."""
        book = self._get_book()
        self.learnt.emit(book.copy())
        if self._rates_file is not None:
            book.save(self._rates_file)

    def _run(self, job: Job) -> None:
        try:
            if job.cancel.is_set():
                raise Cancelled
            engine = self._get_engine()
            self.ready.emit(engine.devices, engine.place)
            rates = self._rates_of(job.request, engine) if isinstance(job.request, GenerationRequest) else Rates()
            reporter = Reporter(job, rates, lambda report: self._send(job, report))
            result = _do(engine, job, reporter)
        except Cancelled:
            self.cancelled.emit(job)
        except HiPromptError as error:
            log.warning("job failed: %s", error)
            self.failed.emit(job, Failure.of(error))
        except Exception:
            log.exception("job failed unexpectedly")
            self.failed.emit(job, self._logs.unexpected())
        else:
            self.done.emit(job, result)

    def _get_engine(self) -> DrawingEngine:
        if self._engine is None:
            self._engine = self._factory()
        return self._engine

    def _get_book(self) -> RateBook:
        if self._book is None:
            self._book = RateBook.load(self._rates_file) if self._rates_file is not None else RateBook()
        return self._book

    def _rates_of(self, request: GenerationRequest, engine: DrawingEngine) -> Rates:
        return self._get_book().rates_of(request, engine.place(request.device, request.precision))

    def _knows(self, request: GenerationRequest, engine: DrawingEngine) -> bool:
        """Whether the time of such a picture can be told."""
        return self._rates_of(request, engine).know(request.captioner is not None, request.upscaler is not None)

    def _send(self, job: Job, report: Report) -> None:
        self.reported.emit(job, report)


def _do(engine: DrawingEngine, job: Job, reporter: Reporter) -> Any:
    match job.request:
        case RegenerateRequest() as request:
            return [engine.regenerate(one, reporter) for one in (request, *job.variations)][-1]
        case CaptionRequest() as request:
            return engine.describe(request, reporter)
        case PromptRequest() as request:
            return engine.tell_prompt(request, reporter)
        case request:
            if job.branch is not None:
                engine.share_phases(job.branch.source, request.output, job.branch.phase)
            return engine.generate(request, reporter)
