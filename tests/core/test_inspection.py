"""Seams and repetitions, on pictures made to have them."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from hiprompt_core.geometry import Size, patch_grid
from hiprompt_core.inspection import patch_similarity, repetitions, seam_energy, seams

SIZE = Size(256, 256)
PATCHES = patch_grid(SIZE, Size(128, 128), 0.25)
"""Three by three."""


def texture(seed: int = 1, height: int = 256, width: int = 256) -> NDArray[np.uint8]:
    """Blobs of a few pixels."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(60, 196, (height // 8, width // 8, 3)).repeat(8, axis=0).repeat(8, axis=1).astype(float)
    for axis in (0, 1):
        for _ in range(3):
            coarse = (coarse + np.roll(coarse, 3, axis)) / 2
    return coarse.astype(np.uint8)


def test_a_picture_without_seams_has_an_energy_of_about_one() -> None:
    assert seam_energy(texture(), PATCHES) == pytest.approx(1, abs=0.1)
    assert seam_energy(np.full((256, 256, 3), 90, np.uint8), PATCHES) == 1


def test_a_step_at_a_border_shows_and_only_there() -> None:
    image = texture().copy()
    window = PATCHES[4].window
    image[:, window.right :] = np.clip(image[:, window.right :].astype(int) + 30, 0, 255)
    assert seam_energy(image, PATCHES) > 1.3
    worst = max(seams(image, PATCHES), key=lambda seam: seam.energy)
    assert (worst.box.left, worst.box.right) == (window.right - 1, window.right + 1)
    assert worst.energy > 2
    assert seam_energy(image, PATCHES[4:5]) > 1.3
    assert seam_energy(image, PATCHES[:1]) == pytest.approx(1, abs=0.15)  # its window ends elsewhere


def test_a_step_away_from_every_border_is_no_seam() -> None:
    image = texture().copy()
    image[:, 30:] = np.clip(image[:, 30:].astype(int) + 30, 0, 255)
    assert seam_energy(image, PATCHES) == pytest.approx(1, abs=0.1)


def test_one_view_has_no_seams() -> None:
    assert seams(texture(), patch_grid(SIZE, SIZE, 0.25)) == []
    assert seam_energy(texture(), ()) == 1


def test_a_copied_cell_is_found_and_unlike_cells_are_not() -> None:
    image = texture(2).copy()
    source, target = PATCHES[0].cell, PATCHES[8].cell
    height = min(source.size.height, target.size.height)
    width = min(source.size.width, target.size.width)
    copied = image[source.top : source.top + height, source.left : source.left + width]
    image[target.top : target.top + height, target.left : target.left + width] = copied
    found = repetitions(image, PATCHES)
    assert (found[8].like, found[0].like) == (0, 8)
    assert found[8].similarity > 0.7
    assert max(found[index].similarity for index in (1, 3, 5, 7)) < 0.6


def test_plain_surfaces_and_gradients_are_no_repetition() -> None:
    plain = np.full((256, 256, 3), 200, np.uint8)
    ramp = np.broadcast_to(np.arange(256, dtype=np.uint8)[:, None, None], (256, 256, 3))
    for image in (plain, ramp):
        assert max(found.similarity for found in repetitions(image, PATCHES)) < 0.1


def test_similarity_is_symmetric_and_one_with_itself() -> None:
    similarity = patch_similarity(texture(3), PATCHES)
    assert np.array_equal(similarity, similarity.T)
    assert (np.diag(similarity) == 1).all()
    assert patch_similarity(texture(), ()).shape == (0, 0)
    assert repetitions(texture(), PATCHES[:1])[0].similarity == 0


def test_tiny_cells_are_taken() -> None:
    patches = patch_grid(Size(12, 9), Size(4, 4), 0.5)
    image = texture()[:12, :9]
    assert len(repetitions(image, patches)) == len(patches)
    assert seam_energy(image, patches) > 0
