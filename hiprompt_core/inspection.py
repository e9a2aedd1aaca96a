"""What can be measured of a finished picture: seams where windows met, and patches that repeat each other."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hiprompt_core.geometry import Box, Patch, Size

REACH = 8
"""Pixels on each side of a border that count as its surroundings."""
_SEGMENTS = 8
"""Parts of a window's side that are judged on their own."""
_VISIBLE = 1.0
"""Levels of 255: jumps far below it no eye sees, however much flatter their surroundings are."""
_FLAT = 0.01
"""Levels of 255: keeps the quotient of two flat surfaces at 1."""
_DESCRIPTOR = 24
"""Side of the small picture of a cell that cells are compared by."""
_CONTRAST = 6.0
"""Standard deviation, in levels of 255, below which a cell counts as plain rather than as a repetition."""

Picture = NDArray[np.uint8]
"""(height, width, 3 or more); channels beyond the third are ignored."""


class Seam(NamedTuple):
    """A piece of a border between windows."""

    patch: int
    """The patch whose window ends here."""
    box: Box
    """Two pixels wide, one on either side of the border."""
    across: float
    """Mean absolute difference of the two rows or columns that meet, in levels of 255."""
    beside: float
    """The same between neighbouring rows or columns in the surroundings."""

    @property
    def energy(self) -> float:
        """1: nothing to see; 2: the picture jumps twice as much here as beside, and visibly so."""
        return (self.across + _VISIBLE) / (self.beside + _VISIBLE)


class Repetition(NamedTuple):
    """How much one patch looks like another one."""

    patch: int
    like: int
    """The patch that it is most like; itself when there is no other."""
    similarity: float
    """0: nothing in common, 1: the same."""


def seams(image: Picture, patches: Sequence[Patch]) -> list[Seam]:
    """Every border of a window inside the picture, piece by piece.

    Args:
        patches: in pixels of the picture.
    """
    size = Size(*image.shape[:2])
    found: dict[Box, Seam] = {}
    for patch in patches:
        for box, upright in _borders(patch.window, size):
            if box not in found:
                found[box] = Seam(patch.index, box, *_jumps(image, box, upright))
    return list(found.values())


def seam_energy(image: Picture, patches: Sequence[Patch]) -> float:
    """Mean absolute gradient across the borders of windows over that of their surroundings; 1.0: no seam."""
    pieces = seams(image, patches)
    across = sum(piece.across * max(piece.box.size) for piece in pieces)
    beside = sum(piece.beside * max(piece.box.size) for piece in pieces)
    length = sum(max(piece.box.size) for piece in pieces)
    return (across + _FLAT * length) / (beside + _FLAT * length) if length else 1.0


def _borders(window: Box, size: Size) -> Iterator[tuple[Box, bool]]:
    """Pieces of the window's sides that lie inside the picture, and whether they stand upright."""
    rows = np.linspace(window.top, window.bottom, _SEGMENTS + 1).astype(int).tolist()
    columns = np.linspace(window.left, window.right, _SEGMENTS + 1).astype(int).tolist()
    for x in (window.left, window.right):
        if 0 < x < size.width:
            yield from ((Box(a, x - 1, b, x + 1), True) for a, b in itertools.pairwise(rows) if a < b)
    for y in (window.top, window.bottom):
        if 0 < y < size.height:
            yield from ((Box(y - 1, a, y + 1, b), False) for a, b in itertools.pairwise(columns) if a < b)


def _jumps(image: Picture, box: Box, upright: bool) -> tuple[float, float]:
    """Mean absolute difference across the border, and between its neighbours."""
    band = image[box.top : box.bottom, max(0, box.left - REACH) : box.right + REACH, :3] if upright else (
        image[max(0, box.top - REACH) : box.bottom + REACH, box.left : box.right, :3].swapaxes(0, 1)
    )  # fmt: skip
    place = min(REACH, box.left if upright else box.top)
    steps = np.abs(np.diff(band.astype(np.int16), axis=1)).mean(axis=(0, 2))
    beside = np.delete(steps, place)
    return float(steps[place]), float(beside.mean()) if beside.size else float(steps[place])


