"""Moving windows and their fusion."""

from __future__ import annotations

from typing import get_args

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from hiprompt_core.geometry import Size, patch_grid
from hiprompt_core.options import Fusion
from hiprompt_core.views import Fuser, View, crop, max_jitter, place_views, window_weights

fusions = st.sampled_from(get_args(Fusion))
sides = st.integers(1, 28)
sizes = st.builds(Size, sides, sides)
overlaps = st.floats(0, 0.9)
seeds = st.integers(0, 1000)


def moving_views(size: Size, overlap: float, seed: int, window: int = 8) -> list[View]:
    patches = patch_grid(size, Size(window, window), overlap)
    shifts = torch.rand((len(patches), 2), generator=torch.Generator().manual_seed(seed)) * 2 - 1
    # The largest moves are where gaps would open.
    return place_views(patches, size, shifts.sign() if seed % 2 else shifts)


def noise(*shape: int) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(0))


@given(sizes, overlaps, seeds)
def test_moved_windows_stay_inside_and_cover_everything(size: Size, overlap: float, seed: int) -> None:
    covered = torch.zeros(size)
    views = moving_views(size, overlap, seed)
    for view in views:
        assert view.box.size == views[0].box.size
        assert min(view.box) >= 0
        assert view.box.bottom <= size.height
        assert view.box.right <= size.width
        covered[view.box.slices] = 1
    assert covered.all()


@given(sizes, overlaps, seeds, fusions)
def test_fusing_the_crops_of_a_picture_gives_the_picture(size: Size, overlap: float, seed: int, fusion: Fusion) -> None:
    latents = noise(1, 3, *size)
    views = moving_views(size, overlap, seed)
    fuser = Fuser(latents.shape, window_weights(views[0].box.size, fusion))
    fuser.add(views, crop(latents, views))
    torch.testing.assert_close(fuser.result(), latents, rtol=1e-4, atol=1e-5)


@given(st.integers(1, 7), fusions, seeds)
def test_batches_do_not_change_a_bit_and_order_only_rounding(batch: int, fusion: Fusion, seed: int) -> None:
    views = moving_views(Size(20, 28), 0.5, seed)
    predictions = noise(len(views), 4, 8, 8)

    def fuse(order: list[int], size: int) -> torch.Tensor:
        fuser = Fuser(torch.Size((1, 4, 20, 28)), window_weights(Size(8, 8), fusion))
        for start in range(0, len(order), size):
            part = order[start : start + size]
            fuser.add([views[place] for place in part], predictions[part])
        return fuser.result()

    order = list(range(len(views)))
    assert torch.equal(fuse(order, batch), fuse(order, len(order)))
    torch.testing.assert_close(fuse(order[::-1], batch), fuse(order, batch), rtol=1e-4, atol=1e-4)


def test_flat_fusion_is_the_mean_of_the_views() -> None:
    """MultiDiffusion by hand: two windows of 4 that share two columns."""
    views = place_views(patch_grid(Size(4, 6), Size(4, 4), 0.5), Size(4, 6), None)
    fuser = Fuser(torch.Size((1, 1, 4, 6)), window_weights(Size(4, 4), "flat"))
    fuser.add(views, torch.stack([torch.full((1, 4, 4), 1.0), torch.full((1, 4, 4), 3.0)]))
    torch.testing.assert_close(fuser.result()[0, 0, 0], torch.tensor([1.0, 1, 2, 2, 3, 3]))


@pytest.mark.parametrize("fusion", ["cosine", "gaussian"])
def test_weights_fall_to_the_edges(fusion: Fusion) -> None:
    weights = window_weights(Size(8, 16), fusion)
    assert (weights > 0).all()
    assert weights[4, 8] > 0.9
    assert weights[0, 8] < 0.1 or fusion == "gaussian"
    assert (weights[4, :7] < weights[4, 1:8]).all()
    torch.testing.assert_close(weights, weights.flip(0, 1))


def test_cells_without_a_view_are_zero() -> None:
    views = place_views(patch_grid(Size(8, 16), Size(8, 8), 0.0), Size(8, 16), None)[:1]
    fuser = Fuser(torch.Size((1, 2, 8, 16)), window_weights(Size(8, 8), "cosine"))
    fuser.add(views, torch.ones(1, 2, 8, 8))
    assert (fuser.result()[..., 8:] == 0).all()


def test_windows_really_move() -> None:
    """Seams that stay in one place are what jitter is for (method, mistake 5)."""
    places = {moving_views(Size(24, 24), 0.5, seed)[12].box for seed in range(8)}
    assert len(places) > 2
    still = place_views(patch_grid(Size(24, 24), Size(8, 8), 0.5), Size(24, 24), None)
    assert [view.patch for view in still] == list(range(25))


def test_windows_move_by_a_quarter_of_their_overlap() -> None:
    assert max_jitter([0, 4, 8], 8) == 1
    assert max_jitter([0, 64, 128], 128) == 16
    assert max_jitter([0], 8) == max_jitter([0, 8], 8) == 0
