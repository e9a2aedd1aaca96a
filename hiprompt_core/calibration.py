"""One short measurement of a machine, so that the first plan knows how long it takes."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from hiprompt_core.engine import Engine
from hiprompt_core.events import Event, OnEvent, StepDone, ViewBatchDone, ignore_events
from hiprompt_core.fitting import fitting_options
from hiprompt_core.geometry import Size
from hiprompt_core.model_files import ModelFacts, inspect_captioner, inspect_model
from hiprompt_core.options import Options
from hiprompt_core.pipeline import generate
from hiprompt_core.plan import make_plan
from hiprompt_core.rates import RateMeter, Rates
from hiprompt_core.request import NO_ADDITIONS, GenerationRequest

SLOW = 0.5
"""Seconds for an evaluation from which on as little as possible is drawn."""
SHORT = Options(num_inference_steps=4, upscale_num_inference_steps=2, strength=0.5)


def calibrate(
    like: GenerationRequest,
    engine: Engine,
    on_event: OnEvent = ignore_events,
    clock: Callable[[], float] = time.monotonic,
) -> Rates:
    """Rates of a machine, measured with a small picture: two phases of few steps, nine captions.

    It is drawn twice, and the second time counts: the first one still loads and prepares. What the upscaler does counts
    both times, because it is ready when it is loaded, and draws so small a picture in one tile. On a slow machine the
    picture is drawn once, with two patches.

    Args:
        like: names models, device and precision.
        clock: gives seconds; another one measures another kind of them, such as the processor's.

    Raises:
        HiPromptError: what is wrong, and what to do.
        Cancelled: ``on_event`` raised it.
    """
    facts = inspect_model(like.model)
    side = max(64, facts.size_multiple * round(facts.native_size / facts.size_multiple))
    with tempfile.TemporaryDirectory(prefix="hiprompt-") as folder:
        asked, rates = _small(like, facts, side, Path(folder)), Rates()
        if _pace(asked, side, engine, on_event, clock) > SLOW:
            asked = replace(asked, size=Size(side, side + side // 2))
        else:
            first = replace(asked, output=Path(folder) / "first")
            rates.upscaling = _measure(first, Rates(), facts, engine, on_event, clock).upscaling
        return _measure(asked, rates, facts, engine, on_event, clock)


def _small(like: GenerationRequest, facts: ModelFacts, side: int, folder: Path) -> GenerationRequest:
    """The picture to measure, twice the native ``side`` (pixels), by the models of another request."""
    return GenerationRequest(
        prompt="a house on a hill",
        size=Size(2 * side, 2 * side),
        options=fitting_options(SHORT, facts, NO_ADDITIONS),
        model=like.model,
        additions=like.additions,
        upscaler=like.upscaler,
        captioner=like.captioner,
        caption_source="captioner" if like.captioner else "own",
        captioner_precision=like.captioner_precision,
        output=folder / "measured",
        device=like.device,
        precision=like.precision,
        compiled=like.compiled,
    )


def _pace(asked: GenerationRequest, side: int, engine: Engine, on_event: OnEvent, clock: Callable[[], float]) -> float:
    """Draw phase 1 alone, which loads the model: seconds of an evaluation in its fastest step."""
    speed = _Speed(on_event, clock)
    generate(_only_native(asked, asked.output.with_name("native"), side), speed, engine)
    return speed.best


def _measure(
    asked: GenerationRequest,
    rates: Rates,
    facts: ModelFacts,
    engine: Engine,
    on_event: OnEvent,
    clock: Callable[[], float],
) -> Rates:
    """Draw the picture under the clock; the rates learn from it."""
    captioner = inspect_captioner(asked.captioner) if asked.captioner else None
    plan = make_plan(asked, facts, captioner, place=engine.place(asked.device, asked.precision))
    meter = RateMeter(rates, plan.fit.tile, clock)

    def told(event: Event) -> None:
        meter.on_event(event)
        on_event(event)

    generate(asked, told, engine)
    return rates


def _only_native(asked: GenerationRequest, output: Path, side: int) -> GenerationRequest:
    """Phase 1 of a request, undescribed."""
    options = replace(asked.options, captions=False)
    size = Size(side, side)
    return replace(asked, size=size, options=options, captioner=None, caption_source="captioner", output=output)


class _Speed:
    """Listens to the first steps: the seconds of an evaluation in the fastest of them."""

    def __init__(self, on_event: OnEvent, clock: Callable[[], float]) -> None:
        self.best = float("inf")
        self._on_event = on_event
        self._clock = clock
        self._last = clock()
        self._evaluations = 1

    def __call__(self, event: Event) -> None:
        if isinstance(event, ViewBatchDone):
            self._evaluations = event.evaluations
        if isinstance(event, StepDone):
            now = self._clock()
            self.best = min(self.best, (now - self._last) / self._evaluations)
            self._last = now
        self._on_event(event)
