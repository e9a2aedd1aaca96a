"""The grid of patches and the sizes of phases."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hiprompt_core.geometry import Box, Size, native_phase_size, own_phase_size, patch_grid, spread, upscaled

sides = st.integers(1, 80)
sizes = st.builds(Size, sides, sides)
overlaps = st.floats(0, 0.9)


def coverage(size: Size, boxes: list[Box]) -> np.ndarray:
    counts = np.zeros(size, int)
    for box in boxes:
        counts[box.slices] += 1
    return counts


@given(sizes, st.builds(Size, st.integers(2, 64), st.integers(2, 64)), overlaps)
def test_windows_cover_and_cells_tile_the_picture(size: Size, window: Size, overlap: float) -> None:
    patches = patch_grid(size, window, overlap)
    assert [patch.index for patch in patches] == list(range(len(patches)))
    assert coverage(size, [patch.window for patch in patches]).min() >= 1
    assert (coverage(size, [patch.cell for patch in patches]) == 1).all()
    shape = Size(min(size.height, window.height), min(size.width, window.width))
    for patch in patches:
        assert patch.window.size == shape
        assert min(patch.window) >= 0
        assert patch.window.bottom <= size.height
        assert patch.window.right <= size.width
        assert patch.window.top <= patch.cell.top < patch.cell.bottom <= patch.window.bottom
        assert patch.window.left <= patch.cell.left < patch.cell.right <= patch.window.right


@given(st.integers(1, 400), st.integers(2, 64), overlaps)
def test_neighbours_overlap_at_least_as_asked(length: int, window: int, overlap: float) -> None:
    starts = spread(length, window, overlap)
    largest_stride = max(1, int(window * (1 - overlap)))
    assert starts[0] == 0
    assert starts[-1] == max(0, length - window)
    assert all(1 <= b - a <= largest_stride for a, b in pairwise(starts))


def test_patches_are_in_reading_order() -> None:
    patches = patch_grid(Size(16, 24), Size(8, 8), 0.0)
    assert [(patch.row, patch.column) for patch in patches] == [(r, c) for r in range(2) for c in range(3)]
    assert patches[4].window == patches[4].cell == Box(8, 8, 16, 16)


def test_cell_borders_lie_in_the_middle_of_overlaps() -> None:
    left, right = patch_grid(Size(8, 12), Size(8, 8), 0.5)
    assert (left.window, right.window) == (Box(0, 0, 8, 8), Box(0, 4, 8, 12))
    assert left.cell.right == right.cell.left == 6


@given(sizes, st.sampled_from([1, 8]))
def test_pixels_and_cells_convert_back(size: Size, factor: int) -> None:
    assert size.times(factor).over(factor) == size
    for patch in patch_grid(size, Size(16, 16), 0.25):
        assert patch.times(factor, size.times(factor)).over(factor) == patch


@given(st.builds(Size, st.integers(1, 200), st.integers(1, 200)))
def test_cells_cover_a_picture_of_any_size_and_patches_stay_in_it(size: Size) -> None:
    cells = size.over(8)
    assert all(0 <= 8 * covered - side < 8 for covered, side in zip(cells, size, strict=True))
    for patch in patch_grid(cells, Size(16, 16), 0.25):
        inside = patch.times(8, size)
        assert inside.over(8) == patch
        assert inside.window.bottom <= size.height
        assert inside.cell.right <= size.width


@pytest.mark.parametrize(
    ("own", "size", "expected"),
    [
        (Size(999, 1501), Size(1998, 3002), Size(999, 1501)),
        (Size(999, 1501), Size(2726, 4096), Size(999, 1501)),
        (Size(1000, 1000), Size(1000, 2000), Size(500, 1000)),
        (Size(3000, 3000), Size(600, 500), Size(600, 500)),
        (Size(16, 16), Size(128, 128), Size(64, 64)),
        (Size(10, 1000), Size(70, 7000), Size(64, 6400)),
    ],
)
def test_the_first_phase_of_an_own_picture(own: Size, size: Size, expected: Size) -> None:
    assert own_phase_size(own, size) == expected


@pytest.mark.parametrize(
    ("size", "scale", "expected"),
    [
        (Size(100, 50), 2, Size(200, 100)),
        (Size(10, 40), 2, Size(64, 256)),
        (Size(20000, 10000), 4, Size(32768, 16384)),
        (Size(1, 20000), 4, Size(64, 32768)),
    ],
)
def test_an_upscaled_size_stays_possible(size: Size, scale: float, expected: Size) -> None:
    assert upscaled(size, scale) == expected


def test_sizes_are_written_width_first() -> None:
    assert str(Size(1080, 1920)) == "1920x1080"


@given(sizes, sizes)
def test_a_scaled_box_keeps_everything_it_showed(source: Size, target: Size) -> None:
    for patch in patch_grid(source, Size(16, 16), 0.25):
        box = patch.window.scaled(source, target)
        for edge, old, whole, new in zip(box, patch.window, source * 2, target * 2, strict=True):
            exact = old * new / whole
            assert abs(edge - exact) < 1
        assert box.top <= patch.window.top * target.height / source.height
        assert box.bottom >= patch.window.bottom * target.height / source.height
        assert 0 <= box.left < box.right <= target.width
    whole_picture = Box(0, 0, *source).scaled(source, target)
    assert whole_picture == Box(0, 0, *target)


def test_boxes_that_only_touch_do_not_meet() -> None:
    box = Box(0, 0, 4, 4)
    assert box.meets(Box(3, 3, 5, 5))
    assert not box.meets(Box(0, 4, 4, 8))
    assert not box.meets(Box(4, 0, 8, 4))


@pytest.mark.parametrize(
    ("size", "fit", "expected"),
    [
        (Size(2048, 2048), "area", Size(1024, 1024)),
        (Size(1080, 1920), "area", Size(768, 1376)),
        (Size(4096, 1024), "long_side", Size(1024, 256)),
        (Size(512, 768), "area", Size(512, 768)),
        (Size(520, 768), "area", Size(520, 768)),
    ],
)
def test_the_native_phase(size: Size, fit: str, expected: Size) -> None:
    assert native_phase_size(size, 1024, 32, fit) == expected


@given(st.builds(Size, st.integers(8, 1024), st.integers(8, 1024)), st.sampled_from(["area", "long_side"]))
def test_the_native_phase_is_never_larger_than_asked_for_by_more_than_rounding(cells: Size, fit: str) -> None:
    size = cells.times(8)
    base = native_phase_size(size, 1024, 32, fit)
    if base != size:
        assert all(side % 32 == 0 for side in base)
        assert all(b <= s + 32 for b, s in zip(base, size, strict=True))
        if fit == "long_side":
            assert max(base) == 1024
