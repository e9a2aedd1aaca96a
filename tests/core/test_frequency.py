"""Low and high bands."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from hiprompt_core.frequency import gaussian_kernel, high_pass, low_pass

sigmas = st.floats(0.05, 12)
shapes = st.tuples(st.integers(1, 3), st.sampled_from([1, 4, 5, 16]), st.integers(1, 20), st.integers(1, 20))


def noise(*shape: int) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(0))


@given(shapes, sigmas)
def test_low_and_high_together_are_the_noise(shape: tuple[int, ...], sigma: float) -> None:
    latents = noise(*shape)
    torch.testing.assert_close(low_pass(latents, sigma) + high_pass(latents, sigma), latents)


@given(shapes, sigmas, st.floats(-5, 5))
def test_a_constant_is_all_low(shape: tuple[int, ...], sigma: float, value: float) -> None:
    latents = torch.full(shape, value)
    torch.testing.assert_close(low_pass(latents, sigma), latents)


@given(shapes, sigmas)
def test_every_channel_is_filtered_alike_and_alone(shape: tuple[int, ...], sigma: float) -> None:
    latents = noise(*shape)
    alone = torch.cat([low_pass(latents[:, [c]], sigma) for c in range(shape[1])], dim=1)
    torch.testing.assert_close(low_pass(latents, sigma), alone)


def test_the_blur_is_the_gaussian() -> None:
    """One bright cell spreads as exp(-d²/2σ²), and the last channel no less than the first (method, mistake 1)."""
    latents = torch.zeros(1, 4, 21, 21)
    latents[..., 10, 10] = 1
    blurred = low_pass(latents, 2.0)
    distance = torch.arange(-10.0, 11)
    weights = torch.exp(-(distance**2) / 8) * (distance.abs() <= 6)
    expected = torch.outer(weights, weights) / weights.sum() ** 2
    for channel in range(4):
        torch.testing.assert_close(blurred[0, channel], expected)


@pytest.mark.parametrize("sigma", [0.05, 0.5, 3.0])
def test_kernels_are_odd_symmetric_and_sum_to_one(sigma: float) -> None:
    kernel = gaussian_kernel(sigma)
    assert len(kernel) % 2 == 1
    torch.testing.assert_close(kernel.sum(), torch.tensor(1.0))
    torch.testing.assert_close(kernel, kernel.flip(0))


def test_a_wider_blur_leaves_less() -> None:
    latents = noise(1, 4, 32, 32)
    left = [float(low_pass(latents, sigma).var()) for sigma in (0.3, 0.6, 1.2, 2.4)]
    assert left == sorted(left, reverse=True)
    assert left[0] > 10 * left[-1]


def test_a_kernel_that_was_kept_serves_everywhere() -> None:
    """Made in inference mode, it serves outside of it, too, and in each precision."""
    latents = noise(1, 4, 8, 8)
    with torch.inference_mode():
        before = low_pass(latents, 1.7)
    assert torch.equal(low_pass(latents, 1.7), before)
    assert low_pass(latents.double(), 1.7).dtype == torch.float64
    assert torch.equal(low_pass(latents, 1.7), before)
