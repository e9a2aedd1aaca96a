"""What a run teaches of a machine's speed, and what is foretold from it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from hiprompt_core import GenerationRequest, Size
from hiprompt_core.events import Event, PhaseStarted, TileDone
from hiprompt_core.footprint import Place, coded_pixels, seen_pixels
from hiprompt_core.guide_files import inspect_guides
from hiprompt_core.model_files import inspect_model
from hiprompt_core.plan import make_plan
from hiprompt_core.rate_book import RateBook
from hiprompt_core.rates import BESIDE, Rate, RateMeter, Rates
from tests.core.guide_models import save_network

Make = Callable[..., GenerationRequest]
TILE = 256


def seconds() -> Callable[[], float]:
    ticks: Iterator[int] = count()
    return lambda: float(next(ticks))


def upscaled(before: Size, size: Size, tiles: int) -> list[Event]:
    starts = [
        PhaseStarted(phase=number, phases=2, size=of, patches=(), steps=1, evaluations=1)
        for number, of in enumerate((before, size), start=1)
    ]
    return [*starts, *(TileDone(phase=2, work="upscale", done=done + 1, tiles=tiles) for done in range(tiles))]


def test_an_upscaler_is_as_slow_as_what_it_sees_is_large() -> None:
    """Not as what it draws: a phase that grows by a fifth shows it as much as one that doubles."""
    rates = Rates()
    meter = RateMeter(rates, TILE, seconds())
    for event in upscaled(Size(500, 500), Size(600, 600), 4):
        meter.on_event(event)
    assert rates.upscaling.units == seen_pixels(Size(500, 500), TILE)
    assert rates.upscaling.seconds == 4


def test_patches_drawn_again_teach_nothing_of_an_upscaler() -> None:
    """What it saw is not known: only the phase at hand is told."""
    rates = Rates()
    meter = RateMeter(rates, TILE, seconds())
    for event in upscaled(Size(500, 500), Size(600, 600), 4)[1:]:
        meter.on_event(event)
    assert rates.upscaling == Rate()


def test_the_plan_knows_what_an_upscaler_will_see(make_request: Make, tmp_path: Path) -> None:
    file = save_network(tmp_path / "4x.safetensors", "Compact", num_feat=4, num_conv=0)
    request = make_request(captions=False, upscaler=file)
    facts = inspect_model(request.model)
    plan = make_plan(request, facts, None, inspect_guides(request, facts))
    assert plan.phases[0].seen == 0
    assert plan.phases[1].seen == seen_pixels(plan.phases[0].size, plan.fit.tile)
    plain = replace(request, upscaler=None)
    assert not make_plan(plain, facts).phases[1].upscaled


def test_a_picture_of_ones_own_is_encoded_and_not_decoded(make_request: Make, tmp_path: Path) -> None:
    request = make_request(captions=False)
    plan = make_plan(request, inspect_model(request.model))
    own = replace(plan, phases=(replace(plan.phases[0], steps=0, evaluations=0), *plan.phases[1:]))
    pixels = {"encode": Rate(1, 64 * 64, 9), "decode": Rate(100, 64 * 64, 9), BESIDE: Rate(0.5, 1, 9)}
    rates = Rates(evaluations={1: Rate(1, 1, 9)}, pixels=pixels)
    pixels_of_tiles = coded_pixels(plan.phases[0].size, plan.fit.tile)
    assert rates.seconds_by_phase(own)[0] == pytest.approx(0.5 + pixels_of_tiles / 64**2)


def test_what_is_believed_is_never_replaced_by_what_is_not(make_request: Make) -> None:
    place = Place(name="CPU float32", free=None, weight=4, network_weight=4, vae_weight=4, own_memory=False)
    book, request = RateBook(), make_request()
    book.put(Rates(upscaling=Rate(8.0, 4.0, 11)), request, place)
    book.put(Rates(upscaling=Rate(5.0, 1.0, 1)), request, place)
    assert book.rates_of(request, place).upscaling == Rate(8.0, 4.0, 11)
    book.put(Rates(upscaling=Rate(5.0, 1.0, 2)), request, place)
    assert book.rates_of(request, place).upscaling == Rate(5.0, 1.0, 2)
