"""A picture at all halved sizes, so that zooming out neither aliases nor takes long."""

from __future__ import annotations

import math
from pathlib import Path

from PIL import Image
from PySide6.QtGui import QImage

from hiprompt_core.geometry import Size
from hiprompt_desktop.qimage import halved, read_qimage, to_qimage

_SMALLEST = 64


class Pyramid:
    """Level k holds the picture at 1 / 2**k of its size, rounded up; all levels are meant to be built in a worker."""

    def __init__(self, picture: QImage) -> None:
        """Build all levels of a picture in ``Format_RGB32``."""
        levels = [picture]
        while min(levels[-1].width(), levels[-1].height()) >= 2 * _SMALLEST:
            levels.append(halved(levels[-1]))
        self.levels = tuple(levels)

    @classmethod
    def of(cls, image: Image.Image) -> Pyramid:
        return cls(to_qimage(image))

    @classmethod
    def read(cls, path: Path) -> Pyramid:
        """From a file.

        Raises:
            OutputError: it cannot be read.
        """
        return cls(read_qimage(path))

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
