"""How fast a machine does each kind of work of a run, learnt from the work that it finished."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from hiprompt_core.events import (
    CaptionerWorking,
    Event,
    ModelLoading,
    PatchCaptioned,
    PhaseFinished,
    PhaseStarted,
    StepDone,
    StillWorking,
    TileDone,
    ViewBatchDone,
)
from hiprompt_core.footprint import coded_pixels, seen_pixels
from hiprompt_core.geometry import Size
from hiprompt_core.plan import PhasePlan, Plan, work

SAMPLES = 2
"""From which on a rate is believed."""
_MEMORY = 64
"""Samples after which older ones count half: a machine changes with what else it does."""
REST = "rest"
BESIDE = "beside"


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
        if self.samples < SAMPLES or self.units <= 0:
            return None
        return self.seconds / self.units * units


@dataclass(slots=True)
class Rates:
    """What this machine needs for each kind of work; kept from one picture to the next."""

    evaluations: dict[int, Rate] = field(default_factory=dict)
    """By phase number: large pictures batch better than small ones. A ControlNet's count as parts of the UNet's."""
    captions: Rate = field(default_factory=Rate)
    upscaling: Rate = field(default_factory=Rate)
    """Of a trained upscaler, by pixels that it sees."""
    pixels: dict[str, Rate] = field(default_factory=dict)
    """Work on the picture: "encode" and "decode" by the pixels of all tiles, which overlap; "rest", saving
    and whatever else a later phase does, by those of the picture; "beside", the same in phase 1, by the phase."""

    def know(self, captions: bool, upscaled: bool = False) -> bool:
        """Whether enough has been finished to foretell a picture, with captions and an upscaler or without."""
        drawn = any(rate.samples >= SAMPLES for rate in self.evaluations.values()) and "decode" in self.pixels
        also = [rate for rate, asked in ((self.captions, captions), (self.upscaling, upscaled)) if asked]
        return drawn and all(rate.samples >= SAMPLES for rate in also)

    def seconds_for_phase(self, plan: Plan, number: int, evaluations: float, captions: int) -> float | None:
        """Seconds for what remains of a phase besides its VAE work."""
        if plan.captions == 0:
            captions = 0
        return summed(self.seconds_for_views(number, evaluations), self.captions.time_for(captions))

    def seconds_for_views(self, number: int, evaluations: float) -> float | None:
        """Seconds for so many evaluations in a phase, or else as the nearest phase needs that is known."""
        if evaluations <= 0:
            return 0.0
        known = [n for n, rate in self.evaluations.items() if rate.samples >= SAMPLES]
        nearest = min(known, key=lambda n: abs(n - number), default=None)
        return self.evaluations[nearest].time_for(evaluations) if nearest is not None else None

    def seconds_by_phase(self, plan: Plan) -> tuple[float | None, ...]:
        """Seconds for each phase of a plan; none where a kind of work in it has never been measured."""
        return tuple(
            summed(
                self.seconds_for_phase(plan, phase.number, phase.work, len(phase.patches)),
                self.upscaling.time_for(phase.seen),
                self._seconds_for_picture(phase, plan.fit.tile),
            )
            for phase in plan.phases
        )

    def _seconds_for_picture(self, phase: PhasePlan, tile: int) -> float:
        if phase.steps:
            return self.seconds_for_pixels(phase.size, tile, encodes=phase.number > 1)
        return self._seconds_for({"encode": coded_pixels(phase.size, tile), BESIDE: 1})  # a picture of the user's own

    def seconds_for_pixels(self, size: Size, tile: int, encodes: bool = True) -> float:
        """Seconds for a phase's work on the picture; what was not measured yet counts as nothing."""
        units: dict[str, float] = {"decode": coded_pixels(size, tile)}
        if encodes:
            units |= {"encode": units["decode"], REST: size.area}
        return self._seconds_for(units | {BESIDE: 1})

    def _seconds_for(self, units: Mapping[str, float]) -> float:
        rates = ((self.pixels[work], count) for work, count in units.items() if work in self.pixels)
        return sum(rate.seconds / rate.units * count for rate, count in rates if rate.units > 0)


