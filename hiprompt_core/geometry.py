"""Sizes, boxes and the grid of patches, in pixels or latent cells."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import NamedTuple

SMALLEST_SIDE, LARGEST_SIDE = 64, 32768
"""Of pictures that are drawn, pixels."""
MIN_OWN_SIDE = 64
"""Pixels; smaller pictures give an encoder too little to say how their values spread."""


class Size(NamedTuple):
    """Height and width."""

    height: int
    width: int

    @property
    def area(self) -> int:
        return self.height * self.width

    def times(self, factor: int) -> Size:
        return Size(self.height * factor, self.width * factor)

    def over(self, divisor: int) -> Size:
        """How many squares of side ``divisor`` cover it; the last ones may reach beyond it."""
        return Size(-(-self.height // divisor), -(-self.width // divisor))

    def __str__(self) -> str:
        """As users write it: width first."""
        return f"{self.width}x{self.height}"


class Box(NamedTuple):
    """A half-open rectangle: rows ``top..bottom-1``, columns ``left..right-1``."""

    top: int
    left: int
    bottom: int
    right: int

    @property
    def size(self) -> Size:
        return Size(self.bottom - self.top, self.right - self.left)

    @property
    def slices(self) -> tuple[slice, slice]:
        """Index the last two axes of a tensor or array: ``x[..., *box.slices]``."""
        return slice(self.top, self.bottom), slice(self.left, self.right)

    def times(self, factor: int) -> Box:
        return Box(*(edge * factor for edge in self))

    def over(self, divisor: int) -> Box:
        """The squares of side ``divisor`` that it meets."""
        return Box(self.top // divisor, self.left // divisor, -(-self.bottom // divisor), -(-self.right // divisor))

    def within(self, size: Size) -> Box:
        """The part of it that lies in a picture."""
        return Box(self.top, self.left, min(self.bottom, size.height), min(self.right, size.width))

    def moved(self, down: int, right: int) -> Box:
        return Box(self.top + down, self.left + right, self.bottom + down, self.right + right)

    def scaled(self, source: Size, target: Size) -> Box:
        """The same part of a picture of another size, rounded outwards."""
        return Box(
            self.top * target.height // source.height,
            self.left * target.width // source.width,
            -(-self.bottom * target.height // source.height),
            -(-self.right * target.width // source.width),
        )

    def meets(self, other: Box) -> bool:
        return (
            self.top < other.bottom and other.top < self.bottom and self.left < other.right and other.left < self.right
        )


class Patch(NamedTuple):
    """One user-visible part of the picture and what the model sees of it.

    ``cell`` boxes tile the picture without overlap; ``window`` boxes have the model's native size and overlap.
    """

    index: int  # type: ignore[assignment]  # shadows tuple.index, which nobody calls
    row: int
    column: int
    cell: Box
    window: Box

    def times(self, factor: int, size: Size) -> Patch:
        """From latent cells to the pixels of a picture, beyond which the last cells may reach."""
        return self._replace(cell=self.cell.times(factor).within(size), window=self.window.times(factor).within(size))

    def over(self, divisor: int) -> Patch:
        """From pixels to latent cells."""
        return self._replace(cell=self.cell.over(divisor), window=self.window.over(divisor))


def spread(length: int, window: int, overlap: float) -> list[int]:
    """Start positions of equal windows, evenly spread so that they cover ``0..length`` with at least ``overlap``.

    Args:
        length: cells to cover; if not longer than ``window`` the answer is ``[0]``.
        overlap: share of a window that its neighbour covers too, 0 to below 1.
    """
    if length <= window:
        return [0]
    stride = max(1, math.floor(window * (1 - overlap)))
    count = -(-(length - window) // stride) + 1
    return [round(i * (length - window) / (count - 1)) for i in range(count)]


def patch_grid(size: Size, window: Size, overlap: float) -> tuple[Patch, ...]:
    """Windows that cover ``size``, in reading order; cell borders lie in the middle of the overlaps."""
    window = Size(min(window.height, size.height), min(window.width, size.width))
    tops = spread(size.height, window.height, overlap)
    lefts = spread(size.width, window.width, overlap)
    rows = _cell_borders(tops, window.height, size.height)
    columns = _cell_borders(lefts, window.width, size.width)
    return tuple(
        Patch(
            index=row * len(lefts) + column,
            row=row,
            column=column,
            cell=Box(rows[row], columns[column], rows[row + 1], columns[column + 1]),
            window=Box(top, left, top + window.height, left + window.width),
        )
        for row, top in enumerate(tops)
        for column, left in enumerate(lefts)
    )


def _cell_borders(starts: list[int], window: int, length: int) -> list[int]:
    return [0, *((a + window + b) // 2 for a, b in pairwise(starts)), length]


def own_phase_size(own: Size, size: Size) -> Size:
    """Size of phase 1 that is a picture of the user's own: its largest part in the shape of ``size``, at its own scale.

    It is brought to 64 pixels where it is smaller, and to ``size`` where it is larger.
    """
    fits = min(own.height / size.height, own.width / size.width)
    shrink = min(1.0, max(fits, MIN_OWN_SIDE / min(size)))
    return Size(*(max(1, round(side * shrink)) for side in size))


def upscaled(size: Size, scale: float) -> Size:
    """A size in another one's shape, so many times as large as sizes of pictures can be."""
    factor = min(max(scale, SMALLEST_SIDE / min(size)), LARGEST_SIDE / max(size))
    return Size(*(min(max(round(side * factor), SMALLEST_SIDE), LARGEST_SIDE) for side in size))


def native_phase_size(size: Size, native: int, multiple: int, fit: str) -> Size:
    """Size of phase 1: the aspect ratio of ``size`` at about what the model was trained for.

    Args:
        native: side of the square the model was trained on, pixels.
        multiple: both sides become a multiple of it.
        fit: ``"area"``: about native x native pixels; ``"long_side"``: the longer side is ``native`` (the paper).
    """
    if fit == "area":
        shrink = min(1.0, native / math.sqrt(size.area))
    else:
        shrink = min(1.0, native / max(size))
    if shrink == 1.0:
        return size
    return Size(*(max(multiple, round(side * shrink / multiple) * multiple) for side in size))
