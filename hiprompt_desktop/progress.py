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
from hiprompt_core.plan import Plan

_CAPTION_SHARE = 0.15
_DECODE_SHARE = 0.05
_SAMPLES = 2


class Activity(Enum):
    STARTING = auto()
    LOADING = auto()
    CAPTIONING = auto()
    ENCODING = auto()
    DRAWING = auto()
    DECODING = auto()


@dataclass(frozen=True, kw_only=True, slots=True)
class Progress:
    """A moment of a job, as the window tells it."""

    activity: Activity = Activity.STARTING
    name: str = ""
    """Of the model that is being loaded."""
    phase: int = 0
    phases: int = 0
    done: int = 0
    """Steps, captions or tiles, whatever the activity counts."""
    total: int = 0
    fraction: float = 0.0
    """Of the whole job, 0 to 1."""
    phase_fraction: float = 0.0
    seconds_left: float | None = None
    """None until every kind of work that remains has been measured."""


@dataclass(slots=True)
class Rate:
    """Seconds a unit of one kind of work, averaged over what is finished."""

    seconds: float = 0.0
    units: float = 0.0
    samples: int = 0

    def add(self, seconds: float, units: float) -> None:
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
    """By phase number: large pictures batch better than small ones."""
    captions: Rate = field(default_factory=Rate)
    pixels: dict[str, Rate] = field(default_factory=dict)
    """VAE work, by "encode" and "decode"."""

    def seconds_for_phase(self, plan: Plan, number: int, evaluations: int, captions: int) -> float | None:
        """Seconds for what remains of a phase besides its VAE work."""
        known = [n for n, rate in self.evaluations.items() if rate.samples >= _SAMPLES]
        nearest = min(known, key=lambda n: abs(n - number), default=None)
        drawing = self.evaluations[nearest].time_for(evaluations) if nearest is not None else None
        if evaluations <= 0:
            drawing = 0.0
        if plan.captions == 0:
            captions = 0
        return _sum(drawing, self.captions.time_for(captions))

    def seconds_for(self, plan: Plan) -> float | None:
        """Seconds for a whole plan; none while a kind of work in it has never been measured."""
        times = [
            self.seconds_for_phase(plan, phase.number, phase.evaluations, len(phase.patches)) for phase in plan.phases
        ]
        return _sum(*times, *(self._vae(phase.size.area) for phase in plan.phases))

    def _vae(self, pixels: int) -> float:
        return sum(rate.time_for(pixels) or 0.0 for rate in self.pixels.values())


def _sum(*times: float | None) -> float | None:
    return None if any(t is None for t in times) else sum(t for t in times if t is not None)


