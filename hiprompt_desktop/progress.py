"""How far a job is and how long it still takes, from finished units only (no Qt)."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
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
from hiprompt_core.plan import Plan, work

_CAPTION_SHARE = 0.15
_DECODE_SHARE = 0.05
_SAMPLES = 2
_MEMORY = 64
"""Samples after which older ones count half: a machine changes with what else it does."""
_REST = "rest"


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


@dataclass(slots=True)
class Rate:
    """Seconds a unit of one kind of work, averaged over what is finished."""

    seconds: float = 0.0
    units: float = 0.0
    samples: int = 0

    def add(self, seconds: float, units: float) -> None:
        if self.samples >= _MEMORY:
            self.seconds, self.units, self.samples = self.seconds / 2, self.units / 2, self.samples // 2
        self.seconds += seconds
        self.units += units
        self.samples += 1

    def time_for(self, units: float) -> float | None:
        """Seconds for so many units; none while too little is known."""
        if units <= 0:
            return 0.0
        if self.samples < _SAMPLES or self.units <= 0:
            return None
        return self.seconds / self.units * units


@dataclass(slots=True)
class Rates:
    """What this machine needs for each kind of work; kept from one picture to the next."""

    evaluations: dict[int, Rate] = field(default_factory=dict)
    """By phase number: large pictures batch better than small ones. A ControlNet's count as parts of the UNet's."""
    captions: Rate = field(default_factory=Rate)
    upscaling: Rate = field(default_factory=Rate)
    """Of a trained upscaler, by pixels that it draws."""
    pixels: dict[str, Rate] = field(default_factory=dict)
    """Work on the picture, by "encode", "decode" and "rest": saving, text encoding and whatever else a phase does."""

    def seconds_for_phase(self, plan: Plan, number: int, evaluations: float, captions: int) -> float | None:
        """Seconds for what remains of a phase besides its VAE work."""
        known = [n for n, rate in self.evaluations.items() if rate.samples >= _SAMPLES]
        nearest = min(known, key=lambda n: abs(n - number), default=None)
        drawing = self.evaluations[nearest].time_for(evaluations) if nearest is not None else None
        if evaluations <= 0:
            drawing = 0.0
        if plan.captions == 0:
            captions = 0
        return _sum(drawing, self.captions.time_for(captions))

    def seconds_by_phase(self, plan: Plan) -> tuple[float | None, ...]:
        """Seconds for each phase of a plan; none where a kind of work in it has never been measured."""
        return tuple(
            _sum(
                self.seconds_for_phase(plan, phase.number, phase.work, len(phase.patches)),
                self.upscaling.time_for(phase.size.area if phase.upscaled else 0),
                self.seconds_for_pixels(phase.size.area, encodes=phase.number > 1),
            )
            for phase in plan.phases
        )

    def seconds_for_pixels(self, pixels: int, encodes: bool = True) -> float:
        """Seconds for a phase's work on the picture; what was not measured yet counts as nothing."""
        works = [rate for work, rate in self.pixels.items() if encodes or work != "encode"]
        return sum(rate.seconds / rate.units * pixels for rate in works if rate.units > 0)


