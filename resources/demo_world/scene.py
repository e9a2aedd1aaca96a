"""Seeded scenes with known truth, drawn at any zoom."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from .backgrounds import Plane, draw_background, horizon
from .sprites import coverage, draw_sprite, ink_area
from .vocabulary import BACKGROUNDS, HELD_OUT_PAIRS, NOUNS, SPRITE_OF_NOUN

LARGEST_ZOOM = 8.0
# Side of a placed object in scene units, by the number of objects in the scene.
_SIZE_RANGE = {1: (0.45, 0.8), 2: (0.34, 0.48), 3: (0.27, 0.38)}
_COUNT_CHANCES = {0: 0.04, 1: 0.56, 2: 0.32, 3: 0.08}


class Placed(NamedTuple):
    """An object in a scene: noun, left, top and side of its square, all in scene units (0–1)."""

    noun: str
    left: float
    top: float
    size: float


class Crop(NamedTuple):
    """A square part of a scene, in scene units."""

    left: float
    top: float
    width: float

    @property
    def zoom(self) -> float:
        return 1 / self.width


class Visible(NamedTuple):
    """An object as seen in a crop."""

    noun: str
    box: tuple[float, float, float, float]  # top, left, bottom, right in units of the crop, may reach outside 0–1
    visible_share: float  # of the object's ink, 0–1
    crop_share: float  # of the crop's area, 0–1


class View(NamedTuple):
    """What a crop shows: objects from left to right, and the words for the visible part of the background."""

    objects: tuple[Visible, ...]
    background: str


WHOLE = Crop(0.0, 0.0, 1.0)


@dataclass(frozen=True, slots=True)
class Scene:
    """One to three objects on a background; `seed` fixes the background's look."""

    background: str
    objects: tuple[Placed, ...]
    seed: int

    def render(self, pixels: int, crop: Crop = WHOLE) -> np.ndarray:
        """The crop as (pixels, pixels, 3) uint8."""
        plane = Plane(crop.left, crop.top, crop.width, pixels)
        canvas = draw_background(self.background, plane, np.random.default_rng(self.seed))
        scale = pixels / crop.width
        for noun, left, top, size in self.objects:
            draw_sprite(
                canvas, SPRITE_OF_NOUN[noun], (left - crop.left) * scale, (top - crop.top) * scale, size * scale
            )
        return np.clip(canvas + 0.5, 0, 255).astype(np.uint8)

    def view(self, crop: Crop = WHOLE) -> View:
        """What the crop shows. An object counts when a third of it, or a seventh of the crop, is painted by it."""
        seen = (self._seen(placed, crop) for placed in self.objects)
        objects = [item for item in seen if item.visible_share > 0.35 or item.crop_share > 0.15]
        objects.sort(key=lambda item: item.box[1] + item.box[3])
        return View(tuple(objects), self._visible_background(crop))

    def _seen(self, placed: Placed, crop: Crop) -> Visible:
        noun, left, top, size = placed
        box = tuple(
            (edge - origin) / crop.width
            for edge, origin in ((top, crop.top), (left, crop.left), (top + size, crop.top), (left + size, crop.left))
        )
        table = coverage(SPRITE_OF_NOUN[noun])
        y0, x0, y1, x1 = (
            round(float(np.clip((edge - origin) / size, 0, 1)) * 64)
            for edge, origin in (
                (crop.top, top),
                (crop.left, left),
                (crop.top + crop.width, top),
                (crop.left + crop.width, left),
            )
        )
        share = float(table[y1, x1] - table[y0, x1] - table[y1, x0] + table[y0, x0])
        area = ink_area(SPRITE_OF_NOUN[noun]) * (size / crop.width) ** 2
        return Visible(noun, box, share, share * area)  # type: ignore[arg-type]

    def _visible_background(self, crop: Crop) -> str:
        names = BACKGROUNDS[self.background]
        edge = horizon(self.background, np.random.default_rng(self.seed))
        if edge is None:
            return names.whole
        if crop.top + crop.width < edge[0]:
            return names.above
        return names.below if crop.top > edge[1] else names.whole


def random_scene(rng: np.random.Generator, nouns: tuple[str, ...] | None = None) -> Scene:
    """A scene with the given objects (at most three), or with a random selection that avoids the held-out pairs."""
    background = str(rng.choice(list(BACKGROUNDS)))
    chosen = nouns if nouns is not None else _random_nouns(rng)
    while True:
        objects = _place(chosen, rng)
        if objects is not None:
            return Scene(background, objects, int(rng.integers(1 << 31)))


def _random_nouns(rng: np.random.Generator) -> tuple[str, ...]:
    count = int(rng.choice(list(_COUNT_CHANCES), p=list(_COUNT_CHANCES.values())))
    while True:
        nouns = tuple(str(noun) for noun in rng.choice(NOUNS, count, replace=False))
        if not any(pair <= set(nouns) for pair in HELD_OUT_PAIRS):
            return nouns


def _place(nouns: tuple[str, ...], rng: np.random.Generator) -> tuple[Placed, ...] | None:
    """Non-overlapping squares for the nouns, or None when the random tries find no room."""
    placed: list[Placed] = []
    for noun in nouns:
        for _ in range(20):
            size = rng.uniform(*_SIZE_RANGE[len(nouns)])
            left, top = rng.uniform(0, 1 - size, 2)
            if not any(overlap(Placed(noun, left, top, size), other) for other in placed):
                placed.append(Placed(noun, float(left), float(top), float(size)))
                break
        else:
            return None
    return tuple(placed)


def overlap(first: Placed, second: Placed) -> bool:
    # Drawings leave their corners empty, so squares may touch a little.
    reach = 0.46 * (first.size + second.size)
    horizontal = abs(first.left + first.size / 2 - second.left - second.size / 2)
    vertical = abs(first.top + first.size / 2 - second.top - second.size / 2)
    return horizontal < reach and vertical < reach


def random_crop(scene: Scene, rng: np.random.Generator) -> Crop:
    """A crop at zoom 1–8, more often a mild one, and more often on an object than beside it."""
    width = 1 / float(np.exp(rng.uniform(np.log(1.2), np.log(LARGEST_ZOOM)) * rng.uniform(0.6, 1)))
    if scene.objects and rng.random() < 0.75:
        _, left, top, size = scene.objects[rng.integers(len(scene.objects))]
        center = (left + size * rng.random(), top + size * rng.random())
    else:
        center = (rng.random(), rng.random())
    left, top = (float(np.clip(middle - width / 2, 0, 1 - width)) for middle in center)
    return Crop(left, top, width)


def size_conditioning(crop: Crop, native_size: int) -> tuple[int, int, int, int, int, int]:
    """SDXL's six numbers: original height and width, crop top and left, target height and width, in pixels."""
    full = round(native_size * crop.zoom)
    return (full, full, round(crop.top * full), round(crop.left * full), native_size, native_size)