class ProgressTracker:
    """Turns the core's events into ``Progress``."""

    def __init__(
        self, plan: Plan | None, rates: Rates | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._plan = plan
        self._rates = rates if rates is not None else Rates()
        self._clock = clock
        self._last = clock()
        self._skip_next = True
        self._activity = Activity.STARTING
        self._name = ""
        self._phase = 0
        self._phases = len(plan.phases) if plan else 0
        self._pixels = 0
        self._evaluations = 0
        self._evaluations_done = 0
        self._steps = 0
        self._step = 0
        self._patches = 0
        self._captions_done = 0
        self._tile = (0, 0)
        self._pending_caption = 0.0
        self._fraction = 0.0

    def on_event(self, event: Event) -> None:
        now = self._clock()
        spent, self._last = now - self._last, now
        if isinstance(event, ModelLoading):
            self._activity, self._name, self._skip_next = Activity.LOADING, event.name, True
            return
        measured = not self._skip_next
        self._skip_next = False
        match event:
            case PhaseStarted():
                self._start_phase(event)
            case CaptionerWorking():
                self._activity = Activity.CAPTIONING
                self._add_caption_time(spent if measured else 0.0)
            case PatchCaptioned():
                self._activity = Activity.CAPTIONING
                self._captions_done, self._patches = event.done, event.patches
                self._finish_caption(spent if measured else 0.0)
            case ViewBatchDone():
                self._activity = Activity.DRAWING
                self._evaluations_done += event.evaluations
                self._step = max(self._step, event.step - 1)
                if measured:
                    self._rate_of_phase().add(spent, event.evaluations)
            case StepDone():
                self._finish_step(event, spent)
            case TileDone():
                self._finish_tile(event, spent)
            case PhaseFinished():
                self._finish_phase(event)

    def progress(self) -> Progress:
        phase_fraction = self._phase_fraction()
        self._fraction = max(self._fraction, self._overall(phase_fraction))
        counted = {
            Activity.CAPTIONING: (self._captions_done, self._patches),
            Activity.DRAWING: (self._step, self._steps),
            Activity.ENCODING: self._tile,
            Activity.DECODING: self._tile,
        }
        done, total = counted.get(self._activity, (0, 0))
        return Progress(
            activity=self._activity,
            name=self._name,
            phase=self._phase,
            phases=self._phases,
            done=done,
            total=total,
            fraction=self._fraction,
            phase_fraction=phase_fraction,
            seconds_left=self._seconds_left(),
        )

    def _start_phase(self, event: PhaseStarted) -> None:
        self._activity = Activity.STARTING
        self._phase, self._phases = event.phase, event.phases
        self._pixels = event.size.area
        self._evaluations, self._evaluations_done = event.evaluations, 0
        self._steps, self._step = event.steps, 0
        self._patches, self._captions_done = len(event.patches), 0
        self._tile = (0, 0)
        self._pending_caption = 0.0

    def _add_caption_time(self, seconds: float) -> None:
        self._pending_caption += seconds

    def _finish_caption(self, seconds: float) -> None:
        self._rates.captions.add(self._pending_caption + seconds, 1)
        self._pending_caption = 0.0

    def _rate_of_phase(self) -> Rate:
        return self._rates.evaluations.setdefault(self._phase, Rate())

    def _finish_step(self, event: StepDone, spent: float) -> None:
        self._activity = Activity.DRAWING
        self._step, self._steps = event.step, event.steps
        counted = round(self._evaluations * event.step / max(1, event.steps))
        self._evaluations_done = max(self._evaluations_done, counted)
        rate = self._rate_of_phase()
        if rate.samples:  # time between the last view batch and the step's end belongs to the same units
            rate.seconds += spent

    def _finish_tile(self, event: TileDone, spent: float) -> None:
        self._activity = Activity.ENCODING if event.work == "encode" else Activity.DECODING
        self._tile = (event.done, event.tiles)
        rate = self._rates.pixels.setdefault(event.work, Rate())
        rate.add(spent, self._pixels / max(1, event.tiles))

    def _finish_phase(self, event: PhaseFinished) -> None:
        self._phase, self._phases = event.phase, event.phases
        self._evaluations_done = self._evaluations = max(self._evaluations, event.evaluations)
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
        if not self._evaluations and self._steps:  # drawing a patch again: its cost is not told before
            done = (1 - _DECODE_SHARE) * self._step / self._steps
        elif self._evaluations:
            done += (1 - captions - _DECODE_SHARE) * min(1.0, self._evaluations_done / self._evaluations)
        if self._activity is Activity.DECODING and self._tile[1]:
            done = max(done, 1 - _DECODE_SHARE) + _DECODE_SHARE * self._tile[0] / self._tile[1]
        return min(1.0, done)

    def _overall(self, phase_fraction: float) -> float:
        if self._plan is None:
            return phase_fraction
        # A phase of n evaluations costs about n units; a floor keeps phases that are found on disk visible.
        weights = [max(1, phase.evaluations) for phase in self._plan.phases]
        before = sum(weights[: max(0, self._phase - 1)])
        current = weights[self._phase - 1] * phase_fraction if 0 < self._phase <= len(weights) else 0.0
        return min(1.0, (before + current) / sum(weights))

    def _seconds_left(self) -> float | None:
        if self._plan is None or not self._phase:
            return None
        times = []
        for phase in self._plan.phases[self._phase - 1 :]:
            current = phase.number == self._phase
            evaluations = phase.evaluations - (self._evaluations_done if current else 0)
            captions = len(phase.patches) - (self._captions_done if current else 0)
            if current and self._activity in {Activity.DRAWING, Activity.DECODING}:
                captions = 0
            times.append(self._rates.seconds_for_phase(self._plan, phase.number, evaluations, captions))
            times.append(self._vae_seconds(phase.size.area, current))
        return _sum(*times)

    def _vae_seconds(self, pixels: int, current: bool) -> float:
        decode = self._rates.pixels.get("decode", Rate()).time_for(pixels) or 0.0
        if current and self._activity is Activity.DECODING:
            return decode * (1 - self._tile[0] / max(1, self._tile[1]))
        encode = self._rates.pixels.get("encode", Rate()).time_for(pixels) or 0.0
        return decode + (0.0 if current else encode)
