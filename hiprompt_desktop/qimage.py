"""Pictures of the core as QImage; safe outside of the GUI thread and without holding it up."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image
from PySide6.QtGui import QImage, QImageReader, QPainter

from hiprompt_core.errors import OutputError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MOST_SIDE = 32767
"""Pixels; what Qt's painter reaches."""
_STRIP_BYTES = 1 << 20


def _blank(width: int, height: int) -> QImage:
    """Uninitialised, in the format that the raster painter is fastest with."""
    image = QImage(width, height, QImage.Format.Format_RGB32)
    if image.isNull():
        raise MemoryError(f"no memory for a picture of {width}x{height}")
    return image


def to_qimage(image: Image.Image) -> QImage:
    """Copy a picture.

    Strip by strip: Pillow lets other threads run during each strip, while one copy of a whole 8192² picture would hold
    up the GUI for 180 ms (measured).
    """
    width, height = image.size
    target = _blank(width, height)
    pixels = target.bits()
    row = target.bytesPerLine()
    rows = max(1, _STRIP_BYTES // row)
    for top in range(0, height, rows):
        bottom = min(top + rows, height)
        strip = image.crop((0, top, width, bottom)).convert("RGBA").tobytes("raw", "BGRA")
        pixels[top * row : bottom * row] = strip  # type: ignore[index]  # unknown to the stubs
    return target


def read_qimage(path: Path) -> QImage:
    """Decode a picture file straight into the painter's format: no second copy of a large picture ever exists.

    Raises:
        OutputError: it is missing, no picture, damaged, or too large.
    """
    QImageReader.setAllocationLimit(0)  # a guard of Qt's against pictures as large as ours; the size is checked here
    reader = QImageReader(str(path))
    reader.setAutoTransform(True)
    size = reader.size()
    if max(size.width(), size.height()) > MOST_SIDE:
        raise OutputError(
            f"{path} has {size.width()}x{size.height()} pixels, a side can have {MOST_SIDE} at most.",
            "Choose a smaller picture.",
        )
    image = reader.read()
    if image.isNull():
        raise OutputError(f"{path} cannot be read ({reader.errorString()}).", "Choose another picture.")
    return image if image.format() == QImage.Format.Format_RGB32 else image.convertToFormat(QImage.Format.Format_RGB32)


def halved(source: QImage) -> QImage:
    """Average 2 x 2 pixels; an odd last row or column is averaged with itself."""
    width, height = source.width(), source.height()
    target = _blank(-(-width // 2), -(-height // 2))
    # Pillow averages the four bytes of each pixel whatever they mean, in the memory of Qt, while other threads run.
    view = Image.frombuffer("RGBX", (width, height), source.constBits(), "raw", "RGBX", 0, 1)
    rows = max(1, _STRIP_BYTES // source.bytesPerLine()) * 2
    painter = QPainter(target)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Source)
    for top in range(0, height, rows):
        part = view.reduce(2, (0, top, width, min(top + rows, height)))
        pixels = part.tobytes()
        painter.drawImage(0, top // 2, QImage(pixels, part.width, part.height, 4 * part.width, target.format()))
    painter.end()
    return target


def as_array(image: QImage) -> NDArray[np.uint8]:
    """(height, width, 4) in the order blue, green, red, unused; valid while the image of ``Format_RGB32`` lives."""
    import numpy as np  # a start need not wait for it

    return np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)


def view_of(image: QImage) -> Image.Image:
    """The pixels of a picture that ``to_qimage`` made, not copied, with red and blue exchanged."""
    size = (image.width(), image.height())
    return Image.frombuffer("RGBX", size, image.constBits(), "raw", "RGBX", image.bytesPerLine(), 1)