def patch_similarity(image: Picture, patches: Sequence[Patch]) -> NDArray[np.float32]:
    """How much the cells of patches look alike, (patches, patches), 0 to 1.

    Small pictures of the cells, without their slope of brightness, are laid over each other where they fit best.
    Plain cells are like none: a clear sky is no repetition.
    """
    if not patches:
        return np.zeros((0, 0), np.float32)
    small = np.stack([_levelled(_shrunk(image, patch.cell)) for patch in patches])
    norm = np.sqrt((small**2).sum(axis=(1, 2, 3)) + _CONTRAST**2 * 3 * _DESCRIPTOR**2)
    small /= norm[:, None, None, None]
    padded = (2 * _DESCRIPTOR, 2 * _DESCRIPTOR)
    spectra = np.fft.rfft2(small, padded, axes=(1, 2)).astype(np.complex64)
    result = np.empty((len(patches), len(patches)), np.float32)
    for index, spectrum in enumerate(spectra):
        products = (spectra[index:] * spectrum.conj()).sum(axis=-1)
        best = np.fft.irfft2(products, padded, axes=(1, 2)).max(axis=(1, 2))
        result[index, index:] = result[index:, index] = best.clip(0, 1)
    np.fill_diagonal(result, 1)
    return result


def repetitions(image: Picture, patches: Sequence[Patch]) -> list[Repetition]:
    """For each patch the other one that it is most like."""
    similarity = patch_similarity(image, patches)
    if len(patches) < 2:
        return [Repetition(patch.index, patch.index, 0.0) for patch in patches]
    np.fill_diagonal(similarity, -1)
    nearest = similarity.argmax(axis=1)
    return [
        Repetition(patch.index, patches[other].index, float(similarity[number, other]))
        for number, (patch, other) in enumerate(zip(patches, nearest.tolist(), strict=True))
    ]


def _shrunk(image: Picture, cell: Box) -> NDArray[np.float32]:
    """A cell at the size of descriptors, averaged so that nothing aliases."""
    rows = np.linspace(cell.top, cell.bottom, _DESCRIPTOR + 1).astype(int)
    columns = np.linspace(cell.left, cell.right, _DESCRIPTOR + 1).astype(int)
    part = image[cell.top : max(cell.bottom, cell.top + 1), cell.left : max(cell.right, cell.left + 1), :3]
    # At most 192 samples a side: every n-th pixel is enough for an average.
    step = max(1, max(part.shape[:2]) // (8 * _DESCRIPTOR))
    part = part[::step, ::step].astype(np.float32)
    starts_y = np.minimum((rows[:-1] - cell.top) // step, part.shape[0] - 1)
    starts_x = np.minimum((columns[:-1] - cell.left) // step, part.shape[1] - 1)
    sums = np.add.reduceat(np.add.reduceat(part, starts_y, axis=0), starts_x, axis=1)
    heights = np.maximum(np.diff(np.append(starts_y, part.shape[0])), 1)
    widths = np.maximum(np.diff(np.append(starts_x, part.shape[1])), 1)
    return np.asarray(sums / (heights[:, None, None] * widths[None, :, None]), np.float32)


def _levelled(small: NDArray[np.float32]) -> NDArray[np.float32]:
    """Without its mean and its slope, channel by channel."""
    ramp = np.linspace(-1, 1, _DESCRIPTOR, dtype=np.float32)
    power = (ramp**2).mean()
    small = small - small.mean(axis=(0, 1))
    slope_y = (small * ramp[:, None, None]).mean(axis=(0, 1)) / power
    slope_x = (small * ramp[None, :, None]).mean(axis=(0, 1)) / power
    return np.asarray(small - ramp[:, None, None] * slope_y - ramp[None, :, None] * slope_x, np.float32)