def summed(*times: float | None) -> float | None:
    """Their sum; none when one of them is not known."""
    return None if any(t is None for t in times) else sum(t for t in times if t is not None)


class RateMeter:
    """Listens to one run and adds what it finishes to rates."""

    def __init__(self, rates: Rates, tile: int | None, clock: Callable[[], float] = time.monotonic) -> None:
        """``tile``: side of a VAE tile, pixels; none: not known."""
        self.finished = 0
        """Units of work that were measured."""
        self._rates = rates
        self._tile = tile
        self._clock = clock
        self._last = clock()
        self._skip_next = True
        self._phase = 0
        self._size = self._before = Size(0, 0)
        """Of the phase in work, and of the one before."""
        self._words = 0.0
        """Seconds of captions that are not finished."""
        self._began: float | None = None
        """When the phase in work began."""
        self._accounted = 0.0
        """Seconds of it that are known to be of some kind of work, or to be left out."""

    def on_event(self, event: Event) -> None:
        """Take one event; the first one, and those after a model was loaded, say nothing about speed."""
        if isinstance(event, StillWorking):
            return
        now = self._clock()
        spent, self._last = now - self._last, now
        if isinstance(event, ModelLoading):
            self._skip_next = True
            return
        measured, self._skip_next = not self._skip_next, False
        if not measured:
            self._accounted += spent
        match event:
            case PhaseStarted():
                self._phase, self._before, self._size, self._words = event.phase, self._size, event.size, 0.0
                self._began, self._accounted = now, 0.0
            case CaptionerWorking():
                self._words += spent if measured else 0.0
            case PatchCaptioned():
                self._add(self._rates.captions, self._words + (spent if measured else 0.0), 1)
                self._words = 0.0
            case ViewBatchDone() if measured:
                self._add(self.drawing, spent, work(event.evaluations, event.controlnet_evaluations))
            case StepDone() if self.drawing.samples:
                # Time between the last view batch and the step's end belongs to the same units.
                self.drawing.seconds += spent
                self._accounted += spent
            case TileDone(work="upscale") if measured:
                self._upscaled(spent, event.tiles)
            case TileDone() if measured:
                pixels = coded_pixels(self._size, self._tile) if self._tile else self._size.area
                self._add(self._rates.pixels.setdefault(event.work, Rate()), spent, pixels / max(1, event.tiles))
            case PhaseFinished():
                self._size = event.size  # one that was found on disk never began
                self._finish_phase(event, now)

    def _upscaled(self, seconds: float, tiles: int) -> None:
        seen = seen_pixels(self._before, self._tile) if self._tile else self._before.area
        if seen:
            self._add(self._rates.upscaling, seconds, seen / max(1, tiles))
        else:  # patches are drawn again, of a picture whose phases were not told
            self._accounted += seconds

    @property
    def drawing(self) -> Rate:
        """Evaluations of the phase in work."""
        return self._rates.evaluations.setdefault(self._phase, Rate())

    def _add(self, rate: Rate, seconds: float, units: float) -> None:
        rate.add(seconds, units)
        self.finished += 1
        self._accounted += seconds

    def _finish_phase(self, event: PhaseFinished, now: float) -> None:
        if self._began is not None and not event.resumed:
            rest, pixels = max(0.0, now - self._began - self._accounted), self._rates.pixels
            beside = pixels.setdefault(BESIDE, Rate())
            if event.phase == 1:
                beside.add(rest, 1)
            else:
                usual = beside.seconds / beside.units if beside.units else 0.0
                pixels.setdefault(REST, Rate()).add(max(0.0, rest - usual), event.size.area)
        self._began = None
