"""The ``OnEvent`` of a job: checks for cancel, and tells the window at most ten times a second (no widgets)."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image
from PySide6.QtGui import QImage

from hiprompt_core.errors import Cancelled
from hiprompt_core.events import (
    CaptionsReady,
    Event,
    PatchCaptioned,
    PhaseFinished,
    PhaseStarted,
    StepPreview,
    TileDone,
    Warned,
)
from hiprompt_core.geometry import Box, Size
from hiprompt_core.rates import Rates
from hiprompt_core.request import RegenerateRequest
from hiprompt_desktop.job import Job
from hiprompt_desktop.progress import Progress, ProgressTracker
from hiprompt_desktop.pyramid import Pyramid
from hiprompt_desktop.qimage import to_qimage

INTERVAL = 0.1


@dataclass(frozen=True, kw_only=True, slots=True)
class PhasePicture:
    """A finished phase with its picture made ready for the screen."""

    finished: PhaseFinished
    pyramid: Pyramid


@dataclass(frozen=True, kw_only=True, slots=True)
class Piece:
    """A part of a phase that is not finished, to be painted over the picture before."""

    phase: int
    share: tuple[float, float, float, float]
    """Left, top, width and height in shares of the picture's."""
    image: QImage


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """What happened since the last report; single pieces come as soon as they matter, the rest is gathered."""

    progress: Progress
    captions: tuple[PatchCaptioned, ...] = ()
    started: PhaseStarted | None = None
    picture: PhasePicture | None = None
    pieces: tuple[Piece, ...] = ()
    waiting: int | None = None
    """The phase that is not drawn before its captions are reviewed; the job ends here."""
    warning: str = ""
    passing: bool = False
    """Whether the warning says nothing any more when the job is done."""


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
        self._tracker = ProgressTracker(job.plan, rates, clock, rounds=1 + len(job.variations))
        self._captions: list[PatchCaptioned] = []
        self._pieces: list[Piece] = []
        self._phase: PhaseStarted | None = None
        """The one in work."""
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
            self._phase = event
            self._flush(started=event)
        elif isinstance(event, Warned):
            self._flush(warning=event.message, passing=event.passing)
        elif isinstance(event, PatchCaptioned):
            self._captions.append(event)
            last = event.done == event.patches
            self._flush_if_due(now=last)
        elif not isinstance(event, PhaseFinished):
            self._gather_pieces(event)
            self._flush_if_due()

    def _gather_pieces(self, event: Event) -> None:
        """Keep what an event shows of the picture to come; when patches are drawn again, only that of their windows."""
        if self._phase is None:
            return
        size = self._phase.size
        if isinstance(event, TileDone) and event.box is not None and event.image is not None:
            self._pieces.append(_piece(event.phase, event.box, size, event.image))
        elif isinstance(event, StepPreview):
            request, image = self._job.request, event.image
            small = Size(image.height, image.width)
            boxes = [Box(0, 0, *size)]
            if isinstance(request, RegenerateRequest):
                boxes = [patch.window for patch in self._phase.patches if patch.index in request.captions]
            places = ((box, box.scaled(size, small)) for box in boxes)
            self._pieces = [_piece(event.phase, box, size, image.crop(_corners(part))) for box, part in places]

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
        passing: bool = False,
    ) -> None:
        report = Report(
            progress=self._tracker.progress(),
            captions=tuple(self._captions),
            started=started,
            picture=picture,
            pieces=tuple(self._pieces),
            waiting=waiting,
            warning=warning,
            passing=passing,
        )
        self._captions.clear()
        self._pieces.clear()
        self._sent = self._clock()
        self._send(report)


def _corners(box: Box) -> tuple[int, int, int, int]:
    return box.left, box.top, box.right, box.bottom


def _piece(phase: int, box: Box, size: Size, image: Image.Image) -> Piece:
    share = (box.left / size.width, box.top / size.height, box.size.width / size.width, box.size.height / size.height)
    return Piece(phase=phase, share=share, image=to_qimage(image))
