"""How large an exported file becomes, judged by a sample of the picture on the screen."""

from __future__ import annotations

from PySide6.QtGui import QImage

from hiprompt_desktop.qimage import view_of


def estimate(image: QImage, name: str, quality: int, layers: int) -> int:
    """Bytes, about; ``layers`` is the number of pictures that an OpenRaster file would hold."""
    from hiprompt_core.encoders import estimated_bytes, sample  # numpy comes with it

    part = sample(view_of(image)).convert("RGB")
    area = image.width() * image.height()
    if name == "ora":  # every layer and, once more, the whole picture
        return (layers + 1) * estimated_bytes(part, area, "png", quality)
    return estimated_bytes(part, area, name, quality)
