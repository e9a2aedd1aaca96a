"""Pictures of the core as QImage; safe outside of the GUI thread and without holding it up."""

from __future__ import annotations

from PIL import Image
from PySide6.QtGui import QImage

_STRIP_BYTES = 1 << 20


def to_qimage(image: Image.Image) -> QImage:
    """Copy into the format that the raster painter is fastest with.

    Strip by strip: Pillow lets other threads run during each strip, while one copy of a whole 8192² picture would hold
    up the GUI for 180 ms (measured).
    """
    width, height = image.size
    target = QImage(width, height, QImage.Format.Format_RGB32)
    if target.isNull():
        raise MemoryError(f"no memory for a picture of {width}x{height}")
    pixels = target.bits()
    row = target.bytesPerLine()
    rows = max(1, _STRIP_BYTES // row)
    for top in range(0, height, rows):
        bottom = min(top + rows, height)
        strip = image.crop((0, top, width, bottom)).convert("RGBA").tobytes("raw", "BGRA")
        pixels[top * row : bottom * row] = strip
    return target


def view_of(image: QImage) -> Image.Image:
    """The pixels of a picture that ``to_qimage`` made, not copied, with red and blue exchanged."""
    size = (image.width(), image.height())
    return Image.frombuffer("RGBX", size, image.constBits(), "raw", "RGBX", image.bytesPerLine(), 1)
