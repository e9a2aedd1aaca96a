"""What is measured on one picture of the demo world, whose truth is known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from hiprompt_core.geometry import Box, Patch
from hiprompt_core.inspection import seams
from resources.demo_world.detector import DETECTOR_SIZE, Detector, Found, find_objects, merged, shared_area
from resources.demo_world.measure import object_f1

TILE_MIN_SCORE = 0.5
"""Tiles see pieces of objects and of backgrounds, so they must be surer than the whole picture."""
CLAIMED = 0.5
"""A find that lies by this share on an object of the whole picture is a piece of that object."""
RIM = 0.05
"""A find that comes so near to an edge of its tile, in tiles, may be cut by it; a tile beside it or a larger one shows
all of it."""
CELL = 8
"""Pixels of a cell of the VAE: its decoder has habits at their edges that are no seams."""
APART = (-5, -3, 3, 5)
"""Cells from a border to the lines that it is compared with: beyond most of what a decoder makes of the border."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Scores:
    """The measures of one picture; every one is a plain number, so that a mean over prompts is meaningful."""

    count_error: float
    """Objects found in the whole picture minus objects asked for."""
    tile_error: float
    """The same with the objects that only native-size tiles show."""
    added_error: float
    """``tile_error`` minus that of the picture's own base image: what growing added."""
    phantom: float
    """1 when any object is found that was not asked for, or more often than it was."""
    exact: float
    """1 when exactly the asked objects are found, in whole and tiles."""
    agreement: float
    """F1 between the objects that captions name in patches of the picture and of its upsampled base image."""
    seam: float
    """Step across window borders as a multiple of that across other lines between cells; 1: no seam."""
    consistency: float
    """PSNR of the picture, made small again, against its base image, dB."""
    sharpness: float
    """Mean absolute Laplacian as a multiple of that of the Lanczos-upsampled base image."""
    detail: float | None
    """Correlation of the picture's detail with the truth's, where the truth is known; 1: all of it, 0: none."""


def count(detector: Detector, picture: np.ndarray) -> tuple[list[Found], list[Found]]:
    """Objects of the whole picture (h, w, 3), and those that only its native-size tiles show."""
    whole = find_objects(detector, [picture])[0]
    if max(picture.shape[:2]) <= DETECTOR_SIZE:
        return whole, []
    boxes = _tiles(picture.shape[0], picture.shape[1])
    tiles = [picture[top : top + side, left : left + side] for top, left, side in boxes]
    found = []
    for (top, left, side), finds in zip(boxes, find_objects(detector, tiles, TILE_MIN_SCORE), strict=True):
        found += [
            _placed(find, top, left, side, picture.shape)
            for find in finds
            if not is_cut(find, (top, left, side), picture.shape)
        ]
    extra = [find for find in merged(found) if all(shared_area(find.box, one.box) < CLAIMED for one in whole)]
    return whole, extra


