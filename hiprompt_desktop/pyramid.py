"""A picture at all halved sizes, so that zooming out neither aliases nor takes long."""

from __future__ import annotations

import math

from PIL import Image
from PySide6.QtGui import QImage

from hiprompt_core.geometry import Size
from hiprompt_desktop.qimage import to_qimage

_SMALLEST = 64


class Pyramid:
    """Level k holds the picture at 1 / 2**k of its size."""

    def __init__(self, levels: tuple[QImage, ...]) -> None:
        self.levels = levels

    @classmethod
    def of(cls, image: Image.Image) -> Pyramid:
        """Build all levels; meant for a worker thread (Pillow halves without holding up other threads)."""
        picture = image.convert("RGB")
        levels = [to_qimage(picture)]
        while min(picture.size) >= 2 * _SMALLEST:
            picture = picture.reduce(2)
            levels.append(to_qimage(picture))
        return cls(tuple(levels))

    @property
    def size(self) -> Size:
        return Size(self.levels[0].height(), self.levels[0].width())

    def level_for(self, scale: float) -> int:
        """The smallest level that is still at least as large as on the screen.

        Args:
            scale: device pixels an image pixel.
        """
        if scale >= 1:
            return 0
        return min(len(self.levels) - 1, int(math.log2(1 / scale) + 1e-9))

    def thumbnail(self, longest: int) -> QImage:
        """A small copy, ``longest`` pixels at its longer side at least where the picture has them."""
        return self.levels[self.level_for(longest / max(self.size))]
