"""How a run is made to fit into the memory that is free."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from hiprompt_core import GenerationRequest, Options, Size
from hiprompt_core.footprint import Place, coded_pixels, fit, tile_memory, view_memory
from hiprompt_core.model_files import CaptionerFacts, demo_model, inspect_model
from tests.sdxl_facts import SDXL

GB = 10**9
LARGE = Size(4096, 4096)
LLAVA = CaptionerFacts(folder=Path("llava"), name="llava", model_type="llava", parameters=7_000_000_000)
CARD = Place(free=24 * GB, weight=2, network_weight=2, vae_weight=2, own_memory=True)


def request(**options: object) -> GenerationRequest:
    return GenerationRequest(
        prompt="a fox",
        size=LARGE,
        options=Options(**options),  # type: ignore[arg-type]
        model=Path("m"),
        captioner=Path("c"),
        output=Path("o"),
    )


def test_estimates_are_those_that_were_accounted() -> None:
    """docs/performance.md: SDXL's UNet and VAE on torch's "meta" device."""
    for views, conditions, accounted in ((8, 3, 3.96), (8, 2, 2.64), (2, 3, 0.99), (1, 3, 0.50)):
        assert views * view_memory(SDXL, conditions, 2) / GB == pytest.approx(accounted, rel=0.1)
    full = replace(CARD, vae_weight=4)
    for tile, place, accounted in ((1024, CARD, 2.38), (512, CARD, 0.40), (1024, full, 3.22), (512, full, 0.81)):
        assert tile_memory(SDXL, tile, LARGE, place) / GB == pytest.approx(accounted, rel=0.1)


def test_a_large_card_gives_up_nothing() -> None:
    found = fit(request(), LARGE, SDXL, None, CARD)
    assert (found.view_batch_size, found.tile, found.apart, found.parted) == (8, 1024, False, False)


@pytest.mark.parametrize("vae_weight", [2, 4])
def test_a_card_of_8_gb_draws_4096_by_itself(vae_weight: int) -> None:
    """With LLaVA-7B, which does not fit at the same time, in any precision."""
    place = replace(CARD, free=int(7.6 * GB), vae_weight=vae_weight)
    found = fit(request(), LARGE, SDXL, None, place)
    assert found.parted
    assert found.view_batch_size >= 2
    assert found.memory < place.free  # type: ignore[operator]
    described = fit(replace(request(), captioner_precision="4bit"), LARGE, SDXL, LLAVA, place)
    assert described.apart
    assert described.memory < place.free  # type: ignore[operator]


def test_the_captioner_leaves_before_the_model_is_taken_apart() -> None:
    found = fit(request(), LARGE, SDXL, LLAVA, replace(CARD, free=16 * GB))
    assert (found.apart, found.parted) == (True, False)
    assert not fit(request(), LARGE, SDXL, LLAVA, replace(CARD, free=40 * GB)).apart


def test_what_the_request_names_is_kept() -> None:
    place = replace(CARD, free=5 * GB)
    found = fit(request(view_batch_size=6, vae_tile_size=1024), LARGE, SDXL, None, place)
    assert (found.view_batch_size, found.tile) == (6, 1024)
    assert not found.fits


@pytest.mark.parametrize(
    ("free", "captioner", "verdict"),
    [
        (None, LLAVA, "fits"),  # nobody knows
        (40 * GB, LLAVA, "fits"),
        (16 * GB, LLAVA, "fits in turns"),
        (8 * GB, None, "fits part by part"),
        (12 * GB, LLAVA, "does not fit"),  # the captioner alone is larger
        (5 * GB, None, "does not fit"),
    ],
)
def test_whether_it_fits_is_known_before(free: int | None, captioner: CaptionerFacts | None, verdict: str) -> None:
    found = fit(request(), LARGE, SDXL, captioner, replace(CARD, free=free))
    way = " part by part" if found.parted else " in turns" if found.apart else ""
    assert (f"fits{way}" if found.fits else "does not fit") == verdict


def test_a_processor_that_has_too_little_says_so_too() -> None:
    place = Place(free=8 * GB, weight=4, network_weight=4, vae_weight=4, own_memory=False)
    assert not fit(request(), LARGE, SDXL, None, place).fits
    assert fit(request(), LARGE, SDXL, None, replace(place, free=24 * GB)).fits


def test_an_allocator_keeps_some_of_what_small_work_has_freed_and_no_more_of_large_work() -> None:
    place = Place(name="cpu float32", free=None, weight=4, network_weight=4, vae_weight=4, own_memory=False)
    small, size = inspect_model(demo_model()), Size(1024, 1024)
    beside = small.parameters * 4 + 20 * size.area
    for side, kept in ((128, 2 * 128**2 * 384), (256, 2 * 256**2 * 384), (512, 90_000_000), (1024, 90_000_000)):
        found = fit(request(vae_tile_size=side, view_batch_size=1), size, small, None, place).memory
        assert found == beside + tile_memory(small, side, size, place) + kept


def test_a_processor_takes_the_views_of_a_large_model_one_by_one() -> None:
    processor = Place(name="cpu float32", free=None, weight=4, network_weight=4, vae_weight=4, own_memory=False)
    small = inspect_model(demo_model())
    assert fit(request(), LARGE, SDXL, None, processor).view_batch_size == 1
    assert fit(request(view_batch_size=3), LARGE, SDXL, None, processor).view_batch_size == 3
    assert fit(request(), LARGE, SDXL, None, replace(processor, name="mps float16")).view_batch_size == 8
    assert fit(request(), LARGE, small, None, processor).view_batch_size == 8


def test_tiles_are_counted_with_their_overlaps() -> None:
    assert coded_pixels(Size(512, 512), 1024) == 512 * 512
    assert coded_pixels(Size(1024, 512), 512) == 3 * 512 * 512
    assert coded_pixels(Size(2048, 2048), 512) == 25 * 512 * 512


def test_the_computers_own_memory_holds_the_pictures_too() -> None:
    place = Place(free=100 * GB, weight=4, network_weight=4, vae_weight=4, own_memory=False)
    small, large = (fit(request(), size, SDXL, None, place).memory for size in (Size(1024, 1024), LARGE))
    assert large - small == 20 * (LARGE.area - 1024**2)


def test_a_picture_to_start_from_counts_while_it_is_opened() -> None:
    place = Place(free=100 * GB, weight=4, network_weight=4, vae_weight=4, own_memory=False)
    asked, size, base = request(view_batch_size=1, vae_tile_size=512), Size(1024, 1024), Size(8000, 6000)
    without, found = (fit(asked, size, SDXL, None, place, base=own) for own in (None, base))
    assert found == without  # it is brought to its size before a model is loaded
    assert fit(asked, size, SDXL, None, CARD, base=base) == fit(asked, size, SDXL, None, CARD)
    # Beside a small model, opening a huge one is the hardest part.
    small, huge = inspect_model(demo_model()), Size(32768, 32768)
    needed = fit(asked, size, small, None, place, base=huge).memory
    assert needed == 8 * huge.area
    for free, fits in ((needed, True), (needed - 1, False)):
        assert fit(asked, size, small, None, replace(place, free=free), base=huge).fits == fits
    for name, bytes_each in (("a.png", 8), ("a.WEBP", 17), ("a.avif", 12), ("a.jp2", 20)):
        named = replace(asked, base_image=Path(name))
        assert fit(named, size, small, None, place, base=huge).memory == bytes_each * huge.area


@pytest.mark.parametrize("weight", [2, 4])
def test_4096_takes_at_most_12_gb_of_the_computers_memory_beside_the_weights(weight: int) -> None:
    place = Place(free=None, weight=weight, network_weight=weight, vae_weight=4, own_memory=False)
    found = fit(request(), LARGE, SDXL, None, place)
    weights = (SDXL.parameters - SDXL.vae_parameters) * weight + SDXL.vae_parameters * 4
    assert found.memory - weights < 12 * GB


def test_float8_halves_what_the_network_takes_on_a_card() -> None:
    whole = fit(request(), LARGE, SDXL, None, CARD).memory
    assert whole - fit(request(), LARGE, SDXL, None, replace(CARD, network_weight=1)).memory == SDXL.network_parameters
