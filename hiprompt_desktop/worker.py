"""Runs jobs on a thread of its own; the engine is built once and kept."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal, Slot

from hiprompt_core.errors import Cancelled, HiPromptError
from hiprompt_core.rate_book import RateBook
from hiprompt_core.rates import Rates
from hiprompt_core.request import CaptionRequest, GenerationRequest, RegenerateRequest
from hiprompt_desktop.engine import DrawingEngine, EngineFactory
from hiprompt_desktop.faults import LogLocation
from hiprompt_desktop.job import Failure, Job, PromptRequest
from hiprompt_desktop.reporter import Report, Reporter
from hiprompt_desktop.token_counter import load_token_counter

log = logging.getLogger(__name__)


class Worker(QObject):
    """Lives in the worker thread; slots are called through queued connections only."""

    ready = Signal(str, object)
    """The engine is there; the arguments are its device and the bytes of memory that this has, if its own."""
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

    def __init__(self, factory: EngineFactory, logs: LogLocation, rates_file: Path | None = None) -> None:
        super().__init__()
        self._rates_file = rates_file
        self._factory = factory
        self._logs = logs
        self._engine: DrawingEngine | None = None
        self.warm = False
        """Whether the warm-up is over, well or not."""
        self._book: RateBook | None = None

    @Slot(object, object)
    def warm_up(self, model: Path, captioner: Path | None) -> None:
        """Build the engine before it is needed; a fault is told by the first job, which meets it again."""
        try:
            self.learnt.emit(self._get_book().copy())
            engine = self._get_engine()
            self.ready.emit(engine.device, engine.memory)
            self.counter_loaded.emit(load_token_counter(model))
            engine.prepare(model, captioner)
        except Exception:
            log.exception("warm-up failed")
        self.warm = True

    @Slot(object)
    def run(self, job: Job) -> None:
        """Do one job to its end, good or bad; exactly one of done, failed and cancelled follows."""
        self._run(job)
        if job.draws:
            book = self._get_book()
            self.learnt.emit(book.copy())
            if self._rates_file is not None:
                book.save(self._rates_file)

    def _run(self, job: Job) -> None:
        try:
            if job.cancel.is_set():
                raise Cancelled
            engine = self._get_engine()
            self.ready.emit(engine.device, engine.memory)
            reporter = Reporter(job, self._rates_of(job, engine.device), lambda report: self._send(job, report))
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

    def _rates_of(self, job: Job, device: str) -> Rates:
        if not isinstance(job.request, GenerationRequest):
            return Rates()
        return self._get_book().rates(job.request.model, job.request.captioner, device)

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
