"""How far a job is and how long it still takes, from finished units only (no Qt)."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

from hiprompt_core.events import (
    CaptionerWorking,
    Event,
    ModelLoading,
    PatchCaptioned,
    PhaseFinished,
    PhaseStarted,
    StepDone,
    TileDone,
    ViewBatchDone,
)
from hiprompt_core.footprint import coded_pixels
from hiprompt_core.geometry import Size
from hiprompt_core.plan import Plan, work
from hiprompt_core.rates import SAMPLES, Rate, RateMeter, Rates, summed

_CAPTION_SHARE = 0.15
_UPSCALE_SHARE = 0.3
_DECODE_SHARE = 0.05
"""Of a phase, while nobody knows how long its kinds of work take."""


class Activity(Enum):
    STARTING = auto()
    LOADING = auto()
    CAPTIONING = auto()
    UPSCALING = auto()
    ENCODING = auto()
    DRAWING = auto()
    DECODING = auto()


_TILE_WORK = {"upscale": Activity.UPSCALING, "encode": Activity.ENCODING, "decode": Activity.DECODING}


@dataclass(frozen=True, kw_only=True, slots=True)
class Progress:
    """A moment of a job, as the window tells it."""

    activity: Activity = Activity.STARTING
    name: str = ""
    """Of the model that is being loaded."""
    phase: int = 0
    phases: int = 0
    round: int = 0
    rounds: int = 1
    """Drawings of the same patches."""
    done: int = 0
    """Steps, captions or tiles, whatever the activity counts."""
    total: int = 0
    fraction: float = 0.0
    """Of the whole job, 0 to 1."""
    phase_fraction: float = 0.0
    seconds_left: float | None = None
    """None until two units are finished and every kind of work that remains has been measured."""
    phase_seconds_left: float | None = None


class ProgressTracker:
    """Turns the core's events into ``Progress``."""

    def __init__(
        self,
        plan: Plan | None,
        rates: Rates | None = None,
        clock: Callable[[], float] = time.monotonic,
        rounds: int = 1,
    ) -> None:
        """Without a plan the same phase is worked on ``rounds`` times."""
        self._plan = plan
        self._rounds = rounds
        self._round = 0
        self._rates = rates if rates is not None else Rates()
        self._meter = RateMeter(self._rates, plan.fit.tile if plan else None, clock)
        self._activity = Activity.STARTING
        self._name = ""
        self._phase = 0
        self._phases = len(plan.phases) if plan else 0
        self._size = Size(0, 0)
        self._work = 0.0
        """Evaluations of the phase, in those of the UNet."""
        self._work_done = 0.0
        self._steps = 0
        self._step = 0
        self._patches = 0
        self._captions_done = 0
        self._tile = (0, 0)
        self._fraction = 0.0
        self._phase_fraction = 0.0
        self._timed_from: tuple[float, float] | None = None
        """Which fraction was shown, and which share of the time was over, when that could be told first."""

    def on_event(self, event: Event) -> None:
        self._meter.on_event(event)
        match event:
            case ModelLoading():
                self._activity, self._name = Activity.LOADING, event.name
            case PhaseStarted():
                self._start_phase(event)
            case CaptionerWorking():
                self._activity = Activity.CAPTIONING
            case PatchCaptioned():
                self._activity = Activity.CAPTIONING
                self._captions_done, self._patches = event.done, event.patches
            case ViewBatchDone():
                self._activity = Activity.DRAWING
                self._work_done += work(event.evaluations, event.controlnet_evaluations)
                self._step = max(self._step, event.step - 1)
            case StepDone():
                self._finish_step(event)
            case TileDone():
                self._activity = _TILE_WORK[event.work]
                self._tile = (event.done, event.tiles)
            case PhaseFinished():
                self._finish_phase(event)

    def progress(self) -> Progress:
        self._phase_fraction = max(self._phase_fraction, self._fraction_of_phase())
        self._fraction = max(self._fraction, self._overall())
        counted = {
            Activity.CAPTIONING: (self._captions_done, self._patches),
            Activity.DRAWING: (self._step, self._steps),
            Activity.UPSCALING: self._tile,
            Activity.ENCODING: self._tile,
            Activity.DECODING: self._tile,
        }
        done, total = counted.get(self._activity, (0, 0))
        seconds = self._seconds_left()
        return Progress(
            activity=self._activity,
            name=self._name,
            phase=self._phase,
            phases=self._phases,
            round=self._round,
            rounds=self._rounds,
            done=done,
            total=total,
            fraction=self._fraction,
            phase_fraction=self._phase_fraction,
            seconds_left=summed(*seconds),
            phase_seconds_left=seconds[0],
        )

    def _start_phase(self, event: PhaseStarted) -> None:
        self._activity = Activity.STARTING
        self._round += 1
        self._phase_fraction = 0.0
        self._phase, self._phases = event.phase, event.phases
        self._size = event.size
        self._work = self._plan.phases[event.phase - 1].work if self._plan else event.evaluations
        self._work_done = 0
        self._steps, self._step = event.steps, 0
        self._patches, self._captions_done = len(event.patches), 0
        self._tile = (0, 0)

    def _finish_step(self, event: StepDone) -> None:
        self._activity = Activity.DRAWING
        self._step, self._steps = event.step, event.steps
        self._work_done = max(self._work_done, self._work * event.step / max(1, event.steps))

    def _finish_phase(self, event: PhaseFinished) -> None:
        self._phase, self._phases = event.phase, event.phases
        if self._plan:
            self._work = self._plan.phases[event.phase - 1].work  # it may have been found on disk, and never started
        self._work_done = self._work = max(self._work, event.evaluations)
        self._step = self._steps
        self._captions_done = self._patches
        self._tile = (1, 1)
        self._activity = Activity.DECODING

    def _fraction_of_phase(self) -> float:
        """By time where that is known, or else by shares of its kinds of work."""
        if not self._phase:  # patches are described again, outside of any phase
            return self._captions_done / self._patches if self._patches else 0.0
        if self._plan is not None and self._knows(self._plan):
            whole = self._rates.seconds_by_phase(self._plan)[self._phase - 1]
            left = self._phase_seconds_left(self._plan)
            if whole and left is not None:
                return 1 - min(1.0, left / whole)
        return self._share_of_work()

    def _share_of_work(self) -> float:
        """Of the phase."""
        captions = _CAPTION_SHARE if self._patches and self._plan and self._plan.captions else 0.0
        upscaling = _UPSCALE_SHARE if self._plan and self._plan.phases[self._phase - 1].upscaled else 0.0
        done = captions * (self._captions_done / self._patches if captions else 0.0)
        if self._activity in {Activity.DRAWING, Activity.DECODING} and captions:
            done = captions
        done += upscaling * (1 - self._to_upscale())
        if self._work:
            done += (1 - captions - upscaling - _DECODE_SHARE) * min(1.0, self._work_done / self._work)
        if self._activity is Activity.DECODING and self._tile[1]:
            done = max(done, 1 - _DECODE_SHARE) + _DECODE_SHARE * self._tile[0] / self._tile[1]
        return min(1.0, done)

    def _overall(self) -> float:
        """Of the whole job: by time from where that is known, before that by evaluations."""
        if self._plan is None:
            return (max(0, self._round - 1) + self._phase_fraction) / self._rounds
        over = self._share_of_time(self._plan)
        if over is None:
            return self._share_of_phases(self._plan)
        if self._timed_from is None:
            self._timed_from = (self._fraction, over)
        shown, before = self._timed_from
        return shown + (1 - shown) * max(0.0, over - before) / (1 - before) if before < 1 else 1.0

    def _share_of_phases(self, plan: Plan) -> float:
        # A phase of n evaluations costs about n units; a floor keeps phases that are found on disk visible.
        weights = [max(1, phase.work) for phase in plan.phases]
        before = sum(weights[: max(0, self._phase - 1)])
        current = weights[self._phase - 1] * self._phase_fraction if 0 < self._phase <= len(weights) else 0.0
        return min(1.0, (before + current) / sum(weights))

    def _share_of_time(self, plan: Plan) -> float | None:
        """How much of it is over; none while a kind of work was never measured."""
        if not self._phase or not self._knows(plan):
            return None
        whole, left = summed(*self._rates.seconds_by_phase(plan)), summed(*self._plan_seconds_left(plan))
        return 1 - min(1.0, left / whole) if whole and left is not None else None

    def _knows(self, plan: Plan) -> bool:
        """Whether every kind of work of a plan has been measured."""
        return self._rates.know(plan.captions > 0, any(phase.upscaled for phase in plan.phases))

    def _seconds_left(self) -> list[float | None]:
        """For the phase in work and each one after it."""
        if not self._phase or self._meter.finished < SAMPLES:
            return [None]
        if self._plan is None:
            left = self._work - self._work_done + (self._rounds - self._round) * self._work
            return [self._meter.drawing.time_for(left)]
        return self._plan_seconds_left(self._plan)

    def _plan_seconds_left(self, plan: Plan) -> list[float | None]:
        return [self._phase_seconds_left(plan), *self._rates.seconds_by_phase(plan)[self._phase :]]

    def _phase_seconds_left(self, plan: Plan) -> float | None:
        """For the phase in work."""
        now = plan.phases[self._phase - 1]
        drawing = self._activity in {Activity.DRAWING, Activity.DECODING}
        captions = 0 if drawing else len(now.patches) - self._captions_done
        drawn = self._rates.seconds_for_phase(plan, now.number, now.work - self._work_done, captions)
        upscaling = self._rates.upscaling.time_for(now.seen * self._to_upscale())
        return summed(drawn, upscaling, self._pixel_seconds(plan.fit.tile))

    def _to_upscale(self) -> float:
        """The share of the guide that is still to be drawn."""
        if self._activity is Activity.UPSCALING:
            return 1 - self._tile[0] / max(1, self._tile[1])
        return float(self._activity not in {Activity.ENCODING, Activity.DRAWING, Activity.DECODING})

    def _pixel_seconds(self, tile: int) -> float:
        """What is left of the work on the picture of the phase at hand."""
        if self._activity is Activity.DECODING:
            decode = self._rates.pixels.get("decode", Rate())
            whole = decode.seconds / decode.units * coded_pixels(self._size, tile) if decode.units else 0.0
            return whole * (1 - self._tile[0] / max(1, self._tile[1]))
        encoded = self._phase == 1 or self._activity is Activity.DRAWING
        return self._rates.seconds_for_pixels(self._size, tile, encodes=not encoded)
