"""What a request will do."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hiprompt_core import PRESETS, GenerationRequest, Size, make_plan
from hiprompt_core.plan import cosine_decay, negative_prompt_note
from hiprompt_core.request import DEFAULT_NEGATIVE_PROMPT
from tests.sdxl_facts import SDXL

presets = st.sampled_from(sorted(PRESETS))


def request(size: Size, preset: str) -> GenerationRequest:
    return GenerationRequest(
        prompt="a fox", size=size, options=PRESETS[preset], model=Path("m"), captioner=Path("c"), output=Path("o")
    )


@given(st.builds(Size, st.integers(8, 512), st.integers(8, 512)), presets)
def test_phases_end_exactly_on_the_request(cells: Size, preset: str) -> None:
    size = cells.times(8)
    phases = make_plan(request(size, preset), SDXL).phases
    assert phases[-1].size == size
    assert [phase.number for phase in phases] == list(range(1, len(phases) + 1))
    assert all(side % 8 == 0 for phase in phases for side in phase.size)
    for smaller, larger in pairwise(phases):
        assert larger.size.area >= smaller.size.area * 0.99
        assert math.sqrt(larger.size.area / smaller.size.area) <= 2.2


def test_doubling_of_an_odd_size() -> None:
    sizes = [phase.size for phase in make_plan(request(Size(1080, 1920), "balanced"), SDXL).phases]
    assert sizes == [Size(768, 1376), Size(1080, 1920)]
    sizes = [phase.size for phase in make_plan(request(Size(4096, 4096), "balanced"), SDXL).phases]
    assert sizes == [Size(1024, 1024), Size(2048, 2048), Size(4096, 4096)]


def test_the_paper_grows_by_whole_numbers() -> None:
    sizes = [phase.size for phase in make_plan(request(Size(2048, 4096), "paper"), SDXL).phases]
    assert sizes == [Size(512, 1024).times(scale) for scale in (1, 2, 3, 4)]


@pytest.mark.parametrize(("preset", "grids"), [("paper", 83 * 3), ("demofusion", 83 * 2)])
def test_cost_of_the_published_presets(preset: str, grids: int) -> None:
    """Method, section 5: 83 windows, 39 steps, 29 interleaved grids under two conditions, 100 for phase 1."""
    plan = make_plan(request(Size(4096, 4096), preset), SDXL)
    assert plan.evaluations == 39 * (grids + 29 * 2) + 100
    assert plan.units == plan.evaluations / 100
    assert [len(phase.patches) for phase in plan.phases] == [0, 9, 25, 49]
    assert [phase.dilation for phase in plan.phases] == [0, 2, 3, 4]


@pytest.mark.parametrize("preset", ["balanced", "fast"])
def test_cost_of_our_own_presets(preset: str) -> None:
    options = PRESETS[preset]
    plan = make_plan(request(Size(4096, 4096), preset), SDXL)
    windows = 9 + 25
    views = windows * len(options.view_conditions()) * options.upscale_steps
    assert plan.evaluations == options.num_inference_steps * len(options.plain_conditions()) + views
    assert plan.units <= 12
    assert plan.captions == windows


def test_a_base_image_saves_phase_1() -> None:
    plan = make_plan(replace(request(Size(2048, 2048), "balanced"), base_image=Path("own.png")), SDXL)
    assert (plan.phases[0].steps, plan.phases[0].evaluations) == (0, 0)


def test_without_captions_none_are_counted() -> None:
    assert make_plan(request(Size(2048, 2048), "demofusion"), SDXL).captions == 0


@pytest.mark.parametrize("size", [Size(1081, 1920), Size(1080, 1921), Size(65, 65)])
def test_any_size_ends_exact(size: Size) -> None:
    assert make_plan(request(size, "balanced"), SDXL).phases[-1].size == size


@pytest.mark.parametrize(
    ("own", "size", "expected"),
    [
        (Size(1501, 999), Size(3002, 1998), [Size(1501, 999), Size(3002, 1998)]),
        (Size(1000, 1000), Size(4000, 4000), [Size(1000, 1000), Size(2000, 2000), Size(4000, 4000)]),
        (Size(300, 200), Size(2400, 1600), [Size(300, 200), Size(1248, 832), Size(2400, 1600)]),
        (Size(2000, 3000), Size(2000, 3000), [Size(2000, 3000)] * 2),
        (Size(2000, 3000), Size(100, 150), [Size(100, 150)] * 2),
        (Size(100, 100), Size(200, 200), [Size(100, 100), Size(200, 200)]),
    ],
)
def test_phases_of_an_own_picture_begin_at_its_size(own: Size, size: Size, expected: list[Size]) -> None:
    """Nothing is made smaller first, and something is always drawn."""
    changed = replace(request(size, "balanced"), base_image=Path("own.png"), base_size=own)
    plan = make_plan(changed, SDXL)
    assert [phase.size for phase in plan.phases] == expected
    assert plan.phases[0].evaluations == 0 < plan.phases[-1].evaluations


def test_the_dilated_path_of_an_own_picture_keeps_its_grids_native() -> None:
    changed = replace(request(Size(4096, 4096), "demofusion"), base_image=Path("own.png"), base_size=Size(2048, 2048))
    assert [phase.dilation for phase in make_plan(changed, SDXL).phases] == [0, 4]


def test_the_cosine_of_demofusion() -> None:
    """c = (1 + cos(pi (T - t) / T)) / 2."""
    assert [cosine_decay(share) for share in (0, 0.5, 1)] == pytest.approx([0, 0.5, 1])


def test_memory_grows_with_what_is_asked() -> None:
    small = make_plan(request(Size(1024, 1024), "balanced"), SDXL).memory
    assert small > 2 * SDXL.parameters
    assert make_plan(request(Size(4096, 4096), "balanced"), SDXL).memory > small


UNGUIDED = {"guidance_scale": 1.0, "guidance_scale_low": 1.0, "guidance_scale_high": 1.0}


@pytest.mark.parametrize(
    ("negative_prompt", "values", "base_image", "says"),
    [
        ("rain", UNGUIDED, None, "is not used: at guidance 1"),
        ("rain", UNGUIDED, Path("a.png"), "is not used: at guidance 1"),
        ("rain", {"guidance_scale": 1.0}, None, "is not used in the first phase"),
        ("rain", {"guidance_scale": 1.0}, Path("a.png"), ""),
        ("rain", {"guidance_scale_high": 1.0}, None, ""),
        ("rain", {}, None, ""),
        (" ", UNGUIDED, None, ""),
        (DEFAULT_NEGATIVE_PROMPT, UNGUIDED, None, ""),
    ],
)
def test_a_negative_prompt_that_is_not_looked_at_is_told(
    negative_prompt: str, values: dict[str, float], base_image: Path | None, says: str
) -> None:
    asked = replace(
        request(Size(2048, 2048), "balanced"),
        negative_prompt=negative_prompt,
        base_image=base_image,
        base_size=Size(512, 512) if base_image else None,
        options=replace(PRESETS["balanced"], **values),  # type: ignore[arg-type]
    )
    note = negative_prompt_note(asked)
    assert says in note
    assert bool(note) == bool(says)