def _sum(*times: float | None) -> float | None:
    return None if any(t is None for t in times) else sum(t for t in times if t is not None)


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
        self._clock = clock
        self._last = clock()
        self._skip_next = True
        self._activity = Activity.STARTING
        self._name = ""
        self._phase = 0
        self._phases = len(plan.phases) if plan else 0
        self._pixels = 0
        self._work = 0.0
        """Evaluations of the phase, in those of the UNet."""
        self._work_done = 0.0
        self._steps = 0
        self._step = 0
        self._patches = 0
        self._captions_done = 0
        self._tile = (0, 0)
        self._pending_caption = 0.0
        self._fraction = 0.0
        self._units = 0
        """Finished in this job."""
        self._began: float | None = None
        """When the phase in work began."""
        self._accounted = 0.0
        """Seconds of it that are known to be of some kind of work, or to be left out."""

    def on_event(self, event: Event) -> None:
        now = self._clock()
        spent, self._last = now - self._last, now
        if isinstance(event, ModelLoading):
            self._activity, self._name, self._skip_next = Activity.LOADING, event.name, True
            return
        measured = not self._skip_next
        self._skip_next = False
        if not measured:
            self._accounted += spent
        match event:
            case PhaseStarted():
                self._start_phase(event)
                self._began, self._accounted = now, 0.0
            case CaptionerWorking():
                self._activity = Activity.CAPTIONING
                self._add_caption_time(spent if measured else 0.0)
            case PatchCaptioned():
                self._activity = Activity.CAPTIONING
                self._captions_done, self._patches = event.done, event.patches
                self._finish_caption(spent if measured else 0.0)
            case ViewBatchDone():
                self._activity = Activity.DRAWING
                done = work(event.evaluations, event.controlnet_evaluations)
                self._work_done += done
                self._step = max(self._step, event.step - 1)
                if measured:
                    self._add(self._rate_of_phase(), spent, done)
            case StepDone():
                self._finish_step(event, spent)
            case TileDone():
                self._finish_tile(event, spent, measured)
            case PhaseFinished():
                self._finish_phase(event, now)

    def progress(self) -> Progress:
        phase_fraction = self._phase_fraction()
        self._fraction = max(self._fraction, self._overall(phase_fraction))
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
            phase_fraction=phase_fraction,
            seconds_left=_sum(*seconds),
            phase_seconds_left=seconds[0],
        )

    def _start_phase(self, event: PhaseStarted) -> None:
        self._activity = Activity.STARTING
        self._round += 1
        self._phase, self._phases = event.phase, event.phases
        self._pixels = event.size.area
        self._work = self._plan.phases[event.phase - 1].work if self._plan else event.evaluations
        self._work_done = 0
        self._steps, self._step = event.steps, 0
        self._patches, self._captions_done = len(event.patches), 0
        self._tile = (0, 0)
        self._pending_caption = 0.0

    def _add_caption_time(self, seconds: float) -> None:
        self._pending_caption += seconds

    def _finish_caption(self, seconds: float) -> None:
        self._add(self._rates.captions, self._pending_caption + seconds, 1)
        self._pending_caption = 0.0

    def _rate_of_phase(self) -> Rate:
        return self._rates.evaluations.setdefault(self._phase, Rate())

    def _finish_step(self, event: StepDone, spent: float) -> None:
        self._activity = Activity.DRAWING
        self._step, self._steps = event.step, event.steps
        self._work_done = max(self._work_done, self._work * event.step / max(1, event.steps))
        rate = self._rate_of_phase()
        if rate.samples:  # time between the last view batch and the step's end belongs to the same units
            rate.seconds += spent
            self._accounted += spent

    def _finish_tile(self, event: TileDone, spent: float, measured: bool) -> None:
        self._activity = _TILE_WORK[event.work]
        self._tile = (event.done, event.tiles)
        upscaling = event.work == "upscale"
        rate = self._rates.upscaling if upscaling else self._rates.pixels.setdefault(event.work, Rate())
        if measured:
            self._add(rate, spent, self._pixels / max(1, event.tiles))

    def _add(self, rate: Rate, seconds: float, units: float) -> None:
        rate.add(seconds, units)
        self._units += 1
        self._accounted += seconds

    def _finish_phase(self, event: PhaseFinished, now: float) -> None:
        if self._began is not None and not event.resumed:
            rest = max(0.0, now - self._began - self._accounted)
            self._rates.pixels.setdefault(_REST, Rate()).add(rest, event.size.area)
        self._began = None
        self._phase, self._phases = event.phase, event.phases
        self._work_done = self._work = max(self._work, event.evaluations)
        self._step = self._steps
        self._captions_done = self._patches
        self._tile = (1, 1)
        self._activity = Activity.DECODING

    def _phase_fraction(self) -> float:
        if not self._phase:  # patches are described again, outside of any phase
            return self._captions_done / self._patches if self._patches else 0.0
        captions = _CAPTION_SHARE if self._patches and self._plan and self._plan.captions else 0.0
        done = captions * (self._captions_done / self._patches if captions else 0.0)
        if self._activity in {Activity.DRAWING, Activity.DECODING} and captions:
            done = captions
        if self._work:
            done += (1 - captions - _DECODE_SHARE) * min(1.0, self._work_done / self._work)
        if self._activity is Activity.DECODING and self._tile[1]:
            done = max(done, 1 - _DECODE_SHARE) + _DECODE_SHARE * self._tile[0] / self._tile[1]
        return min(1.0, done)

    def _overall(self, phase_fraction: float) -> float:
        if self._plan is None:
            return (max(0, self._round - 1) + phase_fraction) / self._rounds
        # A phase of n evaluations costs about n units; a floor keeps phases that are found on disk visible.
        weights = [max(1, phase.work) for phase in self._plan.phases]
        before = sum(weights[: max(0, self._phase - 1)])
        current = weights[self._phase - 1] * phase_fraction if 0 < self._phase <= len(weights) else 0.0
        return min(1.0, (before + current) / sum(weights))

    def _seconds_left(self) -> list[float | None]:
        """For the phase in work and each one after it."""
        if not self._phase or self._units < _SAMPLES:
            return [None]
        if self._plan is None:
            left = self._work - self._work_done + (self._rounds - self._round) * self._work
            return [self._rate_of_phase().time_for(left)]
        now, *later = self._plan.phases[self._phase - 1 :]
        drawing = self._activity in {Activity.DRAWING, Activity.DECODING}
        captions = 0 if drawing else len(now.patches) - self._captions_done
        drawn = self._rates.seconds_for_phase(self._plan, now.number, now.work - self._work_done, captions)
        upscaling = self._rates.upscaling.time_for(now.size.area * self._to_upscale() if now.upscaled else 0)
        pixels = self._pixel_seconds(now.size.area)
        return [
            _sum(drawn, upscaling, pixels),
            *self._rates.seconds_by_phase(self._plan)[len(self._plan.phases) - len(later) :],
        ]

    def _to_upscale(self) -> float:
        """The share of the guide that is still to be drawn."""
        if self._activity is Activity.UPSCALING:
            return 1 - self._tile[0] / max(1, self._tile[1])
        return float(self._activity not in {Activity.ENCODING, Activity.DRAWING, Activity.DECODING})

    def _pixel_seconds(self, pixels: int) -> float:
        """What is left of the work on the picture of the phase at hand."""
        if self._activity is Activity.DECODING:
            decode = self._rates.pixels.get("decode", Rate())
            whole = decode.seconds / decode.units * pixels if decode.units else 0.0
            return whole * (1 - self._tile[0] / max(1, self._tile[1]))
        encoded = self._phase == 1 or self._activity is Activity.DRAWING
        return self._rates.seconds_for_pixels(pixels, encodes=not encoded)
