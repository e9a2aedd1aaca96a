"""The demo world: the same scene at every size, and captions that say what is there."""

import numpy as np
import pytest

from resources.demo_world.captions import phrased_caption, plain_caption
from resources.demo_world.scene import WHOLE, Crop, Placed, Scene, random_crop, random_scene, size_conditioning
from resources.demo_world.vocabulary import BACKGROUNDS, HELD_OUT_PAIRS, NOUNS


def scene_of(seed: int, **options: tuple[str, ...]) -> Scene:
    return random_scene(np.random.default_rng(seed), **options)


def halved(image: np.ndarray) -> np.ndarray:
    size = len(image) // 2
    return image.astype(float).reshape(size, 2, size, 2, 3).mean((1, 3))


def test_there_are_enough_things_to_see() -> None:
    assert len(set(NOUNS)) >= 32
    assert len(BACKGROUNDS) >= 8


def test_the_same_seed_draws_the_same_image() -> None:
    first, second = scene_of(3), scene_of(3)
    assert first == second
    assert np.array_equal(first.render(96), second.render(96))


@pytest.mark.parametrize("background", BACKGROUNDS)
def test_a_scene_looks_the_same_at_every_size(background: str) -> None:
    scene = Scene(background, (Placed("fox", 0.21, 0.33, 0.47),), seed=5)
    difference = np.abs(halved(scene.render(256)) - scene.render(128))
    assert difference.mean() < 2


def test_a_crop_is_a_part_of_the_whole() -> None:
    scene = Scene("meadow", (Placed("castle", 0.25, 0.25, 0.5),), seed=1)
    part = scene.render(128, Crop(0.25, 0.25, 0.5))
    whole = scene.render(256)[64:192, 64:192]
    assert np.abs(part.astype(float) - whole).mean() < 1.5


def test_objects_are_drawn_inside_their_boxes() -> None:
    scene = Scene("wood", (Placed("car", 0.1, 0.3, 0.4),), seed=2)
    changed = np.any(scene.render(200) != Scene("wood", (), seed=2).render(200), axis=2)
    rows, columns = np.nonzero(changed)
    top, left, bottom, right = scene.view().objects[0].box
    assert rows.min() >= top * 200 - 1
    assert rows.max() <= bottom * 200 + 1
    assert columns.min() >= left * 200 - 1
    assert columns.max() <= right * 200 + 1


def test_the_caption_names_what_the_crop_shows() -> None:
    scene = Scene("sea", (Placed("owl", 0.6, 0.6, 0.35), Placed("apple", 0.05, 0.05, 0.35)), seed=0)
    assert plain_caption(scene.view(WHOLE)) == "an apple and an owl, a blue sea"
    assert plain_caption(scene.view(Crop(0, 0, 0.42))) == "an apple, a pale sky"
    assert plain_caption(scene.view(Crop(0.68, 0.78, 0.15))) == "close-up of an owl, blue water"
    assert plain_caption(scene.view(Crop(0, 0.8, 0.2))) == "blue water"


def test_every_phrasing_names_every_object() -> None:
    rng = np.random.default_rng(0)
    view = scene_of(0, nouns=("palm tree", "flying saucer")).view()
    for _ in range(40):
        caption = phrased_caption(view, rng)
        assert "palm tree" in caption
        assert "flying saucer" in caption


def test_held_out_pairs_stay_out_of_random_scenes() -> None:
    rng = np.random.default_rng(7)
    for _ in range(300):
        nouns = {placed.noun for placed in random_scene(rng).objects}
        assert not any(pair <= nouns for pair in HELD_OUT_PAIRS)


def test_crops_stay_inside_and_zoom_at_most_eightfold() -> None:
    rng = np.random.default_rng(1)
    for _ in range(100):
        crop = random_crop(scene_of(4), rng)
        assert crop.left >= 0
        assert crop.top >= 0
        assert max(crop.left, crop.top) + crop.width <= 1 + 1e-9
        assert 1 <= crop.zoom <= 8.001


def test_size_conditioning_counts_pixels_of_the_whole_image() -> None:
    assert size_conditioning(Crop(0.5, 0.25, 0.25), 128) == (512, 512, 128, 256, 128, 128)