def _tiles(height: int, width: int) -> list[tuple[int, int, int]]:
    """(top, left, side) of squares, a third of a side apart: native-size ones, doubled ones up to half the picture."""
    tiles = []
    side = DETECTOR_SIZE
    while side < min(height, width):
        rows, columns = (
            np.linspace(0, length - side, 3 * (length - side) // side + 1).round().astype(int)
            for length in (height, width)
        )
        tiles += [(int(row), int(column), side) for row in rows for column in columns]
        side *= 2
    return tiles


def is_cut(find: Found, tile: tuple[int, int, int], shape: tuple[int, ...]) -> bool:
    """Whether a find in a tile (top, left, side) reaches an edge of it that lies inside the picture (h, w).

    Pieces look like other things: the chin of a robot like a rocket, a saucer's beam like a sunflower.
    """
    top, left, bottom, right = find.box
    y, x, side = tile
    height, width = shape[:2]
    return (
        (top < RIM and y > 0)
        or (left < RIM and x > 0)
        or (bottom > 1 - RIM and y + side < height)
        or (right > 1 - RIM and x + side < width)
    )


def _placed(find: Found, top: int, left: int, side: int, shape: tuple[int, ...]) -> Found:
    """A find in a tile, in units of the whole picture."""
    y0, x0, y1, x1 = find.box
    height, width = shape[:2]
    box = (
        (top + y0 * side) / height,
        (left + x0 * side) / width,
        (top + y1 * side) / height,
        (left + x1 * side) / width,
    )
    return find._replace(box=box)


def score(
    detector: Detector,
    *,
    asked: frozenset[str],
    base: Image.Image,
    picture: Image.Image,
    windows: Sequence[Patch],
    captions: tuple[Sequence[str], Sequence[str]],
    truth: Image.Image | None = None,
) -> Scores:
    """All measures of one picture.

    Args:
        asked: nouns of the prompt; each stands for one object.
        windows: patches of the last phase, pixels.
        captions: what a captioner says of the patches of the upsampled base image, and of the picture.
        truth: the scene itself at the picture's size, where the base image is that scene.
    """
    pixels, small = np.asarray(picture), np.asarray(base)
    whole, extra = count(detector, pixels)
    base_error = len(count(detector, small)[0]) - len(asked)
    found = Counter(find.noun for find in whole + extra)
    error = len(whole) + len(extra) - len(asked)
    plain = np.asarray(base.resize(picture.size, Image.Resampling.LANCZOS))
    return Scores(
        count_error=len(whole) - len(asked),
        tile_error=error,
        added_error=error - base_error,
        phantom=float(any(number > (noun in asked) for noun, number in found.items())),
        exact=float(found == Counter(asked)),
        agreement=object_f1(list(captions[1]), list(captions[0])),
        seam=seam_energy(pixels, windows),
        consistency=psnr(np.asarray(picture.resize(base.size, Image.Resampling.BOX)), small),
        sharpness=laplacian(pixels) / laplacian(plain),
        detail=correlation(beyond(picture, base.size), beyond(truth, base.size)) if truth else None,
    )


def psnr(one: np.ndarray, two: np.ndarray) -> float:
    """Peak signal-to-noise ratio of two (h, w, 3) uint8 pictures, dB, at most 60."""
    error = np.mean((one.astype(np.float32) - two.astype(np.float32)) ** 2)
    return float(10 * np.log10(255**2 / max(error, 255**2 / 1e6)))


def beyond(picture: Image.Image, size: tuple[int, int]) -> np.ndarray:
    """The detail (h, w, 3) of a picture that is lost when it is made so small (width, height)."""
    small = picture.resize(size, Image.Resampling.LANCZOS)
    back = small.resize(picture.size, Image.Resampling.LANCZOS)
    return np.asarray(picture, np.float32) - np.asarray(back, np.float32)


def correlation(one: np.ndarray, two: np.ndarray) -> float:
    """Of two arrays whose means are near 0, -1 to 1; 0 where one of them is nothing."""
    energy = float((one**2).sum() * (two**2).sum())
    return float((one * two).sum()) / energy**0.5 if energy else 0.0


def laplacian(pixels: np.ndarray) -> float:
    """Mean absolute Laplacian of the brightness: how much fine detail there is."""
    grey = pixels.astype(np.float32).mean(axis=2)
    inner = grey[1:-1, 1:-1]
    return float(np.abs(4 * inner - grey[:-2, 1:-1] - grey[2:, 1:-1] - grey[1:-1, :-2] - grey[1:-1, 2:]).mean())


def seam_energy(pixels: np.ndarray, windows: Sequence[Patch]) -> float:
    """Step across borders of windows (pixels) as a multiple of that across lines between cells some way beside them.

    Lines between cells, because a decoder's pixels are calmer there all over the picture, seams or none.
    """
    beside = [_steps(pixels, [_moved(patch, pixels.shape, cells * CELL) for patch in windows]) for cells in APART]
    return _steps(pixels, windows) / float(np.mean(beside))


def _steps(pixels: np.ndarray, windows: Sequence[Patch]) -> float:
    """Step across a piece of a window's border divided by that of its surroundings, the median piece.

    The median, because a drawn edge, a course of bricks say, may lie on a border.
    """
    return float(np.median([(seam.across + 0.1) / (seam.beside + 0.1) for seam in seams(pixels, windows)]))


def _moved(patch: Patch, shape: tuple[int, ...], by: int) -> Patch:
    """The patch with those edges of its window moved that lie inside the picture (h, w), down and to the right."""
    height, width = shape[:2]
    top, left, bottom, right = patch.window
    window = Box(
        *(
            edge if edge in (0, end) else edge + by
            for edge, end in zip((top, left, bottom, right), (height, width, height, width), strict=True)
        )
    )
    return patch._replace(window=window)
