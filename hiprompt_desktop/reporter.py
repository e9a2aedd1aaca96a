"""The ``OnEvent`` of a job: checks for cancel, and tells the window at most ten times a second (no widgets)."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from hiprompt_core.errors import Cancelled
from hiprompt_core.events import CaptionsReady, Event, PatchCaptioned, PhaseFinished, PhaseStarted, Warned
from hiprompt_desktop.job import Job
from hiprompt_desktop.progress import Progress, ProgressTracker, Rates
from hiprompt_desktop.pyramid import Pyramid

INTERVAL = 0.1


@dataclass(frozen=True, kw_only=True, slots=True)
class PhasePicture:
    """A finished phase with its picture made ready for the screen."""

    finished: PhaseFinished
    pyramid: Pyramid


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """What happened since the last report; single pieces come as soon as they matter, the rest is gathered."""

    progress: Progress
    captions: tuple[PatchCaptioned, ...] = ()
    started: PhaseStarted | None = None
    picture: PhasePicture | None = None
    waiting: int | None = None
    """The phase that is not drawn before its captions are reviewed; the job ends here."""
    warning: str = ""


class Reporter:
    """Runs in the worker's thread."""

    def __init__(
        self,
        job: Job,
        rates: Rates,
        send: Callable[[Report], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._job = job
        self._send = send
        self._clock = clock
        self._tracker = ProgressTracker(job.plan, rates, clock)
        self._captions: list[PatchCaptioned] = []
        self._sent = clock() - INTERVAL

    def __call__(self, event: Event) -> None:
        """Take one event.

        Raises:
            Cancelled: the user does not want the job to go on; a phase that is finished is still reported.
        """
        self._tracker.on_event(event)
        if isinstance(event, PhaseFinished):
            picture = PhasePicture(finished=event, pyramid=Pyramid.of(event.image))
            self._flush(picture=picture)
            if self._job.stop_after_phase.is_set() and event.phase < event.phases:
                raise Cancelled
        if self._job.cancel.is_set():
            raise Cancelled
        if isinstance(event, CaptionsReady):
            self._stop_for_review(event.phase)
        if isinstance(event, PhaseStarted):
            self._flush(started=event)
        elif isinstance(event, Warned):
            self._flush(warning=event.message)
        elif isinstance(event, PatchCaptioned):
            self._captions.append(event)
            last = event.done == event.patches
            self._flush_if_due(now=last)
        elif not isinstance(event, PhaseFinished):
            self._flush_if_due()

    def _stop_for_review(self, phase: int) -> None:
        if self._job.review_from is not None and phase >= self._job.review_from:
            self._flush(waiting=phase)
            raise Cancelled

    def _flush_if_due(self, now: bool = False) -> None:
        if now or self._clock() - self._sent >= INTERVAL:
            self._flush()

    def _flush(
        self,
        started: PhaseStarted | None = None,
        picture: PhasePicture | None = None,
        waiting: int | None = None,
        warning: str = "",
    ) -> None:
        report = Report(
            progress=self._tracker.progress(),
            captions=tuple(self._captions),
            started=started,
            picture=picture,
            waiting=waiting,
            warning=warning,
        )
        self._captions.clear()
        self._sent = self._clock()
        self._send(report)
