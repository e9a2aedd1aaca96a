"""The measures of the ledger say what they claim, on pictures whose truth is known."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers import AutoencoderKL
from PIL import Image

from hiprompt_core.geometry import Size, patch_grid
from hiprompt_core.model_files import demo_model
from resources.demo_world.detector import Detector, Found, load_detector
from resources.demo_world.measure import DETECTOR_FILE, HeldOut, held_out
from resources.demo_world.scene import Placed, overlap
from resources.demo_world.vocabulary import HELD_OUT_PAIRS
from tests.quality.judge import RIM, beyond, correlation, count, is_cut, laplacian, psnr, score, seam_energy
from tests.quality.ledger import interval

PATCHES = patch_grid(Size(512, 512), Size(128, 128), 0.25)


@pytest.fixture(scope="module")
def detector() -> Detector:
    return load_detector(Path(__file__).parents[2] / "resources" / DETECTOR_FILE)


def picture_of(one: HeldOut, side: int) -> Image.Image:
    return Image.fromarray(one.scene().render(side))


def test_held_out_prompts_are_one_and_two_objects_never_shown_together() -> None:
    prompts = held_out(200)
    assert prompts == held_out(200)
    assert len({one.prompt for one in prompts}) > 150
    assert [len(one.nouns) for one in prompts[:4]] == [1, 2, 1, 2]
    assert all(one.nouns in HELD_OUT_PAIRS for one in prompts[1::2])


def test_the_truth_scores_well(detector: Detector) -> None:
    scores = []
    for one in held_out(4):
        base, picture = picture_of(one, 128), picture_of(one, 512)
        scores.append(
            score(detector, asked=one.nouns, base=base, picture=picture, windows=PATCHES, captions=(["a fox"],) * 2)
        )
    assert abs(np.mean([one.count_error for one in scores])) <= 0.1
    assert abs(np.mean([one.tile_error for one in scores])) <= 0.25
    assert np.mean([one.exact for one in scores]) >= 0.75
    assert {one.agreement for one in scores} == {1}


def test_detail_is_that_of_the_truth_in_its_place() -> None:
    """Sharp edges elsewhere are not the truth's."""
    for one in held_out(4):
        small, large = picture_of(one, 128), picture_of(one, 512)
        truth = beyond(large, small.size)
        plain = beyond(small.resize(large.size, Image.Resampling.LANCZOS), small.size)
        moved = beyond(large.transform(large.size, Image.Transform.AFFINE, (1, 0, 4, 0, 1, 4)), small.size)
        assert correlation(truth, truth) == pytest.approx(1)
        assert correlation(plain, truth) < 0.5
        assert correlation(moved, truth) < 0.5
    assert correlation(np.zeros((2, 2, 3)), np.ones((2, 2, 3))) == 0


def test_the_truth_has_no_seams_and_is_sharp() -> None:
    pairs = [(picture_of(one, 128), picture_of(one, 512)) for one in held_out(12)]
    assert abs(np.mean([seam_energy(np.asarray(large), PATCHES) for _, large in pairs]) - 1) < 0.06
    smaller = [np.asarray(large.resize((128, 128), Image.Resampling.BOX)) for _, large in pairs]
    assert np.mean([psnr(one, np.asarray(small)) for one, (small, _) in zip(smaller, pairs, strict=True)]) > 28
    plain = [np.asarray(small.resize((512, 512), Image.Resampling.LANCZOS)) for small, _ in pairs]
    gains = [laplacian(np.asarray(large)) / laplacian(one) for one, (_, large) in zip(plain, pairs, strict=True)]
    assert np.mean(gains) > 1.3


def test_a_small_copy_is_found_once_wherever_it_stands(detector: Detector) -> None:
    """Across the edges of tiles, too."""
    added = []
    for one, size in zip(held_out(8)[::2], (0.12, 0.17, 0.24, 0.3), strict=True):
        scene, rng = one.scene(), np.random.default_rng(one.index)
        while True:
            left, top = rng.uniform(0, 1 - size, 2).tolist()
            copy = Placed(scene.objects[0].noun, left, top, size)
            if not overlap(copy, scene.objects[0]):
                break
        whole, extra = count(detector, replace(scene, objects=(*scene.objects, copy)).render(512))
        added.append(len(whole) + len(extra) - 1)
    assert added == [1, 1, 1, 1]


