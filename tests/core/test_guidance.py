"""Guidance: plain, and by one prompt per band."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from hiprompt_core.frequency import high_pass, low_pass
from hiprompt_core.guidance import guide, guide_view, join_bands
from hiprompt_core.options import Options, Reduction

SIGMA = 1.3
scales = st.sampled_from([0.0, 1.0]) | st.floats(0, 20)
reductions = st.sampled_from(get_args(Reduction))


def draw(seed: int) -> Tensor:
    return torch.randn(2, 4, 8, 8, generator=torch.Generator().manual_seed(seed))


UNCOND, GLOBAL, PATCH, LATENTS = (draw(seed) for seed in range(4))
PREDICTIONS = {"uncond": UNCOND, "global": GLOBAL, "patch": PATCH}


def cfg(text: Tensor, scale: float) -> Tensor:
    return UNCOND + scale * (text - UNCOND)


def close(actual: Tensor, expected: Tensor) -> None:
    torch.testing.assert_close(actual, expected, rtol=1e-4, atol=1e-4)


@given(scales)
def test_plain_guidance(scale: float) -> None:
    close(guide(PREDICTIONS, "patch", scale), cfg(PATCH, scale))


@given(scales)
def test_equal_prompts_and_beta_one_is_plain_guidance(scale: float) -> None:
    options = Options(guidance_scale_low=scale, guidance_scale_high=scale, beta=1.0)
    same = {"uncond": UNCOND, "global": GLOBAL, "patch": GLOBAL}
    close(guide_view(same, options, SIGMA, LATENTS, 0.0), cfg(GLOBAL, scale))


@given(scales, scales, st.floats(0, 2), reductions)
def test_bands_follow_their_prompts(low: float, high: float, beta: float, reduction: Reduction) -> None:
    options = Options(guidance_scale_low=low, guidance_scale_high=high, beta=beta, reduction=reduction)
    e_low, e_high = low_pass(cfg(GLOBAL, low), SIGMA), beta * high_pass(cfg(PATCH, high), SIGMA)
    published = {"sum": e_low + e_high, "mean": (e_low + e_high) / 2, "low": e_low, "high": e_high}
    close(guide_view(PREDICTIONS, options, SIGMA, LATENTS, 0.0), published[reduction])
    close(join_bands(cfg(GLOBAL, low), cfg(PATCH, high), SIGMA, beta, reduction), published[reduction])


@given(scales, scales, st.floats(0, 2), reductions, st.booleans(), st.booleans())
def test_conditions_are_exactly_what_is_used(
    low: float, high: float, beta: float, reduction: Reduction, decompose: bool, captions: bool
) -> None:
    """Every listed prediction changes the result, and no other one is touched."""
    options = Options(
        guidance_scale_low=low,
        guidance_scale_high=high,
        beta=beta,
        reduction=reduction,
        decompose=decompose,
        captions=captions,
    )
    listed = options.view_conditions()

    class Recording(dict[str, Tensor]):
        used: set[str] = set()  # noqa: RUF012

        def __getitem__(self, name: str) -> Tensor:
            self.used.add(name)
            return super().__getitem__(name)

    given_ = Recording({name: PREDICTIONS[name] for name in listed})
    given_.used = set()
    guide_view(given_, options, SIGMA, LATENTS, 0.0)
    assert given_.used == set(listed)
    assert len(listed) == len(set(listed))


@pytest.mark.parametrize(
    ("changes", "cost"),
    [
        ({}, 3),
        ({"captions": False}, 2),
        ({"guidance_scale_low": 1.0, "guidance_scale_high": 1.0}, 2),
        ({"guidance_scale_low": 1.0}, 3),
        ({"reduction": "low", "guidance_scale_low": 7.5}, 2),
        ({"reduction": "high", "guidance_scale_high": 1.0}, 1),
        ({"decompose": False}, 2),
    ],
)
def test_the_cost_of_a_view(changes: dict[str, object], cost: int) -> None:
    """Three evaluations a view, not the four of the published code."""
    assert len(replace(Options(), **changes).view_conditions()) == cost


def test_without_decomposition_the_caption_guides_everything() -> None:
    options = Options(decompose=False, guidance_scale_high=5.0)
    close(guide_view(PREDICTIONS, options, SIGMA, LATENTS, 0.0), cfg(PATCH, 5.0))


@given(scales, scales, st.floats(0, 2), reductions)
def test_noise_predictions_need_no_latents(low: float, high: float, beta: float, reduction: Reduction) -> None:
    options = Options(guidance_scale_low=low, guidance_scale_high=high, beta=beta, reduction=reduction)
    expected = guide_view(PREDICTIONS, options, SIGMA, LATENTS, 0.0)
    assert torch.equal(guide_view(PREDICTIONS, options, SIGMA), expected)


@pytest.mark.parametrize("reduction", get_args(Reduction))
@pytest.mark.parametrize("beta", [0.0, 0.95, 1.0])
@pytest.mark.parametrize("kept", [0.999, 0.7, 0.2, 0.01])
def test_a_v_prediction_is_split_as_its_noise_would_be(kept: float, beta: float, reduction: Reduction) -> None:
    """v = a e - s x and z = a x + s e, so e = a v + s z; convert every v, split, convert the result back."""
    alpha, sigma = kept**0.5, (1 - kept) ** 0.5
    options = Options(guidance_scale_low=4.0, guidance_scale_high=6.0, beta=beta, reduction=reduction)
    noises = {name: alpha * v + sigma * LATENTS for name, v in PREDICTIONS.items()}
    split_noise = guide_view(noises, options, SIGMA, LATENTS, 0.0)
    expected = (split_noise - sigma * LATENTS) / alpha
    actual = guide_view(PREDICTIONS, options, SIGMA, LATENTS, sigma / alpha)
    torch.testing.assert_close(actual, expected, rtol=1e-3, atol=1e-3)