@pytest.mark.parametrize(
    ("box", "tile", "cut"),
    [
        ((0.2, 0.3, 0.7, 0.8), (128, 128, 128), False),
        ((RIM / 2, 0.3, 0.7, 0.8), (128, 128, 128), True),
        ((RIM / 2, 0.3, 0.7, 0.8), (0, 128, 128), False),  # the picture ends there, too
        ((0.2, 0, 0.7, 0.8), (128, 128, 128), True),
        ((0.2, 0.3, 1, 0.8), (128, 128, 128), True),
        ((0.2, 0.3, 1, 1), (384, 384, 128), False),
        ((0.2, 0.3, 0.7, 0.99), (384, 256, 128), True),
    ],
)
def test_what_an_edge_of_a_tile_cuts_is_judged_by_another_one(
    box: tuple[float, float, float, float], tile: tuple[int, int, int], cut: bool
) -> None:
    assert is_cut(Found("whale", 0.9, box), tile, (512, 512, 3)) is cut


def test_a_seam_is_measured_where_windows_meet() -> None:
    rng = np.random.default_rng(0)
    smooth = np.repeat(rng.integers(0, 255, (512, 512, 1), np.uint8), 3, axis=2)
    assert seam_energy(smooth, PATCHES) == pytest.approx(1, abs=0.04)
    shifted = smooth.astype(int) // 4
    for patch in PATCHES:
        shifted[patch.window.slices] += 3 * patch.index
    assert seam_energy(shifted.clip(0, 255).astype(np.uint8), PATCHES) > 1.05


def test_a_decoder_that_is_calmer_between_its_cells_makes_no_seam() -> None:
    noise = np.random.default_rng(0).integers(0, 255, (64, 64, 8, 8)).astype(np.uint8)
    noise[..., 0, :], noise[..., :, 0] = 128, 128
    noise[..., -1, :], noise[..., :, -1] = 128, 128
    cells = np.repeat(noise.transpose(0, 2, 1, 3).reshape(512, 512, 1), 3, axis=2)
    assert seam_energy(cells, PATCHES) == pytest.approx(1, abs=0.04)
    assert seam_energy(np.roll(cells, 4, (0, 1)), PATCHES) == pytest.approx(1, abs=0.04)


def test_what_windows_leave_in_latents_is_a_seam_in_the_picture() -> None:
    """Each window's latents a tenth of their deviation off; the decoder spreads that over the lines beside, too."""
    vae, rng = AutoencoderKL.from_pretrained(demo_model() / "vae", local_files_only=True), np.random.default_rng(0)
    gains = []
    with torch.inference_mode():
        for one in held_out(2):
            pixels = torch.from_numpy(one.scene().render(512)).movedim(-1, 0)[None].float() / 127.5 - 1
            latents = vae.encode(pixels).latent_dist.mode()
            parted = latents.clone()
            for patch in PATCHES:
                off = torch.from_numpy(rng.standard_normal((latents.shape[1], 1, 1), np.float32))
                parted[..., *patch.window.over(8).slices] += 0.1 * latents.std() * off
            plain, seamed = (
                ((vae.decode(values).sample[0].movedim(0, -1) + 1) * 127.5).clamp(0, 255).byte().numpy()
                for values in (latents, parted)
            )
            gains.append(seam_energy(seamed, PATCHES) - seam_energy(plain, PATCHES))
    assert min(gains) > 0.05


def test_intervals_hold_the_mean_and_shrink_with_more_prompts() -> None:
    mean, low, high = interval([0.0, 1.0] * 10)
    assert low < mean == 0.5 < high
    _, close_low, close_high = interval([0.0, 1.0] * 1000)
    assert close_high - close_low < (high - low) / 5
